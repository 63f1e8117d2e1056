// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "call_watch.h"
#include "subject.h"

namespace pintle::conformance {
namespace {

struct Watched {
  long number;
  const char* name;
};

constexpr std::array kWatched = {
#ifdef SYS_open
    Watched{SYS_open, "opens a file"},
    Watched{SYS_fork, "starts a process"},
    Watched{SYS_vfork, "starts a process"},
    Watched{SYS_poll, "waits for a descriptor"},
    Watched{SYS_select, "waits for a descriptor"},
    Watched{SYS_creat, "opens a file"},
    Watched{SYS_unlink, "changes a folder"},
    Watched{SYS_rename, "changes a folder"},
    Watched{SYS_mkdir, "changes a folder"},
    Watched{SYS_rmdir, "changes a folder"},
    Watched{SYS_link, "changes a folder"},
    Watched{SYS_symlink, "changes a folder"},
    Watched{SYS_mknod, "changes a folder"},
    Watched{SYS_chmod, "changes a file's rights"},
    Watched{SYS_chown, "changes a file's rights"},
#endif
    Watched{SYS_openat, "opens a file"},
    Watched{SYS_openat2, "opens a file"},
    Watched{SYS_open_by_handle_at, "opens a file"},
    Watched{SYS_truncate, "changes a file"},
    Watched{SYS_unlinkat, "changes a folder"},
    Watched{SYS_renameat2, "changes a folder"},
    Watched{SYS_mkdirat, "changes a folder"},
    Watched{SYS_linkat, "changes a folder"},
    Watched{SYS_symlinkat, "changes a folder"},
    Watched{SYS_mknodat, "changes a folder"},
    Watched{SYS_fchmodat, "changes a file's rights"},
    Watched{SYS_fchownat, "changes a file's rights"},
    Watched{SYS_socketpair, "opens a socket"},
    Watched{SYS_io_uring_setup, "opens a queue of system calls"},
    Watched{SYS_kill, "sends a signal"},
    Watched{SYS_ptrace, "looks into another process"},
    Watched{SYS_process_vm_readv, "looks into another process"},
    Watched{SYS_process_vm_writev, "looks into another process"},
    Watched{SYS_execveat, "executes a program"},
    Watched{SYS_socket, "opens a socket"},
    Watched{SYS_connect, "connects a socket"},
    Watched{SYS_clone, "starts a thread or process"},
    Watched{SYS_clone3, "starts a thread or process"},
    Watched{SYS_execve, "executes a program"},
    Watched{SYS_ppoll, "waits for a descriptor"},
    Watched{SYS_pselect6, "waits for a descriptor"},
    Watched{SYS_nanosleep, "sleeps"},
    Watched{SYS_clock_nanosleep, "sleeps"},
};

// Written by the signal handler, read by `check`.
std::array<volatile std::sig_atomic_t, kWatched.size()> seen{};

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
void set_result(ucontext_t* context, long value) { context->uc_mcontext.gregs[REG_RAX] = value; }
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
void set_result(ucontext_t* context, long value) {
  context->uc_mcontext.regs[0] = static_cast<unsigned long long>(value);
}
#else
constexpr unsigned kArchitecture = 0;
void set_result(ucontext_t*, long) {}
#endif

void on_call(int, siginfo_t* info, void* context) {
  for (std::size_t i = 0; in_scheme && i < kWatched.size(); ++i) {
    if (kWatched[i].number == info->si_syscall) seen[i] = 1;
  }
  set_result(static_cast<ucontext_t*>(context), -EPERM);
}

}  // namespace

int open_output() noexcept { return ::memfd_create("output", MFD_CLOEXEC); }

bool watch_calls() {
  if (kArchitecture == 0) return false;
  struct sigaction action {};
  action.sa_sigaction = on_call;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGSYS, &action, nullptr);

  // Another architecture's calls, and those of x32, have other numbers: none is let through.
  constexpr unsigned kFirstOfX32 = 0x40000000;
  std::array<sock_filter, kWatched.size() + 8> program{};
  std::size_t at = 0;
  const auto add = [&](unsigned short code, unsigned value, unsigned char yes, unsigned char no) {
    program[at++] = {code, yes, no, value};
  };
  add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch), 0, 0);
  add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
  add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr), 0, 0);
  add(BPF_JMP | BPF_JGE | BPF_K, kFirstOfX32, 0, 1);
  add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
  for (std::size_t i = 0; i < kWatched.size(); ++i) {
    const auto to_trap = static_cast<unsigned char>(kWatched.size() - i);
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(kWatched[i].number), to_trap, 0);
  }
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  add(BPF_RET | BPF_K, SECCOMP_RET_TRAP, 0, 0);
  const sock_fprog filter{static_cast<unsigned short>(at), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

void take_calls(const std::function<void(const char* what)>& found) {
  for (std::size_t i = 0; i < kWatched.size(); ++i) {
    if (seen[i] == 0) continue;
    seen[i] = 0;
    found(kWatched[i].name);
  }
}

}  // namespace pintle::conformance
