// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/program_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <pintle/core/text/printable.h>

#include "base/cancel_event.h"
#include "base/process_end.h"
#include "base/sigpipe.h"
#include "program_scheme/replies.h"

namespace pintle::program {
namespace {

using std::chrono::milliseconds;

constexpr int kLookEveryMs = 50;  // for its end, where no descriptor tells it
constexpr std::size_t kMaxErrors = 4096;
constexpr std::size_t kMaxErrorLine = 200;

std::string text_of(milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

template <class Clock>
int left_ms(std::chrono::time_point<Clock> deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

// Waits up to `limit` for the program to end; does not reap it.
bool ends_within(pid_t pid, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (true) {
    siginfo_t facts{};
    const auto code = ::waitid(P_PID, static_cast<id_t>(pid), &facts, WEXITED | WNOHANG | WNOWAIT);
    if (code != 0 || facts.si_pid == pid) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

// Kills the group and its leader, which is not reaped yet: nobody else has its id. Then waits for
// it.
std::string reap(pid_t pid) {
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);
  int status = 0;
  pid_t reaped = -1;
  do {
    reaped = ::waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return "ended";  // the app waits for all children, or ignores SIGCHLD
  if (WIFEXITED(status)) return "ended with exit code " + std::to_string(WEXITSTATUS(status));
  const char* name = ::sigabbrev_np(WTERMSIG(status));
  return name != nullptr ? std::string("was killed by SIG") + name : "was killed by a signal";
}

}  // namespace

ProgramProcess::ProgramProcess(ProgramCommand command)
    : command_(std::move(command)), display_(command_.program) {
  try {
    thread_ = std::thread(&ProgramProcess::run, this);
  } catch (const std::system_error&) {
    throw Error(Layer::plugin,
                command_.program.string() + ": cannot create a thread for the program")
        .with_retry();
  }
  try {
    await_start();
  } catch (...) {
    thread_.join();
    throw;
  }
}

ProgramProcess::~ProgramProcess() {
  stop({Ending::Kind::stopped, "was stopped"});
  thread_.join();
  wipe(errors_);
}

void ProgramProcess::await_start() {
  MutexLock lock(mutex_);
  changed_.wait(mutex_, [&]() PINTLE_REQUIRES(mutex_) { return is_started_ || start_failure_; });
  if (start_failure_) throw *start_failure_;
}

std::uint64_t ProgramProcess::new_id() {
  const MutexLock lock(mutex_);
  return ++last_id_;
}

std::optional<Secret> ProgramProcess::call(std::uint64_t id, std::string_view request,
                                           milliseconds limit, std::string_view method) {
  const auto deadline = Clock::now() + limit;
  const auto hung = [&] {
    return Ending{Ending::Kind::hung, "did not answer \"" + std::string(method) + "\" within " +
                                          text_of(limit) + " and was stopped"};
  };
  {
    const MutexLock lock(mutex_);
    if (ending_) return std::nullopt;
    replies_.emplace(id, std::nullopt);
  }
  if (!write_line(request, deadline) && Clock::now() >= deadline) stop(hung());
  MutexLock lock(mutex_);
  const auto is_over = [&]() PINTLE_REQUIRES(mutex_) { return replies_[id] || ending_; };
  if (!changed_.wait_until(mutex_, deadline, is_over)) {
    lock.unlock();
    stop(hung());
    lock.lock();
    changed_.wait(mutex_, is_over);
  }
  auto reply = std::move(replies_[id]);
  replies_.erase(id);
  return reply;
}

void ProgramProcess::notify(std::string_view line, milliseconds limit) {
  if (!ending()) write_line(line, Clock::now() + limit);
}

// A line that was written in part is followed by nothing: the program is stopped.
bool ProgramProcess::write_line(std::string_view line, Clock::time_point deadline) {
  const MutexLock lock(write_mutex_);
  net::SigpipeBlock pipes;
  const std::array<std::string_view, 2> parts{line, "\n"};
  bool is_begun = false;
  for (auto part : parts) {
    while (!part.empty()) {
      const auto put = input_ ? ::write(input_.get(), part.data(), part.size()) : -1;
      if (put > 0) {
        is_begun = true;
        part.remove_prefix(static_cast<std::size_t>(put));
        continue;
      }
      if (input_ && errno == EINTR) continue;
      if (!input_ || errno != EAGAIN) {
        pipes.broke();
        return false;  // it has ended, or is about to
      }
      pollfd waiting{input_.get(), POLLOUT, 0};
      const int wait_ms = left_ms(deadline);
      if (wait_ms == 0 || is_stopped()) {
        if (is_begun) stop({Ending::Kind::hung, "did not read its standard input and was stopped"});
        return false;
      }
      ::poll(&waiting, 1, std::min(wait_ms, 100));
    }
  }
  return true;
}

std::optional<Ending> ProgramProcess::ending() const {
  const MutexLock lock(mutex_);
  return ending_;
}

std::string ProgramProcess::last_error_line() const {
  const MutexLock lock(mutex_);
  std::string_view text = errors_;
  const auto last = text.find_last_not_of(" \t\r\n");
  if (last == std::string_view::npos) return {};
  text = text.substr(0, last + 1);
  const auto begin = text.rfind('\n');
  return printable(begin == std::string_view::npos ? text : text.substr(begin + 1), kMaxErrorLine);
}

bool ProgramProcess::is_stopped() const { return stop_.stop_requested(); }

void ProgramProcess::stop(Ending ending) {
  {
    const MutexLock lock(mutex_);
    if (ending_) return;
    ending_ = std::move(ending);
    changed_.notify_all();
  }
  stop_.request_stop();
}

void ProgramProcess::run() {
  SpawnedProgram program;
  try {
    program = spawn_program(command_);
  } catch (const Error& error) {
    const MutexLock lock(mutex_);
    start_failure_ = error;
    changed_.notify_all();
    return;
  }
  {
    const MutexLock lock(write_mutex_);
    input_ = std::move(program.input);
  }
  {
    const MutexLock lock(mutex_);
    is_started_ = true;
    changed_.notify_all();
  }
  try {
    serve(program);
  } catch (const std::exception&) {  // no memory, or no descriptor
    stop({Ending::Kind::hung, "could not be served"});
  }
  finish(program);
}

// Until the program ends or is stopped.
void ProgramProcess::serve(SpawnedProgram& program) {
  const CancelEvent stopped(stop_.get_token());
  // Without such a descriptor it is looked for.
  const auto end = open_process_end(program.pid);
  LineSplitter lines;
  std::array<pollfd, 4> waiting{pollfd{program.output.get(), POLLIN, 0},
                                pollfd{program.errors.get(), POLLIN, 0},
                                pollfd{end.get(), POLLIN, 0}, pollfd{stopped.fd(), POLLIN, 0}};
  while (!is_stopped()) {
    ::poll(waiting.data(), waiting.size(), end ? -1 : kLookEveryMs);
    const bool has_ended =
        end ? (waiting[2].revents & POLLIN) != 0 : ends_within(program.pid, milliseconds(0));
    if (!read_errors(program.errors.get())) waiting[1].fd = -1;
    // In this order: what it wrote before its end is then in the pipe.
    if (!read_output(program.output.get(), lines) || has_ended) return;
  }
}

bool ProgramProcess::read_output(int fd, LineSplitter& lines) {
  std::array<char, 16 * 1024> bytes{};
  while (!is_stopped()) {
    const auto got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const auto size = static_cast<std::size_t>(got);
    const bool fits = lines.add({bytes.data(), size}, [&](auto line) { take_line(line); });
    wipe(bytes.data(), size);
    if (!fits) stop({Ending::Kind::garbage, "wrote a line of more than 1 MiB and was stopped"});
  }
  return false;
}

bool ProgramProcess::read_errors(int fd) {
  std::array<char, 4096> bytes{};
  // Not without an end: a program may write without one.
  for (int pieces = 0; pieces < 16; ++pieces) {
    const auto got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    display_.add({bytes.data(), static_cast<std::size_t>(got)});
    const MutexLock lock(mutex_);
    errors_.append(bytes.data(), static_cast<std::size_t>(got));
    if (errors_.size() > kMaxErrors) errors_.erase(0, errors_.size() - kMaxErrors);
  }
  return true;
}

void ProgramProcess::take_line(std::string_view line) {
  const auto id = id_of_reply(line);
  {
    const MutexLock lock(mutex_);
    if (ending_) return;  // what follows a line that is no reply may have come in the same read
    const auto waiting = id ? replies_.find(*id) : replies_.end();
    if (waiting != replies_.end() && !waiting->second) {
      waiting->second = Secret(line);
      changed_.notify_all();
      return;
    }
  }
  stop({Ending::Kind::garbage, id ? "answered a request that was not sent and was stopped"
                                  : "wrote a line that is no reply and was stopped"});
}

void ProgramProcess::finish(SpawnedProgram& program) {
  {
    const MutexLock lock(write_mutex_);
    input_.close();
  }
  const auto why = ending();
  // Its output is no longer read: a program that goes on writing is killed as well.
  const bool has_ended =
      (!why || why->kind == Ending::Kind::stopped) ? ends_within(program.pid, kEndLimit) : false;
  read_errors(program.errors.get());
  auto how = reap(program.pid);
  stop({Ending::Kind::own, has_ended ? std::move(how) : "closed its output and was stopped"});
}

}  // namespace pintle::program
