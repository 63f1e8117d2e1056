// SPDX-License-Identifier: Apache-2.0
#include "broker/client_request.h"

#include <algorithm>
#include <charconv>

#include <pintle/core/base/error.h>

namespace pintle::broker {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kScheme = "http://";
constexpr std::size_t kMaxMethod = 32;

RequestFault bad(const char* detail) { return {400, detail}; }

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find(kLineEnd);
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + kLineEnd.size());
  // Some parsers end a line at a bare LF, others read it as a part of the line.
  if (line.find_first_of(kLineEnd) != std::string_view::npos) {
    throw bad("a line of the head ends with a bare CR or LF");
  }
  return line;
}

bool is_method(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxMethod &&
         std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

void parse_request_line(std::string_view line, ClientRequest& request) {
  const auto space = line.find(' ');
  const auto last = line.rfind(' ');
  if (space == std::string_view::npos || space == last) throw bad("invalid request line");
  const auto version = line.substr(last + 1);
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1, last - space - 1);
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.') {
    throw bad("invalid request line");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    throw RequestFault(505, "only HTTP/1.1 and HTTP/1.0 are supported");
  }
  request.minor_version = version[7] - '0';
  if (!is_method(request.method)) throw bad("invalid request method");
  if (request.method == "CONNECT" || request.method == "TRACE") {
    throw RequestFault(405, "Method Not Allowed");
  }
  if (request.target.empty() || request.target.find(' ') != std::string::npos) {
    throw bad("invalid request target");
  }
}

void add_field(std::string_view line, Headers& headers) {
  if (line.front() == ' ' || line.front() == '\t') throw bad("a header is folded over two lines");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) throw bad("a line of the head has no colon");
  if (headers.size() == kMaxHeadFields) throw RequestFault(431, "the request has too many headers");
  try {
    headers.add(line.substr(0, colon), line.substr(colon + 1));
  } catch (const Error&) {
    throw bad("a header's name or value is invalid");
  }
}

// RFC 9112 3.2. The absolute form is a proxy's: it is accepted if it names the same authority, as
// the Host is what the access is decided by.
void settle_target(ClientRequest& request) {
  const auto hosts = request.headers.all("Host");
  if (hosts.size() > 1 || (hosts.empty() && request.minor_version == 1)) {
    throw bad("a request must have one Host");
  }
  auto& target = request.target;
  if (target.starts_with('/')) return;
  if (!same_field_name(std::string_view(target).substr(0, kScheme.size()), kScheme)) {
    throw bad("the request's target must be a path");
  }
  const auto slash = std::min(target.find_first_of("/?", kScheme.size()), target.size());
  const auto authority = std::string_view(target).substr(kScheme.size(), slash - kScheme.size());
  if (hosts.empty() || !same_field_name(hosts.front(), authority)) {
    throw bad("the request's target names another host than its Host");
  }
  target.erase(0, slash);
  if (!target.starts_with('/')) target.insert(0, "/");
}

// RFC 9112 6: one length, or the one coding, and not both.
void settle_framing(ClientRequest& request) {
  const auto lengths = request.headers.all("Content-Length");
  const auto codings = request.headers.all("Transfer-Encoding");
  if (!codings.empty()) {
    if (!lengths.empty()) throw bad("a request has both a Content-Length and a Transfer-Encoding");
    if (request.minor_version == 0) throw bad("HTTP/1.0 has no Transfer-Encoding");
    if (codings.size() != 1 || !same_field_name(codings.front(), "chunked")) {
      throw RequestFault(501, "the only supported Transfer-Encoding is chunked");
    }
    request.framing = ClientRequest::Framing::chunked;
    return;
  }
  if (lengths.empty()) return;
  const auto text = lengths.front();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), request.length);
  if (lengths.size() != 1 || text.empty() || error != std::errc() ||
      end != text.data() + text.size() || request.length > INT64_MAX) {
    throw bad("invalid Content-Length");
  }
  request.framing = ClientRequest::Framing::fixed;
}

void settle_expectation(ClientRequest& request) {
  const auto expectations = request.headers.all("Expect");
  if (expectations.empty() || request.minor_version == 0) return;
  if (expectations.size() != 1 || !same_field_name(expectations.front(), "100-continue")) {
    throw RequestFault(417, "the only supported Expect is 100-continue");
  }
  request.expects_continue = request.has_body();
}

}  // namespace

std::size_t find_request_end(std::string_view bytes, std::size_t& scanned) {
  // A TLS hello, or another protocol: it would never send the end of a head.
  if (!bytes.empty() && (bytes.front() < 'A' || bytes.front() > 'Z') && bytes.front() != '\r') {
    throw bad("this is not an HTTP request");
  }
  constexpr std::string_view kEnd = "\r\n\r\n";
  const auto from = scanned < kEnd.size() ? 0 : scanned - kEnd.size() + 1;
  const auto end = bytes.find(kEnd, from);
  scanned = bytes.size();
  const auto size = end == std::string_view::npos ? 0 : end + kEnd.size();
  if (size > kMaxHeadBytes || (size == 0 && bytes.size() > kMaxHeadBytes)) {
    throw RequestFault(431, "the request's head is too long");
  }
  return size;
}

ClientRequest parse_request(std::string_view head) {
  ClientRequest request;
  auto line = take_line(head);
  // One empty line before a request is ignored (RFC 9112 2.2).
  if (line.empty() && !head.empty()) line = take_line(head);
  parse_request_line(line, request);
  while (!head.empty()) {
    line = take_line(head);
    if (!line.empty()) add_field(line, request.headers);
  }
  settle_target(request);
  settle_framing(request);
  settle_expectation(request);
  const auto& headers = request.headers;
  request.keep_alive = request.minor_version == 1 ? !headers.has_token("Connection", "close")
                                                  : headers.has_token("Connection", "keep-alive");
  request.is_upgrade = request.minor_version == 1 && headers.has_token("Connection", "upgrade") &&
                       headers.has_token("Upgrade", "websocket");
  if (request.is_upgrade && (request.method != "GET" || request.has_body())) {
    throw bad("an upgrade to a WebSocket must be a GET without a body");
  }
  return request;
}

}  // namespace pintle::broker
