// SPDX-License-Identifier: Apache-2.0
//
// Commands that print a secret: what is accepted, and that nothing remains of a killed one.

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <stop_token>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/secret_source.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

SecretSource command(const std::string& line) {
  return SecretSource::of(SecretSource::Kind::command, line);
}

// Open at both ends, so that opening it does not block.
class Fifo {
 public:
  explicit Fifo(const std::string& path) {
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;
  ~Fifo() { ::close(fd_); }

  /// Returns a line; waits for it, and fails the test after 20 s.
  std::string line() {
    std::string text;
    pollfd waiting{fd_, POLLIN, 0};
    for (char c = 0; ::poll(&waiting, 1, 20'000) == 1 && ::read(fd_, &c, 1) == 1;) {
      if (c == '\n') return text;
      text += c;
    }
    ADD_FAILURE() << "nothing came";
    return text;
  }

 private:
  int fd_ = -1;
};

// Returns true if it runs or is about to; a zombie, which its new parent may not have reaped, does
// not.
bool runs(const std::string& pid) {
  std::string stat;
  if (FILE* file = std::fopen(("/proc/" + pid + "/stat").c_str(), "re")) {
    char text[512];
    stat.assign(text, std::fread(text, 1, sizeof(text), file));
    std::fclose(file);
  }
  const auto end = stat.rfind(')');
  return end != std::string::npos && stat.substr(end, 4).find('Z') == std::string::npos;
}

// A kill takes effect with a delay.
bool ends(const std::string& pid) {
  for (int i = 0; i < 2'000; ++i) {
    if (!runs(pid)) return true;
    ::poll(nullptr, 0, 10);
  }
  return false;
}

void expect_no_child() {
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD) << "a zombie, or more, was left";
}

TEST(SecretCommand, GivesTheFirstLineThatItPrints) {
  EXPECT_EQ(command("printf 'one\\ntwo\\n'").read().reveal(), "one");
  EXPECT_EQ(command("printf one").read().reveal(), "one");
  EXPECT_EQ(command("exec cat").read().reveal(), "") << "its input is empty";
  expect_no_child();
}

TEST(SecretCommand, GivesItsSecretWhenItExitsThoughAChildHoldsItsOutput) {
  const TemporaryFolder folder;
  const auto path = (folder / "pid").string();
  Fifo pids(path);
  // An agent that is started on the way, as gpg's and ssh's are.
  const auto source = command("sleep 1000 & echo $! > '" + path + "'; printf secret");
  EXPECT_EQ(source.read(600'000).reveal(), "secret");
  const auto agent = pids.line();
  EXPECT_TRUE(runs(agent)) << "what a command leaves running goes on";
  ::kill(std::stoi(agent), SIGKILL);
  expect_no_child();
}

TEST(SecretCommand, MayLeaveThePrintingToAChild) {
  EXPECT_EQ(command("(sleep 0.05; echo secret) &").read().reveal(), "secret");
  expect_no_child();
}

TEST(SecretCommand, GivesWhatDoesNotFitIntoAPipeAtOnce) {
  // A pipe of this system may have less capacity than the limit, and the command waits for its
  // reader.
  const auto secret = command("head -c 65536 /dev/zero | tr '\\0' x").read(600'000);
  EXPECT_EQ(secret.size(), 65536U);
}

TEST(SecretCommand, SaysWhatWasWrongAndNeverWhatItPrinted) {
  const std::pair<const char*, const char*> rows[] = {
      {"echo s3cret; exit 7", "it exited with code 7"},
      {"echo s3cret; kill -9 $$", "it was killed by a signal"},
      {"yes s3cret", "it is longer than 64 KiB"},
  };
  for (const auto& [line, why] : rows) {
    SCOPED_TRACE(line);
    // Without the command's own text, which is part of the error.
    const auto error = error_of([&] { return command(line).read(); });
    EXPECT_THAT(error.message(), HasSubstr(why));
    expect_no_child();
  }
}

TEST(SecretCommand, IsEndedWithAllThatItStarted) {
  struct Row {
    const char* name;
    const char* rest;
  };
  const Row rows[] = {
      {"that waits", "wait"},
      {"that left its child alone with the output", "exit 0"},
      {"that has closed its output", "exec >&-; wait"},
      {"that pays no heed to a request", "trap '' TERM INT HUP; wait"},
  };
  for (const bool cancelled : {false, true}) {
    for (const auto& row : rows) {
      SCOPED_TRACE(std::string("a command ") + row.name + (cancelled ? ", cancelled" : ""));
      const TemporaryFolder folder;
      const auto path = (folder / "pids").string();
      Fifo pids(path);
      const auto source = command("sleep 1000 & echo $! $$ > '" + path + "'; " + row.rest);
      std::stop_source stop;
      std::string line;
      Error error(Layer::config, "");
      {
        const std::jthread other([&] {
          line = pids.line();
          if (cancelled) stop.request_stop();
        });
        error = error_of([&] { return source.read(cancelled ? 60'000 : 700, stop.get_token()); });
      }
      EXPECT_THAT(error.message(),
                  HasSubstr(cancelled ? "it was cancelled" : "it did not exit in time"));
      expect_no_child();
      const auto space = line.find(' ');
      ASSERT_NE(space, std::string::npos);
      EXPECT_TRUE(ends(line.substr(0, space)));
      EXPECT_TRUE(ends(line.substr(space + 1)));
    }
  }
}

}  // namespace
}  // namespace pintle::test
