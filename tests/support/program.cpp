// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <gtest/gtest.h>

namespace pintle::test {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    read = ends[0];
    write = ends[1];
  }
  int read;
  int write;
};

struct Child {
  pid_t pid = 0;
  int in = -1;
  int out = -1;
  int err = -1;
};

Child start(const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment) {
  const Pipe in;
  const Pipe out;
  const Pipe err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write, 1);
  posix_spawn_file_actions_adddup2(&actions, err.write, 2);
  std::vector<std::string> words{PINTLE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  auto lines = environment;
  std::vector<char*> envp;
  for (auto& line : lines) envp.push_back(line.data());
  envp.push_back(nullptr);
  // The terminal of the tests is not the program's.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  Child child;
  const int failure =
      ::posix_spawn(&child.pid, PINTLE_PROGRAM, &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(in.read);
  ::close(out.write);
  ::close(err.write);
  if (failure != 0) throw std::runtime_error("cannot start " PINTLE_PROGRAM);
  child.in = in.write;
  child.out = out.read;
  child.err = err.read;
  return child;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Returns false at the end of the stream.
bool read_some(int fd, std::string& into) {
  std::array<char, 65536> buffer{};
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace

Program::Program() {
  // A closed pipe must fail the test, not end it.
  ::signal(SIGPIPE, SIG_IGN);
  for (const char* name :
       {"PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name)) environment_[name] = value;
  }
  environment_["HOME"] = home_.path().string();
  environment_["XDG_CONFIG_HOME"] = (home_ / "config").string();
  environment_["XDG_DATA_HOME"] = (home_ / "data").string();
  environment_["XDG_STATE_HOME"] = (home_ / "state").string();
  environment_["XDG_CACHE_HOME"] = (home_ / "cache").string();
}

std::vector<std::string> Program::environment() const {
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment_) lines.push_back(name + "=" + value);
  return lines;
}

std::filesystem::path Program::install(const std::filesystem::path& library) {
  // A build without the cage refuses what a test installs, unless it is trusted.
  if (const char* cage = std::getenv("PINTLE_TEST_CAGE"); cage != nullptr) {
    const auto rules = connections().parent_path() / "plugins.json";
    std::filesystem::create_directories(rules.parent_path());
    if (!std::filesystem::exists(rules)) std::ofstream(rules) << R"({"cage": ")" << cage << "\"}";
  }
  std::filesystem::create_directories(plugins());
  const auto copy = plugins() / library.filename();
  std::filesystem::copy_file(library, copy);
  const auto manifest = std::filesystem::path(library).replace_extension(".json");
  if (std::filesystem::exists(manifest)) {
    std::filesystem::copy_file(manifest, plugins() / manifest.filename());
  }
  return copy;
}

std::string Program::secret_file(const std::string& name, const std::string& text) {
  const auto file = home_ / name;
  write_text(file, text);
  ::chmod(file.c_str(), 0600);
  return file.string();
}

Ran Program::run(const std::vector<std::string>& arguments, const std::string& input) {
  const auto begin = Clock::now();
  const auto child = start(arguments, environment());
  Ran ran;
  std::string_view rest = input;
  bool in_open = true;
  std::array<bool, 2> open{true, true};
  while (open[0] || open[1]) {
    if (in_open && rest.empty()) {
      ::close(child.in);
      in_open = false;
    }
    std::array<pollfd, 3> waiting{pollfd{open[0] ? child.out : -1, POLLIN, 0},
                                  pollfd{open[1] ? child.err : -1, POLLIN, 0},
                                  pollfd{in_open ? child.in : -1, POLLOUT, 0}};
    if (::poll(waiting.data(), waiting.size(), 60'000) == 0) ::kill(child.pid, SIGKILL);
    if (waiting[0].revents != 0) open[0] = read_some(child.out, ran.out);
    if (waiting[1].revents != 0) open[1] = read_some(child.err, ran.err);
    if (waiting[2].revents != 0) {
      const auto put = ::write(child.in, rest.data(), rest.size());
      rest.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : rest.size());
    }
  }
  if (in_open) ::close(child.in);
  ::close(child.out);
  ::close(child.err);
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  ran.code = exit_code_of(status);
  ran.duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
  return ran;
}

Running::Running(const Program& program, const std::vector<std::string>& arguments) {
  const auto child = start(arguments, program.environment());
  pid_ = child.pid;
  in_ = child.in;
  out_ = child.out;
  err_ = child.err;
}

Running::~Running() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  finish();
}

const std::string& Running::wait_for(const std::string& text) {
  const auto until = Clock::now() + std::chrono::seconds(10);
  while (output_.find(text) == std::string::npos) {
    pollfd waiting{out_, POLLIN, 0};
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0 ||
        !read_some(out_, output_)) {
      ADD_FAILURE() << "did not say \"" << text << "\" but:\n" << output_;
      break;
    }
  }
  return output_;
}

void Running::type(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto put = ::write(in_, rest.data(), rest.size());
    if (put <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

void Running::close_input() {
  if (in_ >= 0) ::close(std::exchange(in_, -1));
}

void Running::signal(int number) { ::kill(pid_, number); }

Ran Running::finish() {
  close_input();
  Ran ran;
  bool out = true;
  bool err = true;
  while (out || err) {
    std::array<pollfd, 2> waiting{pollfd{out ? out_ : -1, POLLIN, 0},
                                  pollfd{err ? err_ : -1, POLLIN, 0}};
    if (::poll(waiting.data(), waiting.size(), 30'000) == 0) ::kill(pid_, SIGKILL);
    if (waiting[0].revents != 0) out = read_some(out_, output_);
    if (waiting[1].revents != 0) err = read_some(err_, ran.err);
  }
  ::close(out_);
  ::close(err_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  ran.code = exit_code_of(status);
  ran.out = output_;
  return ran;
}

AtTerminal::AtTerminal(const Program& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{PINTLE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  auto lines = program.environment();
  std::vector<char*> envp;
  for (auto& line : lines) envp.push_back(line.data());
  envp.push_back(nullptr);
  int its_end = -1;
  if (::openpty(&terminal_, &its_end, nullptr, nullptr, nullptr) != 0) {
    throw std::runtime_error("no terminal");
  }
  // Kept open here as well, so that its state can be checked after the program has ended.
  kept_open_ = its_end;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(terminal_);
    ::login_tty(its_end);
    ::execve(PINTLE_PROGRAM, argv.data(), envp.data());
    ::_exit(127);
  }
}

AtTerminal::~AtTerminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(terminal_);
  ::close(kept_open_);
}

const std::string& AtTerminal::wait_for(const std::string& text) {
  const auto until = Clock::now() + std::chrono::seconds(10);
  while (output_.find(text) == std::string::npos) {
    pollfd waiting{terminal_, POLLIN, 0};
    if (Clock::now() > until || ::poll(&waiting, 1, 1'000) < 0) {
      ADD_FAILURE() << "the terminal never showed \"" << text << "\", but: " << output_;
      return output_;
    }
    if (waiting.revents != 0 && !read_some(terminal_, output_)) break;
  }
  return output_;
}

void AtTerminal::type(const std::string& text) {
  ASSERT_EQ(::write(terminal_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

bool AtTerminal::echoes() const {
  termios state{};
  return ::tcgetattr(terminal_, &state) == 0 && (state.c_lflag & ECHO) != 0;
}

Ran AtTerminal::finish() {
  Ran ran;
  int status = 0;
  const auto until = Clock::now() + std::chrono::seconds(60);
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    pollfd waiting{terminal_, POLLIN, 0};
    if (::poll(&waiting, 1, 50) > 0) read_some(terminal_, output_);
    if (Clock::now() > until) ::kill(pid_, SIGKILL);
  }
  pid_ = 0;
  pollfd rest{terminal_, POLLIN, 0};
  while (::poll(&rest, 1, 0) > 0 && read_some(terminal_, output_)) {
  }
  ran.code = exit_code_of(status);
  ran.out = output_;
  return ran;
}

}  // namespace pintle::test
