// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/files/descriptors.h>
#include <pintle/files/durable_file.h>
#include <pintle/files/unique_fd.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/trusted_file.h>

namespace pintle::loading {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxMemory = 1 << 20;

// The answer of a child, and how it ended.
struct Ending {
  std::string output;
  int status = 0;
  bool timed_out = false;
};

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

constexpr int kAnswerFd = 3;
constexpr int kCopyFd = 4;

std::string new_number() {
  std::array<unsigned char, 16> bytes{};
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw Error(Layer::plugin, "cannot generate random bytes");
  }
  return hex(bytes.data(), bytes.size());
}

// Until the child closes its end, or the time is over.
void read_answer(int fd, Clock::time_point deadline, Ending& ending) {
  std::array<char, 1024> buffer{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ending.timed_out = true;
      return;
    }
    const auto got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    if (ending.output.size() < 2048)
      ending.output.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

// Until the child ends, or the time is over. Kills what the library has started in its group.
void await_end(pid_t child, Clock::time_point deadline, Ending& ending) {
  // A library that closes the socket and keeps running fails like one that does not answer.
  while (!ending.timed_out) {
    siginfo_t facts{};
    if (::waitid(P_PID, static_cast<id_t>(child), &facts, WEXITED | WNOHANG | WNOWAIT) != 0) {
      return;  // the app waits for all children, or ignores SIGCHLD
    }
    if (facts.si_pid == child) break;
    ending.timed_out = Clock::now() >= deadline;
    if (!ending.timed_out) ::usleep(500);
  }
  // Nobody else has these ids until it is reaped.
  ::kill(-child, SIGKILL);
  ::kill(child, SIGKILL);
  while (::waitpid(child, &ending.status, 0) < 0 && errno == EINTR) {
  }
}

Ending run_child(const std::filesystem::path& program, const std::filesystem::path& file, int copy,
                 const std::string& number, int timeout_ms) {
  auto [parent_end, child_end] = open_socket_pair();
  if (!parent_end) {
    throw Error(Layer::plugin, std::string("cannot create a socket: ") + std::strerror(errno));
  }
  // Above the child's descriptor numbers: dup2 onto the same number would keep close-on-exec.
  UniqueFd high(::fcntl(child_end.get(), F_DUPFD_CLOEXEC, kCopyFd + 1));
  const UniqueFd high_copy(copy < 0 ? -1 : ::fcntl(copy, F_DUPFD_CLOEXEC, kCopyFd + 1));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  posix_spawn_file_actions_adddup2(&actions, 0, 2);
  posix_spawn_file_actions_adddup2(&actions, high.get(), kAnswerFd);
  if (copy >= 0) posix_spawn_file_actions_adddup2(&actions, high_copy.get(), kCopyFd);
  // An empty environment: this process's may contain a token.
  std::array<char*, 1> environment{nullptr};
  std::string name = program.string();
  std::string option = copy < 0 ? "--answer" : "--answer-for-copy";
  std::string argument = file.string();
  std::array<char*, 4> arguments{name.data(), option.data(), argument.data(), nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, program.c_str(), &actions, &attributes,
                                    arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  child_end = UniqueFd(-1);
  high = UniqueFd(-1);
  if (failure != 0) {
    throw Error(Layer::plugin, file.string() + ": cannot be checked: " + program.string() + ": " +
                                   std::strerror(failure))
        .with_hint("Reinstall Pintle, or set HostOptions::paths.load_check_program.");
  }
  [[maybe_unused]] const auto put =
      ::send(parent_end.get(), number.data(), number.size(), kWithoutSignal);
  Ending ending;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  read_answer(parent_end.get(), deadline, ending);
  await_end(child, deadline, ending);
  return ending;
}

}  // namespace

std::string digest_of(const std::filesystem::path& file) {
  // Non-blocking: opening a pipe without a writer would block.
  const UniqueFd in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat facts {};
  if (!in || ::fstat(in.get(), &facts) != 0) {
    throw Error(Layer::plugin, file.string() + ": cannot be read: " + std::strerror(errno));
  }
  if (!S_ISREG(facts.st_mode)) {
    throw Error(Layer::plugin, file.string() + ": is not a regular file").with_user_action();
  }
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(1 << 16);
  while (true) {
    const auto got = ::read(in.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(Layer::plugin, file.string() + ": cannot be read: " + std::strerror(errno));
    }
    if (got == 0) break;
    EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(got));
  }
  std::array<unsigned char, 32> bytes{};
  EVP_DigestFinal_ex(hash.get(), bytes.data(), nullptr);
  return hex(bytes.data(), bytes.size());
}

LoadCheck::LoadCheck(std::filesystem::path program, std::filesystem::path memory, int timeout_ms)
    : program_(std::move(program)), memory_(std::move(memory)), timeout_ms_(timeout_ms) {}

void LoadCheck::run(const std::filesystem::path& file, const std::string& digest, int copy) const {
  if (is_remembered(digest)) return;
  const auto number = new_number();
  const auto ending = run_child(trusted_program(program_), file, copy, number, timeout_ms_);
  const auto refuse = [&](const std::string& how) {
    return Error(Layer::plugin, file.string() + ": " + how)
        .with_hint(
            "Report it to the plugin's author, or remove the plugin: it was tried in a separate "
            "process and not loaded.");
  };
  if (ending.timed_out) {
    throw refuse("did not finish opening within " + std::to_string(timeout_ms_) + " ms");
  }
  if (WIFSIGNALED(ending.status)) {
    throw refuse(std::string("crashed while it was opened (") +
                 ::strsignal(WTERMSIG(ending.status)) + ")");
  }
  if (!ending.output.starts_with(number)) {
    throw refuse("ended the process that opened it, with exit code " +
                 std::to_string(WEXITSTATUS(ending.status)) + ", before it could be checked");
  }
  // After the number: nothing, or a line with the file's name and the violated rule.
  const auto report = std::string_view(ending.output).substr(number.size());
  if (const auto line = report.substr(0, report.find('\n')); !line.empty()) {
    throw Error(Layer::plugin, printable(line, 600));
  }
  remember(digest);
}

bool LoadCheck::is_remembered(const std::string& digest) const {
  if (memory_.empty()) return false;
  try {
    const auto known = read_file(memory_, kMaxMemory);
    return known && known->find(digest + "\n") != std::string::npos;
  } catch (const Error&) {
    return false;  // an unreadable cache counts as empty
  }
}

void LoadCheck::remember(const std::string& digest) const {
  if (memory_.empty()) return;
  try {
    auto known = read_file(memory_, kMaxMemory).value_or("");
    if (known.size() + digest.size() + 1 > kMaxMemory) known.clear();
    write_file_durably(memory_, known + digest + "\n");
  } catch (const Error&) {
    // The only effect: it is checked again next time.
  }
}

}  // namespace pintle::loading
