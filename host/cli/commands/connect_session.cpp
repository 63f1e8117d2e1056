// SPDX-License-Identifier: Apache-2.0
#include "connect_session.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <pintle/core/text/printable.h>

#include "interrupt.h"
#include "store_report.h"

namespace pintle::cli {
namespace {

// An answer may be what somebody works for; who does not want to wait ends it.
constexpr std::int64_t kAnswerMs = 24 * 3'600'000;

constexpr std::size_t kLabelWidth = 11;

// "dialling   ws://…": no blanks where nothing follows, and a long label is never cut.
std::string labelled(Style style, const std::string& label, const std::string& text) {
  if (text.empty()) return styled(style, label);
  auto column = padded(label, kLabelWidth);
  if (column.back() != ' ') column += ' ';
  return styled(style, column) + text;
}

std::string seconds(std::int64_t milliseconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f s", static_cast<double>(milliseconds) / 1000.0);
  return text;
}

std::string retry_text(std::int64_t wait_ms) {
  return wait_ms < 50 ? "retrying now" : "retrying in " + seconds(wait_ms);
}

std::string status_of(const Error& error) {
  return error.http_status() == 0 ? "" : " (HTTP " + std::to_string(error.http_status()) + ")";
}

void add_source(JsonObject& object, const LiveEvent& event) {
  if (event.id != 0) object.number("id", event.id);
  if (!event.session_id.empty()) object.text("session_id", event.session_id);
  if (event.seq) object.number("seq", *event.seq);
}

}  // namespace

ConnectSession::ConnectSession(const UserHost& user, Connection& connection, Options options)
    : user_(user),
      connection_(connection),
      options_(std::move(options)),
      until_(options_.limit ? std::optional(Clock::now() + *options_.limit) : std::nullopt) {}

int ConnectSession::run(const LiveOptions& options) {
  path_ = options.path;
  live_ = connection_.live(options);
  while (take_events()) {
    if (interrupted().stop_requested() && !closing_) {
      code_ = kInterrupted;
      close();
    }
    if (until_ && Clock::now() >= *until_) end_in_time();
    wait();
  }
  return code_ == kInterrupted ? report_interrupted(options_.json) : code_;
}

void ConnectSession::end_in_time() {
  if (!was_ready_ && !closing_) {
    const Error late(Layer::tcp, "the gateway was not ready within " +
                                     std::to_string(options_.limit->count()) + " s");
    code_ = report(last_failure_.value_or(late), options_.json);
  }
  close();
}

void ConnectSession::close() {
  if (!std::exchange(closing_, true)) live_->close(1000);
}

// False after the last.
bool ConnectSession::take_events() {
  while (const auto event = live_->next(0)) {
    if (event->kind == LiveEvent::Kind::state) {
      if (!take_state(*event->state)) return false;
    } else {
      show(*event);
      const bool ours = pending_.erase(event->id) != 0;
      if (ours && event->kind == LiveEvent::Kind::error) refused(kRefusedByApp);
      // What kept it from being answered comes next.
      if (ours && event->kind == LiveEvent::Kind::unanswered) continue;
    }
    close_when_done();
  }
  return true;
}

bool ConnectSession::take_state(const LiveState& state) {
  using Kind = LiveState::Kind;
  switch (state.kind) {
    case Kind::idle:
      break;
    case Kind::probing:
      print_state("probing", connection_.settings().url.text());
      break;
    case Kind::dialling:
      dialling();
      break;
    case Kind::ready:
      ready(state);
      break;
    case Kind::waiting:
      waiting(state);
      break;
    case Kind::needs_sign_in:
    case Kind::failed:
      return ended(state);
    case Kind::closed:
      show_line(
          "closed", Style::dim,
          state.close_code == 0 ? std::nullopt : std::optional<std::int64_t>(state.close_code),
          state.close_reason, {}, {});
      return ended(state);
  }
  return true;
}

void ConnectSession::dialling() {
  if (!std::exchange(knows_scheme_, true)) {
    const auto choice = connection_.choose(interrupted());
    print_state("scheme",
                choice.facts.id + ": " + choice.table.front().why + " (" + choice.where + ")");
    const auto profile = connection_.profile(interrupted());
    if (path_.empty()) path_ = profile.ws_path;
    speaks_json_rpc_ = profile.content == ProfileContent::json_rpc;
    is_hermes_ = profile.is_hermes();
  }
  print_state("dialling", path_.empty() ? "" : connection_.settings().url.ws_url(path_));
}

void ConnectSession::ready(const LiveState& state) {
  print_state("connected",
              state.reused_connection ? "on the connection of the probe" : "on a new connection");
  if (is_hermes_) {
    show_line("ready", Style::good, {},
              state.greeting.empty() ? "assumed: the gateway sends no gateway.ready" : "",
              state.greeting.empty() ? "" : "gateway.ready", state.greeting);
  } else {
    show_line("ready", Style::good, {}, {}, {}, state.greeting);
  }
  if (!was_ready_) user_.remember_scheme(connection_);
  is_ready_ = was_ready_ = true;
  last_failure_.reset();
  settled();
  if (options_.once) close();
}

void ConnectSession::waiting(const LiveState& state) {
  is_ready_ = false;
  settled();
  const auto why = state.why.value_or(Error(Layer::tcp, "the connection ended"));
  const auto text = why.message() + status_of(why) + "; " + retry_text(state.wait_ms);
  if (options_.json) {
    print_line(JsonObject()
                   .text("kind", "waiting")
                   .text("text", text)
                   .number("wait_ms", state.wait_ms)
                   .raw("error", error_members(why))
                   .str());
  } else {
    print_line(labelled(Style::warn, "waiting", text));
    // Once for each failure: the waits for the same one need no more advice.
    const bool is_news = !last_failure_ || last_failure_->message() != why.message();
    if (is_news && !why.hint().empty()) print_line(padded("", kLabelWidth) + why.hint());
  }
  last_failure_ = why;
}

// A gateway refuses an upgrade alike, whether it is the credential or the path that is wrong.
Error ConnectSession::explained(const Error& error) const {
  if (options_.named_path.empty() || was_ready_ || error.http_status() == 0) return error;
  return Error(error).with_hint(error.hint() + (error.hint().empty() ? "" : " ") +
                                "Or there is no WebSocket at " + options_.named_path +
                                ": try without --path.");
}

bool ConnectSession::ended(const LiveState& state) {
  settled();
  if (state.why && !closing_ && (code_ == kOk || code_ == kRefusedByApp)) {
    code_ = report(explained(*state.why), options_.json);
  }
  return false;
}

// The first dial is over, whatever came of it.
void ConnectSession::settled() {
  if (!std::exchange(is_settled_, true)) report_store(connection_, options_.json);
}

void ConnectSession::wait() {
  const bool input = options_.listens && is_ready_ && !lines_.ended() && !closing_;
  const bool interrupts = !interrupted().stop_requested();
  std::array<pollfd, 4> waiting{pollfd{live_->fd(), POLLIN, 0},
                                pollfd{input ? STDIN_FILENO : -1, POLLIN, 0},
                                pollfd{interrupts ? interrupt_fd() : -1, POLLIN, 0},
                                pollfd{closing_ ? -1 : STDOUT_FILENO, 0, 0}};
  int timeout_ms = -1;
  if (until_ && !closing_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until_ - Clock::now()).count();
    timeout_ms = static_cast<int>(std::clamp<long long>(left, 0, 60'000));
  }
  ::poll(waiting.data(), waiting.size(), timeout_ms);
  // Nobody reads any more what is printed (`| head -1`).
  if ((waiting[3].revents & POLLERR) != 0) close();
  if (input && waiting[1].revents != 0) {
    for (const auto& line : lines_.read()) send(line);
    close_when_done();
  }
}

// A script that pipes its requests in has what it wants with the last answer; who sent none wants
// to listen.
void ConnectSession::close_when_done() {
  if (lines_.ended() && line_ > 0 && pending_.empty() && speaks_json_rpc_) close();
}

// To a script its exit code says whether all that it asked for was done.
void ConnectSession::refused(int code) {
  if (code_ == kOk && ::isatty(STDIN_FILENO) != 1) code_ = code;
}

// A line is a method and, behind a space, its params; the id is ours.
void ConnectSession::send(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  while (line.starts_with(' ')) line.remove_prefix(1);
  if (line.empty()) return;
  ++line_;
  if (!speaks_json_rpc_) return send_message(line);
  const auto space = line.find(' ');
  const auto method = line.substr(0, space);
  const auto params = space == std::string_view::npos ? "" : line.substr(space + 1);
  try {
    pending_.insert(live_->request(method, params, {.timeout_ms = kAnswerMs}));
  } catch (const Error& error) {
    refuse_line(error);
  }
}

void ConnectSession::send_message(std::string_view line) {
  try {
    live_->send(line);
  } catch (const Error& error) {
    refuse_line(error);
  }
}

// This line is wrong, and the connection goes on.
void ConnectSession::refuse_line(const Error& error) {
  refused(exit_code(error.layer()));
  if (!options_.json) {
    report(error, false);
    return;
  }
  print_line(JsonObject()
                 .text("kind", "refused")
                 .number("line", line_)
                 .raw("error", error_members(error))
                 .str());
}

void ConnectSession::print_state(const char* state, const std::string& text) const {
  if (options_.json) {
    print_line(JsonObject().text("kind", state).text_if_any("text", text).str());
  } else {
    print_line(labelled(Style::dim, state, text));
  }
}

void ConnectSession::show(const LiveEvent& event) const {
  using Kind = LiveEvent::Kind;
  const auto style =
      event.kind == Kind::error || event.kind == Kind::malformed || event.kind == Kind::unanswered
          ? Style::bad
          : Style::dim;
  std::optional<std::int64_t> code;
  if (event.kind == Kind::error) code = event.code;
  show_line(name_of(event.kind), style, code,
            event.failure != nullptr ? event.failure->message() : std::string(event.text),
            event.type, event.json, &event);
}

void ConnectSession::show_line(const char* kind, Style style, std::optional<std::int64_t> code,
                               std::string_view text, std::string_view type,
                               std::string_view payload, const LiveEvent* event) const {
  if (options_.json) {
    JsonObject object;
    object.text("kind", kind).text_if_any("type", type);
    if (event != nullptr) add_source(object, *event);
    if (code) object.number("code", *code);
    object.text_if_any("text", text);
    if (!payload.empty()) object.foreign("payload", payload);
    print_line(object.str());
    return;
  }
  std::string line;
  if (event != nullptr && event->id != 0) line += "#" + std::to_string(event->id) + " ";
  if (code && *code != 0) line += std::to_string(*code) + " ";
  if (!type.empty()) line += printable(type, 80) + " ";
  if (!text.empty()) line += printable(text) + " ";
  line += printable(payload, 2'000);
  while (line.ends_with(' ')) line.pop_back();
  print_line(labelled(style, kind, line));
}

}  // namespace pintle::cli
