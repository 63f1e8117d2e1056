// SPDX-License-Identifier: Apache-2.0
#include "live.h"

#include <utility>

#include "connection.h"
#include "environment.h"
#include "values.h"

namespace pintle_node {
namespace {

// In one turn of the event loop; then the others have theirs.
constexpr std::size_t kMaxTasks = 32;

}  // namespace

Live::~Live() { destroy(); }

void Live::start(Napi::Env env, pintle_connection& connection, pintle_live_options options,
                 bool resumes) {
  options.user = this;
  options.on_event = [](void* user, const pintle_event* event) {
    static_cast<Live*>(user)->records_.add(*event, 0);
  };
  options.executor = [](void* user, void (*run)(void*), void* data) {
    static_cast<Live*>(user)->put({run, data});
  };
  if (resumes) {
    options.on_resume = [](void*, const pintle_resumption* lost, pintle_resume* resume) {
      resume_sessions(lost, resume);
    };
  }
  auto error = sized<pintle_error>();
  const auto layer = pintle_live_start(&connection, &options, &handle_, &error);
  if (layer != PINTLE_OK) raise(env, layer, error);
}

void Live::put(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(task);
  wake();
}

void Live::wake() {
  if (is_posted_ || is_paused_ || tasks_.empty()) return;
  is_posted_ = true;
  inbox_->post([self = shared_from_this()](napi_env env) { self->run_tasks(env); });
}

void Live::run_tasks(napi_env env) {
  std::deque<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    is_posted_ = false;
    if (is_paused_) return;
    if (tasks_.size() <= kMaxTasks) {
      tasks.swap(tasks_);
    } else {
      const auto end = tasks_.begin() + kMaxTasks;
      tasks.assign(tasks_.begin(), end);
      tasks_.erase(tasks_.begin(), end);
    }
    wake();
  }
  for (const auto& task : tasks) task.run(task.data);
  records_.flush(env, id_);
}

std::int64_t Live::request(Napi::Env env, pintle_live_request request) {
  auto made = std::make_unique<Request>(Request{this, 0});
  request.user = made.get();
  request.done = [](void* user, const pintle_event* answer) {
    const std::unique_ptr<Request> done(static_cast<Request*>(user));
    done->live->records_.add(*answer, static_cast<double>(done->id));
  };
  auto error = sized<pintle_error>();
  const auto layer = pintle_live_send_request(handle_, &request, &made->id, &error);
  if (layer != PINTLE_OK) raise(env, layer, error);
  return made.release()->id;
}

void Live::pause(bool yes) {
  const std::lock_guard lock(mutex_);
  is_paused_ = yes;
  wake();
}

void Live::destroy() noexcept {
  auto* handle = std::exchange(handle_, nullptr);
  if (handle == nullptr) return;
  pintle_live_destroy(handle);
  std::deque<Task> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(tasks_);
  }
  // They do nothing any more, but free what they hold.
  for (const auto& task : left) task.run(task.data);
}

void Live::flush_later() {
  inbox_->post([self = shared_from_this()](napi_env env) { self->records_.flush(env, self->id_); });
}

Napi::Value live_start(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  auto& environment = Environment::of(env);
  const auto given = info[2].As<Napi::Object>();
  Texts texts;
  const auto live = std::make_shared<Live>(environment.inbox(), info[1].As<Napi::Number>());
  live->start(env, *ConnectionBox::of(info[0]), live_options(given, texts),
              given.Get("resume").ToBoolean());
  environment.add(live);
  return HandleBox<Live>::make(env, live);
}

}  // namespace pintle_node
