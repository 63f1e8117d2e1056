// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/spawn_program.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>

#include "base/child_start.h"

namespace pintle::program {
namespace {

constexpr int kReportFd = 3;
static_assert(kReportFd < kGivenFd);

Error failed(const std::filesystem::path& file, int error) {
  Error made(Layer::plugin,
             file.string() + ": the program cannot be started: " + std::strerror(error));
  made.with_user_action();
  if (error == EACCES) made.with_hint("Make it executable: chmod u+x " + file.string());
  if (error == ENOENT) {
    made.with_hint("Install the interpreter that its first line names, in a folder of PATH.");
  }
  if (error == ENOEXEC) made.with_hint("Begin it with a line such as #!/usr/bin/env python3.");
  return made;
}

// The program's end is above its descriptors: dup2 onto the same number would keep close-on-exec.
DescriptorPair make_pipe(const std::filesystem::path& file, bool program_reads) {
  auto pipe = open_pipe();
  if (!pipe.first) throw failed(file, errno);
  auto& programs = program_reads ? pipe.first : pipe.second;
  const auto& ours = program_reads ? pipe.second : pipe.first;
  programs = UniqueFd(::fcntl(programs.get(), F_DUPFD_CLOEXEC, kReportFd + 1));
  if (!programs || ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) throw failed(file, errno);
  return pipe;
}

struct Child {
  const char* file;
  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  int errors;
  int report;
  int given;
  pid_t parent;
};

// Runs in the child, where only async-signal-safe functions are allowed: another thread may have
// held any lock. Not inline: its variables must not be in the frame to which the parent returns.
[[noreturn]] [[gnu::noinline]] void become(const Child& child) noexcept {
  ::setsid();
  end_with_parent();
  // The parent may have ended before.
  if (::getppid() != child.parent) ::_exit(127);
  ::dup2(child.input, 0);
  ::dup2(child.output, 1);
  ::dup2(child.errors, 2);
  ::dup2(child.report, kReportFd);
  ::fcntl(kReportFd, F_SETFD, FD_CLOEXEC);
  if (child.given >= 0) ::dup2(child.given, kGivenFd);
  close_from(child.given >= 0 ? kGivenFd + 1 : kReportFd + 1);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &usual, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir("/") == 0) ::execve(child.file, child.arguments, child.environment);
  const int error = errno;
  [[maybe_unused]] const auto put = ::write(kReportFd, &error, sizeof error);
  ::_exit(127);
}

// Returns the errno with which the program could not be started; 0 if it was.
int read_report(int fd) {
  int error = 0;
  while (true) {
    const auto got = ::read(fd, &error, sizeof error);
    if (got < 0 && errno == EINTR) continue;
    return got == static_cast<ssize_t>(sizeof error) ? error : 0;
  }
}

std::string variable(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return std::string(name) + "=" + (value != nullptr ? value : otherwise);
}

// With every signal blocked: a handler must not run in the child. Until exec the child may have
// this process's memory, and changes only what is on the stack, and errno.
pid_t start(const Child& child) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto pid =
      fork_into([](const void* given) { become(*static_cast<const Child*>(given)); }, &child);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

}  // namespace

SpawnedProgram spawn_program(const ProgramCommand& command) {
  const auto& file = command.program;
  auto input = make_pipe(file, true);
  auto output = make_pipe(file, false);
  auto errors = make_pipe(file, false);
  auto report = make_pipe(file, false);
  // Ours is read until the child's copy is closed, by exec or by its end.
  ::fcntl(report.first.get(), F_SETFL, 0);
  // Above its number in the child, where what is copied before would otherwise overwrite it.
  const UniqueFd given(
      command.descriptor < 0 ? -1 : ::fcntl(command.descriptor, F_DUPFD_CLOEXEC, kGivenFd + 1));
  if (command.descriptor >= 0 && !given) throw failed(file, errno);
  std::string name = file.string();
  auto given_arguments = command.arguments;
  std::vector<char*> arguments{name.data()};
  arguments.reserve(given_arguments.size() + 2);
  for (auto& argument : given_arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::string path = variable("PATH", "/usr/local/bin:/usr/bin:/bin");
  std::string language = variable("LANG", "C.UTF-8");
  const std::array<char*, 3> environment{command.has_environment ? path.data() : nullptr,
                                         language.data(), nullptr};
  const auto pid = start({.file = name.c_str(),
                          .arguments = arguments.data(),
                          .environment = environment.data(),
                          .input = input.first.get(),
                          .output = output.second.get(),
                          .errors = errors.second.get(),
                          .report = report.second.get(),
                          .given = given.get(),
                          .parent = ::getpid()});
  if (pid < 0) throw failed(file, errno);
  report.second.close();
  if (const int error = read_report(report.first.get()); error != 0) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw failed(file, error);
  }
  // By exec or its end the child is in its own session.
  return {pid, std::move(input.second), std::move(output.first), std::move(errors.first)};
}

}  // namespace pintle::program
