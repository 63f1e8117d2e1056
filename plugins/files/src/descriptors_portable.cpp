// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pintle/files/descriptors.h>

namespace pintle {
namespace {

// Negative if it cannot be marked: it must not reach another program.
UniqueFd marked(int fd, Waiting waiting) noexcept {
  UniqueFd made(fd);
  if (!made) return made;
  const int flags = ::fcntl(fd, F_GETFL);
  const int wanted = waiting == Waiting::yes ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  if (flags < 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd, F_SETFL, wanted) != 0) {
    const int error = errno;
    made.close();
    errno = error;
  }
#ifdef SO_NOSIGPIPE
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return made;
}

DescriptorPair marked(const std::array<int, 2>& ends) noexcept {
  DescriptorPair pair{marked(ends[0], Waiting::yes), marked(ends[1], Waiting::yes)};
  if (!pair.first || !pair.second) return {};
  return pair;
}

}  // namespace

#ifdef MSG_NOSIGNAL
const int kWithoutSignal = MSG_NOSIGNAL;
#else
const int kWithoutSignal = 0;
#endif

DescriptorPair open_pipe() noexcept {
  std::array<int, 2> ends{-1, -1};
  if (::pipe(ends.data()) != 0) return {};
  return marked(ends);
}

DescriptorPair open_socket_pair() noexcept {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return {};
  return marked(ends);
}

UniqueFd open_socket(int family, Waiting waiting) noexcept {
  return marked(::socket(family, SOCK_STREAM, 0), waiting);
}

UniqueFd accept_from(int listening, Waiting waiting) noexcept {
  return marked(::accept(listening, nullptr, nullptr), waiting);
}

}  // namespace pintle
