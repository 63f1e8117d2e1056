// SPDX-License-Identifier: Apache-2.0
#include "broker/client_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>  // IWYU pragma: keep
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

#include <pintle/files/descriptors.h>

namespace pintle::broker {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;

void set_time(int fd, int option, std::chrono::milliseconds limit) noexcept {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timeval time{.tv_sec = seconds.count(),
                     .tv_usec = std::chrono::microseconds(limit - seconds).count()};
  ::setsockopt(fd, SOL_SOCKET, option, &time, sizeof time);
}

bool is_later(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

ClientStream::ClientStream(UniqueFd fd, const StreamLimits& limits)
    : fd_(std::move(fd)), limits_(limits) {
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // fails on a Unix socket
  set_time(fd_.get(), SO_RCVTIMEO, limits_.next_request);
  set_time(fd_.get(), SO_SNDTIMEO, limits_.write);
}

ClientStream::Got ClientStream::read_ready() {
  std::array<char, kReadSize> piece;
  const auto got = ::recv(fd_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (got > 0) {
    received_.append(piece.data(), static_cast<std::size_t>(got));
    return Got::bytes;
  }
  return got < 0 && (is_later(errno) || errno == EINTR) ? Got::nothing : Got::ended;
}

ClientStream::Got ClientStream::await_request() {
  std::array<char, kReadSize> piece;
  const auto got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
  if (got > 0) {
    received_.append(piece.data(), static_cast<std::size_t>(got));
    return Got::bytes;
  }
  return got < 0 && (is_later(errno) || errno == EINTR) ? Got::nothing : Got::ended;
}

bool ClientStream::wait_for_body(int other) {
  if (!received_.empty()) return true;
  std::array<pollfd, 2> ready = {{{fd_.get(), POLLIN, 0}, {other, POLLIN, 0}}};
  const auto due = std::chrono::steady_clock::now() + limits_.body;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(due - std::chrono::steady_clock::now());
    const auto count = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    const int found = ::poll(ready.data(), ready.size(), count);
    if (found > 0) return ready[1].revents == 0;
    if (found == 0) throw ClientGone(true);
    if (errno != EINTR) throw ClientGone(false);
  }
}

std::size_t ClientStream::read_body(char* data, std::size_t size) {
  if (!received_.empty()) {
    const auto early = std::min(size, received_.size());
    received_.copy(data, early);
    received_.erase(0, early);
    return early;
  }
  const auto due = std::chrono::steady_clock::now() + limits_.body;
  for (;;) {
    const auto got = ::recv(fd_.get(), data, size, 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || !is_later(errno)) throw ClientGone(false);
    if (std::chrono::steady_clock::now() >= due) throw ClientGone(true);
  }
}

void ClientStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), kWithoutSignal);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR) {
      throw ClientGone(is_later(errno));
    }
  }
}

void ClientStream::write(iovec* parts, int count) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<std::size_t>(count);
  while (message.msg_iovlen > 0) {
    const auto sent = ::sendmsg(fd_.get(), &message, kWithoutSignal);
    if (sent < 0) {
      if (errno == EINTR) continue;
      throw ClientGone(is_later(errno));
    }
    auto left = static_cast<std::size_t>(sent);
    while (message.msg_iovlen > 0 && left >= message.msg_iov->iov_len) {
      left -= message.msg_iov->iov_len;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + left;
      message.msg_iov->iov_len -= left;
    }
  }
}

void ClientStream::reset() noexcept {
  const struct linger at_once { .l_onoff = 1, .l_linger = 0 };
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

void ClientStream::interrupt() noexcept { ::shutdown(fd_.get(), SHUT_RDWR); }

}  // namespace pintle::broker
