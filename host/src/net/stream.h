// SPDX-License-Identifier: Apache-2.0
//
// A connected byte stream, plain or TLS: a thin coat over Poco's sockets that knows what they do
// wrong.
//
// Threads: one at a time, readers and writers together (one SSL has no lock of its own).

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

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
    closed,      ///< The peer ended the stream in good order. Reads only.
  };
  struct Result {
    State state;
    std::size_t size = 0;
  };

  /// Takes over a connected socket; `peer` is what errors call the other side ("host:port").
  Stream(const Poco::Net::StreamSocket& socket, std::string peer);
  /// The same for a TLS socket that was attached to `tcp`, its handshake done. `ssl` is the one
  /// inside of `tls`.
  Stream(const Poco::Net::StreamSocket& tcp, const Poco::Net::SecureStreamSocket& tls, ssl_st* ssl,
         std::string peer);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  /// Closes the socket, and never waits for the peer.
  ~Stream();

  int fd() const noexcept;
  bool secure() const noexcept;
  /// True if the TLS server has asked for a client certificate, which there is none of.
  bool is_asked_for_certificate() const noexcept;
  const std::string& peer() const noexcept { return peer_; }

  void set_blocking(bool blocking);

  /// Reads up to `size` bytes. Throws Error(tcp) where the connection broke; over TLS an end
  /// without close_notify is such a break (RFC 8446 6.1).
  Result read(char* data, std::size_t size);
  /// Writes what the socket takes. Throws Error(tcp). A want_* of TLS must be repeated with the
  /// same bytes at its front; they may have moved.
  Result write(std::string_view bytes);
  /// Writes all of it; blocking streams only.
  void write_all(std::string_view bytes);

  /// Bytes that were decrypted already and that poll does not show.
  std::size_t pending() const;

  /// From now on TLS takes all that the socket has in one go, which neither `pending` nor poll
  /// shows: for who reads until there is nothing more, or asks `may_have_more`.
  void read_ahead();
  /// True where a read may give something although the socket is not readable.
  bool may_have_more() const;

  /// Gives back what TLS keeps for the next read and write: 16 KiB and more each, which it sets
  /// aside even for a session ticket that comes late.
  void release_memory() noexcept;

  /// True where an idle connection has neither ended nor sent something unasked.
  bool is_quiet();

  /// Ends both directions at once, without close_notify; the socket stays open until destruction.
  void shutdown() noexcept;

  /// Gives the socket away, to put TLS on it; plain streams only.
  Poco::Net::StreamSocket take_socket();

  /// The TLS socket, to ask it for its session; null where plain.
  Poco::Net::SecureStreamSocket* tls() noexcept { return tls_.get(); }

 private:
  void close() noexcept;

  std::unique_ptr<Poco::Net::StreamSocket> tcp_;
  std::unique_ptr<Poco::Net::SecureStreamSocket> tls_;
  ssl_st* ssl_ = nullptr;  // in tls_
  std::string peer_;
};

}  // namespace pintle::net
