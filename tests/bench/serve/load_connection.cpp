// SPDX-License-Identifier: Apache-2.0
#include "load_connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <pintle/core/ws/ws_encode.h>

namespace pintle::bench {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLength = "ontent-";

std::string head_of(const LoadOptions& options, std::string_view more) {
  std::string head = "GET " + options.path +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) + "\r\n";
  if (!options.header.empty()) head += options.header + "\r\n";
  return head.append(more).append("\r\n");
}

std::uint64_t length_in(std::string_view head) {
  for (auto at = head.find(kLength); at != std::string_view::npos;
       at = head.find(kLength, at + 1)) {
    const auto rest = head.substr(at + kLength.size());
    if (rest.starts_with("Length: ") || rest.starts_with("length: ")) {
      return std::strtoull(rest.data() + 8, nullptr, 10);
    }
  }
  throw std::runtime_error("an answer has no Content-Length: " + std::string(head));
}

}  // namespace

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

LoadConnection::LoadConnection(const LoadOptions& options)
    : fd_(connect_to(options.port)),
      is_websocket_(options.mode == "echo" || options.mode == "idle") {
  if (is_websocket_) {
    upgrade(options);
    // A key of zeros leaves the bytes as they are: masking is not what is measured.
    ws::append_frame(request_, ws::Role::client, ws::Opcode::binary, std::string(options.size, 'x'),
                     {});
  } else {
    request_ = head_of(options, "");
  }
  sent_ = request_.size();
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

LoadConnection::~LoadConnection() { ::close(fd_); }

void LoadConnection::upgrade(const LoadOptions& options) {
  const auto head = head_of(options,
                            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  if (::send(fd_, head.data(), head.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(head.size())) {
    throw std::runtime_error("the upgrade could not be sent");
  }
  std::string answer;
  while (answer.find(kHeadEnd) == std::string::npos) {
    char byte = 0;
    if (::recv(fd_, &byte, 1, 0) <= 0) break;
    answer += byte;
  }
  if (!answer.starts_with("HTTP/1.1 101 ")) throw std::runtime_error("no upgrade: " + answer);
}

void LoadConnection::ask() {
  sent_ = 0;
  asked_at_ = Clock::now();
  (void)work({});
}

bool LoadConnection::work(std::span<char> buffer) {
  while (sent_ < request_.size()) {
    const auto sent = ::send(fd_, request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) throw std::system_error(errno, std::generic_category(), "send");
    sent_ += static_cast<std::size_t>(sent);
  }
  if (buffer.empty()) return false;
  const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) throw std::runtime_error("the connection ended");
  received_ += static_cast<std::uint64_t>(got);
  return take({buffer.data(), static_cast<std::size_t>(got)});
}

bool LoadConnection::take(std::string_view bytes) {
  if (!in_body_) {
    head_ += bytes;
    if (is_websocket_) {
      if (head_.size() < 10) return false;  // perhaps not the whole header
      const auto size = ws::frame_size(head_);

      in_body_ = true;
      left_ = size - head_.size();
    } else {
      const auto end = head_.find(kHeadEnd);
      if (end == std::string::npos) return false;
      if (!head_.starts_with("HTTP/1.1 200 ")) throw std::runtime_error("no 200: " + head_);
      in_body_ = true;
      left_ = end + kHeadEnd.size() + length_in(head_) - head_.size();
    }
  } else {
    left_ -= std::min<std::uint64_t>(left_, bytes.size());
  }
  if (left_ > 0) return false;
  head_.clear();
  in_body_ = false;
  return true;
}

}  // namespace pintle::bench
