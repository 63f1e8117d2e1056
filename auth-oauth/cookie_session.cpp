// SPDX-License-Identifier: Apache-2.0
#include "cookie_session.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace pintle::oauth {
namespace {

// An upper bound of a request's duration: the access token must still be valid when the request
// arrives, else two requests renew the pair at once (gateway-contract 3).
constexpr std::int64_t kLeewayMs = 30'000;

// A cookie is deleted by Max-Age=0, an Expires in the past or an empty value.
bool deletes(const SetCookie& set_cookie, std::int64_t now_ms) {
  const auto value = set_cookie.value.reveal();
  if (value.empty() || value == "\"\"") return true;
  if (set_cookie.max_age_s) return *set_cookie.max_age_s <= 0;
  return set_cookie.expires_ms && *set_cookie.expires_ms <= now_ms;
}

// The path of a cookie without a Path; the gateway always sends one.
std::string some_path(const GatewayUrl& gateway) { return gateway.prefix() + "/"; }
std::string path_of(const SetCookie& set_cookie, const GatewayUrl& gateway) {
  return set_cookie.path.empty() ? default_cookie_path(some_path(gateway)) : set_cookie.path;
}

void add_change(CookieSession::Taken& taken, SessionCookie which) {
  taken.changed = true;
  taken.pair = taken.pair || which != SessionCookie::provider;
  taken.refresh = taken.refresh || which == SessionCookie::refresh;
}

}  // namespace

std::optional<SessionCookie> session_cookie(std::string_view name) noexcept {
  for (const std::string_view prefix : {"__Host-", "__Secure-"}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  }
  if (name == "hermes_session_at") return SessionCookie::access;
  if (name == "hermes_session_rt") return SessionCookie::refresh;
  if (name == "hermes_session_provider") return SessionCookie::provider;
  if (name == "hermes_session_pkce") return SessionCookie::pkce;
  return std::nullopt;
}

std::string advice_for(std::optional<CookieVerdict> refused) {
  if (refused == CookieVerdict::not_secure) {
    return "Use the gateway's https URL: its cookies are for https only.";
  }
  if (refused == CookieVerdict::too_large) {
    return "Ask for a smaller token (fewer groups) at the identity provider: " +
           std::to_string(kMaxCookieBytes / 1024) + " KiB are kept per cookie and " +
           std::to_string(CookieJar::kMaxBytes / 1024) + " KiB in all.";
  }
  return "Use the URL that the gateway is configured with.";
}

CookieSession CookieSession::from_bytes(std::string_view bytes, const GatewayUrl& gateway) {
  CookieSession session(gateway);
  session.jar_ = CookieJar::from_bytes(bytes, gateway);
  return session;
}

CookieSession::Taken CookieSession::take(std::span<const std::string_view> fields,
                                         Deletions deletions, std::int64_t now_ms) {
  Taken taken;
  // By kind: a gateway may set a cookie under several names.
  std::set<SessionCookie> kept;
  std::map<SessionCookie, CookieVerdict> refused;
  for (const auto field : fields) {
    const auto set_cookie = parse_set_cookie(field);
    if (!set_cookie) continue;
    const auto which = session_cookie(set_cookie->name);
    // The cookie of a sign-in in progress is not part of a session.
    if (!which || *which == SessionCookie::pkce) continue;
    const auto path = path_of(*set_cookie, jar_.gateway());
    bool changed = false;
    if (deletes(*set_cookie, now_ms)) {
      changed = deletions == Deletions::honour &&
                remove(set_cookie->name, path, set_cookie->secure, now_ms);
    } else {
      const auto verdict = jar_.set(field, some_path(jar_.gateway()), now_ms);
      if (verdict != CookieVerdict::stored && verdict != CookieVerdict::unchanged) {
        if (*which != SessionCookie::provider) refused.emplace(*which, verdict);
        continue;
      }
      keep_only(*which, set_cookie->name, path, now_ms);
      kept.insert(*which);
      changed = verdict == CookieVerdict::stored;
    }
    if (changed) add_change(taken, *which);
  }
  for (const auto& [which, verdict] : refused) {
    if (!kept.contains(which)) taken.refused = verdict;
  }
  return taken;
}

CookieSession::Taken CookieSession::take_bare(std::string_view name, std::string_view value,
                                              std::int64_t expires_ms, std::int64_t now_ms) {
  if (expires_ms != 0 && expires_ms <= now_ms) return {};
  // The attributes are those that the name's prefix requires and that the gateway sets.
  const bool host = name.starts_with("__Host-");
  const bool secure = host || name.starts_with("__Secure-");
  const auto& prefix = jar_.gateway().prefix();
  std::string field;
  field.reserve(name.size() + value.size() + prefix.size() + 96);
  field.append(name).append("=").append(value).append("; Path=");
  field.append(host || prefix.empty() ? "/" : prefix).append("; HttpOnly; SameSite=Lax");
  if (secure) field += "; Secure";
  // Rounded up: in its last second a cookie would otherwise get Max-Age=0.
  if (expires_ms != 0) field += "; Max-Age=" + std::to_string((expires_ms - now_ms + 999) / 1000);
  const std::array<std::string_view, 1> fields = {field};
  const auto taken = take(fields, Deletions::ignore, now_ms);
  wipe(field);
  return taken;
}

std::int64_t CookieSession::renew_at_ms(std::int64_t now_ms) const noexcept {
  if (!has(SessionCookie::refresh, now_ms)) return 0;
  const auto* access = find_session_cookie(jar_, SessionCookie::access, now_ms);
  if (access == nullptr) return now_ms;
  if (!access->expires_ms) return 0;
  const auto life_ms = *access->expires_ms - access->updated_ms;
  return *access->expires_ms - std::min(kLeewayMs, life_ms / 5);
}

std::int64_t CookieSession::access_expires_ms() const noexcept {
  const auto* access = find_session_cookie(jar_, SessionCookie::access, 0);
  return access == nullptr ? 0 : access->expires_ms.value_or(0);
}

std::int64_t CookieSession::refresh_expires_ms() const noexcept {
  const auto* refresh = find_session_cookie(jar_, SessionCookie::refresh, 0);
  return refresh == nullptr ? 0 : refresh->expires_ms.value_or(0);
}

Secret CookieSession::header(std::string_view target, std::int64_t now_ms,
                             bool (*is_left_out)(const Cookie&)) const {
  const auto path = target.substr(0, target.find('?'));
  const auto& prefix = jar_.gateway().prefix();
  if (prefix.empty()) return jar_.header(path, now_ms, is_left_out);
  return jar_.header(prefix + std::string(path), now_ms, is_left_out);
}

Secret CookieSession::header(std::string_view target, std::int64_t now_ms) const {
  return header(target, now_ms, nullptr);
}

Secret CookieSession::access_header(std::string_view target, std::int64_t now_ms) const {
  return header(target, now_ms, [](const Cookie& cookie) {
    return session_cookie(cookie.name) == SessionCookie::refresh;
  });
}

Secret CookieSession::renewal_header(std::string_view target, std::int64_t now_ms) const {
  return header(target, now_ms, [](const Cookie& cookie) {
    return session_cookie(cookie.name) == SessionCookie::access;
  });
}

bool CookieSession::is_deleted_by(std::span<const std::string_view> fields, std::int64_t now_ms) {
  return std::any_of(fields.begin(), fields.end(), [&](std::string_view field) {
    const auto set_cookie = parse_set_cookie(field);
    if (!set_cookie || !deletes(*set_cookie, now_ms)) return false;
    const auto which = session_cookie(set_cookie->name);
    return which == SessionCookie::access || which == SessionCookie::refresh;
  });
}

bool CookieSession::remove(std::string_view name, std::string_view path, bool secure,
                           std::int64_t now_ms) {
  // The jar removes a cookie if one of the same name and path arrives expired.
  std::string field;
  field.append(name).append("=; Max-Age=0; Path=").append(path);
  if (secure) field += "; Secure";
  return jar_.set(field, path, now_ms) == CookieVerdict::deleted;
}

void CookieSession::keep_only(SessionCookie which, std::string_view name, std::string_view path,
                              std::int64_t now_ms) {
  struct Other {
    std::string name;
    std::string path;
    bool secure;
  };
  std::vector<Other> others;
  for (const auto& cookie : jar_.cookies()) {
    if (session_cookie(cookie.name) != which) continue;
    if (cookie.name == name && cookie.path == path) continue;
    others.push_back({cookie.name, cookie.path, cookie.secure});
  }
  for (const auto& other : others) remove(other.name, other.path, other.secure, now_ms);
}

}  // namespace pintle::oauth
