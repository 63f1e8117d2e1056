// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

#include "stop.h"
#include "system_call_trap.h"

namespace pintle::cage {
namespace {

struct Forbidden {
  long number;
  std::string_view name;
  std::string_view does;
};

#define PINTLE_CALL(name, does) \
  Forbidden { SYS_##name, #name, does }
constexpr std::array kForbidden = {
#ifdef SYS_open
    PINTLE_CALL(open, "opens a file"),
    PINTLE_CALL(creat, "opens a file"),
    PINTLE_CALL(stat, "looks at a file"),
    PINTLE_CALL(lstat, "looks at a file"),
    PINTLE_CALL(access, "looks at a file"),
    PINTLE_CALL(readlink, "looks at a file"),
    PINTLE_CALL(unlink, "changes a folder"),
    PINTLE_CALL(rename, "changes a folder"),
    PINTLE_CALL(mkdir, "changes a folder"),
    PINTLE_CALL(rmdir, "changes a folder"),
    PINTLE_CALL(link, "changes a folder"),
    PINTLE_CALL(symlink, "changes a folder"),
    PINTLE_CALL(chmod, "changes a file's rights"),
    PINTLE_CALL(chown, "changes a file's rights"),
    PINTLE_CALL(fork, "starts a process"),
    PINTLE_CALL(vfork, "starts a process"),
    PINTLE_CALL(pause, "sleeps"),
    PINTLE_CALL(alarm, "sets a timer"),
    PINTLE_CALL(poll, "waits for a descriptor"),
    PINTLE_CALL(select, "waits for a descriptor"),
    PINTLE_CALL(dup2, "copies a descriptor"),
    PINTLE_CALL(pipe, "opens a pipe"),
    PINTLE_CALL(inotify_init, "watches files"),
    PINTLE_CALL(ioperm, "uses the machine's ports"),
    PINTLE_CALL(iopl, "uses the machine's ports"),
    PINTLE_CALL(arch_prctl, "changes its process"),
#endif
    PINTLE_CALL(openat, "opens a file"),
    PINTLE_CALL(openat2, "opens a file"),
    PINTLE_CALL(open_by_handle_at, "opens a file"),
    PINTLE_CALL(newfstatat, "looks at a file"),
    PINTLE_CALL(statx, "looks at a file"),
    PINTLE_CALL(faccessat, "looks at a file"),
    PINTLE_CALL(readlinkat, "looks at a file"),
    PINTLE_CALL(getcwd, "looks at a folder"),
    PINTLE_CALL(getdents64, "looks at a folder"),
    PINTLE_CALL(unlinkat, "changes a folder"),
    PINTLE_CALL(renameat2, "changes a folder"),
    PINTLE_CALL(mkdirat, "changes a folder"),
    PINTLE_CALL(linkat, "changes a folder"),
    PINTLE_CALL(symlinkat, "changes a folder"),
    PINTLE_CALL(mknodat, "changes a folder"),
    PINTLE_CALL(truncate, "changes a file"),
    PINTLE_CALL(ftruncate, "changes a file"),
    PINTLE_CALL(fchmod, "changes a file's rights"),
    PINTLE_CALL(fchmodat, "changes a file's rights"),
    PINTLE_CALL(fchownat, "changes a file's rights"),
    PINTLE_CALL(chdir, "changes its folder"),
    PINTLE_CALL(chroot, "changes its folder"),
    PINTLE_CALL(mount, "mounts a file system"),
    PINTLE_CALL(umount2, "mounts a file system"),
    PINTLE_CALL(unshare, "leaves a namespace"),
    PINTLE_CALL(setns, "enters a namespace"),
    PINTLE_CALL(socket, "opens a socket"),
    PINTLE_CALL(socketpair, "opens a socket"),
    PINTLE_CALL(connect, "connects a socket"),
    PINTLE_CALL(bind, "opens a port"),
    PINTLE_CALL(listen, "opens a port"),
    PINTLE_CALL(accept4, "takes a connection"),
    PINTLE_CALL(sendto, "sends to a socket"),
    PINTLE_CALL(sendmsg, "sends to a socket"),
    PINTLE_CALL(recvfrom, "reads a socket"),
    PINTLE_CALL(recvmsg, "reads a socket"),
    PINTLE_CALL(clone, "starts a thread or process"),
    PINTLE_CALL(clone3, "starts a thread or process"),
    PINTLE_CALL(execve, "executes a program"),
    PINTLE_CALL(execveat, "executes a program"),
    PINTLE_CALL(wait4, "waits for a process"),
    PINTLE_CALL(getppid, "asks who started it"),
    PINTLE_CALL(getuid, "asks who runs it"),
    PINTLE_CALL(geteuid, "asks who runs it"),
    PINTLE_CALL(kill, "sends a signal"),
    PINTLE_CALL(tkill, "sends a signal"),
    PINTLE_CALL(tgkill, "sends a signal"),
    PINTLE_CALL(rt_sigqueueinfo, "sends a signal"),
    PINTLE_CALL(pidfd_open, "looks into another process"),
    PINTLE_CALL(pidfd_send_signal, "sends a signal"),
    PINTLE_CALL(pidfd_getfd, "looks into another process"),
    PINTLE_CALL(ptrace, "looks into another process"),
    PINTLE_CALL(process_vm_readv, "looks into another process"),
    PINTLE_CALL(process_vm_writev, "looks into another process"),
    PINTLE_CALL(kcmp, "looks into another process"),
    PINTLE_CALL(rt_sigaction, "sets a signal handler"),
    PINTLE_CALL(sigaltstack, "sets a signal handler"),
    PINTLE_CALL(prlimit64, "reads or changes its limits"),
    PINTLE_CALL(setrlimit, "changes its limits"),
    PINTLE_CALL(prctl, "changes its process"),
    PINTLE_CALL(seccomp, "changes the cage"),
    PINTLE_CALL(landlock_restrict_self, "changes the cage"),
    PINTLE_CALL(setuid, "changes its user"),
    PINTLE_CALL(setgid, "changes its user"),
    PINTLE_CALL(capset, "changes its rights"),
    PINTLE_CALL(bpf, "changes the kernel"),
    PINTLE_CALL(init_module, "changes the kernel"),
    PINTLE_CALL(reboot, "changes the kernel"),
    PINTLE_CALL(keyctl, "uses the kernel's keys"),
    PINTLE_CALL(add_key, "uses the kernel's keys"),
    PINTLE_CALL(io_uring_setup, "opens a queue of system calls"),
    PINTLE_CALL(io_setup, "opens a queue of system calls"),
    PINTLE_CALL(perf_event_open, "measures other processes"),
    PINTLE_CALL(userfaultfd, "handles page faults"),
    PINTLE_CALL(memfd_create, "opens a file in memory"),
    PINTLE_CALL(memfd_secret, "opens a file in memory"),
    PINTLE_CALL(shmget, "shares memory"),
    PINTLE_CALL(shmat, "shares memory"),
    PINTLE_CALL(semget, "opens a semaphore"),
    PINTLE_CALL(msgget, "opens a message queue"),
    PINTLE_CALL(mq_open, "opens a message queue"),
    PINTLE_CALL(inotify_init1, "watches files"),
    PINTLE_CALL(fanotify_init, "watches files"),
    PINTLE_CALL(eventfd2, "opens a descriptor"),
    PINTLE_CALL(signalfd4, "opens a descriptor"),
    PINTLE_CALL(timerfd_create, "opens a descriptor"),
    PINTLE_CALL(epoll_create1, "opens a descriptor"),
    PINTLE_CALL(pipe2, "opens a pipe"),
    PINTLE_CALL(dup, "copies a descriptor"),
    PINTLE_CALL(dup3, "copies a descriptor"),
    PINTLE_CALL(fcntl, "changes a descriptor"),
    PINTLE_CALL(close, "closes a descriptor that is not its own"),
    PINTLE_CALL(close_range, "closes descriptors that are not its own"),
    PINTLE_CALL(read, "reads a descriptor that is not its own"),
    PINTLE_CALL(write, "writes to a descriptor that is not its own"),
    PINTLE_CALL(ppoll, "waits for a descriptor"),
    PINTLE_CALL(pselect6, "waits for a descriptor"),
    PINTLE_CALL(nanosleep, "sleeps"),
    PINTLE_CALL(clock_nanosleep, "sleeps"),
    PINTLE_CALL(setitimer, "sets a timer"),
    PINTLE_CALL(timer_create, "sets a timer"),
    PINTLE_CALL(clock_settime, "changes the clock"),
    PINTLE_CALL(setsid, "changes its session"),
    PINTLE_CALL(setpgid, "changes its session"),
    PINTLE_CALL(mmap, "makes memory executable"),
    PINTLE_CALL(mprotect, "makes memory executable"),
    PINTLE_CALL(pkey_mprotect, "makes memory executable"),
    PINTLE_CALL(mlockall, "locks memory"),
    PINTLE_CALL(personality, "changes its process"),
    PINTLE_CALL(sethostname, "changes the system"),
    PINTLE_CALL(syslog, "reads the kernel's log"),
    PINTLE_CALL(uname, "looks at the system"),
};
#undef PINTLE_CALL

[[noreturn]] void stop_for(long number) noexcept {
  for (const auto& call : kForbidden) {
    if (call.number == number) stop({call.does, " (", call.name, ")"});
  }
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  stop({"makes the system call ",
        {digits.data(), static_cast<std::size_t>(end - digits.data())},
        ", which the cage does not have"});
}

#if defined(__x86_64__)
std::array<long, 4> arguments_of(const ucontext_t& context) {
  const auto& registers = context.uc_mcontext.gregs;
  return {static_cast<long>(registers[REG_RDI]), static_cast<long>(registers[REG_RSI]),
          static_cast<long>(registers[REG_RDX]), static_cast<long>(registers[REG_R10])};
}
void set_result(ucontext_t& context, long value) { context.uc_mcontext.gregs[REG_RAX] = value; }
#elif defined(__aarch64__)
std::array<long, 4> arguments_of(const ucontext_t& context) {
  const auto& registers = context.uc_mcontext.regs;
  return {static_cast<long>(registers[0]), static_cast<long>(registers[1]),
          static_cast<long>(registers[2]), static_cast<long>(registers[3])};
}
void set_result(ucontext_t& context, long value) {
  context.uc_mcontext.regs[0] = static_cast<unsigned long long>(value);
}
#else
std::array<long, 4> arguments_of(const ucontext_t&) { return {}; }
void set_result(ucontext_t&, long) {}
#endif

constexpr std::size_t kMaxPath = 64;
constexpr std::size_t kMaxOpenings = 4;

// Read by the handler. What the library writes here changes nothing that the filter forbids.
struct Openings {
  std::array<char, kMaxPath> path{};
  std::array<int, kMaxOpenings> descriptors{};
  std::size_t count = 0;
  std::size_t next = 0;
};
Openings openings;

// A register holds a number, whatever it is.
const char* text_at(long address) {
  return reinterpret_cast<const char*>(address);  // NOLINT(performance-no-int-to-ptr)
}

void on_forbidden_call(int, siginfo_t* info, void* given) {
  auto& context = *static_cast<ucontext_t*>(given);
  const long number = info->si_syscall;
  const auto arguments = arguments_of(context);
  if (number == SYS_openat && openings.next < openings.count &&
      std::strcmp(text_at(arguments[1]), openings.path.data()) == 0) {
    return set_result(context, openings.descriptors[openings.next++]);
  }
  // fstat, as the dynamic linker of glibc before 2.39 makes it.
  if (number == SYS_newfstatat && (arguments[3] & AT_EMPTY_PATH) != 0 &&
      *text_at(arguments[1]) == '\0') {
    const long result = ::syscall(SYS_fstat, arguments[0], arguments[2]);
    return set_result(context, result < 0 ? -errno : result);
  }
  // glibc's own signals: it sets them when the first thread starts.
  constexpr long kFirstReal = 34;
  if (number == SYS_rt_sigaction && arguments[0] >= kFirstReal - 2 && arguments[0] < kFirstReal) {
    stop({"starts a thread (rt_sigaction)"});
  }
  stop_for(number);
}

}  // namespace

#if defined(__x86_64__) || defined(__aarch64__)
const bool kTrapIsKnown = true;
#else
const bool kTrapIsKnown = false;
#endif

void set_trap(const std::string& path, std::span<const int> descriptors) {
  path.copy(openings.path.data(), kMaxPath - 1);
  for (const int descriptor : descriptors.first(std::min(descriptors.size(), kMaxOpenings))) {
    openings.descriptors[openings.count++] = descriptor;
  }
  struct sigaction action {};
  action.sa_sigaction = on_forbidden_call;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGSYS, &action, nullptr);
}

}  // namespace pintle::cage
