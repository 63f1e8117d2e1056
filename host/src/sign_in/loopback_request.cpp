// SPDX-License-Identifier: Apache-2.0
#include "sign_in/loopback_request.h"

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/text/percent.h>

namespace pintle {
namespace {

using Kind = LoopbackRequest::Kind;

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Returns the target of "GET /callback?… HTTP/1.1"; empty for anything else.
std::string_view target_of(std::string_view request_line) {
  constexpr std::string_view kMethod = "GET ";
  if (!request_line.starts_with(kMethod)) return {};
  request_line.remove_prefix(kMethod.size());
  const auto space = request_line.find(' ');
  if (space == std::string_view::npos) return {};
  const auto version = request_line.substr(space + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return {};
  const auto target = request_line.substr(0, space);
  for (const char c : target) {
    if (c <= 0x20 || c >= 0x7f) return {};
  }
  return target;
}

// The page's address contains the code: the browser must neither send it on nor store it.
constexpr std::string_view kGuards =
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n";

std::string page(std::string_view status, std::string_view title, std::string_view text) {
  std::string body =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>";
  body.append(title).append(" - Pintle</title></head>\n<body><h1>").append(title);
  body.append("</h1>\n<p>").append(text).append("</p></body></html>\n");
  std::string answer = "HTTP/1.1 ";
  answer.append(status).append("\r\nContent-Type: text/html; charset=utf-8\r\n");
  answer.append(kGuards).append("Content-Length: ");
  return answer.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

}  // namespace

Kind classify_callback(std::string_view query, const Secret& state) {
  int states = 0;
  int codes = 0;
  int errors = 0;
  bool ours = false;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = decode_percent(pair.substr(0, equals));
    if (name == "code") ++codes;
    if (name == "error") ++errors;
    if (name != "state") continue;
    ++states;
    auto value = decode_percent(pair.substr(equals + 1));
    ours = Secret::take(value).equals(state);
  }
  if (states != 1 || !ours || state.empty()) return Kind::other_state;
  if (errors == 1 && codes == 0) return Kind::refusal;
  return codes == 1 && errors == 0 ? Kind::callback : Kind::unknown;
}

LoopbackRequest read_loopback_request(std::string_view head, std::string_view authority,
                                      const Secret& state, const Secret& start) {
  const auto target = target_of(take_line(head));
  if (target.empty()) return {};
  // A page that rebinds its own name to this address (DNS rebinding) still sends its name in Host.
  int hosts = 0;
  bool host_is_ours = false;
  try {
    while (!head.empty()) {
      const auto line = take_line(head);
      if (line.empty()) break;
      const auto header = Header::parse_line(line);
      if (!same_field_name(header.name(), "Host")) continue;
      ++hosts;
      host_is_ours = header.value() == authority;
    }
  } catch (const Error&) {
    return {};
  }
  if (hosts != 1 || !host_is_ours) return {};
  if (!start.empty() && Secret(target).equals(start)) return {Kind::start, {}};
  const auto question = target.find('?');
  if (target.substr(0, question) != kCallbackPath) return {};
  const auto query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  const auto kind = classify_callback(query, state);
  if (kind == Kind::callback || kind == Kind::refusal) return {kind, std::string(target)};
  return {kind, {}};
}

std::string answer_to(Kind kind) {
  switch (kind) {
    case Kind::callback:
      return page("200 OK", "You can close this window",
                  "The sign-in was received. Return to the program where you started to sign in.");
    case Kind::refusal:
      return page("200 OK", "The sign-in was refused",
                  "You can close this window. The program where you started to sign in shows why.");
    case Kind::other_state:
      return page("404 Not Found", "Not the expected sign-in",
                  "This page belongs to another or an older sign-in. Finish the latest sign-in in "
                  "its own window.");
    case Kind::start:
    case Kind::unknown:
      break;
  }
  return page("404 Not Found", "Not found", "This address only accepts the end of a sign-in.");
}

std::string answer_with_address(std::string_view address) {
  std::string answer = "HTTP/1.1 302 Found\r\nLocation: ";
  return answer.append(address).append("\r\n").append(kGuards).append("Content-Length: 0\r\n\r\n");
}

std::string answer_to_stranger() {
  return page(
      "403 Forbidden", "Not for this browser",
      "Only a browser of the user who started to sign in may continue here. Open the address "
      "that the program shows, and paste the address of the last page into the program.");
}

std::string answer_to_long_head() {
  return page("431 Request Header Fields Too Large", "Too long",
              "This address only accepts the end of a sign-in.");
}

}  // namespace pintle
