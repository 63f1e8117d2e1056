// SPDX-License-Identifier: Apache-2.0
#include "practice/server/wire.h"

#include <array>
#include <sys/socket.h>

#include <Poco/Exception.h>
#include <Poco/Net/SocketImpl.h>

namespace pintle::practice {
namespace {

// A clean shutdown must not wait for a peer that does not read.
constexpr int kFarewellSeconds = 1;

}  // namespace

Wire::Wire(const Poco::Net::StreamSocket& socket, std::uint64_t number, bool secure)
    : socket_(socket),
      number_(number),
      secure_(secure),
      descriptor_(socket.impl()->sockfd()),
      peer_(socket_.peerAddress().host().toString()) {
  socket_.setNoDelay(true);
}

Wire::Read Wire::fill(std::int64_t timeout_ms) {
  if (broken_) return Read::end;
  try {
    // poll does not report bytes that OpenSSL has already read.
    if (socket_.available() == 0 &&
        !socket_.poll(Poco::Timespan(timeout_ms * 1000), Poco::Net::Socket::SELECT_READ)) {
      return Read::timeout;
    }
    std::array<char, 64 * 1024> buffer;
    const int got = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) {
      pending_.append(buffer.data(), static_cast<std::size_t>(got));
      return Read::bytes;
    }
  } catch (const Poco::Exception&) {
    // A reset, a failed handshake, a client that does not trust the certificate: all end the
    // connection.
  }
  broken_ = true;
  return Read::end;
}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty() && !broken_) {
    try {
      const auto piece = bytes.substr(0, std::size_t{1} << 20);
      const int sent = socket_.sendBytes(piece.data(), static_cast<int>(piece.size()));
      if (sent <= 0) broken_ = true;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    } catch (const Poco::Exception&) {
      broken_ = true;
    }
  }
  return !broken_;
}

void Wire::cut() noexcept {
  const MutexLock lock(mutex_);
  if (open_) ::shutdown(descriptor_, SHUT_RDWR);
}

void Wire::close() noexcept {
  {
    const MutexLock lock(mutex_);
    if (!open_) return;
    open_ = false;
  }
  try {
    socket_.setSendTimeout(Poco::Timespan(kFarewellSeconds, 0));
    if (!broken_) socket_.shutdownSend();
  } catch (const Poco::Exception&) {
    // The peer closed first.
  }
  try {
    socket_.close();
  } catch (const Poco::Exception&) {
    // Closed anyway: the socket closes the descriptor.
  }
}

}  // namespace pintle::practice
