// SPDX-License-Identifier: Apache-2.0
#include "sessions_output.h"

#include <chrono>
#include <cstdint>

#include <pintle/core/base/error.h>

#include "doctor/time_text.h"
#include "output.h"

namespace pintle::cli {
namespace {

using State = SessionFacts::State;

const char* name_of(State state) {
  switch (state) {
    case State::none:
      return "none";
    case State::stored:
      return "stored";
    case State::damaged:
      return "damaged";
    case State::unreadable:
      return "unreadable";
  }
  return "none";
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string scheme_text(const SessionFacts& facts) {
  return (facts.scheme.empty() ? "-" : facts.scheme) + (facts.of_front ? " (front)" : "");
}

std::string where_text(const ConnectionSettings& connection, const SessionFacts& facts) {
  return facts.where.empty() ? store_text(connection) : facts.where;
}

Style style_of(State state) {
  switch (state) {
    case State::stored:
      return Style::good;
    case State::damaged:
    case State::unreadable:
      return Style::bad;
    case State::none:
      return Style::plain;
  }
  return Style::plain;
}

}  // namespace

std::string store_text(const ConnectionSettings& connection) {
  const auto& store = connection.session_store;
  if (store.empty()) return "file";
  return store;  // its URL has no password
}

std::string state_text(const SessionFacts& facts) {
  if (facts.state == State::unreadable && facts.trouble) {
    return "cannot be read: " + facts.trouble->message();
  }
  if (facts.state == State::stored && facts.stored_ms) {
    return "stored " + doctor::time_text(*facts.stored_ms, now_ms());
  }
  return name_of(facts.state);
}

std::vector<std::string> session_row(const ConnectionSettings& connection,
                                     const SessionFacts& facts) {
  return {styled(Style::bold, connection.name), scheme_text(facts), where_text(connection, facts),
          styled(style_of(facts.state), state_text(facts))};
}

std::string session_json(const ConnectionSettings& connection, const SessionFacts& facts) {
  JsonObject object;
  object.text("connection", connection.name).text_if_any("scheme", facts.scheme);
  if (facts.of_front) object.boolean("front", true);
  if (connection.shares_url_session) object.boolean("shares_url_session", true);
  object.text("store", store_text(connection)).text_if_any("where", facts.where);
  if (facts.is_shared) object.boolean("shared", true);
  object.text("state", name_of(facts.state));
  if (facts.state == State::stored) object.number("bytes", static_cast<long long>(facts.bytes));
  if (facts.stored_ms) object.number("stored_ms", *facts.stored_ms);
  object.text_if_any("note", facts.note);
  if (facts.trouble) object.raw("error", error_members(*facts.trouble));
  return object.str();
}

void print_session(const ConnectionSettings& connection, const SessionFacts& facts) {
  const auto line = [](const char* label, const std::string& text) {
    print_line(styled(Style::dim, padded(label, 10)) + text);
  };
  line("scheme", scheme_text(facts));
  line("stored in", where_text(connection, facts));
  line("state", styled(style_of(facts.state), state_text(facts)));
  if (facts.state == State::stored) line("size", std::to_string(facts.bytes) + " bytes");
  if (!facts.note.empty()) line("note", facts.note);
}

int note_trouble(const ConnectionSettings& connection, const SessionFacts& facts) {
  if (!facts.note.empty()) note("pintle: " + connection.name + ": " + facts.note);
  if (!facts.trouble) return kOk;
  const auto hint = hint_of(*facts.trouble);
  if (!hint.empty()) note("pintle: " + connection.name + ": " + hint);
  return exit_code(facts.trouble->layer());
}

}  // namespace pintle::cli
