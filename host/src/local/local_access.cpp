// SPDX-License-Identifier: Apache-2.0
#include "local/local_access.h"

#include <algorithm>
#include <array>
#include <optional>

#include <pintle/core/text/base64.h>
#include <pintle/core/text/percent.h>

#include "base/random_bytes.h"

namespace pintle::local {
namespace {

// Returns the first item of `text` that begins with "name=", without that; `twice` tells of more.
std::optional<std::string_view> item_of(std::string_view text, char separator,
                                        std::string_view name, bool& twice) {
  std::optional<std::string_view> found;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    auto item = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    if (!item.starts_with(name) || !item.substr(name.size()).starts_with('=')) continue;
    if (found) twice = true;
    found = item.substr(name.size() + 1);
  }
  return found;
}

bool is_web_origin(std::string_view origin) {
  return origin.starts_with("http://") || origin.starts_with("https://");
}

}  // namespace

Secret new_local_token() {
  std::array<unsigned char, 32> bytes{};
  fill_random(bytes);
  auto text = base64_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  wipe(reinterpret_cast<char*>(bytes.data()), bytes.size());
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.resize(text.find('='));
  return Secret::take(text);
}

std::vector<std::string> authorities_of(std::string_view address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string_view::npos;
  const std::string host = v6 ? "[" + std::string(address) + "]" : std::string(address);
  const auto end = ":" + std::to_string(port);
  std::vector<std::string> authorities = {host + end, "localhost" + end};
  if (port == 80) {  // which clients leave out
    authorities.push_back(host);
    authorities.emplace_back("localhost");
  }
  return authorities;
}

LocalAccess::Token LocalAccess::token_of(const LocalRequest& request) const {
  std::vector<std::string> given;
  bool twice = false;
  for (const auto value : request.headers.all("Authorization")) {
    if (value.size() > 7 && same_field_name(value.substr(0, 7), "bearer ")) {
      given.emplace_back(value.substr(7));
    }
  }
  if (!rules_.header_name.empty()) {
    for (const auto value : request.headers.all(rules_.header_name)) given.emplace_back(value);
  }
  const auto mark = request.target.find('?');
  if (!rules_.query_name.empty() && mark != std::string_view::npos) {
    const auto value = item_of(request.target.substr(mark + 1), '&', rules_.query_name, twice);
    if (value) given.push_back(decode_percent(*value));
  }
  const bool from_cookie = given.empty();
  if (from_cookie && !rules_.cookie_name.empty()) {
    for (const auto cookies : request.headers.all("Cookie")) {
      if (const auto value = item_of(cookies, ';', rules_.cookie_name, twice)) {
        given.emplace_back(*value);
      }
    }
  }
  if (given.empty()) return Token::missing;
  bool right = !twice;
  for (auto& text : given) right = Secret::take(text).equals(rules_.token) && right;
  if (!right) return Token::wrong;
  return from_cookie ? Token::cookie : Token::given;
}

bool LocalAccess::is_own_host(const Headers& headers) const {
  if (rules_.authorities.empty()) return true;
  const auto hosts = headers.all("Host");
  return hosts.size() == 1 && std::ranges::any_of(rules_.authorities, [&](const auto& authority) {
           return same_field_name(hosts.front(), authority);
         });
}

bool LocalAccess::is_own_origin(std::string_view origin) const {
  constexpr std::string_view kScheme = "http://";
  return origin.starts_with(kScheme) &&
         std::ranges::any_of(rules_.authorities, [&](const auto& authority) {
           return same_field_name(origin.substr(kScheme.size()), authority);
         });
}

// A cross-origin GET of an image or a form carries no Origin; newer browsers say so in
// Sec-Fetch-Site, older ones in Referer.
bool LocalAccess::is_from_other_page(const Headers& headers) const {
  const auto site = headers.get("Sec-Fetch-Site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const auto referer = headers.get("Referer");
  if (!is_web_origin(referer)) return false;
  const auto path = referer.find('/', referer.find("//") + 2);
  return !is_own_origin(referer.substr(0, path));
}

LocalAccess::Verdict LocalAccess::check(const LocalRequest& request) const {
  // An unknown user has the token to prove himself with; without one nobody can tell.
  if (request.user == PeerUser::other || (rules_.open && request.user == PeerUser::unknown)) {
    return Verdict::other_user;
  }
  if (!is_own_host(request.headers)) return Verdict::wrong_host;
  const auto origins = request.headers.all("Origin");
  bool own_page = !is_from_other_page(request.headers);
  for (const auto origin : origins) {
    if (is_own_origin(origin)) continue;
    if (is_web_origin(origin)) return Verdict::foreign_origin;
    own_page = false;  // "null" and "file://": an app's window, or a sandboxed frame of any page.
  }
  if (rules_.open) return own_page ? Verdict::allowed : Verdict::foreign_origin;
  const auto token = token_of(request);
  if (token == Token::missing || token == Token::wrong) return Verdict::no_token;
  // A browser adds the cookie by itself; only who knows the token can write it elsewhere.
  if (token == Token::cookie && !own_page) return Verdict::foreign_origin;
  return Verdict::allowed;
}

}  // namespace pintle::local
