// SPDX-License-Identifier: Apache-2.0
#include "net/tcp.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <utility>

#include <Poco/Net/SocketAddress.h>

#include <pintle/core/base/error.h>

#include "net/system_error_text.h"

namespace pintle::net {
namespace {

using Poco::Net::IPAddress;
using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

constexpr char kTimeUp[] = "no answer";

/// Returns the milliseconds until `deadline`, rounded up so that a wait never ends just before it.
int milliseconds_until(TimePoint deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000));
}

/// Returns an empty text if connected, else the reason.
std::string try_address(StreamSocket& socket, const SocketAddress& address, Watch& watch,
                        TimePoint deadline) {
  try {
    socket.connectNB(address);
  } catch (const Poco::Exception& e) {
    return system_error_text(e);
  }
  const int fd = socket.impl()->sockfd();
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  const Attached attached(watch, fd);
  for (;;) {
    pollfd writable{fd, POLLOUT, 0};
    const int ready = ::poll(&writable, 1, milliseconds_until(deadline));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return system_error_text(errno);
    if (Clock::now() >= deadline) return kTimeUp;
  }
  const int error = socket.impl()->socketError();
  return error == 0 ? "" : system_error_text(error);
}

/// Returns "connection refused", or if the addresses differ "no answer (192.0.2.1), connection
/// refused (::1)".
std::string failures_of(const std::vector<TcpAttempt>& attempts) {
  const bool same = std::all_of(attempts.begin(), attempts.end(), [&](const auto& one) {
    return one.failure == attempts[0].failure;
  });
  if (same) return attempts[0].failure;
  std::string list;
  for (std::size_t i = 0; i < attempts.size() && i < 6; ++i) {
    if (i > 0) list += ", ";
    list += attempts[i].failure + " (" + attempts[i].address.toString() + ")";
  }
  return list;
}

}  // namespace

TcpAttempt try_connect(const IPAddress& address, std::uint16_t port, Watch& watch,
                       TimePoint deadline) {
  const auto began = Clock::now();
  TcpAttempt attempt{address};
  StreamSocket socket;
  attempt.failure = try_address(socket, SocketAddress(address, port), watch, deadline);
  attempt.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
  if (!attempt.failure.empty()) return attempt;
  socket.setBlocking(true);
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  attempt.socket = socket;
  return attempt;
}

Error connect_error(const std::string& peer, const std::vector<TcpAttempt>& attempts) {
  std::chrono::microseconds took{0};
  for (const auto& one : attempts) took += one.took;
  auto what = failures_of(attempts);
  if (what.find(kTimeUp) != std::string::npos) {
    what += " within " +
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()) +
            " ms";
  }
  return Error(Layer::tcp, "cannot connect to " + peer + ": " + what)
      .with_retry()
      .with_hint("Check that the gateway is running, and that the host and port are right.");
}

StreamSocket connect_tcp(const std::vector<IPAddress>& addresses, std::uint16_t port,
                         const std::string& peer, Watch& watch, TimePoint deadline,
                         std::chrono::milliseconds per_address) {
  std::vector<TcpAttempt> attempts;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const bool last = i + 1 == addresses.size();
    const auto until = last ? deadline : std::min(deadline, Clock::now() + per_address);
    auto attempt = try_connect(addresses[i], port, watch, until);
    if (watch.cause() == Watch::Cause::cancelled) {
      throw Error(Layer::tcp, "connecting to " + peer + " was cancelled");
    }
    if (attempt.socket) return *attempt.socket;
    attempts.push_back(std::move(attempt));
    if (Clock::now() >= deadline) break;
  }
  throw connect_error(peer, attempts);
}

}  // namespace pintle::net
