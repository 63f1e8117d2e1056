// SPDX-License-Identifier: Apache-2.0
#include "server/session.h"

#include <array>
#include <charconv>
#include <sys/epoll.h>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_handshake.h>

namespace pintle::bench {
namespace {

constexpr std::size_t kMaxHead = 16 * 1024;
// A client that does not read its responses is not read from either.
constexpr std::size_t kMaxWaiting = 4 << 20;
constexpr std::uint64_t kMaxFloodSize = 16 << 20;
constexpr std::uint64_t kMaxFloodCount = 1'000'000'000'000;

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: bench\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// Of the size of a gateway's small responses.
const std::string kAnswer =
    ok(R"({"id":"0d2c1b7e-5a52-4a0e-9b1c-5f0d7e9c3a11","title":"A session like any other",)"
       R"("model":"practice-1","created_at":1767225600,"updated_at":1767229200,"messages":42,)"
       R"("archived":false,"tags":["one","two"]})");
// gateway-contract 2.
const std::string kStatus =
    ok(R"({"version":"0.16.0","release_date":"2026.6.5","config_version":28,)"
       R"("gateway_running":true,"active_sessions":0,"auth_required":false,"auth_providers":[]})");
constexpr std::string_view kRefusal =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
// gateway-contract 6.
constexpr std::string_view kReady =
    R"({"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","payload":{"skin":{}}}})";

// Of the size of a piece of a model's answer.
constexpr std::string_view kEvent =
    R"({"jsonrpc":"2.0","method":"event","params":{"type":"message.delta","session_id":)"
    R"("practice-1","payload":{"text":"a few words of an answer"}}})";

std::uint64_t number_in(std::string_view target, std::string_view name) {
  const auto at = target.find(name);
  std::uint64_t number = 0;
  if (at == std::string_view::npos) return 0;
  const auto* begin = target.data() + at + name.size();
  std::from_chars(begin, target.data() + target.size(), number);
  return number;
}

std::string_view line_of(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

// Returns the value of `name` at the top level of a request, not parsed.
std::string_view cut(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + name.size());
}

}  // namespace

std::uint32_t Session::awaits() const noexcept {
  std::uint32_t events = 0;
  if (!ending_ && out_.size() - sent_ < kMaxWaiting) events |= EPOLLIN;
  if (has_to_write() || wire_.needs_write()) events |= EPOLLOUT;
  return events;
}

bool Session::work(std::span<char> buffer) {
  if (has_to_write() && !flush()) return false;
  do {
    if (ending_ || out_.size() - sent_ >= kMaxWaiting) break;
    const auto got = wire_.read(buffer);
    if (got.state == Wire::State::ended) return false;
    if (got.state == Wire::State::later) break;
    take(buffer.first(got.size));
  } while (wire_.holds_more());
  if (has_to_write() && !flush()) return false;
  return !ending_ || has_to_write();
}

bool Session::flush() {
  while (sent_ < out_.size()) {
    const auto put = wire_.write(std::string_view(out_).substr(sent_));
    if (put.state != Wire::State::moved) return put.state == Wire::State::later;
    sent_ += put.size;
  }
  out_.clear();
  sent_ = 0;
  // In turns with the others, so that a flood does not starve the loop.
  for (int turn = 0; turn < 16 && !flood_.over(); ++turn) {
    const auto put = wire_.write(flood_.next());
    if (put.state != Wire::State::moved) return put.state == Wire::State::later;
    flood_.written(put.size);
    if (flood_.over()) {
      ws::append_close(out_, ws::Role::server, ws::CloseCode::normal, "", {});
    }
  }
  return true;
}

void Session::take(std::span<char> bytes) {
  if (speaks_ != Speaks::http) return take_messages(bytes);
  in_.append(bytes.data(), bytes.size());
  take_http();
}

void Session::take_http() {
  std::size_t begin = 0;
  while (speaks_ == Speaks::http && !ending_) {
    const auto end = in_.find("\r\n\r\n", begin);
    if (end == std::string::npos) {
      ending_ = in_.size() - begin > kMaxHead;
      break;
    }
    answer(std::string_view(in_).substr(begin, end + 2 - begin));
    begin = end + 4;
  }
  in_.erase(0, begin);
  if (speaks_ == Speaks::http) return;
  take_messages(in_);
  in_ = {};
}

void Session::answer(std::string_view head) {
  const auto line = head.substr(0, head.find("\r\n"));
  const auto target = line.substr(0, line.rfind(' ')).substr(line.find(' ') + 1);
  if (!line.starts_with("GET /") || !line.ends_with(" HTTP/1.1")) {
    out_ += kRefusal;
    ending_ = true;
  } else if (target.starts_with("/api/status")) {
    out_ += kStatus;
  } else if (!upgrade(head, target)) {
    out_ += kAnswer;
  }
}

// Returns false if the path is not one of the WebSocket's.
bool Session::upgrade(std::string_view head, std::string_view target) {
  static constexpr std::array<std::pair<std::string_view, Speaks>, 5> kPaths = {
      {{"/echo", Speaks::echo},
       {"/flood", Speaks::flood},
       {"/events", Speaks::events},
       {"/api/ws", Speaks::rpc},
       {"/idle", Speaks::idle}}};
  const auto path = target.substr(0, target.find('?'));
  auto asked = Speaks::http;
  for (const auto& [known, speaks] : kPaths) {
    if (path == known) asked = speaks;
  }
  if (asked == Speaks::http) return false;
  const auto size = number_in(target, "size=");
  const auto count = number_in(target, "count=");
  try {
    const bool floods = asked == Speaks::flood || asked == Speaks::events;
    if (floods && (size > kMaxFloodSize || count == 0 || count > kMaxFloodCount)) {
      throw Error(Layer::protocol, "no flood of that size");
    }
    HttpRequest request{.method = "GET", .target = std::string(target)};
    line_of(head);
    while (!head.empty()) request.headers.add(Header::parse_line(line_of(head)));
    const auto accepted = ws::accept_upgrade(request);
    out_ += "HTTP/1.1 101 Switching Protocols\r\n";
    for (const auto& header : accepted.answer.headers) {
      out_.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    out_ += "\r\n";
  } catch (const Error&) {
    out_ += kRefusal;
    ending_ = true;
    return true;
  }
  speaks_ = asked;
  reader_.emplace(ws::Role::server);
  if (asked == Speaks::flood) flood_ = {std::string(size, 'x'), count};
  if (asked == Speaks::events) flood_ = {kEvent, count};
  if (asked == Speaks::rpc || asked == Speaks::events) {
    ws::append_frame(out_, ws::Role::server, ws::Opcode::text, kReady, {});
  }
  return true;
}

void Session::take_messages(std::span<char> bytes) {
  for (auto event = reader_->next(bytes); event.kind != ws::Kind::need_more && !ending_;
       event = reader_->next(bytes)) {
    switch (event.kind) {
      case ws::Kind::data:
        take_message(event);
        break;
      case ws::Kind::ping:
        ws::append_pong(out_, ws::Role::server, event.bytes, {});
        break;
      case ws::Kind::close:
      case ws::Kind::error:
        ws::append_close(out_, ws::Role::server, event.code, "", {});
        flood_ = {};
        ending_ = true;
        break;
      case ws::Kind::need_more:
      case ws::Kind::pong:
        break;
    }
  }
}

void Session::take_message(const ws::Event& event) {
  if (speaks_ == Speaks::echo) {
    ws::append_frame(out_, ws::Role::server, event.opcode, event.bytes, {});
  } else if (speaks_ == Speaks::rpc) {
    // All clients write the id before the params and the params last.
    const auto id = cut(event.bytes, R"("id":)");
    const auto params = cut(id, R"("params":)");
    if (params.empty()) {
      ending_ = true;
      return;
    }
    std::string reply = R"({"jsonrpc":"2.0","id":)";
    reply.reserve(params.size() + 64);
    reply.append(id.substr(0, id.find(','))).append(R"(,"result":)").append(params);
    ws::append_frame(out_, ws::Role::server, ws::Opcode::text, reply, {});
  }
}

}  // namespace pintle::bench
