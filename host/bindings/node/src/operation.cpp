// SPDX-License-Identifier: Apache-2.0
#include "operation.h"

#include <cstdio>
#include <system_error>
#include <utility>

#include "environment.h"
#include "values.h"

namespace pintle_node {
namespace {

// Above this a body is not copied, where Node allows a Buffer over memory of others.
constexpr std::size_t kCopiedBytes = 16 * 1024;

void post_finish(const std::shared_ptr<Inbox>& inbox, double id) {
  inbox->post([id](napi_env env) {
    if (auto* environment = Environment::find(env)) environment->finish(env, id);
  });
}

napi_value buffer_of(napi_env env, Outcome& outcome) noexcept {
  const auto body = pintle_reply_body(outcome.reply.get());
  napi_value buffer = nullptr;
  if (body.size > kCopiedBytes) {
    // The reply owns its body; nobody else writes to it. Electron allows no such Buffer.
    void* data = const_cast<char*>(body.data);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    const auto made = napi_create_external_buffer(
        env, body.size, data,
        [](napi_env, void*, void* reply) {
          pintle_reply_destroy(static_cast<pintle_reply*>(reply));
        },
        outcome.reply.get(), &buffer);
    if (made == napi_ok) {
      [[maybe_unused]] const auto* owned_by_buffer = outcome.reply.release();
      return buffer;
    }
  }
  if (napi_create_buffer_copy(env, body.size, body.data, nullptr, &buffer) != napi_ok) {
    return undefined(env);
  }
  return buffer;
}

napi_value headers_of(napi_env env, const pintle_reply* reply) noexcept {
  napi_value list = nullptr;
  if (napi_create_array(env, &list) != napi_ok) return undefined(env);
  const auto count = pintle_reply_header_count(reply);
  for (std::size_t i = 0; i < count; ++i) {
    const auto header = pintle_reply_header_at(reply, i);
    const auto at = static_cast<std::uint32_t>(2 * i);
    napi_set_element(env, list, at, string_value(env, header.name));
    napi_set_element(env, list, at + 1, string_value(env, header.value));
  }
  return list;
}

}  // namespace

void fill_in(napi_env env, Outcome outcome, Shape shape, Result& values) noexcept {
  if (outcome.layer != PINTLE_OK) {
    values[1] = error_value(env, outcome.layer, outcome.error);
    return;
  }
  if (!outcome.reply) return;
  values[2] = number_value(env, pintle_reply_status(outcome.reply.get()));
  if (shape == Shape::response) {
    values[4] = headers_of(env, outcome.reply.get());
    values[3] = buffer_of(env, outcome);
  } else {
    values[3] = string_value(env, pintle_reply_body(outcome.reply.get()));
  }
}

AsyncOperation::AsyncOperation(Napi::Env env, double id, Shape shape, const Begin& begin,
                               std::shared_ptr<void> kept)
    : kept_(std::move(kept)),
      shape_(shape),
      environment_(Environment::of(env).shared_from_this()),
      id_(id) {
  auto options = sized<pintle_async_options>();
  options.user = this;
  options.done = [](void* user, pintle_async*) {
    const auto* self = static_cast<AsyncOperation*>(user);
    post_finish(self->environment_->inbox(), self->id_);
  };
  auto error = sized<pintle_error>();
  const auto layer = begin(options, &handle_, &error);
  if (layer != PINTLE_OK) raise(env, layer, error);
}

AsyncOperation::~AsyncOperation() { pintle_async_destroy(handle_); }

void AsyncOperation::cancel() noexcept { pintle_async_cancel(handle_); }

void AsyncOperation::result(napi_env env, Result& values) noexcept {
  Outcome outcome{.error = sized<pintle_error>()};
  pintle_reply* reply = nullptr;
  outcome.layer = pintle_async_result(handle_, &reply, &outcome.error);
  outcome.reply.reset(reply);
  fill_in(env, std::move(outcome), shape_, values);
}

ThreadOperation::ThreadOperation(Napi::Env env, double id, Work work, Fill fill)
    : work_(std::move(work)),
      fill_(std::move(fill)),
      environment_(Environment::of(env).shared_from_this()),
      id_(id),
      cancel_(pintle_cancel_new()) {}

ThreadOperation::~ThreadOperation() {
  cancel();
  if (thread_.joinable()) thread_.join();
  pintle_cancel_destroy(cancel_);
}

void ThreadOperation::start() {
  const auto work = [this] {
    outcome_ = work_(cancel_);
    post_finish(environment_->inbox(), id_);
  };
  try {
    thread_ = std::thread(work);
  } catch (const std::system_error&) {
    outcome_.layer = PINTLE_LAYER_CONFIG;
    outcome_.error = sized<pintle_error>();
    std::snprintf(outcome_.error.message, sizeof(outcome_.error.message), "cannot create a thread");
    post_finish(environment_->inbox(), id_);
  }
}

void ThreadOperation::cancel() noexcept {
  if (cancel_ != nullptr) pintle_cancel_request(cancel_);
}

void ThreadOperation::result(napi_env env, Result& values) noexcept {
  fill_(env, std::move(outcome_), values);
}

}  // namespace pintle_node
