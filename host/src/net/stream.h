// SPDX-License-Identifier: Apache-2.0
//
// A connected byte stream, plain or TLS: a thin wrapper around Poco's sockets that works around
// their faults.
//
// Threads: one at a time, for reads and writes together (an SSL has no lock).

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>

struct ssl_st;

namespace Poco::Net {
class StreamSocket;
class SecureStreamSocket;
}  // namespace Poco::Net

namespace pintle::net {

class Stream {
 public:
  enum class State {
    done,        ///< `size` bytes, at least one.
    want_read,   ///< Non-blocking only: try again when the socket is readable.
    want_write,  ///< Non-blocking only: try again when it is writable.
    closed,      ///< The peer closed the stream cleanly. Reads only.
  };
  struct Result {
    State state;
    std::size_t size = 0;
  };

  /// Takes ownership of a connected socket. `peer` names the other side in errors ("host:port").
  Stream(const Poco::Net::StreamSocket& socket, std::string peer);
  /// The same for a TLS socket on top of `tcp` that has finished its handshake. `ssl` belongs to
  /// `tls`.
  Stream(const Poco::Net::StreamSocket& tcp, const Poco::Net::SecureStreamSocket& tls, ssl_st* ssl,
         std::string peer);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  /// Closes the socket without waiting for the peer.
  ~Stream();

  int fd() const noexcept;
  bool secure() const noexcept;
  /// Returns the error if the TLS server has refused the client certificate, or that there is none.
  /// With TLS 1.3 it does so after the handshake. For a connection that ended without an answer.
  std::optional<Error> certificate_refusal() const;
  const std::string& peer() const noexcept { return peer_; }

  void set_blocking(bool blocking);

  /// Reads up to `size` bytes. Throws Error(tcp) if the connection broke; over TLS that includes an
  /// end without close_notify (RFC 8446 6.1).
  Result read(char* data, std::size_t size);
  /// Writes what the socket accepts. Throws Error(tcp). After a want_* of TLS, retry with the same
  /// bytes at the front; they may be at another address.
  Result write(std::string_view bytes);
  /// Writes all bytes; blocking streams only.
  void write_all(std::string_view bytes);

  /// Returns the number of decrypted bytes that poll does not report.
  std::size_t pending() const;

  /// Makes TLS read all that the socket has at once. Neither `pending` nor poll reports these
  /// bytes: the caller must read until there are no more, or ask `may_have_more`.
  void read_ahead();
  /// Returns whether a read may return bytes although the socket is not readable.
  bool may_have_more() const;

  /// Frees the TLS buffers for reads and writes: 16 KiB and more each, which a late session ticket
  /// allocates as well.
  void release_memory() noexcept;

  /// Returns whether an idle connection has neither ended nor received unexpected bytes.
  bool is_quiet();

  /// Ends both directions at once, without close_notify; the socket stays open until destruction.
  void shutdown() noexcept;

  /// Releases the socket, to put TLS on it; plain streams only.
  Poco::Net::StreamSocket take_socket();

  /// Returns the TLS socket, for its session; null for a plain stream.
  Poco::Net::SecureStreamSocket* tls() noexcept { return tls_.get(); }
  /// Returns what OpenSSL has of it; null for a plain stream.
  ssl_st* ssl() const noexcept { return ssl_; }

 private:
  void close() noexcept;

  std::unique_ptr<Poco::Net::StreamSocket> tcp_;
  std::unique_ptr<Poco::Net::SecureStreamSocket> tls_;
  ssl_st* ssl_ = nullptr;  // in tls_
  std::string peer_;
};

}  // namespace pintle::net
