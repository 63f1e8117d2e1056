// SPDX-License-Identifier: Apache-2.0
//
// The cage of Linux: limits, Landlock, and a list of the system calls that are left (seccomp).

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <linux/capability.h>
#include <memory>
#include <seccomp.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pintle/core/base/error.h>

#include "confinement.h"
#include "landlock_linux.h"
#include "system_call_trap.h"

namespace pintle::cage {
namespace {

constexpr rlim_t kMaxMemory = rlim_t{256} << 20;
constexpr rlim_t kMaxStack = rlim_t{2} << 20;
// Of the whole life of the process: one that runs on is ended by the host's limit of each call.
constexpr rlim_t kMaxCpuSeconds = 300;

Error impossible(const char* what, int error) {
  return Error(Layer::plugin, std::string("must run in the cage, but this system cannot ") + what +
                                  ": " + std::strerror(error))
      .with_user_action()
      .with_hint("Set \"cage\": \"never\" in plugins.json if you trust this library.");
}

void set_limit(int resource, rlim_t value) {
  const rlimit limit{value, value};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) {
    throw impossible("limit a process", errno);
  }
}

void set_limits(rlim_t descriptors) {
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_FSIZE, 0);
  set_limit(RLIMIT_MEMLOCK, 0);
  set_limit(RLIMIT_NPROC, 0);
  set_limit(RLIMIT_NOFILE, descriptors);
  set_limit(RLIMIT_CPU, kMaxCpuSeconds);
  set_limit(RLIMIT_STACK, kMaxStack);
  set_limit(RLIMIT_AS, kMaxMemory);
}

// A list of the allowed system calls. All others end the process, with their name.
class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_TRAP), ::seccomp_release) {
    if (!context_) throw impossible("filter system calls", ENOMEM);
    check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    // What a needed library may have started is inside, too.
    check(::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
  }

  template <class... Conditions>
  void allow(int call, Conditions... conditions) {
    const std::array<scmp_arg_cmp, sizeof...(conditions)> list{conditions...};
    check(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call, list.size(), list.data()));
  }
  void refuse(int call, int error) {
    check(::seccomp_rule_add_array(context_.get(), SCMP_ACT_ERRNO(static_cast<unsigned>(error)),
                                   call, 0, nullptr));
  }
  void load() { check(::seccomp_load(context_.get())); }

 private:
  static void check(int result) {
    if (result < 0) throw impossible("filter system calls", -result);
  }

  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

scmp_arg_cmp is(unsigned argument, scmp_datum_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp lacks(unsigned argument, scmp_datum_t bit) {
  return {argument, SCMP_CMP_MASKED_EQ, bit, 0};
}

// Those of root, if it runs as root. Whoever has none cannot give them up, and need not.
void give_up_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  ::syscall(SYS_capset, &header, none.data());
}

void allow_computing(Filter& filter) {
  constexpr std::array kCalls = {
      SCMP_SYS(brk),          SCMP_SYS(munmap),         SCMP_SYS(mremap),
      SCMP_SYS(futex),        SCMP_SYS(sched_yield),    SCMP_SYS(getpid),
      SCMP_SYS(gettid),       SCMP_SYS(getrandom),      SCMP_SYS(clock_gettime),
      SCMP_SYS(gettimeofday), SCMP_SYS(time),           SCMP_SYS(clock_getres),
      SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
      SCMP_SYS(exit),         SCMP_SYS(exit_group),     SCMP_SYS(fstat)};
  for (const int call : kCalls) filter.allow(call);
  // What allocators say. Others act on the machine's memory, or on pages that processes share.
  constexpr std::array kAdvices = {MADV_NORMAL,   MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
                                   MADV_DONTNEED, MADV_FREE,   MADV_HUGEPAGE,   MADV_NOHUGEPAGE};
  for (const int advice : kAdvices) {
    filter.allow(SCMP_SYS(madvise), is(2, static_cast<scmp_datum_t>(advice)));
  }
  // Memory can be used, but nothing that was written can be executed.
  filter.allow(SCMP_SYS(mmap), lacks(2, PROT_EXEC));
  filter.allow(SCMP_SYS(mprotect), lacks(2, PROT_EXEC));
  filter.allow(SCMP_SYS(tgkill), is(0, static_cast<scmp_datum_t>(::getpid())), is(2, SIGABRT));
  // What libraries ask without a need: the answer is that it cannot be known.
  filter.refuse(SCMP_SYS(ioctl), ENOTTY);
  filter.refuse(SCMP_SYS(lseek), ESPIPE);
  filter.refuse(SCMP_SYS(sysinfo), ENOSYS);
  filter.refuse(SCMP_SYS(sched_getaffinity), ENOSYS);
}

void allow_descriptors(Filter& filter, std::span<const int> library) {
  filter.allow(SCMP_SYS(read), is(0, 0));
  for (const scmp_datum_t output : {1U, 2U}) {
    filter.allow(SCMP_SYS(write), is(0, output));
    filter.allow(SCMP_SYS(writev), is(0, output));
  }
  for (const int descriptor : library) {
    const auto number = static_cast<scmp_datum_t>(descriptor);
    filter.allow(SCMP_SYS(read), is(0, number));
    filter.allow(SCMP_SYS(pread64), is(0, number));
    filter.allow(SCMP_SYS(close), is(0, number));
    // Not anonymous: the kernel does not look at the descriptor then.
    filter.allow(SCMP_SYS(mmap), is(4, number), lacks(2, PROT_WRITE), lacks(3, MAP_ANONYMOUS));
  }
}

}  // namespace

void confine(const std::string& library_path, std::span<const int> library) {
  if (!kTrapIsKnown) throw impossible("answer the dynamic linker", ENOSYS);
  int last = 2;
  for (const int descriptor : library) last = std::max(last, descriptor);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw impossible("give up rights", errno);
  give_up_capabilities();
  // Another process of this user cannot look inside, and no secret gets into a core file.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  Filter filter;
  allow_computing(filter);
  allow_descriptors(filter, library);
  set_trap(library_path, library);
  forbid_by_landlock();
  set_limits(static_cast<rlim_t>(last) + 1);
  filter.load();
}

}  // namespace pintle::cage
