// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
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

std::int64_t read_ms(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
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

// One clock advances while the machine sleeps, the other does not.
std::int64_t Loop::system_asleep_ms() { return read_ms(CLOCK_BOOTTIME) - read_ms(CLOCK_MONOTONIC); }

Loop::Loop(AsleepClock asleep_ms) : sleep_detector_(std::move(asleep_ms)) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_ < 0 || wake_ < 0) {
    const auto error = no_descriptor("create descriptors");
    if (epoll_ >= 0) ::close(epoll_);
    if (wake_ >= 0) ::close(wake_);
    throw error;
  }
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &wake_}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  // Never due; becomes readable when the wall clock is set, as it is after a sleep. Without it, a
  // sleep is noticed only at the next event.
  clock_change_ = ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (clock_change_ >= 0) {
    const itimerspec never{.it_interval = {}, .it_value = {.tv_sec = 32'503'680'000, .tv_nsec = 0}};
    ::timerfd_settime(clock_change_, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
    event.data.ptr = &clock_change_;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, clock_change_, &event);
  }
  thread_ = std::thread([this] { run(); });
}

Loop::~Loop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_, &one, sizeof(one));
  thread_.join();
  thread_id_ = std::this_thread::get_id();  // what the tasks own may still use the loop
  // The destructors of tasks may post more.
  while (!posted_.empty()) std::exchange(posted_, {}).clear();
  ::close(epoll_);
  ::close(wake_);
  if (clock_change_ >= 0) ::close(clock_change_);
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
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wake_, &one, sizeof(one));
}

void Loop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  assert_this_thread();
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw no_descriptor("watch a socket");
}

void Loop::rewatch(int fd, std::uint32_t events, Watcher& watcher) {
  assert_this_thread();
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

// Drops this round's pending calls to the watcher, which may be destroyed now.
void Loop::unwatch(int fd, Watcher& watcher) noexcept {
  assert_this_thread();
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  for (int i = 0; i < ready_count_; ++i) {
    auto& ready = ready_[static_cast<std::size_t>(i)];
    if (ready.data.ptr == &watcher) ready.data.ptr = nullptr;
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
    ready_count_ = wait == 0 ? look(0) : watchful_wait(wait);
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

int Loop::look(int wait_ms) noexcept {
  return std::max(0, ::epoll_wait(epoll_, ready_.data(), static_cast<int>(ready_.size()), wait_ms));
}

int Loop::watchful_wait(int wait_ms) noexcept {
  const auto begin = Clock::now();
  int count = 0;
  if (!adaptive_spin_.look([&] { return (count = look(0)) != 0; })) count = look(wait_ms);
  adaptive_spin_.waited(Clock::now() - begin);
  return count;
}

// A watcher that is both requeued and ready is called once.
void Loop::run_ready() {
  for (int i = 0; i < ready_count_; ++i) {
    const auto event = ready_[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) continue;
    if (event.data.ptr == &wake_) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const auto got = ::read(wake_, &wakes, sizeof(wakes));
    } else if (event.data.ptr == &clock_change_) {
      std::uint64_t changes = 0;
      [[maybe_unused]] const auto got = ::read(clock_change_, &changes, sizeof(changes));
      sleep_detector_.check_soon();
    } else {
      auto* watcher = static_cast<Watcher*>(event.data.ptr);
      std::replace(again_now_.begin(), again_now_.end(), watcher, static_cast<Watcher*>(nullptr));
      watcher->on_ready(event.events);
    }
  }
  ready_count_ = 0;
  for (auto& watcher : again_now_) {
    if (watcher != nullptr) std::exchange(watcher, nullptr)->on_ready(EPOLLIN);
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
