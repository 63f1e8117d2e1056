// SPDX-License-Identifier: Apache-2.0
#include "server/wire.h"

#include <cerrno>
#include <new>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

namespace pintle::bench {

Wire::Wire(int fd, SSL_CTX* tls) : fd_(fd) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  if (!ssl_ || SSL_set_fd(ssl_.get(), fd) != 1) {
    ::close(fd);
    throw std::bad_alloc();
  }
  SSL_set_accept_state(ssl_.get());
}

Wire::~Wire() {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // Sends close_notify, so that the client sees a clean end.
  }
  ssl_.reset();
  ::close(fd_);
}

bool Wire::holds_more() const noexcept { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }

Wire::Moved Wire::tls_result(int done) noexcept {
  needs_write_ = false;
  if (done > 0) return {State::moved, static_cast<std::size_t>(done)};
  switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_WRITE:
      needs_write_ = true;
      [[fallthrough]];
    case SSL_ERROR_WANT_READ:
      return {State::later};
    default:
      return {State::ended};
  }
}

Wire::Moved Wire::read(std::span<char> buffer) noexcept {
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())));
  }
  const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got > 0) return {State::moved, static_cast<std::size_t>(got)};
  const bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
  return {later ? State::later : State::ended};
}

Wire::Moved Wire::write(std::string_view bytes) noexcept {
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
  }
  const auto put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (put > 0) return {State::moved, static_cast<std::size_t>(put)};
  const bool later = put < 0 && (errno == EAGAIN || errno == EINTR);
  return {later ? State::later : State::ended};
}

}  // namespace pintle::bench
