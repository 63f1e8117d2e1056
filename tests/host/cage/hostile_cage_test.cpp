// SPDX-License-Identifier: Apache-2.0
//
// A hundred hostile libraries in the cage: each ends in an error that names what it did, and does
// nothing else.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <seccomp.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "caged_library.h"
#include "credential_numbers.h"

namespace pintle::program {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct Hostile {
  const char* act;
  const char* said;
};

// What each says, wherever in the library it is done.
constexpr Hostile kActs[] = {
    {"abort", "was killed by SIGABRT"},
    {"exit", "ended with exit code 0"},
    {"_exit", "ended with exit code 0"},
    {"quick_exit", "ended with exit code 3"},
    {"trap", "was killed by SIGILL"},
    {"null", "was killed by SIGSEGV"},
    {"null-call", "was killed by SIGSEGV"},
    {"divide", "was killed by SIGFPE"},
    {"recurse", "was killed by SIGSEGV"},
    {"terminate", "was killed by SIGABRT"},
    {"garbage", "wrote a line that is no reply"},
    {"printf", "wrote a line that is no reply"},
    {"binary", "wrote a line that is no reply"},
    {"forged-reply", "answered a request that was not sent"},
    {"endless-stdout", "wrote a line of more than 1 MiB"},
    {"allocate", "was killed by SIGSEGV"},
    {"leak-malloc", "was killed by SIGSEGV"},
    {"fork", "starts a thread or process (clone)"},
    {"vfork", "starts a process (vfork)"},
    {"clone", "starts a thread or process (clone)"},
    {"clone3", "starts a thread or process (clone3)"},
    {"thread", "starts a thread (rt_sigaction)"},
    {"system", "was stopped: it "},
    {"popen", "opens a pipe (pipe2)"},
    {"execve", "executes a program (execve)"},
    {"execveat", "executes a program (execveat)"},
    {"raise", "sends a signal (tgkill)"},
    {"kill", "sends a signal (kill)"},
    {"kill-parent", "asks who started it (getppid)"},
    {"kill-all", "sends a signal (kill)"},
    {"tgkill", "sends a signal (tgkill)"},
    {"sigqueue", "was stopped: it "},
    {"ptrace", "looks into another process (ptrace)"},
    {"ptrace-me", "looks into another process (ptrace)"},
    {"process_vm_readv", "looks into another process (process_vm_readv)"},
    {"process_vm_writev", "looks into another process (process_vm_writev)"},
    {"pidfd_open", "looks into another process (pidfd_open)"},
    {"pidfd_getfd", "looks into another process (pidfd_getfd)"},
    {"wait", "waits for a process (wait4)"},
    {"dlopen", "opens a file (openat)"},
    {"dlopen-again", "opens a file (openat)"},
    {"open", "opens a file (openat)"},
    {"openat2", "opens a file (openat2)"},
    {"open-write", "opens a file (openat)"},
    {"fopen", "opens a file (openat)"},
    {"own-memory", "opens a file (openat)"},
    {"own-maps", "opens a file (openat)"},
    {"parents-memory", "opens a file (openat)"},
    {"opendir", "opens a file (openat)"},
    {"stat", "looks at a file"},
    {"access", "looks at a file"},
    {"readlink", "looks at a file"},
    {"getcwd", "looks at a folder (getcwd)"},
    {"chdir", "changes its folder (chdir)"},
    {"chroot", "changes its folder (chroot)"},
    {"unlink", "changes a folder"},
    {"rename", "changes a folder"},
    {"mkdir", "changes a folder"},
    {"symlink", "changes a folder"},
    {"link", "changes a folder"},
    {"chmod", "changes a file's rights"},
    {"truncate", "changes a file (truncate)"},
    {"mount", "mounts a file system (mount)"},
    {"umount", "mounts a file system (umount2)"},
    {"unshare", "leaves a namespace (unshare)"},
    {"setns", "enters a namespace (setns)"},
    {"socket", "opens a socket (socket)"},
    {"socket-unix", "opens a socket (socket)"},
    {"socket-netlink", "opens a socket (socket)"},
    {"socketpair", "opens a socket (socketpair)"},
    {"connect", "connects a socket (connect)"},
    {"bind", "opens a port (bind)"},
    {"listen", "opens a port (listen)"},
    {"accept", "takes a connection (accept4)"},
    {"sendto", "sends to a socket (sendto)"},
    {"sendmsg", "sends to a socket (sendmsg)"},
    {"recv", "reads a socket (recvfrom)"},
    {"pipe", "opens a pipe (pipe2)"},
    {"dup", "copies a descriptor (dup)"},
    {"fcntl", "changes a descriptor (fcntl)"},
    {"close-all", "closes a descriptor that is not its own (close)"},
    {"close_range", "closes descriptors that are not its own (close_range)"},
    {"eventfd", "opens a descriptor (eventfd2)"},
    {"epoll", "opens a descriptor (epoll_create1)"},
    {"memfd", "opens a file in memory (memfd_create)"},
    {"inotify", "watches files (inotify_init1)"},
    {"fanotify", "watches files (fanotify_init)"},
    {"io_uring", "opens a queue of system calls (io_uring_setup)"},
    {"aio", "opens a queue of system calls (io_setup)"},
    {"perf_event_open", "measures other processes (perf_event_open)"},
    {"userfaultfd", "handles page faults (userfaultfd)"},
    {"bpf", "changes the kernel (bpf)"},
    {"shm", "shares memory (shmget)"},
    {"semaphore", "opens a semaphore (semget)"},
    {"message-queue", "opens a message queue (msgget)"},
    {"keyctl", "uses the kernel's keys (keyctl)"},
    {"pause", "was stopped: it "},
    {"sleep", "sleeps (clock_nanosleep)"},
    {"poll", "waits for a descriptor"},
    {"alarm", "sets a timer"},
    {"setitimer", "sets a timer (setitimer)"},
    {"timer", "sets a timer (timer_create)"},
    {"signal", "sets a signal handler (rt_sigaction)"},
    {"sigaction-sys", "sets a signal handler (rt_sigaction)"},
    {"block-sigsys", "was killed by SIGSYS"},
    {"setrlimit", "its limits (prlimit64)"},
    {"prctl", "changes its process (prctl)"},
    {"prctl-seccomp", "changes its process (prctl)"},
    {"seccomp", "changes the cage (seccomp)"},
    {"personality", "changes its process (personality)"},
    {"setuid", "changes its user (setuid)"},
    {"setsid", "changes its session (setsid)"},
    {"capset", "changes its rights (capset)"},
    {"sethostname", "changes the system (sethostname)"},
    {"settime", "changes the clock (clock_settime)"},
    {"reboot", "changes the kernel (reboot)"},
    {"module", "changes the kernel (init_module)"},
    {"uname", "looks at the system (uname)"},
    {"mprotect", "makes memory executable (mprotect)"},
    {"mmap-exec", "makes memory executable (mmap)"},
    {"mmap-descriptor", "makes memory executable (mmap)"},
    {"merge-pages", "was stopped: it "},
    {"mlock", "locks memory (mlockall)"},
    {"unknown", "makes the system call 4000, which the cage does not have"},
#if defined(__x86_64__)
    {"open-old", "opens a file (open)"},
    {"dup2", "copies a descriptor (dup2)"},
    {"io-port", "uses the machine's ports (ioperm)"},
    {"x32", "was killed by SIGSYS"},
    {"int80", "was killed by SIGSYS"},
#endif
};

void expect_ends(const std::string& name, const char* said) {
  SCOPED_TRACE(name);
  EXPECT_THAT(failure_of(name), AllOf(StartsWith("plugin: /plugins/hostile.so: the caged library "),
                                      HasSubstr(said)));
}

TEST(TheCage, LetsAConstructorDoNothing) {
  for (const auto& [act, said] : kActs) expect_ends(std::string("load:") + act, said);
  EXPECT_FALSE(std::filesystem::exists("/tmp/pintle-hostile"));
}

TEST(TheCage, LetsACallDoNothing) {
  for (const auto& [act, said] : kActs) expect_ends(std::string("begin:") + act, said);
  EXPECT_FALSE(std::filesystem::exists("/tmp/pintle-hostile"));
}

TEST(TheCage, IsTheSameInEveryCall) {
  for (const auto* place : {"match", "open", "decorate", "observe", "describe"}) {
    expect_ends(std::string(place) + ":open", "opens a file (openat)");
    expect_ends(std::string(place) + ":abort", "was killed by SIGABRT");
  }
}

TEST(TheCage, TakesWhatEndsOrClosesTooLate) {
  for (const auto* place : {"end", "close"}) {
    EXPECT_EQ(failure_of(std::string(place) + ":abort"), "") << place;
  }
}

TEST(TheCage, LetsNoExceptionOut) {
  expect_ends("load:throw", "was killed by SIGABRT");
  for (const auto* act : {"throw", "throw-int", "leak"}) {
    expect_ends(std::string("begin:") + act, "throws an exception across the C ABI");
  }
}

// What does not answer is stopped after the time of its call.
TEST(TheCage, StopsWhatDoesNotAnswer) {
  constexpr ProgramLimits kShort{
      .hello = milliseconds(700), .call = milliseconds(700), .step = milliseconds(700)};
  for (const auto* act : {"spin", "futex", "read-stdin", "endless-stderr"}) {
    for (const auto& [place, method] :
         {std::pair("load", "hello"), std::pair("open", "open"), std::pair("begin", "begin")}) {
      const auto name = std::string(place) + ":" + act;
      const auto began = std::chrono::steady_clock::now();
      EXPECT_THAT(failure_of(name, kShort),
                  HasSubstr("did not answer \"" + std::string(method) + "\" within 700 ms"))
          << name;
      EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10)) << name;
    }
  }
}

TEST(TheCage, ReadsNothingThatTheLibraryMadeUp) {
  for (const auto& [name, said] : {
           Hostile{"decorate:huge", "was stopped: it returns a text of more than 1 MiB"},
           Hostile{"decorate:endless", "was stopped: it "},
           Hostile{"decorate:wild-view", "was killed by SIGSEGV"},
           Hostile{"decorate:wild-context", "was stopped: it writes to a sink that is none"},
           Hostile{"observe:late-sink",
                   "was stopped: it writes to a sink after the call that had it"},
           Hostile{"observe:huge-session", "was stopped: it writes more than 1 MiB to a sink"},
           Hostile{"begin:huge-list", "was stopped: it returns a list of more than 10000"},
           Hostile{"begin:wild-list", "was killed by SIGSEGV"},
           Hostile{"begin:huge-text", "was stopped: it returns a text of more than 1 MiB"},
           Hostile{"begin:null-text", "was stopped: it returns a text that is nowhere"},
           Hostile{"begin:wild-text", "was killed by SIGSEGV"},
       }) {
    expect_ends(name, said);
  }
  for (const auto& [name, said] : {
           Hostile{"open:no-instance", "the scheme returned no instance"},
           Hostile{"open:wild-code", "the scheme returned the unknown error code 12345"},
           Hostile{"decorate:wild-layer", "the scheme returned the unknown error code -1"},
           Hostile{"begin:no-operation", "the scheme did not begin the operation"},
           Hostile{"begin:wild-need", "the scheme returned the unknown need 77"},
           Hostile{"begin:wild-life", "the scheme returned the unknown life 99"},
           Hostile{"begin:wild-visit", "the scheme returned the unknown end of a visit 99"},
       }) {
    EXPECT_EQ(failure_of(name), "plugin: " + std::string(said)) << name;
  }
}

// It jumps into a call that has returned: whatever comes of it, it is an error of the plugin.
TEST(TheCage, TakesALongJump) {
  EXPECT_THAT(failure_of("call:longjmp",
                         {.hello = kLong, .call = milliseconds(2000), .step = milliseconds(2000)}),
              StartsWith("plugin: "));
}

// What is read of a file before the cage is closed is read with checks.
TEST(TheCage, RefusesABrokenFile) {
  const auto whole = hostile_library("nothing");
  const auto refused = [](std::string_view bytes) {
    try {
      start_library(bytes);
    } catch (const Error& error) {
      EXPECT_EQ(error.layer(), Layer::plugin);
      return error.message();
    }
    return std::string();
  };
  for (const std::size_t size : {0, 3, 40, 64, 700, 5000}) {
    EXPECT_NE(refused(std::string_view(whole).substr(0, size)), "") << size;
  }
  EXPECT_THAT(refused(std::string(100, 'x')), HasSubstr("is not a shared library (no ELF header)"));
  // Some of these are no fault: what matters is that each has an answer.
  for (std::size_t at = 4; at < 700; at += 17) {
    auto damaged = whole;
    damaged[at] = '\xff';
    refused(damaged);
  }
}

TEST(TheCage, NamesALibraryThatIsMissing) {
  auto bytes = hostile_library("nothing");
  const auto at = bytes.find("libstdc++.so.6");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 14, "libnowhere.so9");
  try {
    start_library(bytes);
    ADD_FAILURE() << "it was opened";
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("needs the library libnowhere.so9"));
  }
}

// As in a kernel without seccomp, or in a container that keeps it back.
void forbid_filters() {
  auto* filter = ::seccomp_init(SCMP_ACT_ALLOW);
  ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
  ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                     SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
  ::seccomp_load(filter);
}

TEST(TheCage, RunsNothingWhereTheKernelHasNone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto pid = ::fork();
  if (pid == 0) {
    forbid_filters();
    const auto said = failure_of("nothing");
    [[maybe_unused]] const auto put = ::write(ends[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::array<char, 1024> said{};
  const auto got = ::read(ends[0], said.data(), said.size());
  ::close(ends[0]);
  ::waitpid(pid, nullptr, 0);
  ASSERT_GT(got, 0);
  EXPECT_THAT(std::string(said.data(), static_cast<std::size_t>(got)),
              HasSubstr("must run in the cage, but this system cannot filter system calls"));
}

TEST(TheCage, NumbersCredentialsAsTheProtocolDoes) {
  cage::CredentialNumbers numbers;
  constexpr std::uint64_t kLarge = ~std::uint64_t{0};
  EXPECT_EQ(numbers.number_of(kLarge), 1);
  EXPECT_EQ(numbers.number_of(kLarge), 1);
  EXPECT_EQ(numbers.number_of(7), 2);
  EXPECT_EQ(numbers.credential_of(1), kLarge);
  EXPECT_EQ(numbers.credential_of(2), 7U);
  EXPECT_EQ(numbers.credential_of(0), 0U);
  EXPECT_EQ(numbers.credential_of(3), 0U);
  for (std::uint64_t i = 0; i < 1000; ++i) numbers.number_of(i);
  EXPECT_EQ(numbers.credential_of(1), 0U) << "of long ago";
  EXPECT_EQ(numbers.credential_of(1002), 999U);
}

TEST(TheCage, RunsALibraryThatDoesNothingWrong) {
  EXPECT_EQ(failure_of("nothing"), "");
  EXPECT_EQ(failure_of("load:times"), "");
  EXPECT_EQ(failure_of("decorate:times"), "");
}

}  // namespace
}  // namespace pintle::program
