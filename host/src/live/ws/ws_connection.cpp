// SPDX-License-Identifier: Apache-2.0
#include "live/ws/ws_connection.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace pintle::live {
namespace {

using std::chrono::milliseconds;

// The maximum of unsent bytes at which a ping is answered at once; above it, the peer pings but
// does not read.
constexpr std::size_t kMaxPongs = 64 * 1024;
// After this many bytes, other connections are served.
constexpr std::size_t kMaxAtOnce = 1 << 20;
constexpr std::size_t kMaxOfControl = 512;

std::variant<ws::FrameDecoder, ws::MessageReader> decoder_of(const WsConnectionOptions& options) {
  const ws::Limits limits{options.max_message_bytes};
  if (options.in_pieces) return ws::FrameDecoder(ws::Role::client, limits);
  return ws::MessageReader(ws::Role::client, limits, options.deflate);
}

}  // namespace

WsConnection::WsConnection(LoopResources& shared, net::Stream stream,
                           const WsConnectionOptions& options, Owner& owner)
    : shared_(shared),
      loop_(shared.loop()),
      stream_(std::move(stream)),
      owner_(owner),
      silent_(options.silent),
      meter_(options.meter),
      decoder_(decoder_of(options)),
      queue_(shared),
      last_byte_(loop_.now()),
      last_progress_(loop_.now()),
      timer_(loop_, [this] { check_time(); }) {
  if (options.deflate) {
    deflater_ = std::make_unique<ws::Deflater>(ws::Role::client, *options.deflate);
  }
  stream_.set_blocking(false);
  stream_.read_ahead();
  stream_.release_memory();
  watched_ = kReadable;
  loop_.watch(stream_.fd(), *watched_, *this);
  timer_.set(deadline());
}

WsConnection::~WsConnection() {
  // A second call is harmless; pending calls of this round must be dropped.
  if (!close_.is(Phase::ended)) loop_.unwatch(stream_.fd(), *this);
}

void WsConnection::start(std::string_view early) {
  reading_ = true;
  while (!early.empty()) {
    const auto room = shared_.read_buffer();
    const auto size = early.copy(room.data(), room.size());
    early.remove_prefix(size);
    if (!take(room.first(size))) break;
  }
  // TLS may have decrypted more than was read, which the socket does not report.
  if (stream_.secure()) loop_.requeue(*this);
  finish();
}

void WsConnection::on_ready(Events events) {
  if (close_.is(Phase::ended)) return;
  if (write_ == Write::awaits_output && (events & (kWritable | kFailed | kHungUp)) != 0) {
    write_ = Write::again;
  }
  if (paused_ && (events & (kFailed | kHungUp)) != 0) {
    // It would be reported endlessly.
    loop_.unwatch(stream_.fd(), *this);
    watched_.reset();
    return;
  }
  if (wants_input() && ((events & ~kWritable) != 0 || read_wants_write_)) {
    read();
  } else {
    flush();
    end_if_done();
  }
}

void WsConnection::on_round_end() {
  at_end_ = false;
  flush();
  end_if_done();
}

// Returns false after the peer's Close, which nothing follows.
bool WsConnection::wants_input() const noexcept { return !paused_ && !close_.is(Phase::answering); }

void WsConnection::read() {
  reading_ = true;
  if (write_ == Write::awaits_input) write_ = Write::again;
  const auto is_deaf = [this] { return close_.is(Phase::breaking_off); };
  for (std::size_t total = 0; !paused_;) {
    const auto came = fill(shared_.read_buffer());
    if (came.empty()) break;
    last_byte_ = loop_.now();
    // More than pings and pongs can contain: part of a message.
    if (came.size() > kMaxOfControl) last_progress_ = last_byte_;
    answer_by_ = kNever;
    total += came.size();
    if (!is_deaf() && !take(came) && !is_deaf()) break;
    if (close_.is_lost()) break;
    // After each go: an app that takes nothing stops the reading here.
    owner_.on_batch_end();
    if (close_.is(Phase::ended)) break;
    // What the socket still has, it will be called for.
    if (!stream_.may_have_more() && came.size() < shared_.read_buffer().size()) break;
    if (total >= kMaxAtOnce) {
      if (stream_.may_have_more()) loop_.requeue(*this);
      break;
    }
  }
  finish();
}

// Reads what is available and fits: a message in several TLS records need not be joined later.
std::span<char> WsConnection::fill(std::span<char> room) {
  std::size_t filled = 0;
  try {
    do {
      const auto got = stream_.read(room.data() + filled, room.size() - filled);
      read_wants_write_ = got.state == net::Stream::State::want_write;
      if (got.state == net::Stream::State::closed) close_.lose("it ended without a close frame");
      if (got.state != net::Stream::State::done) break;
      filled += got.size;
    } while (filled < room.size() && stream_.may_have_more());
  } catch (const Error& error) {
    close_.lose(error.message());
  }
  if (meter_) ConnectionMeter::add(meter_->bytes_received, filled);
  // The end of the input, usually the last message, is followed by zeros: JsonRpcReader::read.
  std::memset(room.data() + filled, 0, JsonRpcReader::kPadding);
  return room.first(filled);
}

void WsConnection::finish() {
  owner_.on_batch_end();
  reading_ = false;
  flush();
  end_if_done();
}

// Returns false if there is nothing more to read for now.
bool WsConnection::take(std::span<char> input) {
  const auto each = [&](auto& decoder) {
    while (!close_.is(Phase::ended)) {
      const auto event = decoder.next(input);
      switch (event.kind) {
        case ws::Kind::need_more:
          return true;
        case ws::Kind::data:
          if (close_.is(Phase::open)) owner_.on_data(event);
          break;
        case ws::Kind::ping:
          if (close_.is(Phase::open)) answer_ping(event.bytes);
          break;
        case ws::Kind::pong:
          break;
        case ws::Kind::close:
          answer_close(event);
          return false;
        case ws::Kind::error:
          break_off(event.code, event.bytes);
          return false;
      }
    }
    return false;
  };
  try {
    if (auto* whole = std::get_if<ws::MessageReader>(&decoder_)) return each(*whole);
    return each(std::get<ws::FrameDecoder>(decoder_));
  } catch (const std::bad_alloc&) {
    break_off(ws::CloseCode::too_big, "there is no memory for it");
    return false;
  }
}

// If much is queued before it, only the latest ping is answered, once that is sent (RFC 6455
// 5.5.3): a peer that pings but does not read gets no more.
void WsConnection::answer_ping(std::string_view payload) {
  if (unsent_bytes() < kMaxPongs) {
    pong_due_.reset();
    queue_.append(ws::Opcode::pong, payload);
  } else {
    pong_due_ = payload;
  }
}

void WsConnection::send(ws::Opcode opcode, std::string_view payload) {
  if (!is_open()) return;
  try {
    if (!deflater_) {
      queue_.append(opcode, payload);
    } else {
      std::string small;
      deflater_->deflate(payload, small);
      queue_.append(opcode, small, true);
    }
  } catch (const std::exception& error) {
    // The sender learns of it from the end of the connection.
    close_.lose(std::string("a message could not be sent: ") + error.what());
  }
  if (!reading_ && !std::exchange(at_end_, true)) loop_.defer(*this);
}

void WsConnection::flush() {
  if (close_.is(Phase::ended) || reading_) return;
  const bool some = unsent_bytes() != 0;
  try {
    write_queue();
  } catch (const Error& error) {
    close_.lose(error.message());
    return end(close_.outcome());
  }
  queue_.compact();
  watch_what_is_wanted();
  if (some) owner_.on_sent();
}

WsConnection::Write WsConnection::left_by(net::Stream::State state) noexcept {
  switch (state) {
    case net::Stream::State::want_read:
      return Write::awaits_input;
    case net::Stream::State::want_write:
      return Write::awaits_output;
    case net::Stream::State::done:
    case net::Stream::State::closed:  // reads only
      break;
  }
  return Write::done;
}

void WsConnection::write_queue() {
  while (!queue_.empty() && write_ != Write::awaits_output) {
    const auto put = stream_.write(queue_.front());
    write_ = left_by(put.state);
    if (write_ != Write::done) break;
    queue_.pop(put.size);
    if (meter_) ConnectionMeter::add(meter_->bytes_sent, put.size);
    if (put.size > kMaxOfControl) last_progress_ = loop_.now();
    close_.progressed(loop_.now());
    if (pong_due_ && unsent_bytes() < kMaxPongs && is_open()) {
      queue_.append(ws::Opcode::pong, *std::exchange(pong_due_, std::nullopt));
    }
  }
}

void WsConnection::watch_what_is_wanted() {
  if (!watched_) return;
  std::uint32_t wanted = 0;
  if (wants_input() || write_ == Write::awaits_input) wanted |= kReadable;
  if (write_ == Write::awaits_output || read_wants_write_) wanted |= kWritable;
  if (wanted != *watched_) loop_.rewatch(stream_.fd(), wanted, *this);
  watched_ = wanted;
}

void WsConnection::pause() {
  if (paused_ || !close_.is(Phase::open)) return;
  paused_ = true;
  if (!reading_) watch_what_is_wanted();
}

void WsConnection::resume() {
  if (!std::exchange(paused_, false) || close_.is(Phase::ended)) return;
  last_byte_ = last_progress_ = loop_.now();  // nobody listened meanwhile
  if (!watched_) {
    try {
      loop_.watch(stream_.fd(), kReadable, *this);
      watched_ = kReadable;
    } catch (const Error& error) {
      return end({ws::number_of(ws::CloseCode::abnormal), {}, link_lost(error.message())});
    }
  }
  watch_what_is_wanted();
  if (stream_.secure()) loop_.requeue(*this);
}

void WsConnection::require_pong(std::chrono::milliseconds within) {
  if (!close_.is(Phase::open)) return;
  queue_.append(ws::Opcode::ping, {});
  answer_by_ = std::min(answer_by_, loop_.now() + within);
  timer_.set(deadline());
  flush();
}

}  // namespace pintle::live
