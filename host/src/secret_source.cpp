#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <pintle/core/error.h>
#include <pintle/core/printable.h>
#include <pintle/loading/durable_file.h>
#include <pintle/secret_source.h>

#include "secret_command.h"

namespace pintle {
namespace {

constexpr std::size_t kMost = 64 * 1024;

Error unusable(const SecretSource& source, const std::string& why) {
  return Error(Layer::config, source.text() + " gives no secret: " + why).with_person();
}

Secret first_line(std::string& text) {
  const auto end = text.find_first_of("\r\n");
  Secret line(std::string_view(text).substr(0, end));
  wipe(text);
  return line;
}

Secret read_from_file(const SecretSource& source) {
  try {
    auto text = read_file(source.where(), kMost);
    if (!text) throw unusable(source, "there is no such file");
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    return Secret::take(*text);
  } catch (const Error& error) {
    if (error.layer() == Layer::config) throw;
    throw unusable(source, error.happened());
  }
}

Secret read_from_environment(const SecretSource& source) {
  const char* value = std::getenv(source.where().c_str());
  if (value == nullptr) throw unusable(source, "it is not set");
  return Secret(value);
}

Secret read_from_command(const SecretSource& source, std::int64_t most_ms,
                         const std::stop_token& cancel) {
  try {
    auto text = output_of_command(source.where(), kMost, most_ms, cancel);
    return first_line(text);
  } catch (const Error& error) {
    throw unusable(source, error.happened());
  }
}

// Standard input can be read once, and the secret may be needed again after a rejection.
Secret read_from_standard_input(const SecretSource& source) {
  static std::mutex mutex;
  static std::optional<Secret> kept;
  const std::lock_guard lock(mutex);
  if (!kept) {
    std::string text;
    text.reserve(kMost + 1);
    char c = 0;
    while (text.size() <= kMost) {
      const auto got = ::read(0, &c, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || c == '\n') break;
      text += c;
    }
    if (text.size() > kMost) throw unusable(source, "its first line is longer than 64 KiB");
    kept = first_line(text);
  }
  return kept->clone();
}

}  // namespace

SecretSource SecretSource::of(Kind kind, std::string_view where) {
  if (kind == Kind::standard_input) return standard_input();
  if (where.empty() ||
      where.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    throw Error(Layer::config, "a secret's file, command or variable is named on one line, and \"" +
                                   printable(where, 60) + "\" is not one");
  }
  if (kind == Kind::file) {
    return {kind,
            std::filesystem::absolute(std::filesystem::path(where)).lexically_normal().string()};
  }
  if (kind == Kind::environment && where.find('=') != std::string_view::npos) {
    // What stands behind the = may be the secret itself, so none of it is shown.
    throw Error(Layer::config, "an environment variable is named without a value");
  }
  return {kind, std::string(where)};
}

Secret SecretSource::read(std::int64_t most_ms, const std::stop_token& cancel) const {
  switch (kind_) {
    case Kind::file:
      return read_from_file(*this);
    case Kind::command:
      return read_from_command(*this, most_ms, cancel);
    case Kind::environment:
      return read_from_environment(*this);
    case Kind::standard_input:
      return read_from_standard_input(*this);
  }
  return {};
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
  }
  return "unknown";
}

bool SecretSource::is_readable_by_all() const noexcept {
  struct stat facts {};
  return kind_ == Kind::file && ::stat(where_.c_str(), &facts) == 0 &&
         (facts.st_mode & S_IROTH) != 0;
}

}  // namespace pintle
