// SPDX-License-Identifier: Apache-2.0
//
// A mutex, its lock and its condition variable, known to clang's thread-safety analysis: what a
// mutex guards is declared once, and a clang build refuses any other access (`./dev tidy`).
//
//   Mutex mutex_;
//   int count_ PINTLE_GUARDED_BY(mutex_) = 0;
//   void reset() PINTLE_REQUIRES(mutex_);      // the caller has locked it
//
// The standard's own classes carry no annotations under libstdc++. Constructors and destructors are
// not analysed. Other compilers ignore the annotations.
//
// Header-only. Threads: any.

#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#if defined(__clang__)
#define PINTLE_ANNOTATION(x) __attribute__((x))
#else
#define PINTLE_ANNOTATION(x)
#endif

/// Read and written only while the mutex is locked.
#define PINTLE_GUARDED_BY(mutex) PINTLE_ANNOTATION(guarded_by(mutex))
/// The same for what a pointer points to.
#define PINTLE_PT_GUARDED_BY(mutex) PINTLE_ANNOTATION(pt_guarded_by(mutex))
/// Callable only while the mutex is locked; for a lambda, behind its parameters.
#define PINTLE_REQUIRES(mutex) PINTLE_ANNOTATION(requires_capability(mutex))
/// Callable only while the mutex is not locked by this thread.
#define PINTLE_EXCLUDES(mutex) PINTLE_ANNOTATION(locks_excluded(mutex))

namespace pintle {

class PINTLE_ANNOTATION(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() PINTLE_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  bool try_lock() PINTLE_ANNOTATION(try_acquire_capability(true)) { return mutex_.try_lock(); }
  void unlock() PINTLE_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds the mutex until its destruction, but for what lies between `unlock` and `lock`.
class PINTLE_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) PINTLE_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  /// For a mutex that `try_lock` has locked.
  MutexLock(Mutex& mutex, std::adopt_lock_t) PINTLE_REQUIRES(mutex) : mutex_(mutex) {}
  ~MutexLock() PINTLE_ANNOTATION(release_capability()) {
    if (is_locked_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() PINTLE_ANNOTATION(release_capability()) {
    is_locked_ = false;
    mutex_.unlock();
  }
  void lock() PINTLE_ANNOTATION(acquire_capability()) {
    mutex_.lock();
    is_locked_ = true;
  }

 private:
  Mutex& mutex_;
  bool is_locked_ = true;
};

/// Waits on a locked mutex. Each wait unlocks it, and has locked it again when it returns or
/// throws. Those with a predicate return its last value; a requested stop ends the wait early.
class Condition {
 public:
  void notify_one() noexcept { changed_.notify_one(); }
  void notify_all() noexcept { changed_.notify_all(); }

  void wait(Mutex& mutex) PINTLE_REQUIRES(mutex) { changed_.wait(mutex); }
  template <typename Time>
  void wait_until(Mutex& mutex, const Time& deadline) PINTLE_REQUIRES(mutex) {
    changed_.wait_until(mutex, deadline);
  }
  template <typename Predicate>
  void wait(Mutex& mutex, Predicate is_met) PINTLE_REQUIRES(mutex) {
    changed_.wait(mutex, std::move(is_met));
  }
  template <typename Duration, typename Predicate>
  bool wait_for(Mutex& mutex, const Duration& limit, Predicate is_met) PINTLE_REQUIRES(mutex) {
    return changed_.wait_for(mutex, limit, std::move(is_met));
  }
  template <typename Time, typename Predicate>
  bool wait_until(Mutex& mutex, const Time& deadline, Predicate is_met) PINTLE_REQUIRES(mutex) {
    return changed_.wait_until(mutex, deadline, std::move(is_met));
  }
  template <typename Predicate>
  bool wait(Mutex& mutex, const std::stop_token& stop, Predicate is_met) PINTLE_REQUIRES(mutex) {
    return changed_.wait(mutex, stop, std::move(is_met));
  }
  template <typename Duration, typename Predicate>
  bool wait_for(Mutex& mutex, const std::stop_token& stop, const Duration& limit, Predicate is_met)
      PINTLE_REQUIRES(mutex) {
    return changed_.wait_for(mutex, stop, limit, std::move(is_met));
  }
  template <typename Time, typename Predicate>
  bool wait_until(Mutex& mutex, const std::stop_token& stop, const Time& deadline, Predicate is_met)
      PINTLE_REQUIRES(mutex) {
    return changed_.wait_until(mutex, stop, deadline, std::move(is_met));
  }

 private:
  std::condition_variable_any changed_;
};

}  // namespace pintle
