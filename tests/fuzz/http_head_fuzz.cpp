// SPDX-License-Identifier: Apache-2.0
//
// The head of a response and the body that it announces.

#include "fuzz.h"
#include "net/http/http_head.h"

namespace pintle::net {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr std::size_t kMaxFields = 20;

// How the end of a head that arrives in pieces is found.
std::size_t end_when_cut(std::string_view bytes, std::size_t piece) {
  std::size_t scanned = 0;
  for (std::size_t size = 0; size < bytes.size();) {
    size = std::min(bytes.size(), size + piece);
    const fuzz::Block block(bytes.substr(0, size));
    if (const auto end = find_head_end(block.view(), scanned); end != 0) return end;
  }
  return 0;
}

std::string text_of(const ResponseHead& head) {
  auto text = "HTTP/1." + std::to_string(head.minor_version) + " " + std::to_string(head.status) +
              " " + head.reason + "\r\n";
  for (const auto& field : head.headers) text += field.name() + ": " + field.value() + "\r\n";
  return text + "\r\n";
}

void check_framing(const ResponseHead& head, std::string_view method) {
  using Kind = BodyFraming::Kind;
  try {
    const auto framing = framing_of(head, method);
    const bool ambiguous =
        head.headers.has("Transfer-Encoding") && head.headers.has("Content-Length");
    require(!framing.keep_alive || framing.kind == Kind::none || !ambiguous,
            "a connection with two lengths is not used again (RFC 9112 6.3)");
    require(framing.kind != Kind::until_close || !framing.keep_alive,
            "a connection whose end is the body's is not used again");
    require(method != "HEAD" || framing.kind == Kind::none, "the answer to HEAD has no body");
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::protocol, "the answer is to blame", error.what());
  }
}

void check(std::string_view bytes) {
  std::size_t scanned = 0;
  const auto end = find_head_end(fuzz::Block(bytes).view(), scanned);
  require(end <= bytes.size(), "a head ends within its bytes");
  require(end_when_cut(bytes, 1) == end, "a head ends at the same place, byte by byte");
  require(end_when_cut(bytes, 7) == end, "a head ends at the same place, in pieces");
  // A response that is not HTTP is recognized by its first line.
  const auto head = end != 0 ? std::string(bytes.substr(0, end))
                             : std::string(bytes.substr(0, bytes.find('\n'))) + "\n\n";
  try {
    const auto parsed = parse_response_head(fuzz::Block(head).view(), kMaxFields);
    require(parsed.status >= 100 && parsed.status <= 999, "a status has three digits");
    require(parsed.headers.size() <= kMaxFields, "the number of fields has a limit");
    if (parsed.reason.find_first_of("\r\n") == std::string::npos) {
      const auto again = parse_response_head(text_of(parsed), kMaxFields);
      require_same(text_of(again), text_of(parsed), "a head reads back the same");
    }
    for (const std::string_view method : {"GET", "HEAD", "CONNECT", "POST"}) {
      check_framing(parsed, method);
    }
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::protocol, "the answer is to blame", error.what());
  }
}

fuzz::Target target() {
  return {
      check,
      {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
       "HTTP/1.0 302\nLocation: /login\nSet-Cookie: a=b\n\n",
       "HTTP/1.1 101 Switching Protocols\r\nConnection: keep-alive, Upgrade\r\nX: a\r\n b\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhello",
       "\x15\x03\x01\x00\x02\x02\x16", "HTTP/1.1 204 \xff\r\nConnection: close\r\n\r\n",
       "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"HTTP/1.1 ", "HTTP/1.0 ", "\r\n", "\n\n", "\r\n\r\n",
       "Content-Length: ", "Transfer-Encoding: chunked", "Connection: ", "close", "keep-alive",
       "304", "204", "18446744073709551616", "\n ", "Content-Encoding: gzip"}};
}

}  // namespace
}  // namespace pintle::net

PINTLE_FUZZ_TARGET(HttpHeadFuzz, AHeadIsTheSameHoweverItIsCut, pintle::net::target())
