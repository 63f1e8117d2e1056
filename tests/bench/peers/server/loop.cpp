// SPDX-License-Identifier: Apache-2.0
#include "server/loop.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace pintle::bench {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int listen_on_loopback() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (::listen(fd, 4096) != 0) fail("listen");
  return fd;
}

}  // namespace

Loop::Loop(SSL_CTX* tls)
    : tls_(tls),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      plain_(listen_on_loopback()),
      secure_(listen_on_loopback()),
      buffer_(kBufferBytes) {
  if (epoll_ < 0) fail("epoll_create1");
  watch(plain_, EPOLLIN, EPOLL_CTL_ADD);
  watch(secure_, EPOLLIN, EPOLL_CTL_ADD);
}

Loop::~Loop() {
  clients_.clear();
  for (const int fd : {plain_, secure_, epoll_}) ::close(fd);
}

std::uint16_t Loop::port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("getsockname");
  }
  return ntohs(address.sin_port);
}

void Loop::watch(int fd, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_, operation, fd, &event) != 0) fail("epoll_ctl");
}

int Loop::run(const std::vector<int>& stops) {
  for (const int fd : stops) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0 && errno != EPERM) fail("epoll_ctl");
  }
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (std::find(stops.begin(), stops.end(), fd) != stops.end()) return fd;
      if (fd == plain_ || fd == secure_) {
        accept_all(fd, fd == secure_ ? tls_ : nullptr);
      } else {
        serve(fd);
      }
    }
  }
}

void Loop::accept_all(int listener, SSL_CTX* tls) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
      fail("accept4");
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients_[fd] = std::make_unique<Served>(fd, tls, EPOLLIN);
    watch(fd, EPOLLIN, EPOLL_CTL_ADD);
  }
}

void Loop::serve(int fd) {
  const auto found = clients_.find(fd);
  if (found == clients_.end()) return;
  auto& served = *found->second;
  if (!served.session.work(buffer_)) {
    clients_.erase(found);  // Closing it removes it from epoll.
    return;
  }
  const auto awaits = served.session.awaits();
  if (awaits != served.awaited) watch(fd, awaits, EPOLL_CTL_MOD);
  served.awaited = awaits;
}

}  // namespace pintle::bench
