// SPDX-License-Identifier: Apache-2.0
#include "practice/server/http_reader.h"

#include <charconv>

#include <pintle/core/base/error.h>

namespace pintle::practice {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kMaxBody = 256 * 1024 * 1024;
constexpr std::int64_t kPatienceMs = 30'000;  // Between two pieces of one request.

// Returns the bytes up to and including `mark`; nothing if the connection ended.
std::optional<std::string> take_until(Wire& wire, std::string_view mark,
                                      std::int64_t initial_backoff_ms) {
  auto& pending = wire.pending();
  std::size_t searched = 0;
  while (true) {
    if (const auto found = pending.find(mark, searched); found != std::string::npos) {
      auto taken = pending.substr(0, found + mark.size());
      pending.erase(0, found + mark.size());
      return taken;
    }
    if (pending.size() > kMaxHead) throw BadRequest(431, "the header is larger than 64 KiB");
    searched = pending.size() < mark.size() ? 0 : pending.size() - mark.size() + 1;
    if (wire.fill(pending.empty() ? initial_backoff_ms : kPatienceMs) != Wire::Read::bytes) {
      return std::nullopt;
    }
  }
}

bool take_exactly(Wire& wire, std::size_t size, std::string& out) {
  auto& pending = wire.pending();
  while (pending.size() < size) {
    if (wire.fill(kPatienceMs) != Wire::Read::bytes) return false;
  }
  out.append(pending, 0, size);
  pending.erase(0, size);
  return true;
}

std::size_t size_from(std::string_view text, int base) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw BadRequest(400, "a length is not a number");
  }
  if (size > kMaxBody) throw BadRequest(413, "the body is larger than 256 MiB");
  return size;
}

bool read_chunked(Wire& wire, std::string& body) {
  while (true) {
    const auto line = take_until(wire, "\r\n", kPatienceMs);
    if (!line) return false;
    const auto digits = std::string_view(*line).substr(0, line->find_first_of(";\r "));
    const auto size = size_from(digits, 16);
    if (body.size() + size > kMaxBody) throw BadRequest(413, "the body is larger than 256 MiB");
    if (size == 0) break;
    if (!take_exactly(wire, size, body) || !take_until(wire, "\r\n", kPatienceMs)) return false;
  }
  while (true) {  // Trailers.
    const auto line = take_until(wire, "\r\n", kPatienceMs);
    if (!line) return false;
    if (line->size() == 2) return true;
  }
}

void parse_start_line(std::string_view line, Request& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    throw BadRequest(400, "the request line has not three parts");
  }
  request.method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") throw BadRequest(505, "not HTTP/1.1");
  if (!target.starts_with('/')) throw BadRequest(400, "the target is not a path");
  const auto mark = std::min(target.find('?'), target.size());
  request.full_path = target.substr(0, mark);
  if (mark < target.size()) request.query = parse_query(target.substr(mark + 1));
  if (version == "HTTP/1.0") request.headers.add("Connection", "close");
}

void parse_head(std::string_view head, Request& request) {
  head.remove_suffix(2);  // The empty line.
  const auto line_end = head.find("\r\n");
  parse_start_line(head.substr(0, line_end), request);
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    try {
      request.headers.add(Header::parse_line(head.substr(0, end)));
    } catch (const Error&) {
      throw BadRequest(400, "a header line is not one");
    }
    head.remove_prefix(end + 2);
  }
}

}  // namespace

std::optional<Request> read_request(Wire& wire, std::int64_t idle_ms) {
  // An empty line before a request is ignored (RFC 9112 2.2).
  while (wire.pending().starts_with("\r\n")) wire.pending().erase(0, 2);
  const auto head = take_until(wire, "\r\n\r\n", idle_ms);
  if (!head) return std::nullopt;
  Request request;
  request.connection = wire.number();
  request.peer = wire.peer();
  request.secure = wire.secure();
  parse_head(*head, request);

  const auto length = request.headers.find("Content-Length");
  const bool chunked = request.headers.has_token("Transfer-Encoding", "chunked");
  if (length && chunked) throw BadRequest(400, "a body has both a length and chunks");
  if ((length || chunked) && request.headers.has_token("Expect", "100-continue")) {
    wire.send("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (chunked && !read_chunked(wire, request.body)) return std::nullopt;
  if (length && !take_exactly(wire, size_from(*length, 10), request.body)) return std::nullopt;
  return request;
}

}  // namespace pintle::practice
