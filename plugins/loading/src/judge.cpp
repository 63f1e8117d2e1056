#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <openssl/evp.h>

#include <pintle/core/error.h>
#include <pintle/core/printable.h>
#include <pintle/loading/durable_file.h>
#include <pintle/loading/judge.h>

namespace pintle::loading {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostMemory = 1 << 20;

// What a child said on standard output and error, and how it ended.
struct Ending {
  std::string said;
  int status = 0;
  bool timed_out = false;
};

Ending run(const std::filesystem::path& program, const std::filesystem::path& file, int most_ms) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw Error(Layer::plugin, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 2);
  // Nothing of this process's environment: it may hold a token.
  std::array<char*, 1> environment{nullptr};
  std::string name = program.string();
  std::string argument = file.string();
  std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(),
                                    environment.data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  if (failure != 0) {
    ::close(pipe[0]);
    throw Error(Layer::plugin, file.string() + ": cannot be judged: " + program.string() + ": " +
                                   std::strerror(failure))
        .with_next("Install Pintle whole, or set where its pintle-judge lies.");
  }
  Ending ending;
  const auto deadline = Clock::now() + std::chrono::milliseconds(most_ms);
  std::array<char, 1024> buffer{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{pipe[0], POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ending.timed_out = true;
      ::kill(child, SIGKILL);
      break;
    }
    const auto got = ::read(pipe[0], buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (ending.said.size() < 2048) ending.said.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(pipe[0]);
  // A library that closes the pipe and stays is as bad as one that says nothing.
  while (!ending.timed_out) {
    const auto ended = ::waitpid(child, &ending.status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) return ending;
    if (Clock::now() >= deadline) {
      ending.timed_out = true;
      ::kill(child, SIGKILL);
      break;
    }
    ::usleep(500);
  }
  while (::waitpid(child, &ending.status, 0) < 0 && errno == EINTR) {
  }
  return ending;
}

}  // namespace

std::string digest_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(1 << 16);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof()) throw Error(Layer::plugin, file.string() + ": cannot be read");
  std::array<unsigned char, 32> bytes{};
  EVP_DigestFinal_ex(hash.get(), bytes.data(), nullptr);
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

Judge::Judge(std::filesystem::path program, std::filesystem::path memory, int most_ms)
    : program_(std::move(program)), memory_(std::move(memory)), most_ms_(most_ms) {}

void Judge::judge(const std::filesystem::path& file, const std::string& digest) const {
  if (is_remembered(digest)) return;
  const auto ending = run(program_, file, most_ms_);
  const auto refuse = [&](const std::string& how) {
    return Error(Layer::plugin, file.string() + ": " + how)
        .with_next(
            "It was tried in a process of its own and not loaded. Ask its author, or remove it.");
  };
  if (ending.timed_out) {
    throw refuse("did not finish opening within " + std::to_string(most_ms_) + " ms");
  }
  if (WIFSIGNALED(ending.status)) {
    throw refuse(std::string("crashes while it is opened (") +
                 ::strsignal(WTERMSIG(ending.status)) + ")");
  }
  if (WEXITSTATUS(ending.status) != 0) {
    // pintle-judge says the rule that was broken in one line that begins with the file's name.
    const auto line = ending.said.substr(0, ending.said.find('\n'));
    if (line.starts_with(file.string() + ": ")) {
      throw Error(Layer::plugin, printable(line, 600));
    }
    throw refuse("ended the process that opened it, with exit code " +
                 std::to_string(WEXITSTATUS(ending.status)));
  }
  if (ending.said.substr(0, 3) != "ok\n") {
    throw refuse("ended the process that opened it before it could be looked at");
  }
  remember(digest);
}

bool Judge::is_remembered(const std::string& digest) const {
  if (memory_.empty()) return false;
  try {
    const auto known = read_file(memory_, kMostMemory);
    return known && known->find(digest + "\n") != std::string::npos;
  } catch (const Error&) {
    return false;  // a cache that cannot be read is no cache
  }
}

void Judge::remember(const std::string& digest) const {
  if (memory_.empty()) return;
  try {
    auto known = read_file(memory_, kMostMemory).value_or("");
    if (known.size() + digest.size() + 1 > kMostMemory) known.clear();
    write_file_durably(memory_, known + digest + "\n");
  } catch (const Error&) {
    // It is judged again next time, and that is all.
  }
}

}  // namespace pintle::loading
