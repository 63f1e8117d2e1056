// SPDX-License-Identifier: Apache-2.0
#include "pipe_input.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

#include <pintle/core/base/error.h>

#include "interrupt.h"

namespace pintle::cli {
namespace {

constexpr std::size_t kMaxInput = 64 << 20;

}  // namespace

std::string read_pipe(int fd, const std::string& name) {
  std::string text;
  char buffer[65536];
  while (true) {
    std::array<pollfd, 2> waiting{pollfd{fd, POLLIN, 0}, pollfd{interrupt_fd(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (interrupted().stop_requested()) throw Error(Layer::config, "interrupted");
    const auto got = ::read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(Layer::store, name + " could not be read: " + std::strerror(errno));
    }
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxInput) {
      throw Error(Layer::config, name + " is a pipe, and more than 64 MiB came from it")
          .with_user_action()
          .with_hint("Write it to a file first and send that with call --data @FILE.");
    }
  }
}

}  // namespace pintle::cli
