#include "live_parts.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include <openssl/rand.h>

#include <pintle/core/printable.h>
#include <pintle/core/ws_encode.h>

namespace pintle {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kMostOut = 64 << 20;
constexpr std::size_t kMostPongs = 64 * 1024;
constexpr milliseconds kCloseTime{3'000};

ws::MaskKey new_key() {
  ws::MaskKey key{};
  if (::RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
    throw Error(Layer::config, "this system gives no random bytes");
  }
  return key;
}

Error lost(const std::string& why) {
  return Error(Layer::tcp, "the live connection was lost: " + why)
      .with_retry()
      .with_next("Connect again; the gateway keeps the session for 20 seconds.");
}

}  // namespace

LiveConnection::Parts::Parts(net::Stream connected, std::string_view early,
                             const LiveOptions& options, bool over_reused)
    : stream(std::move(connected)),
      reused(over_reused),
      options_(options),
      messages_(ws::Role::client, ws::Limits{options.most_message_bytes}),
      in_(kReadBytes + JsonRpcReader::kPadding),
      ready_by_(Clock::now() + milliseconds(options.ready_ms)),
      last_byte_(Clock::now()) {
  stream.set_blocking(false);
  for (std::string_view rest = early; !rest.empty();) {
    const auto size = rest.copy(in_.data(), kReadBytes);
    rest.remove_prefix(size);
    take(std::span<char>(in_.data(), size));
  }
}

std::optional<LiveEvent> LiveConnection::Parts::next(std::int64_t most_ms,
                                                     const std::stop_token& cancel) {
  const auto until = most_ms < 0 ? Clock::time_point::max() : Clock::now() + milliseconds(most_ms);
  while (true) {
    pump();
    if (!events.empty()) {
      auto event = std::move(events.front());
      events.pop_front();
      return event;
    }
    if (state_ == State::closed || cancel.stop_requested()) return std::nullopt;
    // What keeps coming and is no event (pings, pieces) must not keep this from ending in time.
    if (may_have_more_ && Clock::now() < until) continue;
    if (may_have_more_) return std::nullopt;
    if (!wait(until, cancel)) return std::nullopt;
  }
}

std::int64_t LiveConnection::Parts::request(std::string_view method, std::string_view params_json) {
  if (!open) {
    throw ended_by_ ? *ended_by_ : Error(Layer::websocket, "the live connection is closed");
  }
  const auto text = encode_request(last_id_ + 1, method, params_json);
  if (waiting_out() + text.size() > kMostOut) {
    throw Error(Layer::websocket, "the gateway does not take what is sent: 64 MiB wait")
        .with_retry();
  }
  ws::append_frame(out_, ws::Role::client, ws::Opcode::text, text, new_key());
  flush();
  return ++last_id_;
}

void LiveConnection::Parts::close(std::uint16_t code, std::string_view reason) {
  if (!open) return;
  ws::append_close(out_, ws::Role::client, static_cast<ws::CloseCode>(code), reason, new_key());
  open = false;
  state_ = State::closing;
  close_by_ = Clock::now() + kCloseTime;
  flush();
}

// Everything that can be done without waiting.
void LiveConnection::Parts::pump() {
  if (state_ == State::closed) return;
  flush();
  // One read's events at a time: what the app has not taken stays in the socket, and the peer
  // feels it.
  if (events.empty()) read_some();
  if (state_ != State::closed) check_deadlines();
}

void LiveConnection::Parts::read_some() {
  try {
    const auto result = stream.read(in_.data(), kReadBytes);
    may_have_more_ = result.state == net::Stream::State::done;
    read_wants_write_ = result.state == net::Stream::State::want_write;
    if (result.state == net::Stream::State::closed) {
      end(ws::number_of(ws::CloseCode::abnormal), "the gateway ended the connection",
          state_ == State::closing ? std::nullopt
                                   : std::optional<Error>(lost("it ended without a close frame")));
    } else if (result.state == net::Stream::State::done) {
      last_byte_ = Clock::now();
      pinged_ = false;
      take(std::span<char>(in_.data(), result.size));
    }
  } catch (const Error& error) {
    end(ws::number_of(ws::CloseCode::abnormal), error.happened(), lost(error.happened()));
  }
}

void LiveConnection::Parts::flush() {
  try {
    while (waiting_out() != 0 && state_ != State::closed) {
      const auto result = stream.write(std::string_view(out_).substr(sent_));
      write_wants_read_ = result.state == net::Stream::State::want_read;
      if (result.state != net::Stream::State::done) return;
      sent_ += result.size;
      if (waiting_out() != 0) continue;
      out_.clear();
      sent_ = 0;
    }
  } catch (const Error& error) {
    end(ws::number_of(ws::CloseCode::abnormal), error.happened(), lost(error.happened()));
  }
}

void LiveConnection::Parts::take(std::span<char> input) {
  const char* const whole_end = in_.data() + in_.size();
  while (state_ != State::closed) {
    const auto event = messages_.next(input);
    switch (event.kind) {
      case ws::Kind::need_more:
        return;
      case ws::Kind::data: {
        // Bytes that were joined lie in the reader's own buffer, which has the padding too.
        const char* begin = event.bytes.data();
        const bool in_place = begin >= in_.data() && begin < whole_end;
        const auto readable =
            in_place ? static_cast<std::size_t>(whole_end - begin) : event.bytes.size() + kPadding;
        take_message(event.bytes, readable, event.opcode);
        break;
      }
      case ws::Kind::ping:
        // A peer that asks and does not read gets no more answers than this.
        if (open && waiting_out() < kMostPongs) {
          ws::append_pong(out_, ws::Role::client, event.bytes, new_key());
        }
        flush();
        break;
      case ws::Kind::pong:
        break;
      case ws::Kind::close:
        answer_close(event);
        return;
      case ws::Kind::error:
        break_off(event.code, event.bytes);
        return;
    }
  }
}

void LiveConnection::Parts::take_message(std::string_view text, std::size_t readable,
                                         ws::Opcode opcode) {
  JsonRpcMessage message;
  if (opcode == ws::Opcode::text) {
    message = rpc_.read(text, readable);
  } else {
    message.why = "a binary message";
  }
  using Kind = JsonRpcMessage::Kind;
  if (message.kind == Kind::event && message.event_type == "gateway.ready" &&
      state_ == State::opening) {
    announce_ready("gateway.ready", std::string(message.payload));
    return;
  }
  announce_ready({}, {});
  LiveEvent event;
  event.json = message.payload;
  switch (message.kind) {
    case Kind::event:
      event.kind = LiveEvent::Kind::event;
      event.type = message.event_type;
      event.session_id = message.session_id;
      event.seq = message.seq;
      break;
    case Kind::result:
    case Kind::error:
      event.kind = message.kind == Kind::result ? LiveEvent::Kind::result : LiveEvent::Kind::error;
      event.id = message.id.kind == JsonRpcId::Kind::number ? message.id.number : 0;
      event.id_json = message.id.json;
      event.code = message.error_code;
      event.text = message.error_message;
      break;
    case Kind::request:
    case Kind::notification:
      event.kind = LiveEvent::Kind::request;
      event.id_json = message.id.json;
      event.type = message.method;
      break;
    case Kind::malformed:
      ++malformed;
      event.kind = LiveEvent::Kind::malformed;
      event.text = message.why;
      break;
  }
  events.push_back(std::move(event));
}

// Without a type where nobody said it: an older gateway sends none.
void LiveConnection::Parts::announce_ready(std::string type, std::string payload) {
  if (state_ != State::opening) return;
  state_ = State::ready;
  LiveEvent event;
  event.kind = LiveEvent::Kind::ready;
  event.type = std::move(type);
  event.json = std::move(payload);
  events.push_back(std::move(event));
}

void LiveConnection::Parts::answer_close(const ws::Event& event) {
  const auto code = event.code;
  const auto reason = printable(event.bytes);
  const bool ours = state_ == State::closing;
  if (!ours) {
    ws::append_close(out_, ws::Role::client,
                     ws::may_be_sent(code) ? code : ws::CloseCode::no_status, "", new_key());
    open = false;
    flush();
  }
  std::optional<Error> failure;
  if (code == ws::CloseCode::bad_credential) {
    failure = Error(Layer::gate, "the gateway closed the live connection: the credential ended")
                  .with_sign_in();
  } else if (code == ws::CloseCode::bad_host_or_origin) {
    failure =
        Error(Layer::host_guard,
              "the gateway closed the live connection: it does not accept this host or origin")
            .with_person();
  } else if (!ours && code != ws::CloseCode::normal && code != ws::CloseCode::going_away) {
    failure = Error(Layer::websocket, "the gateway closed the live connection with code " +
                                          std::to_string(ws::number_of(code)) +
                                          (reason.empty() ? "" : ": " + reason))
                  .with_retry();
  }
  end(ws::number_of(code), reason, std::move(failure));
}

void LiveConnection::Parts::break_off(ws::CloseCode code, std::string_view why) {
  if (open) ws::append_close(out_, ws::Role::client, code, why, new_key());
  open = false;
  flush();
  end(ws::number_of(code), std::string(why),
      Error(Layer::websocket, "the gateway broke the WebSocket protocol: " + std::string(why)));
}

void LiveConnection::Parts::end(std::int64_t code, std::string text, std::optional<Error> failure) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  open = false;
  out_.clear();
  sent_ = 0;
  may_have_more_ = false;
  stream.shutdown();
  LiveEvent event;
  event.kind = LiveEvent::Kind::closed;
  event.code = code;
  event.text = std::move(text);
  ended_by_ = failure;
  event.failure = std::move(failure);
  events.push_back(std::move(event));
}

void LiveConnection::Parts::check_deadlines() {
  const auto now = Clock::now();
  if (state_ == State::opening && now >= ready_by_) announce_ready({}, {});
  if (now >= close_by_) {
    end(ws::number_of(ws::CloseCode::abnormal), "the gateway did not answer the close", {});
    return;
  }
  const auto silent = now - last_byte_;
  if (open && !pinged_ && silent >= milliseconds(options_.silent_ms)) {
    ws::append_ping(out_, ws::Role::client, "", new_key());
    pinged_ = true;
    flush();
  } else if (pinged_ && silent >= 2 * milliseconds(options_.silent_ms)) {
    const auto why = "not a byte for " + std::to_string(2 * options_.silent_ms / 1000) + " s";
    end(ws::number_of(ws::CloseCode::abnormal), why, lost(why));
  }
}

LiveConnection::Parts::Clock::time_point LiveConnection::Parts::next_deadline() const {
  auto deadline = last_byte_ + (pinged_ ? 2 : 1) * milliseconds(options_.silent_ms);
  if (state_ == State::opening) deadline = std::min(deadline, ready_by_);
  return std::min(deadline, close_by_);
}

// False where `until` passed or it was cancelled.
bool LiveConnection::Parts::wait(Clock::time_point until, const std::stop_token& cancel) {
  const auto now = Clock::now();
  const auto deadline = std::min(until, next_deadline());
  // Rounded up: a wait of 0.4 ms that polls for 0 would spin.
  const auto left = std::chrono::ceil<milliseconds>(deadline - now).count();
  std::array<pollfd, 2> waiting{};
  const bool write = (waiting_out() != 0 && !write_wants_read_) || read_wants_write_;
  waiting[0] = {stream.fd(), static_cast<short>(POLLIN | (write ? POLLOUT : 0)), 0};
  nfds_t count = 1;
  int wake = -1;
  if (cancel.stop_possible()) {
    wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake >= 0) waiting[count++] = {wake, POLLIN, 0};
  }
  {
    const std::stop_callback on_cancel(cancel, [wake] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto put = ::write(wake, &one, sizeof(one));
    });
    const auto timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    if (::poll(waiting.data(), count, timeout) < 0 && errno != EINTR) {
      end(ws::number_of(ws::CloseCode::abnormal), "poll failed", lost("poll failed"));
    }
  }
  if (wake >= 0) ::close(wake);
  if ((waiting[0].revents & ~POLLOUT) != 0) may_have_more_ = true;
  return !cancel.stop_requested() && (waiting[0].revents != 0 || Clock::now() < until);
}

}  // namespace pintle
