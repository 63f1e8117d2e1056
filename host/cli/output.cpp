// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>

#include "base/sign_in_hint.h"
#include "interrupt.h"

namespace pintle::cli {
namespace {

bool shows_colour(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(fd) == 1 && (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

const char* code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "0";
    case Style::bold:
      return "1";
    case Style::dim:
      return "2";
    case Style::good:
      return "32";
    case Style::bad:
      return "31";
    case Style::warn:
      return "33";
  }
  return "0";
}

std::string coloured(Style style, std::string_view text) {
  return std::string("\033[") + code_of(style) + "m" + std::string(text) + "\033[0m";
}

// The length of the escape sequence that `text` begins with, if it is one of ours.
std::size_t style_at(std::string_view text) {
  for (const char* code : {"0", "1", "2", "31", "32", "33"}) {
    const auto sequence = std::string("\033[") + code + "m";
    if (text.starts_with(sequence)) return sequence.size();
  }
  return 0;
}

// With or without the styles of `styled`.
std::string terminal_safe(std::string_view text, bool has_styles) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\n\t\033"), text.size());
    out += printable(text.substr(0, end), end);
    text.remove_prefix(end);
    if (text.empty()) break;
    const auto kept = text[0] != '\033' ? 1 : has_styles ? style_at(text) : 0;
    out += kept > 0 ? std::string(text.substr(0, kept)) : printable(text.substr(0, 1));
    text.remove_prefix(std::max<std::size_t>(kept, 1));
  }
  return out;
}

bool is_progress_disabled = false;  // main thread
std::atomic<bool> reader_is_gone{false};

std::string& gateway_in_hints() {
  static std::string target;
  return target;
}

// Returns false if standard output cannot be written to.
bool print_last_line(const std::string& json) {
  try {
    print_line(json);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void note_error(const Error& error) {
  std::string text = "pintle: " + styled_note(Style::bad, name_of(error.layer())) + ": " +
                     cli::terminal_safe(error.message());
  if (error.http_status() != 0) text += " (HTTP " + std::to_string(error.http_status()) + ")";
  note(text);
  if (!error.hint().empty()) note("  " + cli::terminal_safe(hint_of(error)));
}

// How many columns it takes, escape sequences not counted.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (text.starts_with("\033[")) {
      text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
      continue;
    }
    text.remove_prefix(decode_utf8(text).size);
    ++width;
  }
  return width;
}

}  // namespace

std::string hint_of(const Error& error) {
  return with_sign_in_target(error.hint(), gateway_in_hints());
}

int exit_code(Layer layer) noexcept { return kFirstLayer + static_cast<int>(layer) - 1; }

std::string styled(Style style, std::string_view text) {
  static const bool kHasStyles = shows_colour(STDOUT_FILENO);
  return kHasStyles && style != Style::plain ? coloured(style, text) : std::string(text);
}

std::string styled_note(Style style, std::string_view text) {
  static const bool kHasStyles = shows_colour(STDERR_FILENO);
  return kHasStyles && style != Style::plain ? coloured(style, text) : std::string(text);
}

std::string padded(std::string_view text, std::size_t width) {
  std::string made(text);
  made.resize(std::max(width, made.size()), ' ');
  return made;
}

void Table::print() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      const auto& cell = rows_[r][i];
      line += r == 0 ? styled(Style::dim, cell) : cell;
      if (i + 1 < rows_[r].size()) line.append(widths[i] - width_of(cell) + 2, ' ');
    }
    print_line(line);
  }
}

void JsonObject::begin(std::string_view key) {
  if (!members_.empty()) members_ += ",";
  members_ += json_string(key) + ":";
}

JsonObject& JsonObject::text(std::string_view key, std::string_view value) {
  begin(key);
  members_ += json_string(value);
  return *this;
}

JsonObject& JsonObject::text_if_any(std::string_view key, std::string_view value) {
  return value.empty() ? *this : text(key, value);
}

JsonObject& JsonObject::number(std::string_view key, long long value) {
  begin(key);
  members_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::boolean(std::string_view key, bool value) {
  begin(key);
  members_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::raw(std::string_view key, std::string_view json) {
  begin(key);
  members_ += json.empty() ? std::string_view("null") : json;
  return *this;
}

JsonObject& JsonObject::foreign(std::string_view key, std::string_view json) {
  if (const auto compact = compact_json(json)) return raw(key, *compact);
  return text(key, json);
}

std::string JsonObject::str() const { return printable_json("{" + members_ + "}"); }

std::string json_list(const std::vector<std::string>& json_values) {
  std::string text;
  for (const auto& value : json_values) text += (text.empty() ? "" : ",") + value;
  return "[" + text + "]";
}

std::string json_strings(const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  quoted.reserve(values.size());
  for (const auto& value : values) quoted.push_back(json_string(value));
  return json_list(quoted);
}

void name_gateway_in_hints(const std::string& target) { gateway_in_hints() = target; }

std::string error_members(const Error& error) {
  JsonObject object;
  object.text("layer", name_of(error.layer())).text("message", error.message());
  if (error.http_status() != 0) object.number("status", error.http_status());
  object.boolean("retry", error.can_retry());
  if (error.retry_after_ms() != 0) object.number("retry_after_ms", error.retry_after_ms());
  object.boolean("user_action", error.needs_user_action())
      .boolean("sign_in", error.needs_sign_in());
  if (!error.hint().empty()) object.text("hint", hint_of(error));
  return object.str();
}

std::string error_json(const Error& error) {
  return JsonObject().raw("error", error_members(error)).str();
}

int report(const Error& error, bool json) {
  const bool is_printed = json && print_last_line(error_json(error));
  if (!is_printed && !reader_is_gone) note_error(error);
  return exit_code(error.layer());
}

int report_interrupted(bool json) {
  if (json) {
    const auto members = JsonObject().text("layer", "interrupted").text("message", "interrupted");
    print_last_line(JsonObject().raw("error", members.str()).str());
  }
  return kInterrupted;
}

std::string terminal_safe(std::string_view text) { return terminal_safe(text, false); }

void print_line(std::string_view text) {
  static const bool kHasStyles = shows_colour(STDOUT_FILENO);
  const auto safe = terminal_safe(text, kHasStyles);
  std::fwrite(safe.data(), 1, safe.size(), stdout);
  std::fputc('\n', stdout);
  check_output();
}

void check_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  const int code = errno;
  std::clearerr(stdout);
  if (code == EPIPE && ends_by_sigpipe()) reader_is_gone = true;
  throw Error(Layer::store, std::string("cannot write standard output: ") + std::strerror(code));
}

bool is_reader_gone() noexcept { return reader_is_gone; }

void print_done(std::string_view text, const std::string& done) {
  try {
    print_line(text);
  } catch (const Error& error) {
    throw Error(error).with_hint(done);
  }
}

std::string one_line(std::string_view json) {
  if (const auto compact = compact_json(json)) return printable_json(*compact);
  return printable(json, json.size());
}

void print_body(std::string_view body) {
  if (::isatty(STDOUT_FILENO) != 1) {
    std::fwrite(body.data(), 1, body.size(), stdout);
    check_output();
    return;
  }
  while (!body.empty()) {
    const auto end = body.find('\n');
    auto line = body.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    print_line(terminal_safe(line));
    body = end == std::string_view::npos ? std::string_view() : body.substr(end + 1);
  }
}

void note(std::string_view text) {
  static const bool kHasStyles = shows_colour(STDERR_FILENO);
  const auto line = terminal_safe(text, kHasStyles) + "\n";
  std::fflush(stdout);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

Progress::Progress(const std::string& what) : what_(terminal_safe(what)) {
  if (is_progress_disabled || !shows_colour(STDERR_FILENO))
    return;  // nor does it show a line that is written over
  thread_ = std::thread([this] {
    using std::chrono::milliseconds;
    MutexLock lock(mutex_);
    if (ended_.wait_for(mutex_, milliseconds(1'000),
                        [this]() PINTLE_REQUIRES(mutex_) { return done_; }))
      return;
    constexpr const char* kFrames[] = {"⠋", "⠙", "⠸", "⠴", "⠦", "⠇"};
    for (std::size_t i = 0; !done_; ++i) {
      std::fprintf(stderr, "\r%s %s\033[K", kFrames[i % 6], what_.c_str());
      std::fflush(stderr);
      ended_.wait_for(mutex_, milliseconds(120),
                      [this]() PINTLE_REQUIRES(mutex_) { return done_; });
    }
    std::fprintf(stderr, "\r\033[K");
    std::fflush(stderr);
  });
}

Progress::~Progress() { end(); }

void Progress::disable() { is_progress_disabled = true; }

void Progress::update(const std::string& what) {
  const MutexLock lock(mutex_);
  what_ = terminal_safe(what);
}

void Progress::end() {
  {
    const MutexLock lock(mutex_);
    done_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace pintle::cli
