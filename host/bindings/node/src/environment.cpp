// SPDX-License-Identifier: Apache-2.0
#include "environment.h"

#include <array>
#include <utility>
#include <vector>

#include "live.h"
#include "operation.h"
#include "values.h"

namespace pintle_node {
namespace {

// What blocks and has no `_async` in the C API takes a thread for each; more of them wait.
constexpr std::size_t kMaxThreads = 32;

void dispatch(napi_env env, const Message& message, double question) {
  auto* environment = Environment::find(env);
  if (environment == nullptr) return;
  std::vector<napi_value> values;
  values.reserve(4 + message.texts.size());
  values.push_back(string_value(env, pintle_text(message.what)));
  values.push_back(number_value(env, message.target));
  values.push_back(number_value(env, question));
  napi_value bytes = undefined(env);
  if (message.has_bytes) {
    napi_create_buffer_copy(env, message.bytes.size(), message.bytes.data(), nullptr, &bytes);
  }
  values.push_back(bytes);
  for (const auto& text : message.texts) values.push_back(string_value(env, view_of(text)));
  environment->call(env, Environment::Function::message, values.size(), values.data());
}

}  // namespace

std::shared_ptr<Environment> Environment::make(Napi::Env env, const Napi::Function& on_message,
                                               const Napi::Function& on_finish,
                                               const Napi::Function& on_records,
                                               Napi::Float64Array numbers) {
  auto made = std::make_shared<Environment>();
  made->env_ = env;
  made->inbox_ = Inbox::make(env);
  if (!made->inbox_) throw Napi::Error::New(env, "the environment is ending");
  made->questions_ = std::make_shared<Questions>(made->inbox_, dispatch);
  const std::array<napi_value, 3> functions = {on_message, on_finish, on_records};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    napi_create_reference(env, functions[i], 1, &made->functions_[i]);
  }
  napi_create_reference(env, numbers, 1, &made->numbers_kept_);
  made->numbers_ = numbers.Data();
  // Registered after the inbox, so it runs before the inbox is taken down. It waits until all has
  // ended, which takes milliseconds: an asynchronous hook would end it in no certain order.
  napi_add_env_cleanup_hook(
      env, [](void* ended) { static_cast<Environment*>(ended)->end(); }, made.get());
  return made;
}

Environment* Environment::find(napi_env env) noexcept {
  void* data = nullptr;
  if (napi_get_instance_data(env, &data) != napi_ok || data == nullptr) return nullptr;
  auto* found = static_cast<std::shared_ptr<Environment>*>(data)->get();
  return found == nullptr || found->has_ended_ ? nullptr : found;
}

Environment& Environment::of(Napi::Env env) {
  if (auto* found = find(env)) return *found;
  throw Napi::Error::New(env, "pintle has ended: the process or the worker is ending");
}

void Environment::hold(napi_env env) noexcept {
  if (holds_++ == 0) inbox_->keep_running(env, true);
}

void Environment::release(napi_env env) noexcept {
  if (holds_ == 0) return;
  --holds_;
  if (holds_ == 0) inbox_->keep_running(env, false);
}

void Environment::add(std::unique_ptr<Operation> operation, double id) {
  operations_.emplace(id, std::move(operation));
  hold(env_);
}

void Environment::start(ThreadOperation& operation) {
  if (running_threads_ < kMaxThreads) {
    ++running_threads_;
    operation.start();
  } else {
    waiting_.push_back(&operation);
  }
}

void Environment::cancel(double id) noexcept {
  const auto found = operations_.find(id);
  if (found == operations_.end()) return;
  found->second->cancel();
  questions_->cancel(id);
}

void Environment::finish(napi_env env, double id) noexcept {
  const auto found = operations_.find(id);
  if (found == operations_.end()) return;
  const auto operation = std::move(found->second);
  operations_.erase(found);
  if (operation->has_thread()) {
    if (waiting_.empty()) {
      --running_threads_;
    } else {
      auto* next = waiting_.front();
      waiting_.pop_front();
      next->start();
    }
  }
  std::array<napi_value, 5> values = {number_value(env, id), undefined(env), undefined(env),
                                      undefined(env), undefined(env)};
  operation->result(env, values);
  release(env);
  call(env, Function::finish, values.size(), values.data());
}

void Environment::add(std::shared_ptr<Live> live) {
  auto* key = live.get();
  lives_.emplace(key, std::move(live));
}

void Environment::remove(Live& live) noexcept { lives_.erase(&live); }

void Environment::call(napi_env env, Function function, std::size_t count,
                       const napi_value* values) noexcept {
  napi_value called = nullptr;
  napi_value global = nullptr;
  if (has_ended_ || napi_get_global(env, &global) != napi_ok ||
      napi_get_reference_value(env, functions_[static_cast<std::size_t>(function)], &called) !=
          napi_ok) {
    return;
  }
  if (napi_call_function(env, global, called, count, values, nullptr) != napi_ok) {
    report_exception(env);
  }
}

void Environment::end_operations() noexcept {
  for (const auto& [id, operation] : operations_) operation->cancel();
  waiting_.clear();
  operations_.clear();
}

void Environment::end() noexcept {
  if (std::exchange(has_ended_, true)) return;
  // No thread of the library may wait for JavaScript while this one waits for the library.
  questions_->close();
  inbox_->close();
  for (const auto& [key, live] : lives_) live->destroy();
  lives_.clear();
  end_operations();
  for (auto* box : boxes_) box->let_go();
}

}  // namespace pintle_node
