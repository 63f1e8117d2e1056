#include <utility>

#include <pintle/core/printable.h>
#include <pintle/live.h>

#include "live_parts.h"

namespace pintle {
namespace {

// What comes while an answer is waited for is kept, but not without a bound.
constexpr std::size_t kMostKept = 64 << 20;

}  // namespace

const char* name_of(LiveEvent::Kind kind) noexcept {
  switch (kind) {
    case LiveEvent::Kind::ready:
      return "ready";
    case LiveEvent::Kind::event:
      return "event";
    case LiveEvent::Kind::result:
      return "result";
    case LiveEvent::Kind::error:
      return "error";
    case LiveEvent::Kind::request:
      return "request";
    case LiveEvent::Kind::malformed:
      return "malformed";
    case LiveEvent::Kind::closed:
      return "closed";
  }
  return "unknown";
}

LiveConnection::LiveConnection(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LiveConnection::LiveConnection(LiveConnection&&) noexcept = default;
LiveConnection& LiveConnection::operator=(LiveConnection&&) noexcept = default;
LiveConnection::~LiveConnection() = default;

std::optional<LiveEvent> LiveConnection::next(std::int64_t most_ms, std::stop_token cancel) {
  return parts_->next(most_ms, cancel);
}

std::int64_t LiveConnection::request(std::string_view method, std::string_view params_json) {
  return parts_->request(method, params_json);
}

std::string LiveConnection::rpc(std::string_view method, std::string_view params_json,
                                std::int64_t most_ms, std::stop_token cancel) {
  const auto id = request(method, params_json);
  const auto until = Parts::Clock::now() + std::chrono::milliseconds(most_ms);
  std::deque<LiveEvent> others;
  std::size_t kept = 0;
  // Whatever else comes keeps its place for `next`, also where this throws.
  const auto keep = [&] {
    for (; !others.empty(); others.pop_back()) {
      parts_->events.push_front(std::move(others.back()));
    }
  };
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Parts::Clock::now());
    auto event = parts_->next(left.count() < 0 ? 0 : left.count(), cancel);
    const auto fail = [&](auto error) {
      keep();
      return error;
    };
    if (!event) {
      throw fail(cancel.stop_requested()
                     ? Error(Layer::tcp, "the request was cancelled; its outcome is unknown")
                     : Error(Layer::tcp, "no answer to " + printable(method, 60) + " within " +
                                             std::to_string(most_ms) +
                                             " ms; its outcome is unknown"));
    }
    if (event->kind == LiveEvent::Kind::result && event->id == id) {
      keep();
      return std::move(event->json);
    }
    if (event->kind == LiveEvent::Kind::error && event->id == id) {
      throw fail(RpcError(event->code, "the gateway answered " + printable(method, 60) +
                                           " with error " + std::to_string(event->code) + ": " +
                                           printable(event->text)));
    }
    const bool closed = event->kind == LiveEvent::Kind::closed;
    const auto text = event->text;
    const auto failure = event->failure;
    kept += event->json.size() + sizeof(LiveEvent);
    others.push_back(std::move(*event));
    if (kept > kMostKept) {
      throw fail(Error(Layer::websocket, "more than 64 MiB of events came before the answer to " +
                                             printable(method, 60) + "; its outcome is unknown"));
    }
    if (closed) {
      throw fail(Error(failure ? failure->layer() : Layer::websocket,
                       "the live connection ended before the answer to " + printable(method, 60) +
                           "; its outcome is unknown" +
                           (text.empty() ? "" : " (" + printable(text) + ")")));
    }
  }
}

void LiveConnection::close(std::uint16_t code, std::string_view reason) {
  parts_->close(code, reason);
}

int LiveConnection::fd() const noexcept { return parts_->stream.fd(); }
bool LiveConnection::wants_write() const noexcept { return parts_->wants_write(); }
bool LiveConnection::is_open() const noexcept { return parts_->open; }
bool LiveConnection::reused_connection() const noexcept { return parts_->reused; }
std::uint64_t LiveConnection::malformed_count() const noexcept { return parts_->malformed; }

}  // namespace pintle
