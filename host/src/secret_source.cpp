#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pintle/core/error.h>
#include <pintle/core/printable.h>
#include <pintle/loading/durable_file.h>
#include <pintle/secret_source.h>

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX declares it nowhere

namespace pintle {
namespace {

using Clock = std::chrono::steady_clock;

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

// Reads `fd` to its end, to kMost bytes or to the deadline; says which by throwing.
std::string read_all(int fd, const SecretSource& source, Clock::time_point deadline) {
  std::string text;
  text.reserve(kMost + 1);  // it must not move: a moved string leaves a copy behind
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) throw unusable(source, "it did not end in time");
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (text.size() + static_cast<std::size_t>(got) > kMost) {
      throw unusable(source, "it is longer than 64 KiB");
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  wipe(buffer.data(), buffer.size());
  return text;
}

Secret read_from_command(const SecretSource& source, std::int64_t most_ms) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw unusable(source, std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  std::string shell = "sh";
  std::string option = "-c";
  std::string line = source.where();
  std::array<char*, 4> arguments{shell.data(), option.data(), line.data(), nullptr};
  pid_t child = 0;
  const int failure =
      ::posix_spawn(&child, "/bin/sh", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  int status = 0;
  const auto finish = [&] {
    ::close(pipe[0]);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  };
  if (failure != 0) {
    ::close(pipe[0]);
    throw unusable(source, std::strerror(failure));
  }
  std::string text;
  try {
    text = read_all(pipe[0], source, Clock::now() + std::chrono::milliseconds(most_ms));
  } catch (...) {
    ::kill(child, SIGKILL);
    finish();
    throw;
  }
  finish();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    wipe(text);
    throw unusable(source, WIFEXITED(status)
                               ? "it ended with exit code " + std::to_string(WEXITSTATUS(status))
                               : std::string("it was ended by a signal"));
  }
  return first_line(text);
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

Secret SecretSource::read(std::int64_t most_ms) const {
  switch (kind_) {
    case Kind::file:
      return read_from_file(*this);
    case Kind::command:
      return read_from_command(*this, most_ms);
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
