// SPDX-License-Identifier: Apache-2.0
//
// Standard output that cannot be written to: a full disk, and a reader that went away.

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Ended {
  int code = -1;  // 128 + N if signal N ended it.
  std::string err;
};

class Output : public WithGateway {
 protected:
  // Runs the program with `out` as its standard output.
  Ended run_into(int out, std::vector<std::string> words) {
    const auto err = (pintle_.home() / "err").string();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // As a shell starts it: the tests themselves ignore SIGPIPE.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setflags(&attributes, ignores_sigpipe_ ? 0 : POSIX_SPAWN_SETSIGDEF);
    words.insert(words.begin(), PINTLE_PROGRAM);
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    auto home = "HOME=" + pintle_.home().path().string();
    auto config = "XDG_CONFIG_HOME=" + (pintle_.home() / "config").string();
    std::array<char*, 3> environment{home.data(), config.data(), nullptr};
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, PINTLE_PROGRAM, &actions, &attributes, argv.data(),
                            environment.data()),
              0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(err)};
  }

  Ended run_into_full_disk(const std::vector<std::string>& words) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    auto ended = run_into(full, words);
    ::close(full);
    return ended;
  }

  Ended run_into_closed_pipe(const std::vector<std::string>& words) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    ::close(ends[0]);
    auto ended = run_into(ends[1], words);
    ::close(ends[1]);
    return ended;
  }

  bool ignores_sigpipe_ = false;
};

TEST_F(Output, OnAFullDiskIsAnErrorOnStandardErrorAlsoOfJson) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"list"}, {"list", "--json"}, {"use", "--json"}, {"remove", "x", "--json"}}) {
    const auto ended = run_into_full_disk(words);
    EXPECT_NE(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr("pintle: ")) << words[0];
  }
  EXPECT_THAT(run_into_full_disk({"list", "--json"}).err, HasSubstr("No space left"));
  EXPECT_THAT(run_into_full_disk({"remove", "x", "--json"}).err, HasSubstr("no connection"));
}

TEST_F(Output, ThatFailsAfterAChangeSaysThatTheChangeWasMade) {
  const auto added = run_into_full_disk({"add", "home", "http://127.0.0.1:1"});
  EXPECT_EQ(added.code, 24);
  EXPECT_THAT(added.err, AllOf(HasSubstr("No space left"), HasSubstr("connection home is saved")));
  EXPECT_THAT(pintle_.run({"list"}).out, HasSubstr("home"));
  EXPECT_THAT(run_into_full_disk({"use", "home", "--json"}).err,
              HasSubstr("The current gateway is home."));
  EXPECT_THAT(run_into_full_disk({"remove", "home"}).err,
              HasSubstr("The connection home is removed."));
}

TEST_F(Output, WhoseReaderWentAwayEndsTheProgramAsSigpipeDoes) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--help"}, {"list"}, {"list", "--json"}}) {
    const auto ended = run_into_closed_pipe(words);
    EXPECT_EQ(ended.code, 128 + SIGPIPE) << words[0];
    EXPECT_EQ(ended.err, "");
  }
}

TEST_F(Output, WhoseReaderWentAwayIsAnErrorWhereSigpipeIsIgnored) {
  ignores_sigpipe_ = true;
  const auto ended = run_into_closed_pipe({"list"});
  EXPECT_EQ(ended.code, 24);
  EXPECT_THAT(ended.err, HasSubstr("Broken pipe"));
}

}  // namespace
}  // namespace pintle::test
