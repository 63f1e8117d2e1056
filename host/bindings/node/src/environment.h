// SPDX-License-Identifier: Apache-2.0
//
// All that one environment of Node has open: the main thread and each worker has its own.
//
// Threads: [js], but for `questions`.

#pragma once

#include <deque>
#include <memory>
#include <napi.h>
#include <unordered_map>
#include <unordered_set>

#include "inbox.h"
#include "questions.h"

namespace pintle_node {

class Live;
class Operation;
class ThreadOperation;

/// A handle of the library that JavaScript owns; it is let go by the garbage collector, by `close`,
/// or when the environment ends.
class Box {
 public:
  Box() = default;
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  virtual ~Box() = default;
  virtual void let_go() noexcept = 0;
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  /// Throws if the environment is ending.
  static std::shared_ptr<Environment> make(Napi::Env env, const Napi::Function& on_message,
                                           const Napi::Function& on_finish,
                                           const Napi::Function& on_records,
                                           Napi::Float64Array numbers);
  /// Throws before `make`, and after `end`.
  static Environment& of(Napi::Env env);
  /// Null before `make`, and after `end`.
  static Environment* find(napi_env env) noexcept;

  const std::shared_ptr<Inbox>& inbox() const noexcept { return inbox_; }
  const std::shared_ptr<Questions>& questions() const noexcept { return questions_; }
  double* numbers() const noexcept { return numbers_; }

  /// As long as there is one more `hold` than `release`, the process keeps running.
  void hold(napi_env env) noexcept;
  void release(napi_env env) noexcept;

  void add(std::unique_ptr<Operation> operation, double id);
  /// Starts it now, or when fewer of them run.
  void start(ThreadOperation& operation);
  void cancel(double id) noexcept;
  /// Tells JavaScript how the operation has ended.
  void finish(napi_env env, double id) noexcept;

  void add(std::shared_ptr<Live> live);
  void remove(Live& live) noexcept;
  void add(Box& box) { boxes_.insert(&box); }
  void remove(Box& box) noexcept { boxes_.erase(&box); }

  /// Calls a function of lib/. What it throws is reported as uncaught.
  enum class Function { message, finish, records };
  void call(napi_env env, Function function, std::size_t count, const napi_value* values) noexcept;

  /// Ends all of it and waits for that; nothing of it calls JavaScript any more.
  void end() noexcept;

 private:
  void end_operations() noexcept;

  napi_env env_ = nullptr;
  std::shared_ptr<Inbox> inbox_;
  std::shared_ptr<Questions> questions_;
  napi_ref functions_[3] = {};
  napi_ref numbers_kept_ = nullptr;
  double* numbers_ = nullptr;
  std::size_t holds_ = 0;
  bool has_ended_ = false;
  std::unordered_map<double, std::unique_ptr<Operation>> operations_;
  std::size_t running_threads_ = 0;
  std::deque<ThreadOperation*> waiting_;
  std::unordered_map<Live*, std::shared_ptr<Live>> lives_;
  std::unordered_set<Box*> boxes_;
};

/// A value of JavaScript that owns a `Handle`.
template <class Handle>
class HandleBox final : public Box {
 public:
  static Napi::Value make(Napi::Env env, std::shared_ptr<Handle> handle) {
    auto* box = new HandleBox(Environment::of(env).shared_from_this(), std::move(handle));
    return Napi::External<HandleBox>::New(env, box,
                                          [](Napi::Env, HandleBox* made) { delete made; });
  }
  /// Throws if it was let go.
  static const std::shared_ptr<Handle>& of(const Napi::Value& value) {
    if (!value.IsExternal()) throw Napi::TypeError::New(value.Env(), "a handle was expected");
    const auto& handle = value.As<Napi::External<HandleBox>>().Data()->handle_;
    if (!handle) throw Napi::Error::New(value.Env(), "it is closed");
    return handle;
  }
  static void close(const Napi::Value& value) {
    if (value.IsExternal()) value.As<Napi::External<HandleBox>>().Data()->let_go();
  }

  ~HandleBox() override { environment_->remove(*this); }
  void let_go() noexcept override { handle_.reset(); }

 private:
  HandleBox(std::shared_ptr<Environment> environment, std::shared_ptr<Handle> handle)
      : environment_(std::move(environment)), handle_(std::move(handle)) {
    environment_->add(*this);
  }

  const std::shared_ptr<Environment> environment_;
  std::shared_ptr<Handle> handle_;
};

}  // namespace pintle_node
