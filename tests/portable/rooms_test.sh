#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rooms_test.sh ROOMS ROOT: plants one violation at a time in a copy of the tree's sources: rooms.sh
# must find each, and say nothing of what only looks like one.
set -euo pipefail
# shellcheck source=tests/support/planted_tree.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/planted_tree.sh" "$@"

plant() { # FILE TEXT
  try "$@"
  [[ $code != 0 && $said == "$1:"* ]] || { echo "FAILED: of '$2' in $1 was said: $said"; bad=1; }
}
allow() { # FILE TEXT
  try "$@"
  [[ $code == 0 ]] || { echo "FAILED: of '$2' in $1 was said: $said"; bad=1; }
}
plant host/src/io/loop.cpp '  const int fd = ::epoll_create1(EPOLL_CLOEXEC);'
plant host/src/io/loop.cpp '#include <sys/epoll.h>'
plant host/src/io/loop.cpp '#  include <linux/netlink.h>'
plant host/src/io/readiness_portable.cpp 'int fd = eventfd(0, 0);'
plant host/src/base/spawn.cpp '  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // "quoted'
plant host/src/base/spawn.cpp '  log("https://example.org"); ::pipe2(ends, 0);'
plant host/src/base/spawn.cpp '  /* why */ ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);'
plant host/src/base/spawn.cpp 'constexpr int kKind = SOCK_STREAM | SOCK_CLOEXEC;'
plant host/src/settings/paths.cpp '  return fs::read_symlink("/proc/self/exe", error);'
plant host/src/settings/paths.cpp '#ifdef __linux__'
plant host/src/settings/paths.cpp '#if defined(__APPLE__) || defined(X)'
plant host/src/net/stream.cpp '  ::send(fd, data, size, MSG_NOSIGNAL);'
plant core/src/text/json.cpp '  ::getrandom(data, size, 0);'
plant host/practice/server/listener.cpp '  ::splice(a, nullptr, b, nullptr, 1, 0);'
plant host/src/base/child_start_linux_too.cpp '  ::closefrom(3);'
# shellcheck disable=SC2016 # CMake's own
plant host/src/base/CMakeLists.txt '  target_sources(x PRIVATE nothing_${PINTLE_SYSTEM}.cpp)'
allow host/src/io/loop.cpp '// epoll_wait would be quicker'
allow host/src/io/loop.cpp '  /// As SO_PEERCRED does.'
allow host/src/io/loop.cpp '/* memfd_create
and eventfd, as Linux has them */'
allow host/src/base/wakeup_linux.cpp 'int other = eventfd(0, 0);'
allow host/src/base/wakeup_portable.cpp '#ifdef __APPLE__'
allow host/src/broker/server.cpp 'void Server::splice(int) {}'
exit "$bad"
