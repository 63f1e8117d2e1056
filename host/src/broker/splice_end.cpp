// SPDX-License-Identifier: Apache-2.0
#include "broker/splice_end.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>

namespace pintle::broker {

SpliceEnd::SpliceEnd(net::Stream stream) : stream_(std::move(stream)) {
  stream_.set_blocking(false);
  stream_.read_ahead();
}

// A plain socket without Poco's layers, which throw where a send buffer is full.
SpliceEnd::Result SpliceEnd::read(std::span<char> buffer) noexcept {
  if (!stream_.secure()) {
    for (;;) {
      const auto got = ::recv(stream_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) return {State::bytes, static_cast<std::size_t>(got)};
      if (got < 0 && errno == EINTR) continue;
      const bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
      return {later ? State::later : State::ended};
    }
  }
  try {
    const auto got = stream_.read(buffer.data(), buffer.size());
    switch (got.state) {
      case net::Stream::State::done:
        return {State::bytes, got.size};
      case net::Stream::State::closed:
        return {State::ended};
      default:
        return {State::later};
    }
  } catch (const Error&) {
    return {State::ended};
  }
}

// Returns how many bytes were sent. A connection that broke takes all that follows, and drops it:
// what it sent before may still be read.
std::size_t SpliceEnd::write_some(std::string_view bytes) noexcept {
  needs_read_to_write_ = false;
  if (!stream_.secure()) {
    for (;;) {
      const auto sent =
          ::send(stream_.fd(), bytes.data(), bytes.size(), kWithoutSignal | MSG_DONTWAIT);
      if (sent >= 0) return static_cast<std::size_t>(sent);
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
      write_ended_ = true;
      return bytes.size();
    }
  }
  try {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto put = stream_.write(bytes.substr(sent));
      needs_read_to_write_ = put.state == net::Stream::State::want_read;
      if (put.state != net::Stream::State::done) break;
      sent += put.size;
    }
    return sent;
  } catch (const Error&) {
    write_ended_ = true;
    return bytes.size();
  }
}

void SpliceEnd::send(std::string_view bytes) noexcept {
  if (write_ended_ || write_ending_) return;
  if (unsent_.empty()) bytes.remove_prefix(write_some(bytes));
  unsent_ += bytes;
}

void SpliceEnd::send_rest() noexcept {
  if (!unsent_.empty()) {
    unsent_.erase(0, write_some(unsent_));
    if (unsent_.empty()) std::string().swap(unsent_);  // an idle connection keeps no buffer
  }
  if (write_ending_ && unsent_.empty()) finish_sending();
}

void SpliceEnd::end_sending() noexcept {
  write_ending_ = true;
  if (unsent_.empty()) finish_sending();
}

void SpliceEnd::finish_sending() noexcept {
  if (std::exchange(write_ended_, true)) return;
  ::shutdown(stream_.fd(), SHUT_WR);
}

void SpliceEnd::watch(live::Loop& loop, live::Loop::Watcher& watcher, bool reads) {
  live::Events events = 0;
  if (reads && !read_ended_) events |= live::kReadable;
  if (has_unsent()) events |= needs_read_to_write_ ? live::kReadable : live::kWritable;
  // Errors are reported even if nothing is asked for: who waits for nothing must not hear of them.
  if (events == 0) {
    unwatch(loop, watcher);
  } else if (!std::exchange(is_watched_, true)) {
    loop.watch(stream_.fd(), events, watcher);
  } else if (events != watched_) {
    loop.rewatch(stream_.fd(), events, watcher);
  }
  watched_ = events;
}

void SpliceEnd::unwatch(live::Loop& loop, live::Loop::Watcher& watcher) noexcept {
  if (std::exchange(is_watched_, false)) loop.unwatch(stream_.fd(), watcher);
}

}  // namespace pintle::broker
