// SPDX-License-Identifier: Apache-2.0
//
// What a user pastes instead of a browser's visit.

#include <set>
#include <sign_in/loopback_request.h>
#include <sign_in/pasted.h>
#include <wire/callback.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr std::string_view kRedirect = "http://127.0.0.1:40123/callback";
constexpr std::string_view kState = "state-0123456789abcdef";

Pasted read(std::string_view text) {
  return read_pasted(fuzz::Block(text).view(), kRedirect, Secret(kState));
}

void check_address(std::string_view url) {
  require(url.starts_with(std::string(kRedirect) + "?"), "an address is the callback's", url);
  for (const char c : url) require(c > ' ' && c < 0x7f, "an address is visible ASCII", url);
  const auto kind = classify_callback(url.substr(kRedirect.size() + 1), Secret(kState));
  require(kind == LoopbackRequest::Kind::callback || kind == LoopbackRequest::Kind::refusal,
          "an address that is taken would have been taken from a browser", url);
  const auto again = read(url);
  require(again.url.has_value(), "an address can be pasted again", url);
  require_same(again.url->reveal(), url, "an address that is pasted again is the same");
}

void check(std::string_view text) {
  static std::set<std::string> complaints;
  const auto pasted = read(text);
  require(pasted.url.has_value() == pasted.complaint.empty(),
          "a text is taken or complained about");
  if (pasted.url) check_address(pasted.url->reveal());
  complaints.insert(pasted.complaint);
  require(complaints.size() <= 3, "a complaint does not depend on what was pasted",
          pasted.complaint);
  const auto around = read(" \"" + std::string(text) + "\" \r\n");
  require(
      around.url.has_value() == pasted.url.has_value() || text.size() + 6 > std::size_t{16} * 1024,
      "blanks and quotes around a text are no part of it");
  try {
    const auto code = oauth::code_from(fuzz::Block(text).view(), kState);
    require(!code.empty(), "a code is not empty");
  } catch (const Error& error) {
    fuzz::require_good(error);
  }
}

fuzz::Target target() {
  const std::string query = "code=abc&state=" + std::string(kState);
  return {
      check,
      {std::string(kRedirect) + "?" + query, "127.0.0.1:40123/callback?" + query + "#_=_", query,
       "abc " + std::string(kState), "abc#" + std::string(kState), "\"" + query + "\"\n",
       "error=access_denied&state=" + std::string(kState), "code=abc&state=other",
       "code=a%20b&state=" + std::string(kState) + "&x=\xc3\xa4", "abc"},
      {"code=", "state=", "&", "?", "#", "error=", " ", std::string(kState), "%20", "\x1b[200~"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(PastedFuzz, WhatIsTakenCouldHaveComeFromTheBrowser, pintle::target())
