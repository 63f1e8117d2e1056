// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstddef>
#include <exception>
#include <poll.h>
#include <sys/socket.h>
#include <unordered_map>
#include <vector>

#include "io/readiness.h"

namespace pintle::live {
namespace {

// What poll is asked. That the peer has closed its side, it reports as readable.
short asked_of(Events events) noexcept {
  short asked = 0;
  if ((events & (kReadable | kPeerClosed)) != 0) asked |= POLLIN;
  if ((events & kWritable) != 0) asked |= POLLOUT;
  return asked;
}

bool has_peer_closed(int fd) noexcept {
  char next = 0;
  return ::recv(fd, &next, sizeof next, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace

struct Readiness::State {
  struct Watched {
    int fd = -1;
    Events events = 0;
    void* whose = nullptr;
  };

  std::vector<pollfd> polled;
  std::vector<Watched> watched;  // in the same order
  std::unordered_map<int, std::size_t> places;
  std::vector<Ready> ready;

  Events events_at(std::size_t place) noexcept;
};

// What poll has reported there. Keeps what cannot be told apart from coming again at once.
Events Readiness::State::events_at(std::size_t place) noexcept {
  auto& here = polled[place];
  const auto asked = watched[place].events;
  Events events = 0;
  if ((here.revents & POLLIN) != 0) {
    events |= asked & kReadable;
    if ((asked & kPeerClosed) != 0 && has_peer_closed(here.fd)) events |= kPeerClosed;
    // Unread bytes, and nobody reads them now.
    if (events == 0) here.events = static_cast<short>(here.events & ~POLLIN);
  }
  if ((here.revents & POLLOUT) != 0) events |= kWritable;
  if ((here.revents & (POLLERR | POLLNVAL)) != 0) events |= kFailed;
  if ((here.revents & POLLHUP) != 0) events |= kHungUp;
  const bool is_last = (asked & kOnce) != 0 || (here.revents & POLLNVAL) != 0;
  if (events != 0 && is_last) here.fd = -1;
  return events;
}

Readiness::Readiness() : state_(std::make_unique<State>()) {}

Readiness::~Readiness() = default;

bool Readiness::is_open() const noexcept { return true; }

bool Readiness::add(int fd, Events events, void* whose) noexcept {
  auto& polled = state_->polled;
  auto& watched = state_->watched;
  try {
    // All that may throw is before the first change.
    if (polled.size() == polled.capacity()) polled.reserve(2 * polled.size() + 8);
    watched.reserve(polled.capacity());
    if (!state_->places.emplace(fd, polled.size()).second) {
      errno = EEXIST;
      return false;
    }
  } catch (const std::exception&) {
    errno = ENOMEM;
    return false;
  }
  polled.push_back({fd, asked_of(events), 0});
  watched.push_back({fd, events, whose});
  return true;
}

void Readiness::change(int fd, Events events, void* whose) noexcept {
  const auto found = state_->places.find(fd);
  if (found == state_->places.end()) return;
  state_->polled[found->second] = {fd, asked_of(events), 0};
  state_->watched[found->second] = {fd, events, whose};
}

// The last one takes its place.
void Readiness::remove(int fd) noexcept {
  auto& [polled, watched, places, ready] = *state_;
  const auto found = places.find(fd);
  if (found == places.end()) return;
  const auto place = found->second;
  places.erase(found);
  if (place != watched.size() - 1) {
    places.find(watched.back().fd)->second = place;
    polled[place] = polled.back();
    watched[place] = watched.back();
  }
  polled.pop_back();
  watched.pop_back();
}

std::span<Readiness::Ready> Readiness::wait(int wait_ms) noexcept {
  auto& state = *state_;
  state.ready.clear();
  try {
    state.ready.reserve(state.polled.size());
  } catch (const std::exception&) {
    // No memory: the others are reported next time.
  }
  int left = ::poll(state.polled.data(), static_cast<nfds_t>(state.polled.size()), wait_ms);
  for (std::size_t i = 0; left > 0 && state.ready.size() < state.ready.capacity(); ++i) {
    if (state.polled[i].revents == 0) continue;
    --left;
    if (const auto events = state.events_at(i); events != 0) {
      state.ready.push_back({state.watched[i].whose, events});
    }
  }
  return state.ready;
}

}  // namespace pintle::live
