// SPDX-License-Identifier: Apache-2.0
//
// A scheme that does one hostile thing, in its constructor or in a call. Which one, and where, a
// test writes into its copy of the library, over the text of `hostile_case`: "open:fork".

#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <dlfcn.h>
#include <exception>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pintle/plugin.h>

namespace {

volatile char hostile_case[64] = "PINTLE-HOSTILE-CASE";

bool is(const char* text) {
  std::size_t i = 0;
  while (text[i] != '\0' && hostile_case[i] == text[i]) ++i;
  return text[i] == '\0' && hostile_case[i] == '\0';
}

pintle_view view(const char* text) { return {text, std::strlen(text)}; }

// What the cases of the contract leave behind, for a later call.
const pintle_sink* kept_sink = nullptr;
std::jmp_buf kept_place;
volatile char* volatile nowhere = nullptr;

[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[4096];
  frame[depth % 4096] = static_cast<char>(depth);
  return recurse(depth + 1) + frame[(depth + 1) % 4096];
}

void* thread_main(void*) { return nullptr; }

void read_file(int fd) {
  char bytes[256];
  const auto got = ::read(fd, bytes, sizeof bytes);
  if (got > 0) ::write(2, bytes, static_cast<std::size_t>(got));
}

using Act = void (*)();
struct Case {
  const char* name;
  Act act;
};

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(80);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Each goes on afterwards as if nothing were: what ends it is the cage.
const Case kCases[] = {
    {"abort", [] { std::abort(); }},
    {"exit", [] { std::exit(0); }},
    {"_exit", [] { ::_exit(0); }},
    {"quick_exit", [] { std::quick_exit(3); }},
    {"trap", [] { __builtin_trap(); }},
    {"null", [] { *nowhere = 1; }},
    {"null-call", [] { reinterpret_cast<Act>(reinterpret_cast<std::uintptr_t>(nowhere))(); }},
    {"divide",
     [] {
       volatile int zero = 0;
       volatile int one = 1;
       one = one / zero;
     }},
    {"recurse", [] { recurse(0); }},
    {"throw", [] { throw std::runtime_error("across"); }},
    {"throw-int", [] { throw 1; }},
    {"terminate", [] { std::terminate(); }},
    {"spin",
     [] {
       for (volatile int i = 0;; i = i + 1) {
       }
     }},
    {"futex",
     [] {
       int word = 0;
       while (true) ::syscall(SYS_futex, &word, 0, 0, nullptr, nullptr, 0);
     }},
    {"read-stdin",
     [] {
       char byte = 0;
       while (::read(0, &byte, 1) == 1) {
       }
     }},
    {"endless-stderr",
     [] {
       while (true) ::write(2, "0123456789", 10);
     }},
    {"endless-stdout",
     [] {
       while (true) ::write(1, "0123456789", 10);
     }},
    {"garbage", [] { ::write(1, "garbage\n", 8); }},
    {"printf",
     [] {
       std::printf("garbage\n");
       std::fflush(stdout);
     }},
    {"forged-reply", [] { ::write(1, "{\"id\":777,\"result\":{}}\n", 23); }},
    {"binary", [] { ::write(1, "\0\xff\xfe\n\n", 5); }},
    {"allocate", [] { std::memset(std::malloc(std::size_t{1} << 30), 1, std::size_t{1} << 30); }},
    {"leak",
     [] {
       while (true) std::memset(new char[1 << 20], 1, 1 << 20);
     }},
    {"leak-malloc",
     [] {
       while (true) std::memset(std::malloc(1 << 20), 1, 1 << 20);
     }},
    {"fork",
     [] {
       if (::fork() == 0) ::_exit(0);
     }},
    {"vfork", [] { ::syscall(SYS_vfork); }},
    {"clone", [] { ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
    {"clone3",
     [] {
       std::uint64_t arguments[11]{};
       arguments[4] = SIGCHLD;
       ::syscall(SYS_clone3, arguments, sizeof arguments);
     }},
    {"thread",
     [] {
       pthread_t thread{};
       ::pthread_create(&thread, nullptr, &thread_main, nullptr);
     }},
    {"system", [] { std::system("true"); }},
    {"popen", [] { ::popen("id", "r"); }},
    {"execve",
     [] {
       char name[] = "/bin/true";
       char* arguments[] = {name, nullptr};
       ::execve(name, arguments, nullptr);
     }},
    {"execveat", [] { ::syscall(SYS_execveat, 4, "", nullptr, nullptr, AT_EMPTY_PATH); }},
    {"raise", [] { std::raise(SIGTERM); }},
    {"kill", [] { ::kill(::getpid(), SIGKILL); }},
    {"kill-parent", [] { ::kill(::getppid(), SIGTERM); }},
    {"kill-all", [] { ::kill(-1, 0); }},
    {"tgkill", [] { ::syscall(SYS_tgkill, 1, 1, SIGABRT); }},
    {"sigqueue", [] { ::sigqueue(1, 0, sigval{}); }},
    {"ptrace", [] { ::ptrace(PTRACE_ATTACH, 1, nullptr, nullptr); }},
    {"ptrace-me", [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"process_vm_readv",
     [] {
       char byte = 0;
       const iovec own{&byte, 1};
       ::process_vm_readv(1, &own, 1, &own, 1, 0);
     }},
    {"process_vm_writev",
     [] {
       char byte = 0;
       const iovec own{&byte, 1};
       ::process_vm_writev(1, &own, 1, &own, 1, 0);
     }},
    {"pidfd_open", [] { ::syscall(SYS_pidfd_open, 1, 0); }},
    {"pidfd_getfd", [] { ::syscall(SYS_pidfd_getfd, 4, 1, 0); }},
    {"wait", [] { ::waitpid(-1, nullptr, 0); }},
    {"dlopen", [] { ::dlopen("libnothing-is-linked-with-it.so", RTLD_NOW); }},
    {"dlopen-again",
     [] {
       ::dlopen("/proc/self/fd/4", RTLD_NOW | RTLD_GLOBAL);
       ::dlopen("/proc/self/fd/3", RTLD_NOW);
     }},
    {"open", [] { read_file(::open("/etc/passwd", O_RDONLY)); }},
    {"open-old", [] { read_file(static_cast<int>(::syscall(SYS_open, "/etc/passwd", O_RDONLY))); }},
    {"openat2", [] { ::syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", nullptr, 24); }},
    {"open-write", [] { ::open("/tmp/pintle-hostile", O_CREAT | O_WRONLY, 0600); }},
    {"fopen", [] { std::fopen("/etc/passwd", "r"); }},
    {"own-memory", [] { ::open("/proc/self/mem", O_RDWR); }},
    {"own-maps", [] { std::fopen("/proc/self/maps", "r"); }},
    {"parents-memory", [] { ::open("/proc/1/mem", O_RDONLY); }},
    {"opendir", [] { ::opendir("/"); }},
    {"stat",
     [] {
       struct stat facts {};
       ::stat("/etc/passwd", &facts);
     }},
    {"access", [] { ::access("/etc/passwd", R_OK); }},
    {"readlink",
     [] {
       char name[64];
       ::readlink("/proc/self/exe", name, sizeof name);
     }},
    {"getcwd",
     [] {
       char name[64];
       ::getcwd(name, sizeof name);
     }},
    {"chdir", [] { ::chdir("/tmp"); }},
    {"chroot", [] { ::chroot("/tmp"); }},
    {"unlink", [] { ::unlink("/tmp/pintle-hostile"); }},
    {"rename", [] { ::rename("/tmp/pintle-hostile", "/tmp/pintle-hostile-2"); }},
    {"mkdir", [] { ::mkdir("/tmp/pintle-hostile", 0700); }},
    {"symlink", [] { ::symlink("/etc/passwd", "/tmp/pintle-hostile"); }},
    {"link", [] { ::link("/etc/passwd", "/tmp/pintle-hostile"); }},
    {"chmod", [] { ::chmod("/tmp/pintle-hostile", 0777); }},
    {"truncate", [] { ::truncate("/tmp/pintle-hostile", 0); }},
    {"mount", [] { ::mount("none", "/tmp/pintle-hostile", "tmpfs", 0, nullptr); }},
    {"umount", [] { ::umount2("/tmp/pintle-hostile", 0); }},
    {"unshare", [] { ::syscall(SYS_unshare, 0x10000000); }},
    {"setns", [] { ::syscall(SYS_setns, 0, 0); }},
    {"socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"socket-unix", [] { ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"socket-netlink", [] { ::socket(AF_NETLINK, SOCK_RAW, 0); }},
    {"socketpair",
     [] {
       int ends[2];
       ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
     }},
    {"connect",
     [] {
       const auto address = loopback();
       ::connect(1, reinterpret_cast<const sockaddr*>(&address), sizeof address);
     }},
    {"bind",
     [] {
       const auto address = loopback();
       ::bind(1, reinterpret_cast<const sockaddr*>(&address), sizeof address);
     }},
    {"listen", [] { ::listen(1, 1); }},
    {"accept", [] { ::accept4(1, nullptr, nullptr, 0); }},
    {"sendto", [] { ::send(1, "x", 1, 0); }},
    {"sendmsg",
     [] {
       const msghdr message{};
       ::sendmsg(1, &message, 0);
     }},
    {"recv",
     [] {
       char byte = 0;
       ::recv(0, &byte, 1, 0);
     }},
    {"pipe",
     [] {
       int ends[2];
       ::pipe2(ends, 0);
     }},
    {"dup", [] { ::dup(1); }},
    {"dup2", [] { ::syscall(SYS_dup2, 2, 1); }},
    {"fcntl", [] { ::fcntl(1, F_SETFL, 0); }},
    {"close-all",
     [] {
       for (int fd = 0; fd < 1024; ++fd) ::close(fd);
     }},
    {"close_range", [] { ::syscall(SYS_close_range, 0, ~0U, 0); }},
    {"eventfd", [] { ::eventfd(0, 0); }},
    {"epoll", [] { ::epoll_create1(0); }},
    {"memfd", [] { ::memfd_create("x", 0); }},
    {"inotify", [] { ::inotify_init1(0); }},
    {"fanotify", [] { ::syscall(SYS_fanotify_init, 0, 0); }},
    {"io_uring", [] { ::syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"aio",
     [] {
       unsigned long context = 0;
       ::syscall(SYS_io_setup, 1, &context);
     }},
    {"perf_event_open", [] { ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    {"userfaultfd", [] { ::syscall(SYS_userfaultfd, 0); }},
    {"bpf", [] { ::syscall(SYS_bpf, 0, nullptr, 0); }},
    {"shm", [] { ::shmget(IPC_PRIVATE, 4096, 0600); }},
    {"semaphore", [] { ::syscall(SYS_semget, 0, 1, 0600); }},
    {"message-queue", [] { ::syscall(SYS_msgget, 0, 0600); }},
    {"keyctl", [] { ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
    {"pause", [] { ::pause(); }},
    {"sleep", [] { ::usleep(1); }},
    {"poll", [] { ::poll(nullptr, 0, -1); }},
    {"alarm", [] { ::alarm(1); }},
    {"setitimer",
     [] {
       const itimerval timer{};
       ::setitimer(ITIMER_REAL, &timer, nullptr);
     }},
    {"timer",
     [] {
       timer_t timer{};
       ::timer_create(CLOCK_MONOTONIC, nullptr, &timer);
     }},
    {"signal", [] { std::signal(SIGSEGV, SIG_IGN); }},
    {"sigaction-sys",
     [] {
       struct sigaction action {};
       ::sigaction(SIGSYS, &action, nullptr);
     }},
    {"block-sigsys",
     [] {
       sigset_t all;
       sigfillset(&all);
       ::sigprocmask(SIG_SETMASK, &all, nullptr);
       ::open("/etc/passwd", O_RDONLY);
     }},
    {"setrlimit",
     [] {
       const rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
       ::setrlimit(RLIMIT_AS, &limit);
     }},
    {"prctl", [] { ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }},
    {"prctl-seccomp", [] { ::prctl(PR_SET_SECCOMP, 0, nullptr, 0, 0); }},
    {"seccomp", [] { ::syscall(SYS_seccomp, 1, 0, nullptr); }},
    {"personality", [] { ::syscall(SYS_personality, 0x0040000); }},
    {"setuid", [] { ::setuid(0); }},
    {"setsid", [] { ::setsid(); }},
    {"capset", [] { ::syscall(SYS_capset, nullptr, nullptr); }},
    {"sethostname", [] { ::sethostname("x", 1); }},
    {"settime", [] { ::syscall(SYS_clock_settime, 99, nullptr); }},
    {"reboot", [] { ::syscall(SYS_reboot, 0, 0, 0, nullptr); }},
    {"module", [] { ::syscall(SYS_init_module, nullptr, 0, nullptr); }},
    {"uname",
     [] {
       utsname names{};
       ::uname(&names);
     }},
    {"mprotect",
     [] {
       static char code[8192];
       auto page = (reinterpret_cast<std::uintptr_t>(code) + 4095) & ~std::uintptr_t{4095};
       ::mprotect(reinterpret_cast<void*>(page), 4096, PROT_READ | PROT_EXEC);
     }},
    {"mmap-exec",
     [] {
       ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
              0);
     }},
    {"mmap-descriptor",
     [] {
       for (int descriptor = 3; descriptor < 10; ++descriptor) {
         ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                descriptor, 0);
       }
     }},
    {"merge-pages", [] { ::madvise(nullptr, 0, MADV_MERGEABLE); }},
    {"times",
     [] {
       const std::time_t now = 0;
       std::tm parts{};
       char text[40];
       ::gmtime_r(&now, &parts);
       ::localtime_r(&now, &parts);
       ::mktime(&parts);
       std::strftime(text, sizeof(text), "%F %Z", &parts);
     }},
    {"mlock", [] { ::mlockall(MCL_CURRENT); }},
    {"io-port", [] { ::syscall(SYS_ioperm, 0, 1, 1); }},
    {"unknown", [] { ::syscall(4000); }},
#if defined(__x86_64__)
    {"x32", [] { ::syscall(0x40000000 | SYS_open, "/etc/passwd", 0); }},
    {"int80",
     [] {
       long result = 20;
       asm volatile("int $0x80" : "+a"(result) : : "memory");
     }},
#endif
};

void act_in(const char* place) {
  const auto size = std::strlen(place);
  for (std::size_t i = 0; i < size; ++i) {
    if (hostile_case[i] != place[i]) return;
  }
  for (const auto& one : kCases) {
    char name[64];
    std::snprintf(name, sizeof name, "%s:%s", place, one.name);
    if (is(name)) return one.act();
  }
}

[[gnu::constructor]] void on_load() { act_in("load"); }

// The handles are any address of this library.
char handle = 0;

std::int32_t match(const pintle_probe*, pintle_match* out, pintle_error*) {
  act_in("match");
  out->score = is("call:wild-score") ? INT32_MAX : 40;
  return PINTLE_OK;
}

std::int32_t open_auth(const pintle_opening*, pintle_auth** out, pintle_error*) {
  act_in("open");
  if (is("call:longjmp") && setjmp(kept_place) != 0) return PINTLE_OK;
  if (is("open:no-instance")) return PINTLE_OK;
  if (is("open:wild-code")) return 12345;
  *out = reinterpret_cast<pintle_auth*>(&handle);
  return PINTLE_OK;
}

void close_auth(pintle_auth*) { act_in("close"); }

std::int32_t decorate(const pintle_auth*, const pintle_request*, const pintle_sink* headers,
                      pintle_decoration* out, pintle_error*) {
  act_in("decorate");
  kept_sink = headers;
  if (is("decorate:huge")) headers->put(headers->context, view("X"), {"x", SIZE_MAX});
  if (is("decorate:endless")) {
    while (true) headers->put(headers->context, view("X-Name"), view("value"));
  }
  if (is("decorate:wild-view")) {
    headers->put(headers->context, view("X"), {reinterpret_cast<const char*>(8), 100});
  }
  if (is("decorate:wild-context")) headers->put(&handle, view("X"), view("y"));
  if (is("decorate:wild-layer")) return -1;
  headers->put(headers->context, view("X-Api-Key"), view("0123456789"));
  out->credential = ~std::uint64_t{0};
  return PINTLE_OK;
}

std::int32_t observe(pintle_auth*, const pintle_response*, std::uint32_t* seen, pintle_error*) {
  act_in("observe");
  if (is("observe:late-sink")) kept_sink->put(kept_sink->context, view("X"), view("y"));
  *seen = is("observe:huge-session") ? PINTLE_OBSERVATION_SESSION_CHANGED : PINTLE_OBSERVATION_NONE;
  return PINTLE_OK;
}

std::int32_t begin(pintle_auth*, const pintle_begin*, pintle_operation** out, pintle_step* step,
                   pintle_error*) {
  act_in("begin");
  if (is("call:longjmp")) std::longjmp(kept_place, 1);
  step->need = PINTLE_NEED_DONE;
  if (is("begin:no-operation")) return PINTLE_OK;
  *out = reinterpret_cast<pintle_operation*>(&handle);
  if (is("begin:wild-need")) step->need = 77;
  if (is("begin:wild-life")) {
    step->ws_url = view("ws://localhost/");
    step->life = 99;
  }
  if (is("begin:wild-visit")) {
    step->need = PINTLE_NEED_BROWSER;
    step->browser_ends_with = 99;
  }
  if (is("begin:huge-list")) {
    step->need = PINTLE_NEED_HTTP;
    step->http_header_count = SIZE_MAX;
  }
  if (is("begin:wild-list")) {
    step->need = PINTLE_NEED_HTTP;
    step->http_headers = reinterpret_cast<const pintle_field*>(8);
    step->http_header_count = 9;
  }
  if (is("begin:huge-text")) step->message = {"x", SIZE_MAX};
  if (is("begin:null-text")) step->message = {nullptr, 9};
  if (is("begin:wild-text")) step->message = {reinterpret_cast<const char*>(8), 9};
  return PINTLE_OK;
}

std::int32_t resume(pintle_operation*, const pintle_answer*, pintle_step*, pintle_error*) {
  act_in("resume");
  return PINTLE_OK;
}

void end(pintle_operation*) { act_in("end"); }

std::int32_t session(const pintle_auth*, const pintle_sink* bytes, pintle_error*) {
  static const std::string kPiece(100'000, 'x');
  for (int i = 0; i < 100; ++i) {
    bytes->put(bytes->context, {}, {kPiece.data(), kPiece.size()});
  }
  return PINTLE_OK;
}

std::int32_t describe(const pintle_auth*, const pintle_sink*, pintle_error*) {
  act_in("describe");
  return PINTLE_OK;
}

pintle_scheme scheme_of_it() {
  pintle_scheme scheme{};
  scheme.struct_size = sizeof scheme;
  scheme.id = view("hostile");
  scheme.name = view("Hostile");
  scheme.strength = 10;
  scheme.rules_score = 40;
  scheme.rules_reason = view("a test");
  scheme.match = &match;
  scheme.open = &open_auth;
  scheme.close = &close_auth;
  scheme.decorate = &decorate;
  scheme.observe = &observe;
  scheme.begin = &begin;
  scheme.resume = &resume;
  scheme.end = &end;
  scheme.session = &session;
  scheme.describe = &describe;
  return scheme;
}

const pintle_scheme kScheme = scheme_of_it();
const pintle_scheme* const kSchemes[] = {&kScheme};

}  // namespace

extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_plugin;
const pintle_plugin_table pintle_plugin = {PINTLE_PLUGIN_MAGIC,
                                           PINTLE_ABI_MAJOR,
                                           sizeof(pintle_plugin_table),
                                           view("pintle-hostile"),
                                           view("1.0.0"),
                                           kSchemes,
                                           1};
