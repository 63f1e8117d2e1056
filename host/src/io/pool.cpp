// SPDX-License-Identifier: Apache-2.0
#include "io/pool.h"

#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>

namespace pintle::live {
namespace {

constexpr std::chrono::seconds kIdle{5};

thread_local bool is_of_a_pool = false;

}  // namespace

bool Pool::is_worker() noexcept { return is_of_a_pool; }

Pool::~Pool() {
  std::deque<Task> dropped;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(tasks_);
  }
  more_.notify_all();
  for (auto& worker : workers_) worker.thread.join();
}

bool Pool::run(Task task) {
  const MutexLock lock(mutex_);
  if (stopping_) return false;
  tasks_.push_back(std::move(task));
  reap();
  if (tasks_.size() <= idle_ || workers_.size() >= max_threads_) {
    more_.notify_one();
    return true;
  }
  auto& worker = workers_.emplace_back();
  try {
    worker.thread = std::thread([this, &worker] { work(worker); });
  } catch (const std::system_error&) {
    workers_.pop_back();
    if (!workers_.empty()) return true;  // An existing worker runs it later.
    tasks_.pop_back();
    return false;
  }
  return true;
}

void Pool::work(Worker& me) {
  is_of_a_pool = true;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are for the app's own threads
  MutexLock lock(mutex_);
  while (true) {
    ++idle_;
    const bool some = more_.wait_for(
        mutex_, kIdle, [&]() PINTLE_REQUIRES(mutex_) { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (stopping_ || !some) break;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = {};
    lock.lock();
  }
  me.ended = true;
}

// Joins ended threads, which no longer need the lock.
void Pool::reap() {
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (worker->ended) {
      worker->thread.join();
      worker = workers_.erase(worker);
    } else {
      ++worker;
    }
  }
}

}  // namespace pintle::live
