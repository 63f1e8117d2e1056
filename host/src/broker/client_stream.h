// SPDX-License-Identifier: Apache-2.0
//
// The socket of a local client: blocking reads and writes with time limits, and the bytes that were
// received and not consumed yet.
//
// Threads: one at a time, but for `interrupt`.

#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <sys/uio.h>

#include <pintle/files/unique_fd.h>

namespace pintle::broker {

/// The client ended the connection, or was silent or took nothing for too long. Not an Error, which
/// an exchange with the gateway would take for its own.
class ClientGone : public std::exception {
 public:
  explicit ClientGone(bool timed_out) : timed_out_(timed_out) {}
  bool timed_out() const noexcept { return timed_out_; }
  const char* what() const noexcept override { return "the local client is gone"; }

 private:
  bool timed_out_;
};

struct StreamLimits {
  /// For each wait for more of a request's body.
  std::chrono::milliseconds body{60'000};
  /// How long a thread waits for the next request, before the connection waits without one.
  std::chrono::milliseconds next_request{20};
  /// For a client that takes nothing of a response.
  std::chrono::milliseconds write{300'000};
};

class ClientStream {
 public:
  enum class Got { bytes, nothing, ended };

  /// Takes ownership of a connected socket.
  ClientStream(UniqueFd fd, const StreamLimits& limits);

  int fd() const noexcept { return fd_.get(); }
  /// Releases the socket; `received` stays.
  UniqueFd release() noexcept { return std::move(fd_); }

  /// The bytes that were received and not consumed yet.
  std::string& received() noexcept { return received_; }

  /// Reads once, without waiting, and appends to `received`.
  Got read_ready();
  /// Reads once and appends to `received`; waits for the next request's first bytes.
  Got await_request();
  /// Blocks until `read_body` would return at once, or until the socket `other` is readable;
  /// returns false in the second case. Throws ClientGone.
  bool wait_for_body(int other);
  /// Reads up to `size` bytes of a body, `received` first. Throws ClientGone.
  std::size_t read_body(char* data, std::size_t size);

  /// Writes all bytes. Throws ClientGone.
  void write(std::string_view bytes);
  /// Writes all parts in one call if possible; changes `parts`.
  void write(iovec* parts, int count);

  /// Lets the close that follows reset the connection, so that what was sent is not taken for all.
  void reset() noexcept;
  /// Ends both directions: what is blocked returns. From any thread, while this is not destroyed.
  void interrupt() noexcept;

 private:
  UniqueFd fd_;
  std::string received_;
  StreamLimits limits_;
};

}  // namespace pintle::broker
