#include "net/http_connection.h"

#include <algorithm>
#include <array>
#include <poll.h>
#include <utility>

#include <openssl/crypto.h>

#include <pintle/core/gateway_url.h>
#include <pintle/core/http_chunked.h>
#include <pintle/core/printable.h>
#include <pintle/core/wrong_protocol.h>

#include "net/sigpipe.h"

namespace pintle::net {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;
// Up to here head and body leave in one write; above it the copy costs more than the second write.
constexpr std::size_t kJoinedBody = 32 * 1024;

Error cut_off(const std::string& peer, const std::string& what) {
  return Error(Layer::tcp, peer + " closed the connection " + what)
      .with_retry()
      .with_next("Try again; where it keeps happening, look at the server's log.");
}

Error too_large(std::size_t most) {
  return Error(Layer::protocol,
               "the answer's body is longer than the limit of " + std::to_string(most) + " bytes");
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
  heard_ = !in_.empty();
  total_deadline_ = total_deadline;
  total_limit_ = limits.total;
  HttpResponse response;
  try {
    std::optional<Error> send_failed;
    const bool joined = request.body.size() <= kJoinedBody;
    const auto await_first_byte = [&] {
      const auto due = Clock::now() + limits.first_byte;
      limit_ = due < total_deadline ? limits.first_byte : limits.total;
      watch_.set_deadline(std::min(due, total_deadline));
    };
    phase_ = Phase::sending;
    if (joined) {
      await_first_byte();
    } else {
      limit_ = limits.total;
      watch_.set_deadline(total_deadline);
    }
    try {
      if (!request.is_sent) send(request);
    } catch (const Error& e) {
      // A server may answer and close before it has read all (413): look for that answer.
      send_failed = e;
    }
    phase_ = Phase::waiting;
    if (!joined) await_first_byte();
    ResponseHead head;
    try {
      do {
        head = read_head(limits);
      } while (head.status < 200 && head.status != 101);
    } catch (const Error&) {
      if (send_failed && !heard_) throw *send_failed;
      throw;
    }
    if (head.status == 101 && !request.upgrade) {
      throw Error(Layer::protocol, "the answer switches protocols, which was not asked for");
    }
    const auto framing = framing_of(head, request.method);
    phase_ = Phase::body;
    response.status = head.status;
    response.reason = std::move(head.reason);
    response.headers = std::move(head.headers);
    read_body(framing, limits, response.body);
    // Bytes behind the last answer are nobody's: the next one on this connection could be forged.
    answered_ = true;
    reusable_ = watch_.lift() && framing.keep_alive && head.status != 101 && !send_failed &&
                (in_.empty() || request.has_next);
  } catch (const Error& e) {
    throw explain(e, request);
  }
  return response;
}

void HttpConnection::send(const WireRequest& request) {
  if (request.body.empty()) {
    stream_.write_all(request.head);
  } else if (request.body.size() <= kJoinedBody) {
    std::string both;
    both.reserve(request.head.size() + request.body.size());
    both.append(request.head).append(request.body);
    try {
      stream_.write_all(both);
    } catch (...) {
      OPENSSL_cleanse(both.data(), both.size());
      throw;
    }
    OPENSSL_cleanse(both.data(), both.size());
  } else {
    stream_.write_all(request.head);
    stream_.write_all(request.body);
  }
}

bool HttpConnection::fill(std::string& buffer, std::size_t most) {
  const bool first = !heard_;
  const auto begin = first ? Clock::now() : TimePoint();
  if (first) {
    pollfd readable{stream_.fd(), POLLIN, 0};
    short_waits_.look([&] { return ::poll(&readable, 1, 0) != 0; });
  }
  std::size_t got = 0;
  if (most <= kReadSize) {
    // By way of the stack: a string would zero all this room for an answer of a few hundred bytes,
    // and keep it.
    std::array<char, kReadSize> piece;
    got = stream_.read(piece.data(), most).size;
    buffer.append(piece.data(), got);
  } else {
    const auto before = buffer.size();
    buffer.resize(before + most);
    try {
      got = stream_.read(buffer.data() + before, most).size;
    } catch (...) {
      buffer.resize(before);
      throw;
    }
    buffer.resize(before + got);
  }
  if (got == 0) return false;
  if (first) {
    short_waits_.waited(Clock::now() - begin);
    heard_ = true;
    limit_ = total_limit_;
    watch_.set_deadline(total_deadline_);
  }
  return true;
}

ResponseHead HttpConnection::read_head(const ExchangeLimits& limits) {
  std::size_t scanned = 0;
  std::size_t end = 0;
  while ((end = find_head_end(in_, scanned)) == 0) {
    // What is not HTTP is told at once, and not after a wait for an end that never comes.
    if (in_.size() >= 5 && !in_.starts_with("HTTP/")) {
      if (const auto error = not_http1_error(in_, stream_.peer())) throw *error;
      parse_response_head(in_.substr(0, in_.find('\n')) + "\n\n", 0);
    }
    if (in_.size() > limits.head_bytes) break;
    phase_ = in_.empty() ? Phase::waiting : Phase::head;
    if (!fill(in_, kReadSize)) {
      throw cut_off(stream_.peer(), in_.empty() ? "without an answer" : "within the answer's head");
    }
  }
  if (end == 0 || end > limits.head_bytes) {
    throw Error(Layer::protocol, "the answer's head is longer than the limit of " +
                                     std::to_string(limits.head_bytes) + " bytes");
  }
  auto head = parse_response_head(std::string_view(in_).substr(0, end), limits.head_fields);
  in_.erase(0, end);
  return head;
}

void HttpConnection::read_body(const BodyFraming& framing, const ExchangeLimits& limits,
                               std::string& body) {
  switch (framing.kind) {
    case BodyFraming::Kind::none:
      return;
    case BodyFraming::Kind::fixed:
      if (framing.size > limits.body_bytes) throw too_large(limits.body_bytes);
      return read_fixed(framing.size, body);
    case BodyFraming::Kind::chunked:
      return read_chunked(limits.body_bytes, body);
    case BodyFraming::Kind::until_close:
      return read_until_close(limits.body_bytes, body);
  }
}

void HttpConnection::read_fixed(std::uint64_t size, std::string& body) {
  const auto length = static_cast<std::size_t>(size);
  if (in_.size() <= length) {
    body.swap(in_);
  } else {
    body.assign(in_, 0, length);
    in_.erase(0, length);
  }
  while (body.size() < length) {
    // Grows with what has come: a length alone must not make us set memory aside.
    const auto step = std::min(length - body.size(), std::max(kReadSize, body.size()));
    if (!fill(body, step)) {
      throw cut_off(stream_.peer(), "after " + std::to_string(body.size()) + " of the answer's " +
                                        std::to_string(length) + " bytes");
    }
  }
}

void HttpConnection::read_chunked(std::size_t most, std::string& body) {
  ChunkedDecoder decoder(most);
  for (;;) {
    std::string_view input = in_;
    ChunkedDecoder::Step step;
    while ((step = decoder.next(input)).kind == ChunkedDecoder::Kind::body) body += step.bytes;
    in_.erase(0, in_.size() - input.size());
    if (step.kind == ChunkedDecoder::Kind::finished) return;
    if (step.kind == ChunkedDecoder::Kind::malformed) {
      throw Error(Layer::protocol,
                  "the answer's chunked body is not valid: " + std::string(step.bytes));
    }
    if (!fill(in_, kReadSize)) throw cut_off(stream_.peer(), "within the answer's chunked body");
  }
}

void HttpConnection::read_until_close(std::size_t most, std::string& body) {
  body.swap(in_);
  do {
    if (body.size() > most) throw too_large(most);
  } while (fill(body, kReadSize));
}

Error HttpConnection::explain(const Error& cause, const WireRequest& request) const {
  const std::string what = printable(request.method) + " " + without_query(request.target);
  const auto stopped = watch_.cause();
  if (stopped == Watch::Cause::cancelled) {
    return Error(Layer::tcp, what + " at " + stream_.peer() + " was cancelled");
  }
  if (stopped == Watch::Cause::deadline) {
    const std::string limit = std::to_string(limit_.count()) + " ms";
    const std::string happened =
        phase_ == Phase::sending   ? " did not take all of " + what + " within "
        : phase_ == Phase::waiting ? " sent no answer to " + what + " within "
        : phase_ == Phase::head ? " sent only a part of its answer's head to " + what + " within "
                                : " sent only a part of its answer to " + what + " within ";
    return Error(Layer::tcp, stream_.peer() + happened + limit)
        .with_retry()
        .with_next("Try again; the server or the network is slow or hangs.");
  }
  // With TLS 1.3 a server refuses the missing certificate after the handshake, by an alert or by an
  // end without a word.
  if (cause.layer() == Layer::tcp && !answered_ && !heard_ && stream_.is_asked_for_certificate()) {
    return client_certificate_error(stream_.peer());
  }
  Error error(cause.layer(), cause.happened() + " (" + what + " at " + stream_.peer() + ")");
  return error.with_retry(cause.can_retry())
      .with_person(cause.needs_person())
      .with_next(cause.next_step());
}

Stream HttpConnection::release(std::string& early) {
  attached_.reset();
  early = std::move(in_);
  in_.clear();
  reusable_ = false;
  return std::move(stream_);
}

}  // namespace pintle::net
