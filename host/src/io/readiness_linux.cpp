// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <sys/epoll.h>

#include <pintle/files/unique_fd.h>

#include "io/readiness.h"

namespace pintle::live {

// So that nothing is translated.
static_assert(kReadable == EPOLLIN && kWritable == EPOLLOUT && kFailed == EPOLLERR);
static_assert(kHungUp == EPOLLHUP && kPeerClosed == EPOLLRDHUP && kOnce == EPOLLET);

struct Readiness::State {
  static constexpr std::size_t kMaxReady = 256;

  UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  std::array<epoll_event, kMaxReady> events{};
  std::array<Ready, kMaxReady> ready{};
};

Readiness::Readiness() : state_(std::make_unique<State>()) {}

Readiness::~Readiness() = default;

bool Readiness::is_open() const noexcept { return static_cast<bool>(state_->epoll); }

bool Readiness::add(int fd, Events events, void* whose) noexcept {
  epoll_event event{.events = events, .data = {.ptr = whose}};
  return ::epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Readiness::change(int fd, Events events, void* whose) noexcept {
  epoll_event event{.events = events, .data = {.ptr = whose}};
  ::epoll_ctl(state_->epoll.get(), EPOLL_CTL_MOD, fd, &event);
}

void Readiness::remove(int fd) noexcept {
  ::epoll_ctl(state_->epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<Readiness::Ready> Readiness::wait(int wait_ms) noexcept {
  auto& [epoll, events, ready] = *state_;
  const int count =
      ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), wait_ms);
  if (count <= 0) return {};
  const auto size = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < size; ++i) ready[i] = {events[i].data.ptr, events[i].events};
  return std::span(ready).first(size);
}

}  // namespace pintle::live
