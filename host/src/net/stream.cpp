// SPDX-License-Identifier: Apache-2.0
#include "net/stream.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>

#include "base/sigpipe.h"
#include "net/system_error_text.h"
#include "net/tls/certificate_request.h"

namespace pintle::net {
namespace {

// More than a record, so that one call reads many small ones.
constexpr std::size_t kReadAhead = 64 * 1024;

using Poco::Net::SecureStreamSocket;
using Poco::Net::StreamSocket;

int as_length(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

// Poco checks OpenSSL's error queue and errno without clearing them first: an old entry of either
// makes it throw, or spin on an old EINTR, at the end of a healthy stream.
void forget_old_errors() {
  ERR_clear_error();
  errno = 0;
}

// A TLS read may write as well: an alert, the answer to a key update.
template <class Operation>
int guarded(Operation operation) {
  SigpipeBlock block;
  forget_old_errors();
  try {
    return operation();
  } catch (...) {
    block.broke();
    throw;
  }
}

[[noreturn]] void throw_broken(const std::string& peer, const Poco::Exception& cause) {
  throw Error(Layer::tcp, "the connection to " + peer + " broke: " + system_error_text(cause))
      .with_retry()
      .with_hint("Try again; if it keeps happening, check the network and any proxy in between.");
}

}  // namespace

Stream::Stream(const StreamSocket& socket, std::string peer)
    : tcp_(std::make_unique<StreamSocket>(socket)), peer_(std::move(peer)) {}

Stream::Stream(const StreamSocket& tcp, const SecureStreamSocket& tls, ssl_st* ssl,
               std::string peer)
    : tcp_(std::make_unique<StreamSocket>(tcp)),
      tls_(std::make_unique<SecureStreamSocket>(tls)),
      ssl_(ssl),
      peer_(std::move(peer)) {}

Stream::Stream(Stream&& other) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    close();
    tcp_ = std::move(other.tcp_);
    tls_ = std::move(other.tls_);
    ssl_ = std::exchange(other.ssl_, nullptr);
    peer_ = std::move(other.peer_);
  }
  return *this;
}

Stream::~Stream() { close(); }

void Stream::close() noexcept {
  if (!tcp_) return;
  try {
    // Poco's close sends close_notify and would wait for space in the send buffer.
    tcp_->setBlocking(false);
    if (tls_) {
      SigpipeBlock block;
      block.broke();
      forget_old_errors();
      tls_->close();
    }
    tcp_->close();
  } catch (const Poco::Exception&) {
    // Nothing is left to send; the destructor closes the descriptor.
  }
  tls_.reset();
  tcp_.reset();
  ERR_clear_error();
}

int Stream::fd() const noexcept { return tcp_ ? tcp_->impl()->sockfd() : -1; }
bool Stream::secure() const noexcept { return tls_ != nullptr; }
std::optional<Error> Stream::certificate_refusal() const {
  return ssl_ == nullptr ? std::nullopt : certificate_refusal_of(ssl_, peer_);
}

// The TLS socket takes its blocking mode from the TCP socket below it.
void Stream::set_blocking(bool blocking) {
  try {
    tcp_->setBlocking(blocking);
  } catch (const Poco::Exception& e) {
    throw_broken(peer_, e);
  }
}

Stream::Result Stream::read(char* data, std::size_t size) {
  for (;;) {
    try {
      int count = 0;
      if (tls_) {
        count = guarded([&] { return tls_->receiveBytes(data, as_length(size)); });
        if (count == SecureStreamSocket::ERR_SSL_WANT_WRITE) return {State::want_write};
      } else {
        count = tcp_->receiveBytes(data, as_length(size));
      }
      if (count < 0) return {State::want_read};
      if (count == 0) return {State::closed};
      return {State::done, static_cast<std::size_t>(count)};
    } catch (const Poco::TimeoutException&) {
      // No time limit is set on the socket: a signal interrupted it.
      if (!tcp_->getBlocking()) return {State::want_read};
    } catch (const Poco::Exception& e) {
      throw_broken(peer_, e);
    }
  }
}

Stream::Result Stream::write(std::string_view bytes) {
  for (;;) {
    try {
      int count = 0;
      if (tls_) {
        count = guarded([&] { return tls_->sendBytes(bytes.data(), as_length(bytes.size())); });
        if (count == SecureStreamSocket::ERR_SSL_WANT_READ) return {State::want_read};
      } else {
        count = tcp_->sendBytes(bytes.data(), as_length(bytes.size()), kWithoutSignal);
      }
      if (count <= 0) return {State::want_write};
      return {State::done, static_cast<std::size_t>(count)};
    } catch (const Poco::TimeoutException&) {
      if (!tcp_->getBlocking()) return {State::want_write};
    } catch (const Poco::Exception& e) {
      // Poco 1.11 throws IOException for a full send buffer of a plain socket.
      if (e.code() == EAGAIN && !tcp_->getBlocking()) return {State::want_write};
      throw_broken(peer_, e);
    }
  }
}

void Stream::write_all(std::string_view bytes) {
  while (!bytes.empty()) bytes.remove_prefix(write(bytes).size);
}

std::size_t Stream::pending() const {
  return tls_ ? static_cast<std::size_t>(std::max(0, tls_->available())) : 0;
}

void Stream::read_ahead() {
  if (ssl_ == nullptr) return;
  SSL_set_default_read_buffer_len(ssl_, kReadAhead);
  SSL_set_read_ahead(ssl_, 1);
}

// True without the SSL: an extra read then finds out.
bool Stream::may_have_more() const {
  return tls_ && (ssl_ == nullptr || SSL_has_pending(ssl_) == 1);
}

void Stream::release_memory() noexcept {
  if (ssl_ != nullptr) SSL_free_buffers(ssl_);  // does nothing unless they are empty
}

bool Stream::is_quiet() {
  if (pending() > 0) return false;
  pollfd readable{fd(), POLLIN, 0};
  if (::poll(&readable, 1, 0) == 0) return true;
  if (!tls_) return false;
  // Over TLS a late session ticket makes the socket readable too, but is no answer.
  try {
    set_blocking(false);
    char unasked;
    const auto result = read(&unasked, 1);
    set_blocking(true);
    return result.state == State::want_read;
  } catch (const Error&) {
    return false;
  } catch (const Poco::Exception&) {
    return false;
  }
}

StreamSocket Stream::take_socket() {
  StreamSocket socket(*tcp_);
  tcp_.reset();
  return socket;
}

void Stream::shutdown() noexcept {
  if (fd() >= 0) ::shutdown(fd(), SHUT_RDWR);
}

}  // namespace pintle::net
