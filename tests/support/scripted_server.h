// SPDX-License-Identifier: Apache-2.0
//
// A TCP server on a free loopback port that follows a test's script, byte by byte: the faults that
// a real server shows once a month.
//
// Threads: each connection runs the script on its own thread; the test reads what was received
// through the server, which locks.

#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include "test_certificates.h"

namespace pintle::test {

class ScriptedServer;

/// The server's end of one connection, in a script.
class ScriptedPeer {
 public:
  ScriptedPeer(ScriptedServer& server, int fd, int index)
      : server_(server), fd_(fd), index_(index) {}
  ~ScriptedPeer() { SSL_free(ssl_); }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  /// 0 for the first connection that the server accepted.
  int index() const noexcept { return index_; }

  /// Speaks TLS from here on; returns false if the client aborted the handshake.
  bool start_tls(const ServerTls& tls) {
    ssl_ = SSL_new(tls.get());
    SSL_set_fd(ssl_, fd_);
    return SSL_accept(ssl_) == 1;
  }

  /// Returns one request, with a body of its Content-Length. Empty if the client disconnected.
  std::string read_request();

  /// Returns the head of one request as soon as it is there, and leaves its body to
  /// `read_some_bytes`. Empty if the client disconnected.
  std::string read_head();

  /// Sends all of it, in as few segments as the system makes; returns false if the client
  /// disconnected.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ssl_ != nullptr
                             ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Sends `bytes` again and again, one byte every few milliseconds, until the client disconnects.
  void drip(std::string_view bytes) {
    for (std::size_t i = 0;; i = (i + 1) % bytes.size()) {
      if (!send(bytes.substr(i, 1))) return;
      pollfd gone{fd_, POLLRDHUP, 0};
      if (::poll(&gone, 1, 3) != 0) return;
    }
  }

  /// Returns once the client has sent anything.
  void wait_for_a_byte() {
    char byte;
    (void)read_some(&byte, 1);
  }

  /// Returns what the client has sent, as the system returns it; empty if it disconnected.
  std::string read_some_bytes() {
    if (!in_.empty()) return std::exchange(in_, {});
    char bytes[4096];
    const auto size = read_some(bytes, sizeof bytes);
    return {bytes, static_cast<std::size_t>(size > 0 ? size : 0)};
  }

  /// Sends nothing until the client disconnects.
  void wait_until_left() {
    char byte;
    while (read_some(&byte, 1) > 0) {
    }
  }

  /// Reads nothing, and returns when the client has closed its end.
  void wait_for_hang_up() {
    pollfd gone{fd_, POLLRDHUP, 0};
    ::poll(&gone, 1, -1);
  }

  /// Ends the connection with a RST.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    // The server closes the descriptor after the script, which sends the RST.
  }

  /// Reads up to `size` bytes as they arrive; returns 0 or less if the client disconnected.
  long read_some(char* data, int size) {
    return ssl_ != nullptr ? SSL_read(ssl_, data, size)
                           : ::recv(fd_, data, static_cast<std::size_t>(size), 0);
  }

  void end_tls() { SSL_shutdown(ssl_); }
  bool tls_session_was_reused() const { return SSL_session_reused(ssl_) == 1; }
  /// Returns the common name of the client's certificate; empty if it has shown none.
  std::string client_name() const {
    char name[64] = "";
    const X509* shown = SSL_get0_peer_certificate(ssl_);
    if (shown == nullptr) return "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
    return name;
  }

 private:
  ScriptedServer& server_;
  int fd_;
  int index_;
  SSL* ssl_ = nullptr;
  std::string in_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedPeer&)>;

  /// Runs `script` for each connection. The connection is closed when the script returns.
  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, raw, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, raw, &size) != 0) {
      throw std::runtime_error("the scripted server cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& worker : workers_) worker.join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string url(const std::string& scheme = "http", const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ":" + std::to_string(port_);
  }
  int connections() const noexcept { return accepted_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// Blocks until the scripts have ended and their connections are closed.
  void wait_until_none_is_open() {
    std::unique_lock lock(mutex_);
    closed_.wait(lock, [&] { return open_.empty(); });
  }

 private:
  friend class ScriptedPeer;

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int index = accepted_++;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      workers_.emplace_back([this, fd, index] { serve(fd, index); });
    }
  }

  void serve(int fd, int index) {
    sigset_t pipe_only;  // OpenSSL writes without MSG_NOSIGNAL.
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, nullptr);
    {
      ScriptedPeer peer(*this, fd, index);
      script_(peer);
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
    closed_.notify_all();
  }

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  mutable std::mutex mutex_;
  std::condition_variable closed_;
  std::vector<std::string> requests_;
  std::vector<int> open_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

inline std::string ScriptedPeer::read_head() {
  std::size_t end = 0;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
    char buffer[4096];
    const long count = read_some(buffer, sizeof buffer);
    if (count <= 0) return "";
    in_.append(buffer, static_cast<std::size_t>(count));
  }
  std::string head = in_.substr(0, end + 4);
  in_.erase(0, end + 4);
  const std::lock_guard lock(server_.mutex_);
  server_.requests_.push_back(head);
  return head;
}

inline std::string ScriptedPeer::read_request() {
  std::size_t wanted = std::string::npos;
  while (in_.size() < wanted) {
    if (const auto end = in_.find("\r\n\r\n"); end != std::string::npos) {
      const auto length = in_.find("Content-Length: ");
      wanted = end + 4;
      if (length < end) wanted += std::strtoul(in_.c_str() + length + 16, nullptr, 10);
      if (in_.size() >= wanted) break;
    }
    char buffer[4096];
    const long count = read_some(buffer, sizeof buffer);
    if (count <= 0) return "";
    in_.append(buffer, static_cast<std::size_t>(count));
  }
  std::string request = in_.substr(0, wanted);
  in_.erase(0, wanted);
  const std::lock_guard lock(server_.mutex_);
  server_.requests_.push_back(request);
  return request;
}

/// Returns a response with a Content-Length.
inline std::string answer(std::string_view status_and_reason, std::string_view body,
                          std::string_view more_fields = "") {
  std::string text = "HTTP/1.1 ";
  text.append(status_and_reason).append("\r\n").append(more_fields);
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

}  // namespace pintle::test
