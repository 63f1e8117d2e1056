// SPDX-License-Identifier: Apache-2.0
#include "clients/raw_socket.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <pintle/core/http/headers.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_handshake.h>

namespace pintle::bench {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kKeyBytes = 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void check_tls(bool good, const char* what) {
  if (good) return;
  const auto* reason = ERR_reason_error_string(ERR_get_error());
  throw std::runtime_error(std::string(what) + ": " + (reason != nullptr ? reason : "no reason"));
}

HttpResponse parse(std::string_view head) {
  HttpResponse response;
  response.status = std::stoi(std::string(head.substr(9, 3)));
  while (true) {
    head.remove_prefix(head.find("\r\n") + 2);
    if (head.empty()) return response;
    response.headers.add(Header::parse_line(head.substr(0, head.find("\r\n"))));
  }
}

}  // namespace

RawSocket::RawSocket(const Task& task) : buffer_(kBufferBytes + kPadding) {
  connect(task.url);
  if (task.url.secure) start_tls(task);
  upgrade(task.url);
}

RawSocket::~RawSocket() {
  if (fd_ >= 0) ::close(fd_);
}

void RawSocket::connect(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found)) {
    throw std::runtime_error(::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> address(found, &::freeaddrinfo);
  fd_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail("socket");
  if (::connect(fd_, address->ai_addr, address->ai_addrlen) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void RawSocket::start_tls(const Task& task) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  check_tls(context_ != nullptr, "TLS");
  check_tls(SSL_CTX_load_verify_locations(context_.get(), task.ca_file.c_str(), nullptr) == 1,
            "the CA file");
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  // One system call for a record instead of two, for the header and the body.
  SSL_CTX_set_read_ahead(context_.get(), 1);
  ssl_.reset(SSL_new(context_.get()));
  check_tls(ssl_ && SSL_set_fd(ssl_.get(), fd_) == 1, "TLS");
  auto* checks = SSL_get0_param(ssl_.get());
  const auto* host = task.url.host.c_str();
  const bool named = X509_VERIFY_PARAM_set1_ip_asc(checks, host) == 1 ||
                     X509_VERIFY_PARAM_set1_host(checks, host, 0) == 1;
  check_tls(named && SSL_connect(ssl_.get()) == 1, "the TLS handshake");
}

void RawSocket::upgrade(const Url& url) {
  ws::Upgrade asked;
  RAND_bytes(asked.nonce.data(), static_cast<int>(asked.nonce.size()));
  std::string head = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
  for (const auto& header : ws::upgrade_headers(asked)) {
    head.append(header.name()).append(": ").append(header.value()).append("\r\n");
  }
  write_all(head + "\r\n");
  std::string answer;
  std::size_t end = 0;
  while ((end = answer.find("\r\n\r\n")) == std::string::npos) {
    const auto got = read_some(std::span(buffer_).first(kBufferBytes));
    answer.append(buffer_.data(), got);
  }
  ws::check_upgraded(parse(std::string_view(answer).substr(0, end + 2)), asked);
  // Bytes after the 101 are the first input.
  const auto early = answer.size() - (end + 4);
  std::memcpy(buffer_.data(), answer.data() + end + 4, early);
  input_ = std::span(buffer_).first(early);
}

void RawSocket::write_all(std::string_view bytes) {
  if (ssl_) {
    check_tls(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0, "SSL_write");
    return;
  }
  while (!bytes.empty()) {
    const auto put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::size_t RawSocket::read_some(std::span<char> buffer) {
  const auto got = ssl_ ? SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()))
                        : ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got <= 0) throw std::runtime_error("the server ended the connection");
  return static_cast<std::size_t>(got);
}

ws::MaskKey RawSocket::new_key() {
  ws::MaskKey key{};
  if (keys_.empty()) {
    keys_.resize(kKeyBytes);
    RAND_bytes(reinterpret_cast<unsigned char*>(keys_.data()), static_cast<int>(kKeyBytes));
  }
  std::memcpy(key.data(), keys_.data() + keys_.size() - key.size(), key.size());
  keys_.resize(keys_.size() - key.size());
  return key;
}

void RawSocket::send(std::string_view text) {
  out_.clear();
  ws::append_frame(out_, ws::Role::client, ws::Opcode::text, text, new_key());
  write_all(out_);
}

std::string_view RawSocket::receive() {
  for (;;) {
    const auto event = reader_.next(input_);
    if (event.kind == ws::Kind::data) return event.bytes;
    if (event.kind == ws::Kind::close || event.kind == ws::Kind::error) {
      throw std::runtime_error("the WebSocket ended: " + std::string(event.bytes));
    }
    if (event.kind != ws::Kind::need_more) continue;
    input_ = std::span(buffer_).first(read_some(std::span(buffer_).first(kBufferBytes)));
  }
}

}  // namespace pintle::bench
