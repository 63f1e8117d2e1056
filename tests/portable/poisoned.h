// SPDX-License-Identifier: Apache-2.0
//
// Comes before each source that libcxx.sh compiles: the headers of the system and of the libraries,
// and then no more of what Linux alone has. A name that is poisoned is an error wherever it stands,
// also behind a macro.

#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <dlfcn.h>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <format>
#include <fstream>
#include <functional>
#include <grp.h>
#include <map>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <random>
#include <regex>
#include <sched.h>
#include <set>
#include <signal.h>
#include <span>
#include <spawn.h>
#include <sstream>
#include <stdlib.h>
#include <stop_token>
#include <string.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#ifndef PINTLE_WITHOUT_POCO
// Poco 1.11 calls its own function so that std::format may be meant, too.
#define format poco_format
#include <Poco/Format.h>
#undef format
namespace Poco {
template <class... Arguments>
auto format(Arguments&&... arguments) {
  return poco_format(std::forward<Arguments>(arguments)...);
}
}  // namespace Poco
#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Util/Application.h>
#endif
#include <openssl/ssl.h>
#include <simdjson.h>

#pragma GCC poison epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_event EPOLLIN
#pragma GCC poison EPOLLOUT EPOLLERR EPOLLHUP EPOLLET EPOLLRDHUP EPOLL_CTL_ADD EPOLL_CLOEXEC
#pragma GCC poison eventfd EFD_CLOEXEC EFD_NONBLOCK timerfd_create timerfd_settime signalfd
#pragma GCC poison memfd_create MFD_CLOEXEC MFD_ALLOW_SEALING F_ADD_SEALS F_SEAL_WRITE sendfile
#pragma GCC poison accept4 pipe2 dup3 SOCK_CLOEXEC SOCK_NONBLOCK SOL_TCP SO_PEERCRED ucred
#pragma GCC poison O_PATH O_TMPFILE openat2 renameat2 execveat fexecve close_range closefrom vfork
#pragma GCC poison posix_spawn_file_actions_addclosefrom_np posix_spawn_file_actions_addchdir_np
#pragma GCC poison prctl PR_SET_PDEATHSIG PR_SET_DUMPABLE PR_SET_NO_NEW_PRIVS syscall SYS_pidfd_open
#pragma GCC poison getrandom gettid getauxval secure_getenv POLLRDHUP ppoll fallocate \
    copy_file_range
#pragma GCC poison CLOCK_BOOTTIME CLOCK_MONOTONIC_COARSE clock_nanosleep sigtimedwait sigwaitinfo
#pragma GCC poison SI_KERNEL dlmopen dlinfo dladdr1 link_map dl_iterate_phdr program_invocation_name
#pragma GCC poison malloc_trim mallinfo MCL_ONFAULT mremap explicit_bzero fgetxattr lgetxattr
#pragma GCC poison sched_getaffinity pthread_timedjoin_np get_current_dir_name memrchr execvpe
