// SPDX-License-Identifier: Apache-2.0
#include "broker/lingering.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <sys/socket.h>
#include <utility>

namespace pintle::broker {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

}  // namespace

class Lingering::One final : public live::Loop::Watcher {
 public:
  One(Lingering& group, UniqueFd fd)
      : group_(group),
        fd_(std::move(fd)),
        due_(group.loop_, [this] { group_.remove(place); }),
        last_due_(group.loop_.now() + group.limits_.total) {
    group_.loop_.watch(fd_.get(), live::kReadable, *this);
    wait();
  }
  ~One() { end(); }
  One(const One&) = delete;
  One& operator=(const One&) = delete;

  /// Calls nothing after this.
  void end() noexcept {
    due_.unset();
    if (fd_) group_.loop_.unwatch(fd_.get(), *this);
    fd_.close();
  }

  // Once for each event, so that a fast client leaves time for the others.
  void on_ready(live::Events) override {
    auto& dropped = group_.dropped_;
    const auto got = ::recv(fd_.get(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (got > 0) return wait();
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    group_.remove(place);
  }
  void on_round_end() override {}

  All::iterator place{};

 private:
  void wait() { due_.set(std::min(group_.loop_.now() + group_.limits_.quiet, last_due_)); }

  Lingering& group_;
  UniqueFd fd_;
  live::Timer due_;
  const live::TimePoint last_due_;
};

Lingering::Lingering(live::Loop& loop, const LingeringLimits& limits)
    : loop_(loop), limits_(limits), dropped_(kReadSize) {}

Lingering::~Lingering() = default;

void Lingering::add(UniqueFd fd) noexcept {
  ::shutdown(fd.get(), SHUT_WR);
  try {
    if (all_.size() >= limits_.connections) remove(all_.begin());
    all_.push_back(std::make_unique<One>(*this, std::move(fd)));
    all_.back()->place = std::prev(all_.end());
    ++count_;
  } catch (const std::exception&) {
    // No memory to wait for it with: it is closed at once.
  }
}

// Not destroyed at once: it may be in one of its own functions.
void Lingering::remove(All::iterator place) noexcept {
  auto removed = std::move(*place);
  removed->end();
  all_.erase(place);
  --count_;
  loop_.post([ended = std::move(removed)] {});
}

void Lingering::clear() noexcept {
  count_ -= all_.size();
  all_.clear();
}

}  // namespace pintle::broker
