// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pintle/files/descriptors.h>

namespace pintle {
namespace {

constexpr int flag_of(Waiting waiting) { return waiting == Waiting::yes ? 0 : SOCK_NONBLOCK; }

}  // namespace

const int kWithoutSignal = MSG_NOSIGNAL;

DescriptorPair open_pipe() noexcept {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

DescriptorPair open_socket_pair() noexcept {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd open_socket(int family, Waiting waiting) noexcept {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flag_of(waiting), 0));
}

UniqueFd accept_from(int listening, Waiting waiting) noexcept {
  return UniqueFd(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | flag_of(waiting)));
}

}  // namespace pintle
