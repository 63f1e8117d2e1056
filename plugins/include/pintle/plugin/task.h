// SPDX-License-Identifier: Apache-2.0
//
// Task<T>: a coroutine that implements begin and resume of an operation.
//
// A scheme's operation reads as straight-line code: `const auto answer = co_await post("/x");`
// suspends it, passes the need to the host, and continues with the answer. A failure of the host
// (no connection, a timeout, cancelled) is thrown there as an Error. Destroying a task destroys
// the tasks it awaits: this is how an operation is cancelled.
//
// Header-only. Threads: an operation is used by one thread at a time (plugin.h, [one]).

/// @file
/// @snippet reference/scheme.cpp task

#pragma once

#include <array>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/plugin.h>
#include <pintle/plugin/values.h>

namespace pintle::plugin {

/// The time and random bytes of the begin or the last answer:
/// `const Moment moment = co_await now();`
struct Moment {
  std::int64_t now_ms = 0;  ///< Unix time in milliseconds.
  std::array<std::uint8_t, 32> random{};
};

struct Now {};
inline Now now() { return {}; }

template <class T>
class Task;

namespace detail {

// The data that an operation and its host exchange.
struct Mailbox {
  std::coroutine_handle<> suspended;                     // to resume with the answer
  void (*put)(void* need, pintle_step& step) = nullptr;  // writes the pending need
  void* need = nullptr;
  const pintle_answer* answer = nullptr;  // during a resume only
  Moment moment;
};

inline Error error_from(const pintle_answer& answer) {
  const auto layer = layer_from_number(answer.failure).value_or(Layer::plugin);
  if (answer.error == nullptr)
    return Error(layer, "the host could not provide what the scheme needs");
  const pintle_error& note = *answer.error;
  Error error(layer, note.message);
  if (note.http_status != 0) error.with_status(note.http_status);
  if (note.retry_after_ms > 0) error.with_retry_after_ms(note.retry_after_ms);
  return error.with_hint(note.hint)
      .with_retry((note.flags & PINTLE_ERROR_RETRY) != 0)
      .with_user_action((note.flags & PINTLE_ERROR_USER_ACTION) != 0)
      .with_sign_in((note.flags & PINTLE_ERROR_SIGN_IN) != 0);
}

template <class Need>
struct NeedAwaiter {
  Need need;
  Mailbox* mailbox;

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) noexcept {
    mailbox->suspended = self;
    mailbox->need = &need;
    mailbox->put = [](void* pending, pintle_step& step) { static_cast<Need*>(pending)->put(step); };
  }
  typename Need::Answer await_resume() {
    mailbox->put = nullptr;
    if (mailbox->answer->failure != PINTLE_OK) throw error_from(*mailbox->answer);
    return typename Need::Answer(*mailbox->answer);
  }
};

struct NowAwaiter {
  Moment moment;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  Moment await_resume() const noexcept { return moment; }
};

struct PromiseBase {
  Mailbox* mailbox = nullptr;
  std::coroutine_handle<> awaiting;  // the awaiting task; null for the outermost
  std::exception_ptr failure;

  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
      const auto next = self.promise().awaiting;
      return next ? next : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }

  template <class Need>
  requires requires { typename Need::Answer; }
  NeedAwaiter<Need> await_transform(Need&& need) { return {std::forward<Need>(need), mailbox}; }
  NowAwaiter await_transform(Now) const noexcept { return {mailbox->moment}; }
  template <class T>
  auto await_transform(Task<T>&& task) noexcept;
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object() noexcept;
  void return_value(T result) { value.emplace(std::move(result)); }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) noexcept : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Binds the outermost task of an operation to `mailbox` and runs it to its first need.
  void start(detail::Mailbox& mailbox) {
    handle_.promise().mailbox = &mailbox;
    handle_.resume();
  }
  bool done() const noexcept { return handle_.done(); }
  T result() {
    if (handle_.promise().failure) std::rethrow_exception(handle_.promise().failure);
    return handle_.promise().take();
  }

 private:
  friend detail::PromiseBase;

  Handle handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

template <class T>
auto PromiseBase::await_transform(Task<T>&& task) noexcept {
  struct Awaiter {
    Task<T> inner;
    typename Task<T>::Handle handle;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) noexcept {
      handle.promise().awaiting = self;
      return handle;
    }
    T await_resume() { return inner.result(); }
  };
  const auto handle = task.handle_;
  handle.promise().mailbox = mailbox;
  return Awaiter{std::move(task), handle};
}

}  // namespace detail
}  // namespace pintle::plugin
