// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/files/durable_file.h>
#include <pintle/secret_source.h>

#include "base/cancel_event.h"
#include "base/mutex.h"
#include "settings/secret_command.h"
#include "settings/secret_text.h"

namespace pintle {
namespace {

constexpr std::size_t kMax = 64 * 1024;

// Each of these takes the raw bytes and wipes them.
Secret first_line(std::string bytes) {
  auto text = as_utf8(std::move(bytes));
  const auto end = text.find_first_of("\r\n");
  Secret line(std::string_view(text).substr(0, end));
  wipe(text);
  return line;
}

Secret without_last_line_break(std::string bytes) {
  auto text = as_utf8(std::move(bytes));
  const auto end = text.find_last_not_of("\r\n");
  Secret all(std::string_view(text).substr(0, end == std::string::npos ? 0 : end + 1));
  wipe(text);
  return all;
}

// Without the path, which the caller's message has already.
std::string bytes_of_file(const std::string& file) {
  try {
    auto bytes = read_file(file, kMax);
    if (!bytes) throw Error(Layer::config, "no such file");
    return std::move(*bytes);
  } catch (const Error& error) {
    std::string why = error.message();
    for (const auto& begin : {"cannot read " + file + ": ", file + " "}) {
      if (!why.starts_with(begin)) continue;
      why.erase(0, begin.size());
      if (begin.starts_with(file)) why.insert(0, "it ");
      break;
    }
    throw Error(Layer::config, why);
  }
}

std::string value_of_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) throw Error(Layer::config, "it is not set");
  return value;
}

// Reads byte by byte: what follows the line belongs to another reader.
std::string line_of_standard_input(const std::stop_token& cancel) {
  const CancelEvent cancelled(cancel);
  std::string bytes;
  bytes.reserve(kMax + 1);
  char c = 0;
  while (!ends_with_line_feed(bytes)) {
    std::array<pollfd, 2> waiting{pollfd{STDIN_FILENO, POLLIN, 0},
                                  pollfd{cancelled.fd(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (cancel.stop_requested()) throw Error(Layer::config, "it was cancelled");
    const auto got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) break;
    if (bytes.size() == kMax) {
      wipe(bytes);
      throw Error(Layer::config, "its first line is longer than 64 KiB");
    }
    bytes += c;
  }
  return bytes;
}

// Caches the line: standard input can be read once, but a retry after a rejection needs it again.
Secret read_from_standard_input(const std::stop_token& cancel) {
  static Mutex mutex;
  static std::optional<Secret> kept;
  const MutexLock lock(mutex);
  if (!kept) kept = first_line(line_of_standard_input(cancel));
  return kept->clone();
}

// What an app gives is taken as it is, but for its size.
Secret given_by(const SecretSource::Function& app, std::int64_t timeout_ms,
                const std::stop_token& cancel) {
  Secret secret;
  try {
    secret = app(timeout_ms, cancel);
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    throw Error(Layer::config, "its function failed");
  }
  if (secret.size() > kMax) throw Error(Layer::config, "it is longer than 64 KiB");
  return secret;
}

}  // namespace

SecretSource SecretSource::memory(Secret secret) {
  SecretSource source{Kind::memory, ""};
  const auto kept = std::make_shared<const Secret>(std::move(secret));
  source.read_ = std::make_shared<const Function>(
      [kept](std::int64_t, const std::stop_token&) { return kept->clone(); });
  return source;
}

SecretSource SecretSource::function(Function read) {
  if (!read) throw Error(Layer::config, "a secret's function is empty");
  SecretSource source{Kind::function, ""};
  source.read_ = std::make_shared<const Function>(std::move(read));
  return source;
}

SecretSource SecretSource::of(Kind kind, std::string_view where) {
  if (kind == Kind::standard_input) return standard_input();
  if (kind == Kind::memory || kind == Kind::function) {
    // `where` may be the secret itself, so the message shows none of it.
    throw Error(Layer::config, "a secret in memory or from a function is not named by a text");
  }
  if (where.empty() ||
      where.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    throw Error(Layer::config, "a secret's file, command or variable must be one line, not \"" +
                                   printable(where, 60) + "\"");
  }
  if (kind == Kind::file) {
    return {kind,
            std::filesystem::absolute(std::filesystem::path(where)).lexically_normal().string()};
  }
  if (kind == Kind::environment && where.find('=') != std::string_view::npos) {
    // The text after the = may be the secret itself, so the message shows none of it.
    throw Error(Layer::config, "expected the name of an environment variable, without a value");
  }
  return {kind, std::string(where)};
}

Secret SecretSource::read(std::int64_t timeout_ms, const std::stop_token& cancel) const {
  try {
    switch (kind_) {
      case Kind::file:
        return without_last_line_break(bytes_of_file(where_));
      case Kind::command:
        return first_line(output_of_command(where_, kMax, timeout_ms, cancel));
      case Kind::environment:
        return without_last_line_break(value_of_variable(where_));
      case Kind::standard_input:
        return read_from_standard_input(cancel);
      case Kind::memory:
      case Kind::function:
        return given_by(*read_, timeout_ms, cancel);
    }
    return {};
  } catch (const Error& error) {
    throw Error(Layer::config, "cannot read a secret from " + text() + ": " + error.message())
        .with_user_action();
  }
}

std::string SecretSource::text() const {
  switch (kind_) {
    case Kind::file:
      return "file " + printable(where_, 300);
    case Kind::command:
      return "command \"" + printable(where_, 300) + "\"";
    case Kind::environment:
      return "environment variable " + printable(where_, 300);
    case Kind::standard_input:
      return "standard input";
    case Kind::memory:
      return "this program's memory";
    case Kind::function:
      return "a function of this program";
  }
  return "unknown";
}

bool SecretSource::is_readable_by_all() const noexcept {
  struct stat facts {};
  return kind_ == Kind::file && ::stat(where_.c_str(), &facts) == 0 &&
         (facts.st_mode & S_IROTH) != 0;
}

}  // namespace pintle
