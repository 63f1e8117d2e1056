#include "live/link.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include <pintle/core/printable.h>
#include <pintle/core/ws_encode.h>

namespace pintle::live {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCloseTime{3'000};
// A peer that asks and does not read gets no more answers than this.
constexpr std::size_t kMostPongs = 64 * 1024;
// After so much the others have their turn.
constexpr std::size_t kMostAtOnce = 1 << 20;
constexpr std::size_t kSmallBuffer = 4 * 1024;
constexpr std::size_t kMostOfControl = 512;

std::variant<ws::FrameDecoder, ws::MessageReader> decoder_of(const LinkOptions& options) {
  const ws::Limits limits{options.most_message_bytes};
  if (options.in_pieces) return ws::FrameDecoder(ws::Role::client, limits);
  return ws::MessageReader(ws::Role::client, limits, options.deflate);
}

}  // namespace

Error link_lost(const std::string& why) {
  return Error(Layer::tcp, "the live connection was lost: " + why)
      .with_retry()
      .with_next("Connect again; the gateway keeps the session for 20 seconds.");
}

Link::Link(Loop& loop, net::Stream stream, const LinkOptions& options, Owner& owner)
    : loop_(loop),
      stream_(std::move(stream)),
      owner_(owner),
      silent_(options.silent),
      decoder_(decoder_of(options)),
      last_byte_(loop.now()),
      last_progress_(loop.now()),
      timer_(loop, [this] { check_time(); }) {
  if (options.deflate) {
    deflater_ = std::make_unique<ws::Deflater>(ws::Role::client, *options.deflate);
  }
  stream_.set_blocking(false);
  stream_.read_ahead();
  stream_.release_memory();
  watched_ = EPOLLIN;
  loop_.watch(stream_.fd(), watched_, *this);
  timer_.set(deadline());
}

Link::~Link() {
  // Once too often does no harm; what a round still has for it must be forgotten.
  if (state_ != State::ended) loop_.unwatch(stream_.fd(), *this);
}

void Link::start(std::string_view early) {
  reading_ = true;
  while (!early.empty()) {
    const auto room = loop_.room();
    const auto size = early.copy(room.data(), room.size());
    early.remove_prefix(size);
    if (!take(room.first(size))) break;
  }
  // TLS may have decrypted more than was asked for, which the socket does not show.
  if (stream_.secure()) loop_.come_again(*this);
  finish();
}

void Link::on_ready(std::uint32_t epoll_events) {
  if (state_ == State::ended) return;
  blocked_ = blocked_ && (epoll_events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0;
  if (paused_ && (epoll_events & (EPOLLERR | EPOLLHUP)) != 0) {
    // It would be told of without end.
    loop_.unwatch(stream_.fd(), *this);
    unwatched_ = true;
    return;
  }
  if (!paused_ && ((epoll_events & ~EPOLLOUT) != 0 || read_wants_write_)) {
    read();
  } else {
    flush();
  }
}

void Link::on_round_end() {
  at_end_ = false;
  if (state_ == State::ended) return;
  flush();
  if (state_ != State::ended && ending_) end(std::move(*ending_));
}

void Link::read() {
  reading_ = true;
  write_wants_read_ = false;
  for (std::size_t total = 0; !paused_;) {
    const auto came = fill(loop_.room());
    if (came.empty()) break;
    last_byte_ = loop_.now();
    // More than pings and pongs may hold: a part of a message.
    if (came.size() > kMostOfControl) last_progress_ = last_byte_;
    answer_by_ = kNever;
    total += came.size();
    if (!take(came) || ending_) break;
    // After each go: an app that takes nothing stops the reading here.
    owner_.on_batch_end();
    if (state_ == State::ended) break;
    // What the socket still has, it will be called for.
    if (!stream_.may_have_more() && came.size() < loop_.room().size()) break;
    if (total >= kMostAtOnce) {
      if (stream_.may_have_more()) loop_.come_again(*this);
      break;
    }
  }
  finish();
}

// What is there and fits: a message that came in several TLS records need not be joined later.
std::span<char> Link::fill(std::span<char> room) {
  std::size_t filled = 0;
  const auto broke = [&](const std::string& why) {
    ending_ = LinkEnd{ws::number_of(ws::CloseCode::abnormal),
                      {},
                      state_ == State::closing ? broke_ : std::optional(link_lost(why))};
  };
  try {
    do {
      const auto got = stream_.read(room.data() + filled, room.size() - filled);
      read_wants_write_ = got.state == net::Stream::State::want_write;
      if (got.state == net::Stream::State::closed) broke("it ended without a close frame");
      if (got.state != net::Stream::State::done) break;
      filled += got.size;
    } while (filled < room.size() && stream_.may_have_more());
  } catch (const Error& error) {
    broke(error.happened());
  }
  // So that what is read last, mostly all there is, lies before zeros: JsonRpcReader::read.
  std::memset(room.data() + filled, 0, JsonRpcReader::kPadding);
  return room.first(filled);
}

void Link::finish() {
  owner_.on_batch_end();
  reading_ = false;
  if (state_ == State::ended) return;
  flush();
  if (state_ != State::ended && ending_) end(std::move(*ending_));
}

// False where there is nothing more to read for now.
bool Link::take(std::span<char> input) {
  const auto each = [&](auto& decoder) {
    while (state_ != State::ended) {
      const auto event = decoder.next(input);
      switch (event.kind) {
        case ws::Kind::need_more:
          return true;
        case ws::Kind::data:
          if (state_ == State::open) owner_.on_data(event);
          break;
        case ws::Kind::ping:
          if (state_ == State::open) answer_ping(event.bytes);
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

// Where much waits before it, only the latest is answered, when that has left (RFC 6455 5.5.3): a
// peer that asks and does not read gets no more.
void Link::answer_ping(std::string_view payload) {
  if (unsent_bytes() < kMostPongs) {
    pong_due_.reset();
    append(ws::Opcode::pong, payload);
  } else {
    pong_due_ = payload;
  }
}

void Link::append(ws::Opcode opcode, std::string_view payload) {
  if (out_.capacity() < kSmallBuffer && out_.empty()) out_ = loop_.take_buffer();
  ws::append_frame(out_, ws::Role::client, opcode, payload, loop_.new_mask_key());
}

void Link::send(ws::Opcode opcode, std::string_view payload) {
  if (state_ != State::open || ending_) return;
  const auto before = out_.size();
  try {
    if (!deflater_) {
      append(opcode, payload);
    } else {
      std::string small;
      deflater_->deflate(payload, small);
      ws::append_frame(out_, ws::Role::client, opcode, small, loop_.new_mask_key(), true, true);
    }
  } catch (const std::exception& error) {
    // Half a frame would be worse than none; whoever sends is told by the end of the connection.
    out_.resize(before);
    ending_ = LinkEnd{ws::number_of(ws::CloseCode::abnormal),
                      {},
                      link_lost(std::string("a message could not be sent: ") + error.what())};
  }
  if (!reading_ && !std::exchange(at_end_, true)) loop_.come_at_end(*this);
}

void Link::flush() {
  if (state_ == State::ended || reading_) return;
  std::optional<Error> broke;
  const bool some = unsent_bytes() != 0;
  try {
    while (unsent_bytes() != 0 && !blocked_) {
      const auto put = stream_.write(std::string_view(out_).substr(sent_));
      write_wants_read_ = put.state == net::Stream::State::want_read;
      blocked_ = put.state == net::Stream::State::want_write;
      if (put.state != net::Stream::State::done) break;
      sent_ += put.size;
      if (put.size > kMostOfControl) last_progress_ = loop_.now();
      if (pong_due_ && unsent_bytes() < kMostPongs && state_ == State::open) {
        append(ws::Opcode::pong, *std::exchange(pong_due_, std::nullopt));
      }
    }
  } catch (const Error& error) {
    broke = link_lost(error.happened());
  }
  if (broke) {
    return end({ws::number_of(ws::CloseCode::abnormal),
                {},
                state_ == State::closing ? broke_ : std::move(broke)});
  }
  if (unsent_bytes() == 0) {
    if (out_.capacity() != 0) loop_.give_back(std::move(out_));
    out_.clear();
    sent_ = 0;
  } else if (sent_ > out_.size() / 2) {
    out_.erase(0, std::exchange(sent_, 0));
  }
  watch_what_is_wanted();
  if (some) owner_.on_sent();
}

void Link::watch_what_is_wanted() {
  if (unwatched_) return;
  std::uint32_t wanted = 0;
  if (!paused_ || write_wants_read_) wanted |= EPOLLIN;
  if (blocked_ || read_wants_write_) wanted |= EPOLLOUT;
  if (wanted != watched_) loop_.rewatch(stream_.fd(), wanted, *this);
  watched_ = wanted;
}

void Link::close(ws::CloseCode code, std::string_view reason) {
  if (state_ != State::open) return;
  if (out_.empty()) out_ = loop_.take_buffer();
  ws::append_close(out_, ws::Role::client, code, reason, loop_.new_mask_key());
  state_ = State::closing;
  close_by_ = loop_.now() + kCloseTime;
  // The peer's answer must be read, whatever the app has not taken.
  paused_ = false;
  timer_.set(deadline());
  flush();
  if (state_ != State::ended) watch_what_is_wanted();
}

void Link::answer_close(const ws::Event& event) {
  const auto code = event.code;
  LinkEnd how{ws::number_of(code), printable(event.bytes), broke_};
  if (state_ == State::open) {
    ws::append_close(out_, ws::Role::client,
                     ws::may_be_sent(code) ? code : ws::CloseCode::no_status, "",
                     loop_.new_mask_key());
    if (code == ws::CloseCode::bad_credential) {
      how.why = Error(Layer::gate, "the gateway closed the live connection: the credential ended")
                    .with_sign_in();
    } else if (code == ws::CloseCode::bad_host_or_origin) {
      how.why =
          Error(Layer::host_guard,
                "the gateway closed the live connection: it does not accept this host or origin")
              .with_person();
    } else {
      how.why = Error(Layer::websocket, "the gateway closed the live connection with code " +
                                            std::to_string(how.code) +
                                            (how.reason.empty() ? "" : ": " + how.reason))
                    .with_retry();
    }
  }
  state_ = State::closing;  // whatever fails now is no news
  broke_ = how.why;
  ending_ = std::move(how);
}

void Link::break_off(ws::CloseCode code, std::string_view rule) {
  Error why(Layer::websocket, "the gateway broke the WebSocket protocol: " + std::string(rule));
  if (code == ws::CloseCode::too_big) {
    why = Error(Layer::websocket, "a message is above the limit: " + std::string(rule))
              .with_next("Raise most_message_bytes where such messages are wanted.");
  }
  if (state_ == State::open) {
    ws::append_close(out_, ws::Role::client, code, rule, loop_.new_mask_key());
  }
  state_ = State::closing;
  broke_ = why;
  ending_ = LinkEnd{ws::number_of(ws::CloseCode::abnormal), {}, std::move(why)};
}

void Link::give_up(Error why) {
  if (state_ == State::ended) return;
  end({ws::number_of(ws::CloseCode::abnormal), {}, std::move(why)});
}

void Link::end(LinkEnd how) {
  state_ = State::ended;
  timer_.unset();
  loop_.unwatch(stream_.fd(), *this);
  stream_.shutdown();
  owner_.on_end(std::move(how));  // the last word: this may be gone now
}

void Link::pause() {
  if (paused_ || state_ != State::open) return;
  paused_ = true;
  if (!reading_) watch_what_is_wanted();
}

void Link::resume() {
  if (!std::exchange(paused_, false) || state_ == State::ended) return;
  last_byte_ = last_progress_ = loop_.now();  // nobody listened meanwhile
  if (std::exchange(unwatched_, false)) {
    watched_ = EPOLLIN;
    try {
      loop_.watch(stream_.fd(), watched_, *this);
    } catch (const Error& error) {
      unwatched_ = true;
      return end({ws::number_of(ws::CloseCode::abnormal), {}, link_lost(error.happened())});
    }
  }
  watch_what_is_wanted();
  if (stream_.secure()) loop_.come_again(*this);
}

void Link::probe(std::chrono::milliseconds within) {
  if (state_ != State::open) return;
  append(ws::Opcode::ping, {});
  answer_by_ = std::min(answer_by_, loop_.now() + within);
  timer_.set(deadline());
  flush();
}

TimePoint Link::deadline() const {
  if (state_ == State::closing) return close_by_;
  return answer_by_ != kNever ? answer_by_ : last_byte_ + silent_;
}

void Link::check_time() {
  const auto now = loop_.now();
  stream_.release_memory();
  if (now >= close_by_) {
    return end(
        {ws::number_of(ws::CloseCode::abnormal), "the gateway did not answer the close", broke_});
  }
  if (state_ == State::open && !paused_) {
    if (now >= answer_by_) {
      const auto silence = std::chrono::ceil<std::chrono::seconds>(now - last_byte_).count();
      return end({ws::number_of(ws::CloseCode::abnormal),
                  {},
                  link_lost("not a byte for " + std::to_string(silence) + " s")});
    }
    if (now >= last_byte_ + silent_ && answer_by_ == kNever) {
      append(ws::Opcode::ping, {});
      answer_by_ = now + silent_;
      flush();
      if (state_ == State::ended) return;
    }
  }
  // Never again in this round.
  timer_.set(paused_ ? now + silent_ : std::max(deadline(), now + milliseconds(1)));
}

}  // namespace pintle::live
