// SPDX-License-Identifier: Apache-2.0
#include "sign_in/loopback_listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>

#include "base/cancel_event.h"
#include "base/hex.h"
#include "net/http/http_head.h"

namespace pintle {
namespace {

using Clock = HumanWait::Clock;

bool would_block() noexcept { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

Error cannot_listen(LoopbackListener::Family family) {
  return Error(Layer::tcp, std::string("cannot listen on ") +
                               (family == LoopbackListener::Family::ipv4 ? "127.0.0.1" : "::1") +
                               ": " + std::strerror(errno));
}

template <class Address>
std::uint16_t bind_and_listen(const UniqueFd& fd, Address address,
                              LoopbackListener::Family family) {
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (!fd || ::bind(fd.get(), raw, size) != 0 || ::listen(fd.get(), 64) != 0 ||
      ::getsockname(fd.get(), raw, &size) != 0) {
    throw cannot_listen(family);
  }
  if constexpr (std::is_same_v<Address, sockaddr_in6>) {
    return ntohs(address.sin6_port);
  } else {
    return ntohs(address.sin_port);
  }
}

}  // namespace

LoopbackListener LoopbackListener::open(std::string_view state, const LoopbackLimits& limits) {
  try {
    return {Family::ipv4, state, limits};
  } catch (const Error& no_ipv4) {
    try {
      return {Family::ipv6, state, limits};
    } catch (const Error& no_ipv6) {
      throw Error(Layer::tcp, no_ipv4.message() + ", " + no_ipv6.message())
          .with_hint("Allow this program to listen on loopback.");
    }
  }
}

LoopbackListener::LoopbackListener(Family family, std::string_view state, LoopbackLimits limits)
    : state_(state), limits_(std::move(limits)) {
  if (family == Family::ipv4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listening_ = open_socket(AF_INET, Waiting::no);
    authority_ = "127.0.0.1:" + std::to_string(bind_and_listen(listening_, address, family));
  } else {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    listening_ = open_socket(AF_INET6, Waiting::no);
    authority_ = "[::1]:" + std::to_string(bind_and_listen(listening_, address, family));
  }
}

std::string LoopbackListener::lead_to(std::string address) {
  std::array<unsigned char, 16> random{};
  if (::getentropy(random.data(), random.size()) != 0) {
    throw Error(Layer::config, "cannot generate random bytes");
  }
  const auto path = "/start/" + hex_of(random);
  start_ = Secret(path);
  address_ = std::move(address);
  return "http://" + authority_ + path;
}

std::optional<Secret> LoopbackListener::wait(const HumanWait& limit,
                                             const std::stop_token& cancel) {
  const CancelEvent wake(cancel);
  std::vector<pollfd> waiting;
  while (!cancel.stop_requested() && !(limit.is_over() && listening_)) {
    // After our callback only its own connection matters, until the browser has received the page.
    if (called_ && peers_.empty()) break;
    waiting.assign({{wake.fd(), POLLIN, 0}, {listening_.get(), POLLIN, 0}});
    auto next = Clock::now() + std::chrono::milliseconds(called_ ? 60'000 : limit.left_ms());
    for (const auto& peer : peers_) {
      waiting.push_back(
          {peer.fd.get(), static_cast<short>(peer.out.empty() ? POLLIN : POLLOUT), 0});
      next = std::min(next, peer.deadline);
    }
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(std::max<std::int64_t>(pause, 0))) <
            0 &&
        errno != EINTR) {
      throw Error(Layer::tcp, std::string("cannot wait for the browser: ") + std::strerror(errno));
    }
    auto waited = waiting.begin() + 2;
    const auto now = Clock::now();
    for (auto peer = peers_.begin(); peer != peers_.end(); ++waited) {
      const bool goes_on = peer->deadline > now && serve(*peer, waited->revents);
      peer = goes_on ? std::next(peer) : peers_.erase(peer);
    }
    if (called_) {
      listening_.close();
      peers_.remove_if([](const Peer& peer) { return !peer.ends_the_wait; });
    } else if (waiting[1].revents != 0) {
      accept_all();
    }
  }
  peers_.clear();
  return std::exchange(called_, std::nullopt);
}

void LoopbackListener::accept_all() {
  for (;;) {
    auto fd = accept_from(listening_.get(), Waiting::no);
    if (!fd) {
      // Out of descriptors: close the oldest connection, or poll would spin.
      if ((errno == EMFILE || errno == ENFILE) && !peers_.empty()) peers_.pop_front();
      return;
    }
    if (peers_.size() >= limits_.connections) peers_.pop_front();
    peers_.push_back({.fd = std::move(fd), .deadline = Clock::now() + limits_.connection});
  }
}

// Returns false when the connection is over.
bool LoopbackListener::serve(Peer& peer, short events) {
  if (events == 0) return true;
  if (!peer.out.empty()) return write_out(peer);
  std::array<char, 4096> buffer;
  // A few reads per turn: an endless sender must not delay the check of the deadlines.
  for (int reads = 0; reads < 16; ++reads) {
    const auto got = ::recv(peer.fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && would_block()) return true;
    if (got <= 0) return false;
    if (peer.shut) continue;
    peer.in.append(buffer.data(), static_cast<std::size_t>(got));
    wipe(buffer.data(), static_cast<std::size_t>(got));
    read_head(peer);
    if (!peer.out.empty()) return write_out(peer);
  }
  return true;
}

void LoopbackListener::read_head(Peer& peer) {
  const auto end = net::find_head_end(peer.in, peer.scanned);
  if (std::max(end, end == 0 ? peer.in.size() : 0) > limits_.head_bytes) {
    peer.out = answer_to_long_head();
  } else if (end != 0) {
    answer(peer, read_loopback_request(std::string_view(peer.in).substr(0, end), authority_, state_,
                                       start_));
  } else {
    return;
  }
  wipe(peer.in);
  peer.deadline = Clock::now() + limits_.connection;
}

void LoopbackListener::answer(Peer& peer, LoopbackRequest request) {
  using Kind = LoopbackRequest::Kind;
  if (request.kind == Kind::unknown || request.kind == Kind::other_state) {
    peer.out = answer_to(request.kind);
    return;
  }
  const auto user = limits_.user_of(peer.fd.get());
  if (request.kind == Kind::start) {
    peer.out = answer_to_start(user);
    return;
  }
  peer.out = user == PeerUser::other ? answer_to_stranger() : answer_to(request.kind);
  if (user != PeerUser::other && !called_) {
    auto url = "http://" + authority_ + request.target;
    called_ = Secret::take(url);
    peer.ends_the_wait = true;
  }
  wipe(request.target);
}

std::string LoopbackListener::answer_to_start(PeerUser user) {
  if (address_.empty()) return answer_to_stranger();
  if (user == PeerUser::ours) return answer_with_address(address_);
  // A Windows browser connects through WSL's relay. Only the first request is redirected: a later
  // one gets an error page. If a stranger was first, the sign-in is lost and nobody finishes it.
  if ((user == PeerUser::root || user == PeerUser::unknown) && is_wsl()) {
    return answer_with_address(std::exchange(address_, {}));
  }
  return answer_to_stranger();
}

bool LoopbackListener::write_out(Peer& peer) {
  while (!peer.out.empty()) {
    const auto sent = ::send(peer.fd.get(), peer.out.data(), peer.out.size(), kWithoutSignal);
    if (sent < 0) return would_block();
    peer.out.erase(0, static_cast<std::size_t>(sent));
  }
  // Closing at once would reset the connection if the browser had sent more, and the page could be
  // lost (RFC 9112 9.6): shut down only this side until the browser has closed its own.
  ::shutdown(peer.fd.get(), SHUT_WR);
  peer.shut = true;
  peer.deadline = Clock::now() + limits_.linger;
  return true;
}

}  // namespace pintle
