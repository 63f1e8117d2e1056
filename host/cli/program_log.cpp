// SPDX-License-Identifier: Apache-2.0
#include "program_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <pintle/core/text/printable.h>

#include "output.h"

namespace pintle::cli {
namespace {

constexpr std::size_t kAreaWidth = 8;
constexpr std::size_t kEventWidth = 18;
constexpr std::size_t kMaxText = 400;

LogLevel level_of(std::size_t times_verbose) {
  constexpr std::array kLevels = {LogLevel::off, LogLevel::info, LogLevel::debug, LogLevel::trace};
  return kLevels[std::min(times_verbose, kLevels.size() - 1)];
}

// Three digits behind the point: microseconds, for a field in milliseconds.
std::string number_text(double number) {
  if (!std::isfinite(number)) return "0";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f", number);
  return text.data();
}

std::string clock_text(std::int64_t time_ms, bool is_utc) {
  const auto seconds = static_cast<std::time_t>(time_ms / 1000);
  std::tm parts{};
  std::array<char, 32> text{};
  if (is_utc) {
    ::gmtime_r(&seconds, &parts);
  } else {
    ::localtime_r(&seconds, &parts);
  }
  std::strftime(text.data(), text.size(), is_utc ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(time_ms % 1000));
  return std::string(text.data()) + fraction.data() + (is_utc ? "Z" : "");
}

Style style_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return Style::bad;
    case LogLevel::warn:
      return Style::warn;
    case LogLevel::info:
      return Style::good;
    default:
      return Style::dim;
  }
}

// In quotes if it would not be read as one word.
std::string word_of(std::string_view text) {
  const auto safe = printable(text, kMaxText);
  return safe.empty() || safe.find_first_of(" \"=") != std::string::npos ? "\"" + safe + "\""
                                                                         : safe;
}

std::string value_text(const LogValue& value) {
  switch (value.kind()) {
    case LogValue::Kind::integer:
      return std::to_string(value.integer());
    case LogValue::Kind::number:
      return number_text(value.number());
    case LogValue::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case LogValue::Kind::text:
      return word_of(value.text());
  }
  return {};
}

Error trace_error(const std::string& what, const std::string& file, int code) {
  return Error(Layer::store,
               "cannot " + what + " the trace file " + printable(file) + ": " + std::strerror(code))
      .with_user_action()
      .with_hint("Pass a writable file to --trace.");
}

UniqueFd open_trace(const std::string& file) {
  // In a folder that others may write, a link of theirs may name a file of this user.
  struct stat link {};
  if (::lstat(file.c_str(), &link) == 0 && S_ISLNK(link.st_mode) && link.st_uid != ::geteuid() &&
      link.st_uid != 0) {
    throw trace_error("use", file, EPERM);
  }
  // Nothing is changed before it is known whose file it is; a pipe that nobody reads does not
  // block.
  UniqueFd fd(::open(file.c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                     S_IRUSR | S_IWUSR));
  if (!fd) throw trace_error("create", file, errno);
  // One that was there before may be open to others. A terminal or a pipe stays as it is.
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) throw trace_error("read", file, errno);
  const bool is_file = S_ISREG(facts.st_mode) || S_ISFIFO(facts.st_mode);
  if (is_file && facts.st_uid != ::geteuid()) throw trace_error("use", file, EPERM);
  if (S_ISREG(facts.st_mode) && ::ftruncate(fd.get(), 0) != 0) {
    throw trace_error("empty", file, errno);
  }
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  if (S_ISREG(facts.st_mode) && (facts.st_mode & 0077) != 0 &&
      ::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) {
    throw trace_error("change the mode of", file, errno);
  }
  return fd;
}

// Whether both go to the same terminal or file (`2>&1`), and whoever reads them gets both.
bool outputs_are_one() {
  struct stat out {};
  struct stat err {};
  return ::fstat(STDOUT_FILENO, &out) == 0 && ::fstat(STDERR_FILENO, &err) == 0 &&
         out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

}  // namespace

std::string log_line(const LogRecord& record) {
  auto line = clock_text(record.time_ms, false) + " " +
              styled_note(style_of(record.level), padded(name_of(record.level), 5)) + " " +
              padded(record.area, kAreaWidth) + " " + padded(record.event, kEventWidth);
  for (const auto& field : record.fields) {
    line.append(" ").append(field.name.view()).append("=").append(value_text(field.value));
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string trace_line(const LogRecord& record) {
  JsonObject object;
  object.text("time", clock_text(record.time_ms, true))
      .text("level", name_of(record.level))
      .text("connection", record.connection)
      .text("area", record.area)
      .text("event", record.event);
  for (const auto& field : record.fields) {
    const auto& value = field.value;
    if (value.kind() == LogValue::Kind::text) {
      object.text(field.name.view(), value.text());
    } else {
      object.raw(field.name.view(), value_text(value));
    }
  }
  return object.str();
}

ProgramLog& ProgramLog::instance() {
  // Never destroyed: an abandoned dial may still write to it while the program ends.
  static auto* made = new ProgramLog;
  return *made;
}

void ProgramLog::begin(const Invocation& invocation) {
  display_level_ = level_of(invocation.count("verbose"));
  if (display_level_ != LogLevel::off) Progress::disable();
  if (const auto file = invocation.get("trace")) {
    if (*file == "-") {
      throw UsageError(
          "--trace needs a file: standard output has the result. For standard error, use --trace "
          "/dev/stderr");
    }
    trace_file_ = *file;
    const MutexLock lock(mutex_);
    trace_ = open_trace(trace_file_);
  }
}

void ProgramLog::leave_out(std::set<std::string_view> events) {
  if (!outputs_are_one()) return;
  const MutexLock lock(mutex_);
  left_out_ = std::move(events);
}

LogOptions ProgramLog::options() {
  const auto traced = trace_file_.empty() ? LogLevel::off : LogLevel::debug;
  return {.level = std::max(display_level_, traced),
          .function = [this](const LogRecord& record) { take(record); }};
}

void ProgramLog::take(const LogRecord& record) {
  // One at a time, so that the lines of both are in the same order.
  const MutexLock lock(mutex_);
  const bool is_shown = record.level <= display_level_ && !left_out_.contains(record.event);
  if (is_shown) note(log_line(record));
  if (trace_ && record.level <= LogLevel::debug) write_trace(trace_line(record) + "\n");
}

// After the first failure nothing more is written: a hole in the file would not be seen.
void ProgramLog::write_trace(const std::string& line) {
  std::string_view left = line;
  while (!left.empty() && !trace_failure_) {
    const auto written = ::write(trace_.get(), left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      trace_failure_ = trace_error("write", trace_file_, errno);
    }
  }
}

int ProgramLog::finish(int code) {
  std::optional<Error> failure;
  {
    const MutexLock lock(mutex_);
    if (trace_ && trace_.close() != 0 && !trace_failure_) {
      trace_failure_ = trace_error("write", trace_file_, errno);
    }
    failure = trace_failure_;
  }
  if (!failure) return code;
  const int own = report(*failure, false);  // standard output has the command's own result
  return code == kOk ? own : code;
}

}  // namespace pintle::cli
