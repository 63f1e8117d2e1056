// SPDX-License-Identifier: Apache-2.0
//
// A request to the loopback listener, which any page in any browser can send.

#include <algorithm>
#include <sign_in/loopback_request.h>
#include <sign_in/pasted.h>
#include <wire/callback.h>

#include <pintle/core/text/percent.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;
using Kind = LoopbackRequest::Kind;

constexpr std::string_view kAuthority = "127.0.0.1:40123";
constexpr std::string_view kState = "state-0123456789abcdef";

bool is_answer(Kind kind) { return kind == Kind::callback || kind == Kind::refusal; }

std::size_t count(std::string_view query, std::string_view name) {
  std::size_t found = 0;
  std::string part;
  for (const char c : std::string(query) + "&") {
    if (c != '&') {
      part += c;
      continue;
    }
    const auto equals = part.find('=');
    found += equals != std::string::npos && decode_percent(part.substr(0, equals)) == name;
    part.clear();
  }
  return found;
}

void check_callback(const LoopbackRequest& request) {
  const auto& target = request.target;
  require(target.starts_with("/callback?"), "a callback has the one path", target);
  require(std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7f; }),
          "a target is visible ASCII", target);
  const auto query = std::string_view(target).substr(target.find('?') + 1);
  require(count(query, "state") == 1, "a callback has one state", target);
  require(decode_percent(query).find(kState) != std::string::npos, "the state is ours", target);
  const bool code = request.kind == Kind::callback;
  require(count(query, code ? "code" : "error") == 1 && count(query, code ? "error" : "code") == 0,
          "a callback has a code, a refusal an error", target);
  try {
    // How the scheme parses the same address.
    const auto url = "http://" + std::string(kAuthority) + target;
    const auto found = oauth::code_from(url, kState);
    require(code && !found.empty(), "a refusal has no code", target);
    require(decode_percent(query).find(found.reveal()) != std::string::npos,
            "a code is one that came", target);
  } catch (const Error& error) {
    fuzz::require_good(error);
  }
}

void check(std::string_view bytes) {
  const Secret state(kState);
  const auto request = read_loopback_request(fuzz::Block(bytes).view(), kAuthority, state);
  require(is_answer(request.kind) || request.target.empty(), "what is not ours is not kept");
  if (is_answer(request.kind)) check_callback(request);

  const auto foreign = read_loopback_request(bytes, kAuthority, Secret(fuzz::other_secret(kState)));
  require(!is_answer(foreign.kind) ||
              decode_percent(bytes).find(fuzz::other_secret(kState)) != std::string::npos,
          "whoever does not know the state has no callback");
  require(!is_answer(read_loopback_request(bytes, kAuthority, Secret()).kind),
          "no state is nobody's");
  require(!is_answer(read_loopback_request(bytes, "127.0.0.1:1", state).kind) ||
              bytes.find("127.0.0.1:1") != std::string_view::npos,
          "a request for another host is not ours");
  // The same check for any query.
  const auto kind = classify_callback(fuzz::Block(bytes).view(), state);
  require(!is_answer(kind) || count(bytes, "state") == 1, "an answer has one state");
}

fuzz::Target target() {
  const std::string host = "\r\nHost: 127.0.0.1:40123\r\n\r\n";
  const std::string query = "code=abc&state=" + std::string(kState);
  return {check,
          {"GET /callback?" + query + " HTTP/1.1" + host,
           "GET /callback?error=access_denied&state=" + std::string(kState) +
               " HTTP/1.1\nHost: 127.0.0.1:40123\n\n",
           "GET /callback?" + query + "&state=x HTTP/1.1" + host,
           "GET /callback?st%61te=" + std::string(kState) + "&c%6Fde=x HTTP/1.0" + host,
           "GET /callback?" + query + "#x HTTP/1.1\r\nHost: 127.0.0.1:40123\r\nHost: evil\r\n\r\n",
           "POST /callback?" + query + " HTTP/1.1" + host, "GET /favicon.ico HTTP/1.1" + host,
           query, "GET http://127.0.0.1:40123/callback?" + query + " HTTP/1.1" + host},
          {"GET ", "/callback?", " HTTP/1.1", "\r\n", "\n", "Host: ", "127.0.0.1:40123",
           "code=", "&state=", "error=", "%73tate=", std::string(kState), "&", "#", "%00"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(LoopbackFuzz, OurStateAloneMakesACallback, pintle::target())
