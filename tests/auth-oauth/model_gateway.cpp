// SPDX-License-Identifier: Apache-2.0
#include "model_gateway.h"

#include <algorithm>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kForgivenMs = 60'000;

std::string member(const std::string& body, const std::string& name) {
  const auto key = "\"" + name + "\":\"";
  const auto at = body.find(key);
  if (at == std::string::npos) return {};
  const auto begin = at + key.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

}  // namespace

std::string ModelGateway::secret(const char* kind) {
  return std::string(kind) + "." + kMarker + "." + std::to_string(++last_secret_);
}

ModelGateway::Pair ModelGateway::issue(int session, bool with_refresh, std::int64_t now_ms) {
  Pair pair{secret("at"), "", now_ms + options_.access_life_ms, session, false};
  access_[pair.access] = {session, pair.expires_ms};
  if (with_refresh) {
    pair.refresh = secret("rt");
    refresh_[pair.refresh] = {session, 0};
  }
  return pair;
}

bool ModelGateway::renew(const std::string& refresh, std::int64_t now_ms, Pair& pair) {
  const auto found = refresh_.find(refresh);
  if (found == refresh_.end() || !is_alive(found->second.session)) return false;
  auto& token = found->second;
  const bool rotates = options_.reuse != Reuse::never_rotates;
  const bool forgiven =
      options_.reuse == Reuse::forgives && now_ms - token.used_at_ms <= kForgivenMs;
  if (rotates && token.used_at_ms != 0 && !forgiven) {
    alive_.erase(token.session);
    reused_.insert(token.session);
    return false;
  }
  if (token.used_at_ms == 0) token.used_at_ms = now_ms;
  pair = issue(token.session, rotates, now_ms);
  pair.rotated = rotates;
  ++rotations;
  return true;
}

void ModelGateway::revoke_all() { alive_.clear(); }

void ModelGateway::expire_access() { access_.clear(); }

bool ModelGateway::redeem(const std::string& ticket, std::int64_t now_ms) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return false;
  const bool good = now_ms - found->second <= 30'000;
  tickets_.erase(found);
  return good;
}

std::string ModelGateway::cookie(const ModelRequest& request, const std::string& name) const {
  const auto all = "; " + header_of(request.headers, "Cookie") + ";";
  const auto key = "; " + options_.name_prefix + "hermes_session_" + name + "=";
  const auto at = all.find(key);
  if (at == std::string::npos) return {};
  auto value = all.substr(at + key.size(), all.find(';', at + 2) - at - key.size());
  if (!options_.quotes) return value;
  // A value that was set in quotes and returned without them is not valid.
  const bool quoted = value.size() > 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : "unquoted";
}

void ModelGateway::add_cookies(ModelReply& reply, const Pair& pair, std::int64_t now_ms) const {
  const auto value = [&](const std::string& text) {
    return options_.quotes ? "\"" + text + "\"" : text;
  };
  const auto life_s = std::max<std::int64_t>(60, (pair.expires_ms - now_ms) / 1000);
  reply.headers.push_back(
      set_cookie("at", value(pair.access), static_cast<int>(life_s), options_.name_prefix));
  if (pair.refresh.empty()) return;
  reply.headers.push_back(set_cookie("rt", value(pair.refresh), 2'592'000, options_.name_prefix));
}

ModelReply ModelGateway::dead(bool cookies) const {
  ModelReply reply{401, cookies ? all_deleted() : Fields(), kExpired};
  reply.headers.emplace_back("Content-Type", "application/json");
  return reply;
}

ModelReply ModelGateway::token_answer(const Pair& pair) const {
  return {200, kJson, tokens(pair.access, pair.refresh, pair.expires_ms / 1000),
          pair.rotated ? pair.session : 0};
}

ModelReply ModelGateway::answer(const ModelRequest& request, std::int64_t now_ms) {
  ++requests;
  const auto path = path_of(request.target);
  const bool cookies = !header_of(request.headers, "Cookie").empty();
  const bool bearer = !header_of(request.headers, "Authorization").empty();
  const bool refreshes = !member(request.body, "refresh_token").empty();
  if (cookies + bearer + refreshes > 1) ++mixed_credentials;
  const ModelReply out{503, kJson, R"({"detail":"Auth provider 'basic' unreachable"})"};
  if (path.starts_with("/api/")) return gated(request, now_ms);
  if (path == "/auth/logout") {
    const auto access = access_.find(cookie(request, "at"));
    if (access != access_.end()) alive_.erase(access->second.session);
    const auto refresh = refresh_.find(cookie(request, "rt"));
    if (refresh != refresh_.end()) alive_.erase(refresh->second.session);
    auto reply = dead(true);
    reply.status = 302;
    reply.headers.emplace_back("Location", "/hermes/login");
    return reply;
  }
  if (outage_) return out;
  if (path == "/auth/password-login") return login(request, now_ms);
  if (!options_.native || cookies || bearer) {
    if (options_.native) ++stray_headers;
    return {404, kJson, R"({"detail":"Not Found"})"};
  }
  if (path == "/auth/native/authorize") {
    const auto begun = secret("pkce");
    begun_[begun] = parameter(request.target, "state");
    return {302,
            {set_cookie("pkce", options_.quotes ? "\"" + begun + "\"" : begun, 600,
                        options_.name_prefix),
             {"Location", "/hermes/login?provider=basic"}}};
  }
  if (path == "/auth/native/token") {
    if (codes_.erase(member(request.body, "code")) == 0) return {400, kJson, "{}"};
    alive_.insert(++last_session_);
    return token_answer(issue(last_session_, true, now_ms));
  }
  Pair pair;
  const auto refresh = member(request.body, "refresh_token");
  if (!renew(refresh, now_ms, pair)) return {401, kJson, R"({"error":"session_expired"})"};
  if (pair.refresh.empty() && options_.native_returns_refresh) pair.refresh = refresh;
  return token_answer(pair);
}

ModelReply ModelGateway::login(const ModelRequest& request, std::int64_t now_ms) {
  if (member(request.body, "password").find(kMarker) == std::string::npos) {
    return {401, kJson, R"({"detail":"Invalid credentials"})"};
  }
  const auto begun = begun_.find(cookie(request, "pkce"));
  if (begun != begun_.end()) {
    const auto code = secret("code");
    codes_.insert(code);
    return {200, kJson,
            R"({"ok":true,"next":"http://127.0.0.1:49152/callback?code=)" + code +
                "&state=" + begun->second + "\"}"};
  }
  alive_.insert(++last_session_);
  ModelReply reply{200, kJson, R"({"ok":true,"next":"/hermes/"})"};
  add_cookies(reply, issue(last_session_, true, now_ms), now_ms);
  return reply;
}

ModelReply ModelGateway::gated(const ModelRequest& request, std::int64_t now_ms) {
  const auto lets_in = [&](const std::string& token) {
    const auto found = access_.find(token);
    return found != access_.end() && found->second.expires_ms > now_ms &&
           is_alive(found->second.session);
  };
  const auto field = header_of(request.headers, "Authorization");
  if (field.starts_with("Bearer ")) {
    return options_.native && lets_in(field.substr(7)) ? serve(request, now_ms) : dead(false);
  }
  const auto refresh = cookie(request, "rt");
  if (lets_in(cookie(request, "at"))) return serve(request, now_ms);
  if (refresh.empty()) return {401, kJson, kNoCookie};
  if (outage_) return {503, kJson, R"({"detail":"Auth provider 'basic' unreachable"})"};
  Pair pair;
  if (!renew(refresh, now_ms, pair)) return dead(true);
  auto reply = serve(request, now_ms);
  add_cookies(reply, pair, now_ms);
  reply.rotated = pair.rotated ? pair.session : 0;
  return reply;
}

ModelReply ModelGateway::serve(const ModelRequest& request, std::int64_t now_ms) {
  const auto path = path_of(request.target);
  if (path == "/api/auth/me") return {200, kJson, kMe};
  if (path == "/api/auth/ws-ticket") {
    const auto ticket = secret("ticket");
    tickets_[ticket] = now_ms;
    return {200, kJson, R"({"ticket":")" + ticket + R"(","ttl_seconds":30})"};
  }
  // The app's own errors carry a rotation as well as its successes do.
  constexpr int kStatus[] = {200, 200, 200, 404, 500};
  return {kStatus[requests % 5], kJson, "{}"};
}

}  // namespace pintle::test
