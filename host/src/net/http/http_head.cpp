// SPDX-License-Identifier: Apache-2.0
#include "net/http/http_head.h"

#include <charconv>
#include <optional>

#include <pintle/core/base/error.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

namespace pintle::net {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// Removes and returns the first line, without its end. A head ends with an empty line, so there is
/// one.
std::string_view take_line(std::string_view& rest) noexcept {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// RFC 9112 4: "HTTP/1.1 200 OK"; the reason may be missing, and with it the space before it.
void parse_status_line(std::string_view line, ResponseHead& head) {
  const bool ok = line.size() >= 12 && line.starts_with("HTTP/1.") && ascii::is_digit(line[7]) &&
                  line[8] == ' ' && ascii::is_digit(line[9]) && ascii::is_digit(line[10]) &&
                  ascii::is_digit(line[11]) && line[9] != '0' &&
                  (line.size() == 12 || line[12] == ' ');
  if (!ok) {
    Error error(Layer::protocol,
                "the answer is not HTTP/1.1: it begins with \"" + printable(line, 60) + "\"");
    // A TLS alert record: the port speaks https (RFC 8446 5.1).
    if (line.starts_with("\x15\x03")) throw error.with_hint("Use https:// in the URL.");
    throw error.with_hint("Check that the port is the gateway's.");
  }
  head.minor_version = line[7] - '0';
  head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (line.size() > 13) head.reason = std::string(line.substr(13));
}

void add_field(std::string_view line, Headers& headers) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (colon == std::string_view::npos) {
    throw Error(Layer::protocol, "a line of the answer's head has no colon");
  }
  try {
    headers.add(name, line.substr(colon + 1));
  } catch (const Error& e) {
    throw Error(Layer::protocol, "the answer's head is not valid: " + e.message());
  }
}

std::optional<std::uint64_t> content_length(const Headers& headers) {
  std::optional<std::uint64_t> length;
  for (std::string_view rest : headers.all("Content-Length")) {
    // A list of the same number is one number (RFC 9110 8.6).
    for (;;) {
      const auto comma = rest.find(',');
      const auto text = ascii::trim(rest.substr(0, comma));
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
          (length && *length != value)) {
        throw Error(Layer::protocol,
                    "the answer has an invalid Content-Length: \"" + printable(rest, 40) + "\"");
      }
      length = value;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return length;
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t& scanned) noexcept {
  for (;;) {
    const auto feed = bytes.find('\n', scanned);
    if (feed == std::string_view::npos) {
      scanned = bytes.size();
      return 0;
    }
    // The bytes after the line's end decide; they may not be received yet.
    const auto after = bytes.substr(feed + 1);
    if (after.starts_with('\n')) return feed + 2;
    if (after.starts_with("\r\n")) return feed + 3;
    if (after.empty() || after == "\r") {
      scanned = feed;
      return 0;
    }
    scanned = feed + 1;
  }
}

bool has_final_answer(std::string& bytes) {
  constexpr std::size_t kStatusAt = 9;  // in "HTTP/1.1 413"
  while (bytes.size() > kStatusAt) {
    if (!bytes.starts_with("HTTP/") || bytes[kStatusAt] != '1' ||
        bytes.compare(kStatusAt, 3, "101") == 0)
      return true;
    std::size_t scanned = 0;
    const auto end = find_head_end(bytes, scanned);
    if (end == 0) return false;
    bytes.erase(0, end);
  }
  return false;
}

ResponseHead parse_response_head(std::string_view head, std::size_t max_fields) {
  ResponseHead parsed;
  parse_status_line(take_line(head), parsed);
  std::string unfolded;
  for (;;) {
    auto line = take_line(head);
    if (line.empty()) return parsed;
    if (is_blank(line.front())) {
      throw Error(Layer::protocol, "the answer's first header line begins with a space");
    }
    if (!head.empty() && is_blank(head.front())) {
      unfolded = line;
      while (!head.empty() && is_blank(head.front())) {
        unfolded.append(" ").append(ascii::trim(take_line(head)));
      }
      line = unfolded;
    }
    if (parsed.headers.size() == max_fields) {
      throw Error(Layer::protocol,
                  "the answer's head has more than " + std::to_string(max_fields) + " fields");
    }
    add_field(line, parsed.headers);
  }
}

BodyFraming framing_of(const ResponseHead& head, std::string_view method) {
  using Kind = BodyFraming::Kind;
  BodyFraming framing;
  framing.keep_alive = head.minor_version >= 1 ? !head.headers.has_token("Connection", "close")
                                               : head.headers.has_token("Connection", "keep-alive");
  const bool tunnel = method == "CONNECT" && head.status >= 200 && head.status < 300;
  if (method == "HEAD" || tunnel || head.status < 200 || head.status == 204 || head.status == 304) {
    return framing;
  }
  const auto codings = head.headers.all("Transfer-Encoding");
  if (!codings.empty()) {
    if (codings.size() != 1 || !same_field_name(ascii::trim(codings[0]), "chunked")) {
      throw Error(Layer::protocol, "the answer has an unsupported Transfer-Encoding: \"" +
                                       printable(codings[0], 40) + "\"");
    }
    framing.kind = Kind::chunked;
    // It overrides a Content-Length, which is then an error (RFC 9112 6.3).
    if (head.minor_version < 1 || head.headers.has("Content-Length")) framing.keep_alive = false;
    return framing;
  }
  if (const auto length = content_length(head.headers)) {
    framing.kind = Kind::fixed;
    framing.size = *length;
    return framing;
  }
  framing.kind = Kind::until_close;
  framing.keep_alive = false;
  return framing;
}

}  // namespace pintle::net
