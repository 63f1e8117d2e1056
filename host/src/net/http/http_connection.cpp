// SPDX-License-Identifier: Apache-2.0
#include "net/http/http_connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <poll.h>
#include <utility>

#include <openssl/crypto.h>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/wrong_protocol.h>
#include <pintle/core/text/printable.h>

#include "base/sigpipe.h"
#include "net/http/body_receiver.h"
#include "net/http/framed_body.h"
#include "net/http/wiped_text.h"

namespace pintle::net {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;
// Up to this size head and body are sent in one write; above it the copy costs more than a second
// write.
constexpr std::size_t kJoinedBody = 32 * 1024;
constexpr std::size_t kBodyBufferBytes = 64 * 1024;
// Of 1xx answers, while a request is sent.
constexpr std::size_t kMaxInterim = 64 * 1024;

// Makes writes non-blocking for its own lifetime.
class NonBlocking {
 public:
  explicit NonBlocking(Stream& stream) : stream_(stream) { stream_.set_blocking(false); }
  ~NonBlocking() {
    try {
      stream_.set_blocking(true);
    } catch (const Error&) {
      // The next read reports what is wrong with the socket.
    }
  }
  NonBlocking(const NonBlocking&) = delete;
  NonBlocking& operator=(const NonBlocking&) = delete;

 private:
  Stream& stream_;
};

bool is_joined(const WireRequest& request) {
  return request.source == nullptr && request.body.size() <= kJoinedBody;
}

}  // namespace

HttpConnection::HttpConnection(Stream stream, Watch& watch)
    : stream_(std::move(stream)), watch_(watch) {
  attached_.emplace(watch_, stream_.fd());
}

HttpResponse HttpConnection::exchange(const WireRequest& request, const ExchangeLimits& limits,
                                      TimePoint total_deadline) {
  std::optional<SigpipeBlock> no_sigpipe;
  if (stream_.secure()) no_sigpipe.emplace();
  const std::stop_callback on_cancel(limits.cancel, [this] { watch_.cancel(); });
  reusable_ = false;
  has_received_ = !in_.empty();
  meter_ = {.begin = Clock::now()};
  if (has_received_) meter_.first_byte = meter_.begin;
  total_deadline_ = total_deadline;
  total_limit_ = limits.total;
  idle_limit_ = limits.idle;
  HttpResponse response;
  try {
    std::optional<Error> send_failed;
    bool all_sent = true;
    const bool joined = is_joined(request);
    const auto await_first_byte = [&] {
      const auto due = Clock::now() + limits.first_byte;
      limit_ = due < total_deadline ? limits.first_byte : limits.total;
      watch_.set_deadline(std::min(due, total_deadline));
    };
    phase_ = Phase::sending;
    if (joined) {
      await_first_byte();
    } else {
      limit_body();
    }
    try {
      if (!request.is_sent) all_sent = send(request);
    } catch (const Error& e) {
      if (e.layer() != Layer::tcp) throw;  // from the source
      // A server may answer and close before it has read all (413): look for that answer.
      send_failed = e;
    }
    phase_ = Phase::waiting;
    if (!joined && !has_received_) await_first_byte();
    ResponseHead head;
    try {
      do {
        head = read_head(limits);
      } while (head.status < 200 && head.status != 101);
    } catch (const Error&) {
      if (send_failed && !has_received_) throw *send_failed;
      throw;
    }
    if (head.status == 101 && !request.upgrade) {
      throw Error(Layer::protocol, "the server switched protocols without an upgrade request");
    }
    const auto framing = framing_of(head, request.method);
    phase_ = Phase::body;
    response.status = head.status;
    response.reason = std::move(head.reason);
    response.headers = std::move(head.headers);
    const bool decodes = request.decodes && framing.kind != BodyFraming::Kind::none;
    BodyReceiver body(response, request.sink, decodes, limits);
    FramedBody framed(in_, stream_.peer(), [this](std::uint64_t max) { return receive(max); });
    framed.read(framing, body);
    drop_body_buffer();
    // Bytes after the last answer belong to no request: the next answer could be forged.
    answered_ = true;
    reusable_ = watch_.lift() && framing.keep_alive && head.status != 101 && all_sent &&
                !send_failed && (in_.empty() || request.has_next);
  } catch (const Error& e) {
    throw explain(e, request);
  }
  return response;
}

// Returns false if the answer began before all was sent.
bool HttpConnection::send(const WireRequest& request) {
  if (!is_joined(request)) {
    stream_.write_all(request.head);
    meter_.sent += request.head.size();
    const NonBlocking while_sending(stream_);
    return request.source != nullptr ? send_source(*request.source) : send_watching(request.body);
  }
  if (request.body.empty()) {
    stream_.write_all(request.head);
    meter_.sent += request.head.size();
    return true;
  }
  std::string both;
  both.reserve(request.head.size() + request.body.size());
  both.append(request.head).append(request.body);
  try {
    stream_.write_all(both);
    meter_.sent += both.size();
  } catch (...) {
    OPENSSL_cleanse(both.data(), both.size());
    throw;
  }
  OPENSSL_cleanse(both.data(), both.size());
  return true;
}

bool HttpConnection::send_source(BodySource& source) {
  const auto size = source.size();
  if (size == BodySource::kUnknownSize) return send_chunks(source);
  body_buffer_ = std::make_unique_for_overwrite<char[]>(kBodyBufferBytes);
  for (auto left = size; left > 0;) {
    if (!wait_for(source)) return false;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBodyBufferBytes));
    const auto got = source.read({body_buffer_.get(), wanted});
    if (got == 0) {
      throw Error(Layer::store, "the request's body ended after " + std::to_string(size - left) +
                                    " of its " + std::to_string(size) + " bytes");
    }
    if (!send_watching({body_buffer_.get(), got})) return false;
    left -= got;
  }
  return true;
}

// Each piece is written behind room for the line with its size, so that both leave at once.
bool HttpConnection::send_chunks(BodySource& source) {
  constexpr std::size_t kSizeLine = 8;  // "10000\r\n" and more
  constexpr std::string_view kEnd = "\r\n";
  body_buffer_ = std::make_unique_for_overwrite<char[]>(kSizeLine + kBodyBufferBytes + kEnd.size());
  char* const data = body_buffer_.get() + kSizeLine;
  for (;;) {
    if (!wait_for(source)) return false;
    const auto got = source.read({data, kBodyBufferBytes});
    if (got == 0) return send_watching("0\r\n\r\n");
    std::array<char, kSizeLine> line;
    const auto digits = std::to_chars(line.data(), line.data() + line.size(), got, 16).ptr;
    const auto size = static_cast<std::size_t>(digits - line.data()) + kEnd.size();
    char* const begin = data - size;
    std::copy(line.data(), digits, begin);
    kEnd.copy(data - kEnd.size(), kEnd.size());
    kEnd.copy(data + got, kEnd.size());
    if (!send_watching({begin, size + got + kEnd.size()})) return false;
  }
}

// Returns false if the answer began before the source had more.
bool HttpConnection::wait_for(BodySource& source) {
  while (!source.wait(stream_.fd())) {
    if (answer_began()) return false;
  }
  return true;
}

// A server may refuse a large body without reading it: stop sending once it answers (RFC 9112 9.3).
bool HttpConnection::send_watching(std::string_view bytes) {
  if (idle_limit_ != std::chrono::milliseconds(0)) limit_body();
  while (!bytes.empty()) {
    pollfd ready{stream_.fd(), POLLIN | POLLOUT, 0};
    ::poll(&ready, 1, -1);  // the watch interrupts it
    if ((ready.revents & ~POLLOUT) != 0 && answer_began()) return false;
    const auto size = stream_.write(bytes).size;
    meter_.sent += size;
    bytes.remove_prefix(size);
  }
  return true;
}

// Over TLS a session ticket makes the socket readable too; a 1xx is not an answer yet.
bool HttpConnection::answer_began() {
  std::array<char, 1024> piece;
  Stream::Result got{};
  // To the end: what TLS has decrypted already, poll does not report.
  do {
    got = stream_.read(piece.data(), piece.size());
    if (got.state == Stream::State::closed) return true;
    if (got.state != Stream::State::done) break;
    note_received(got.size);
    in_.append(piece.data(), got.size);
  } while (got.size == piece.size() && in_.size() <= kMaxInterim);
  return has_final_answer(in_) || in_.size() > kMaxInterim;
}

void HttpConnection::note_received(std::size_t size) {
  meter_.received += size;
  if (!std::exchange(has_received_, true)) meter_.first_byte = Clock::now();
}

// Returns 0 if the peer ended the stream. The watch's shutdown ends it too, and an answer that it
// cut off must not count as complete.
std::size_t HttpConnection::read(char* data, std::size_t size) {
  const auto got = stream_.read(data, size).size;
  if (got == 0 && was_stopped()) throw Error(Layer::tcp, "the exchange was stopped");
  return got;
}

// Returns a piece of a body, empty at the end of the stream. Valid until the next call.
std::string_view HttpConnection::receive(std::uint64_t max) {
  if (!body_buffer_) body_buffer_ = std::make_unique_for_overwrite<char[]>(kBodyBufferBytes);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(max, kBodyBufferBytes));
  if (idle_limit_ != std::chrono::milliseconds(0)) limit_body();
  const auto got = read(body_buffer_.get(), size);
  body_used_ = std::max(body_used_, got);
  meter_.received += got;
  return {body_buffer_.get(), got};
}

// It may have held a token.
void HttpConnection::drop_body_buffer() noexcept {
  if (body_buffer_) wipe(body_buffer_.get(), std::exchange(body_used_, 0));
  body_buffer_.reset();
}

bool HttpConnection::fill_head() {
  const bool first = !has_received_;
  const auto begin = first ? Clock::now() : TimePoint();
  if (first) {
    pollfd readable{stream_.fd(), POLLIN, 0};
    adaptive_spin_.look([&] { return ::poll(&readable, 1, 0) != 0; });
  }
  // Reads to the stack: a string would zero this buffer for an answer of a few hundred bytes, and
  // keep its memory.
  std::array<char, kReadSize> piece;
  const auto got = read(piece.data(), piece.size());
  append_wiping(in_, {piece.data(), got});
  wipe(piece.data(), got);
  if (got == 0) return false;
  note_received(got);
  if (first) {
    adaptive_spin_.waited(meter_.first_byte - begin);
    // A limit for pauses begins with the body: until then a head could come byte by byte for ever.
    if (idle_limit_ == std::chrono::milliseconds(0)) limit_body();
  }
  return true;
}

// Begins the time limit of a body, or of its next piece.
void HttpConnection::limit_body() {
  const bool is_idle = idle_limit_ != std::chrono::milliseconds(0);
  const auto due =
      is_idle ? std::min(Clock::now() + idle_limit_, total_deadline_) : total_deadline_;
  limit_ = due < total_deadline_ ? idle_limit_ : total_limit_;
  watch_.set_deadline(due);
}

ResponseHead HttpConnection::read_head(const ExchangeLimits& limits) {
  std::size_t scanned = 0;
  std::size_t end = 0;
  while ((end = find_head_end(in_, scanned)) == 0) {
    // Reports what is not HTTP at once, instead of waiting for an end that never comes.
    if (in_.size() >= 5 && !in_.starts_with("HTTP/")) {
      if (const auto error = not_http1_error(in_, stream_.peer())) throw *error;
      parse_response_head(in_.substr(0, in_.find('\n')) + "\n\n", 0);
    }
    if (in_.size() > limits.head_bytes) break;
    phase_ = in_.empty() ? Phase::waiting : Phase::head;
    if (!fill_head()) {
      throw cut_off_error(stream_.peer(),
                          in_.empty() ? "without an answer" : "within the answer's head");
    }
  }
  if (end == 0 || end > limits.head_bytes) {
    throw Error(Layer::protocol, "the answer's head is longer than the limit of " +
                                     std::to_string(limits.head_bytes) + " bytes");
  }
  auto head = parse_response_head(std::string_view(in_).substr(0, end), limits.head_fields);
  drop_front(in_, end);
  return head;
}

Error HttpConnection::explain(const Error& cause, const WireRequest& request) const {
  const std::string what = printable(request.method) + " " + without_query(request.target);
  const auto stopped = watch_.cause();
  if (stopped == Watch::Cause::cancelled) {
    return Error(Layer::tcp, what + " at " + stream_.peer() + " was cancelled");
  }
  if (stopped == Watch::Cause::deadline) {
    const std::string limit = std::to_string(limit_.count()) + " ms";
    const std::string message =
        phase_ == Phase::sending   ? " did not accept all of " + what + " within "
        : phase_ == Phase::waiting ? " sent no answer to " + what + " within "
        : phase_ == Phase::head    ? " sent only part of its answer's head to " + what + " within "
                                   : " sent only part of its answer to " + what + " within ";
    const bool moves = phase_ == Phase::sending || phase_ == Phase::body;
    return Error(Layer::tcp, stream_.peer() + message + limit)
        .with_retry()
        .with_timeout()
        .with_hint(moves ? "Allow more time with --timeout if it takes longer."
                         : "Try again later; the server or the network is slow or hangs.");
  }
  if (cause.layer() == Layer::tcp && !answered_ && !has_received_) {
    if (auto refusal = stream_.certificate_refusal()) return *std::move(refusal);
  }
  Error error(cause.layer(), cause.message() + " (" + what + " at " + stream_.peer() + ")");
  return error.with_retry(cause.can_retry())
      .with_timeout(cause.is_timeout())
      .with_user_action(cause.needs_user_action())
      .with_hint(cause.hint());
}

Stream HttpConnection::release(std::string& early) {
  attached_.reset();
  early = std::move(in_);
  in_.clear();
  reusable_ = false;
  return std::move(stream_);
}

}  // namespace pintle::net
