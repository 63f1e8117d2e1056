// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/text/printable.h>

#include "live/live_impl.h"

namespace pintle {

const char* name_of(LiveState::Kind kind) noexcept {
  switch (kind) {
    case LiveState::Kind::idle:
      return "idle";
    case LiveState::Kind::probing:
      return "probing";
    case LiveState::Kind::dialling:
      return "dialling";
    case LiveState::Kind::ready:
      return "ready";
    case LiveState::Kind::waiting:
      return "waiting";
    case LiveState::Kind::needs_sign_in:
      return "needs-sign-in";
    case LiveState::Kind::failed:
      return "failed";
    case LiveState::Kind::closed:
      return "closed";
  }
  return "unknown";
}

const char* name_of(LiveEvent::Kind kind) noexcept {
  switch (kind) {
    case LiveEvent::Kind::state:
      return "state";
    case LiveEvent::Kind::event:
      return "event";
    case LiveEvent::Kind::result:
      return "result";
    case LiveEvent::Kind::error:
      return "error";
    case LiveEvent::Kind::unanswered:
      return "unanswered";
    case LiveEvent::Kind::request:
      return "request";
    case LiveEvent::Kind::notification:
      return "notification";
    case LiveEvent::Kind::malformed:
      return "malformed";
    case LiveEvent::Kind::message:
      return "message";
    case LiveEvent::Kind::piece:
      return "piece";
  }
  return "unknown";
}

std::string result_of(const CallResult& result, std::string_view method) {
  switch (result.kind) {
    case CallResult::Kind::result:
      return std::string(result.json);
    case CallResult::Kind::refused:
      throw RpcError(result.code,
                     "the gateway answered the request " +
                         (method.empty() ? "\"\"" : printable(method, 60)) + " with error " +
                         std::to_string(result.code) + ": " + printable(result.text),
                     std::string(result.text), std::string(result.json));
    case CallResult::Kind::unsent:
    case CallResult::Kind::unknown:
      break;
  }
  throw *result.error;
}

LiveConnection::LiveConnection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
LiveConnection::LiveConnection(LiveConnection&&) noexcept = default;

LiveConnection& LiveConnection::operator=(LiveConnection&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->leave();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

LiveConnection::~LiveConnection() {
  if (impl_) impl_->leave();
}

LiveState LiveConnection::state() const { return impl_->state(); }

std::int64_t LiveConnection::request(std::string_view method, std::string_view params_json,
                                     const CallOptions& options,
                                     std::function<void(const CallResult&)> done) {
  return impl_->request(method, params_json, options, std::move(done), false);
}

std::int64_t LiveConnection::request_on_io_thread(std::string_view method,
                                                  std::string_view params_json,
                                                  const CallOptions& options,
                                                  std::function<void(const CallResult&)> done) {
  return impl_->request(method, params_json, options, std::move(done), true);
}

std::string LiveConnection::rpc(std::string_view method, std::string_view params_json,
                                const CallOptions& options) {
  return impl_->rpc(method, params_json, options);
}

CallAnswer LiveConnection::ask(std::string_view method, std::string_view params_json,
                               const CallOptions& options) {
  return impl_->ask(method, params_json, options);
}

void LiveConnection::cancel(std::int64_t id) { impl_->cancel(id); }

bool LiveConnection::answer(std::uint64_t generation, std::string_view id_json,
                            std::string_view result_json) {
  return impl_->answer(generation, encode_result(id_json, result_json));
}

bool LiveConnection::answer_error(std::uint64_t generation, std::string_view id_json,
                                  std::int64_t code, std::string_view message) {
  return impl_->answer(generation, encode_error(id_json, code, message));
}

void LiveConnection::send(std::string_view bytes, bool is_text) { impl_->send(bytes, is_text); }

std::size_t LiveConnection::unsent_bytes() const noexcept { return impl_->unsent_bytes(); }

std::optional<LiveEvent> LiveConnection::next(std::int64_t timeout_ms,
                                              const std::stop_token& cancel) {
  return impl_->next(timeout_ms, cancel);
}

int LiveConnection::fd() const noexcept { return impl_->fd(); }

void LiveConnection::wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel) {
  impl_->wait_until_ready(timeout_ms, cancel);
}

void LiveConnection::retry_now() { impl_->retry_now(); }

void LiveConnection::close(std::uint16_t code, std::string_view reason) {
  impl_->close(code, std::string(reason));
}

std::uint64_t LiveConnection::malformed_count() const noexcept { return impl_->malformed_count(); }

}  // namespace pintle
