// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <unistd.h>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/sigpipe.h"

namespace pintle::live {
namespace {

Error no_descriptor(const char* what) {
  return Error(Layer::config,
               std::string("cannot ") + what + " for live connections: " + std::strerror(errno))
      .with_hint("Raise the limit on open files.");
}

}  // namespace

void Timer::set(TimePoint due) {
  loop_.assert_this_thread();
  if (due == due_) return;
  unset();
  due_ = due;
  if (due != kNever) loop_.timers_.emplace(due, this);
}

void Timer::unset() noexcept {
  if (due_ == kNever) return;
  loop_.assert_this_thread();
  loop_.timers_.erase({due_, this});
  due_ = kNever;
}

Loop::Loop(AsleepClock asleep_ms) : sleep_detector_(std::move(asleep_ms)) {
  if (!readiness_.is_open() || !wakeup_ || !readiness_.add(wakeup_.fd(), kReadable, &wakeup_)) {
    throw no_descriptor("create descriptors");
  }
  // Without it, a sleep is noticed only at the next event.
  clock_change_ = open_clock_change();
  if (clock_change_) readiness_.add(clock_change_.get(), kReadable, &clock_change_);
  thread_ = std::thread([this] { run(); });
}

Loop::~Loop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wakeup_.ring();
  thread_.join();
  thread_id_ = std::this_thread::get_id();  // what the tasks own may still use the loop
  // The destructors of tasks may post more.
  while (!posted_.empty()) std::exchange(posted_, {}).clear();
}

bool Loop::is_this_thread() const noexcept {
  return thread_id_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void Loop::post(Task task) {
  {
    const MutexLock lock(mutex_);
    posted_.push_back(std::move(task));
    if (std::exchange(awake_, true)) return;
  }
  wakeup_.ring();
}

void Loop::watch(int fd, Events events, Watcher& watcher) {
  assert_this_thread();
  if (!readiness_.add(fd, events, &watcher)) throw no_descriptor("watch a socket");
}

void Loop::rewatch(int fd, Events events, Watcher& watcher) {
  assert_this_thread();
  readiness_.change(fd, events, &watcher);
}

// Drops this round's pending calls to the watcher, which may be destroyed now.
void Loop::unwatch(int fd, Watcher& watcher) noexcept {
  assert_this_thread();
  readiness_.remove(fd);
  for (auto& ready : ready_) {
    if (ready.whose == &watcher) ready.whose = nullptr;
  }
  for (auto* list : {&again_, &again_now_, &at_end_}) {
    std::replace(list->begin(), list->end(), &watcher, static_cast<Watcher*>(nullptr));
  }
}

void Loop::run() {
  thread_id_ = std::this_thread::get_id();
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // Signals are for the app's own threads.
  const net::SigpipeBlock no_sigpipe;
  while (true) {
    int wait = wait_ms();
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
      awake_ = !posted_.empty();
      if (awake_) wait = 0;
    }
    ready_ = wait == 0 ? readiness_.wait(0) : watchful_wait(wait);
    now_ = Clock::now();
    again_now_.swap(again_);
    run_ready();
    run_timers();
    run_posted();
    report_sleep();
    for (std::size_t i = 0; i < at_end_.size(); ++i) {
      if (at_end_[i] != nullptr) at_end_[i]->on_round_end();
    }
    at_end_.clear();
  }
}

std::span<Readiness::Ready> Loop::watchful_wait(int wait_ms) noexcept {
  const auto begin = Clock::now();
  std::span<Readiness::Ready> ready;
  const auto look = [&] { return !(ready = readiness_.wait(0)).empty(); };
  if (!adaptive_spin_.look(look)) ready = readiness_.wait(wait_ms);
  adaptive_spin_.waited(Clock::now() - begin);
  return ready;
}

// A watcher that is both requeued and ready is called once.
void Loop::run_ready() {
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    const auto [whose, events] = ready_[i];
    if (whose == nullptr) continue;
    if (whose == &wakeup_) {
      wakeup_.drain();
    } else if (whose == &clock_change_) {
      std::uint64_t changes = 0;
      [[maybe_unused]] const auto got = ::read(clock_change_.get(), &changes, sizeof(changes));
      sleep_detector_.check_soon();
    } else {
      auto* watcher = static_cast<Watcher*>(whose);
      std::replace(again_now_.begin(), again_now_.end(), watcher, static_cast<Watcher*>(nullptr));
      watcher->on_ready(events);
    }
  }
  ready_ = {};
  for (auto& watcher : again_now_) {
    if (watcher != nullptr) std::exchange(watcher, nullptr)->on_ready(kReadable);
  }
  again_now_.clear();
}

void Loop::run_posted() {
  {
    const MutexLock lock(mutex_);
    posted_now_.swap(posted_);
    awake_ = true;  // The loop checks again before it sleeps.
  }
  for (auto& task : posted_now_) {
    Task(std::move(task))();  // Destroyed right after it ran.
  }
  posted_now_.clear();
}

void Loop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    Timer& timer = *timers_.begin()->second;
    timer.unset();
    timer.on_due_();
  }
}

void Loop::report_sleep() {
  if (!sleep_detector_.has_slept(now_)) return;
  const std::vector<Sleeper*> all(sleepers_.begin(), sleepers_.end());
  for (auto* sleeper : all) {
    if (sleepers_.contains(sleeper)) sleeper->on_slept();
  }
}

int Loop::wait_ms() const {
  if (!again_.empty()) return 0;
  if (timers_.empty()) return -1;
  // Rounded up: polling with 0 for a wait of 0.4 ms would spin.
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace pintle::live
