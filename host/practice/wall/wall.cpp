// SPDX-License-Identifier: Apache-2.0
#include "practice/wall/wall.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/percent.h>

#include "practice/state/random.h"

namespace pintle::practice {
namespace {

constexpr std::string_view kClientId = "practice.access";
constexpr std::string_view kCallback = "/wall/auth/callback";
constexpr std::string_view kCookie = "wall_session";

HttpResponse ask_for_password() {
  auto response =
      html_response(401, "401 Authorization Required", "<h1>401 Authorization Required</h1>");
  response.headers.add("WWW-Authenticate", "Basic realm=\"practice wall\"");
  return response;
}

HttpResponse forbid_service() {
  auto response = html_response(403, "Forbidden",
                                "<h1>Forbidden</h1><p>You don't have permission to view this. "
                                "Cloudflare Access</p>");
  response.headers.add("CF-Access-Domain", "practice.example");
  response.headers.add("Server", "cloudflare");
  return response;
}

// The value of a cookie that was set in chunks: wall_session_0, wall_session_1.
std::string session_in(std::string_view field) {
  std::map<std::string, std::string, std::less<>> chunks;
  while (!field.empty()) {
    const auto end = std::min(field.find(';'), field.size());
    const auto pair = ascii::trim(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    chunks.insert_or_assign(std::string(pair.substr(0, equals)), pair.substr(equals + 1));
  }
  std::string session;
  for (int i = 0;; ++i) {
    const auto chunk = chunks.find(std::string(kCookie) + "_" + std::to_string(i));
    if (chunk == chunks.end()) return session;
    session += chunk->second;
  }
}

}  // namespace

WallDoor::WallDoor(const GatewayState& state, IdentityProvider& identity)
    : state_(state), identity_(identity), secret_(random_token()) {}

std::string WallDoor::password() const {
  const MutexLock lock(mutex_);
  return secret_;
}

std::string WallDoor::client_id() const { return std::string(kClientId); }

std::string WallDoor::client_secret() const { return password(); }

void WallDoor::rotate() {
  const MutexLock lock(mutex_);
  secret_ = random_token();
  for (auto& [name, session] : sessions_) session.rotates = true;
}

void WallDoor::revoke() {
  const MutexLock lock(mutex_);
  secret_ = random_token();
  sessions_.clear();
}

std::string WallDoor::open_session() {
  const auto session = random_token();
  {
    const MutexLock lock(mutex_);
    sessions_.emplace(session, Session{});
  }
  const auto half = session.size() / 2;
  const std::string name(kCookie);
  return name + "_0=" + session.substr(0, half) + "; " + name + "_1=" + session.substr(half);
}

Headers WallDoor::cookies_of(const std::string& session, const Request& request) const {
  Headers cookies;
  const auto half = session.size() / 2;
  const std::string rest = "; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600" +
                           std::string(request.secure ? "; Secure" : "");
  const std::string name(kCookie);
  cookies.add("Set-Cookie", name + "_0=" + session.substr(0, half) + rest);
  cookies.add("Set-Cookie", name + "_1=" + session.substr(half) + rest);
  return cookies;
}

std::string WallDoor::callback_url(const Request& request) const {
  return state_.base_url(request) + std::string(kCallback);
}

HttpResponse WallDoor::to_login(const Request& request) const {
  return redirect_response(identity_url_ + "/idp/authorize?client_id=wall&redirect_uri=" +
                           encode_component(callback_url(request)) + "&state=wall");
}

HttpResponse WallDoor::finish_login(const Request& request) {
  const auto code = request.query_value("code").value_or("");
  if (!identity_.redeem(code, callback_url(request))) return to_login(request);
  const auto session = random_token();
  auto response = redirect_response(state_.options.prefix + "/");
  for (const auto& cookie : cookies_of(session, request)) response.headers.add(cookie);
  const MutexLock lock(mutex_);
  sessions_.emplace(session, Session{});
  return response;
}

std::optional<HttpResponse> WallDoor::refuse_page(const Request& request, Headers& cookies) {
  if (request.full_path == state_.options.prefix + std::string(kCallback)) {
    return finish_login(request);
  }
  const auto session = session_in(request.headers.get("Cookie"));
  const MutexLock lock(mutex_);
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return to_login(request);
  if (found->second.rotates) {
    sessions_.erase(found);
    const auto next = random_token();
    sessions_.emplace(next, Session{});
    cookies = cookies_of(next, request);
  }
  return std::nullopt;
}

std::optional<HttpResponse> WallDoor::refuse(const Request& request, Headers& cookies) {
  switch (state_.options.wall) {
    case Wall::none:
      return std::nullopt;
    case Wall::basic: {
      const auto pair = base64_of(std::string(kWallUser) + ":" + password());
      if (request.headers.get("Authorization") == "Basic " + pair) return std::nullopt;
      return ask_for_password();
    }
    case Wall::service:
      if (request.headers.get("CF-Access-Client-Id") == kClientId &&
          request.headers.get("CF-Access-Client-Secret") == client_secret()) {
        return std::nullopt;
      }
      return forbid_service();
    case Wall::page:
      return refuse_page(request, cookies);
  }
  return std::nullopt;
}

}  // namespace pintle::practice
