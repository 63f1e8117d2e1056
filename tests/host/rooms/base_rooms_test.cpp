// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <pintle/files/descriptors.h>

#include "base/boot_clock.h"
#include "base/child_start.h"
#include "base/own_program.h"
#include "base/own_variable.h"
#include "base/peer_left.h"
#include "base/process_end.h"
#include "base/unnamed_file.h"
#include "base/wakeup.h"

namespace pintle {
namespace {

bool is_readable(int fd, int wait_ms = 0) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, wait_ms) == 1 && (waiting.revents & POLLIN) != 0;
}

bool is_closed_by_exec(int fd) { return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }
bool waits(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0; }

TEST(Wakeup, IsReadableFromARingUntilItIsDrained) {
  const Wakeup wakeup;
  ASSERT_TRUE(wakeup);
  EXPECT_FALSE(is_readable(wakeup.fd()));
  for (int i = 0; i < 100'000; ++i) wakeup.ring();  // more than a pipe holds; none of them waits
  EXPECT_TRUE(is_readable(wakeup.fd()));
  wakeup.drain();
  EXPECT_FALSE(is_readable(wakeup.fd()));
  wakeup.drain();
  wakeup.ring();
  EXPECT_TRUE(is_readable(wakeup.fd()));
  EXPECT_TRUE(is_closed_by_exec(wakeup.fd()));
}

TEST(Descriptors, AreNotInherited) {
  const auto pipe = open_pipe();
  const auto pair = open_socket_pair();
  const auto socket = open_socket(AF_INET, Waiting::no);
  const auto other = open_socket(AF_UNIX, Waiting::yes);
  for (const auto* fd : {&pipe.first, &pipe.second, &pair.first, &pair.second, &socket, &other}) {
    ASSERT_TRUE(*fd);
    EXPECT_TRUE(is_closed_by_exec(fd->get()));
    EXPECT_EQ(waits(fd->get()), fd != &socket);
  }
}

TEST(Descriptors, OfAcceptedConnectionsWaitAsWished) {
  const auto listening = open_socket(AF_INET, Waiting::no);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::listen(listening.get(), 4), 0);
  ASSERT_EQ(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  EXPECT_FALSE(accept_from(listening.get(), Waiting::yes)) << "nobody has connected";
  for (const auto waiting : {Waiting::yes, Waiting::no}) {
    const auto client = open_socket(AF_INET, Waiting::yes);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    const auto accepted = accept_from(listening.get(), waiting);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(is_closed_by_exec(accepted.get()));
    EXPECT_EQ(waits(accepted.get()), waiting == Waiting::yes);
  }
}

TEST(PeerLeft, TellsTheEndOfAPeerAndNotItsBytes) {
  auto ends = open_socket_pair();
  pollfd waiting{ends.first.get(), kPeerLeft, 0};
  ASSERT_EQ(::write(ends.second.get(), "x", 1), 1);
  const bool spoke = ::poll(&waiting, 1, 0) == 1;
  EXPECT_FALSE(spoke && has_peer_left(ends.first.get(), waiting.revents));
  char got = 0;
  ASSERT_EQ(::read(ends.first.get(), &got, 1), 1);
  ::shutdown(ends.second.get(), SHUT_WR);
  ASSERT_EQ(::poll(&waiting, 1, 1000), 1);
  EXPECT_TRUE(has_peer_left(ends.first.get(), waiting.revents));
}

TEST(UnnamedFile, IsReadToItsEnd) {
  const std::string text(10'000, 'x');
  const auto file = unnamed_file_of(text);
  ASSERT_TRUE(file);
  EXPECT_TRUE(is_closed_by_exec(file.get()));
  std::string read(20'000, '\0');
  ASSERT_EQ(::read(file.get(), read.data(), read.size()), 10'000);
  EXPECT_TRUE(read.starts_with(text));
  EXPECT_EQ(::read(file.get(), read.data(), read.size()), 0);
}

TEST(BootClock, GoesForward) {
  const auto begin = boot_ms();
  ::usleep(30'000);
  const auto passed = boot_ms() - begin;
  EXPECT_GE(passed, 20);
  EXPECT_LT(passed, 60'000);
}

TEST(OwnProgram, IsTheFileOfThisTest) {
  EXPECT_EQ(own_program().filename(), "rooms-test");
  EXPECT_TRUE(own_program().is_absolute());
}

TEST(OwnVariable, IsThatOfTheEnvironment) {
  ::setenv("PINTLE_ROOMS_TEST", "1", 1);
  EXPECT_STREQ(own_variable("PINTLE_ROOMS_TEST"), "1");
  EXPECT_EQ(own_variable("PINTLE_ROOMS_TEST_NOT"), nullptr);
}

TEST(ProcessEnd, IsToldIfTheSystemTellsIt) {
  const auto child = ::fork();
  if (child == 0) ::_exit(0);
  const auto end = open_process_end(child);
  EXPECT_TRUE(!end || is_readable(end.get(), 5'000));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

int exit_code_of(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ChildStart, LeavesNoDescriptorToASpawnedProgram) {
  const UniqueFd inherited(::open("/dev/null", O_RDONLY));  // not closed by exec
  const UniqueFd another(::fcntl(inherited.get(), F_DUPFD, 100));
  ASSERT_TRUE(another);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  add_close_from(actions, 3);
  std::string shell = "/bin/sh";
  std::string option = "-c";
  std::string script =
      "[ ! -e /dev/fd/100 ] && [ ! -e /dev/fd/" + std::to_string(inherited.get()) + " ]";
  std::array<char*, 4> words{shell.data(), option.data(), script.data(), nullptr};
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, shell.c_str(), &actions, nullptr, words.data(), environ), 0);
  ::posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(exit_code_of(child), 0);
}

TEST(ChildStart, ClosesInTheChildWhatIsOpen) {
  const UniqueFd inherited(::open("/dev/null", O_RDONLY));
  const int fd = inherited.get();
  const auto child = fork_into(
      [](const void* given) {
        end_with_parent();
        close_from(3);
        ::_exit(::fcntl(*static_cast<const int*>(given), F_GETFD) < 0 ? 0 : 1);
      },
      &fd);
  ASSERT_GT(child, 0);
  EXPECT_EQ(exit_code_of(child), 0);
  EXPECT_GE(::fcntl(fd, F_GETFD), 0) << "in this process it stays";
}

}  // namespace
}  // namespace pintle
