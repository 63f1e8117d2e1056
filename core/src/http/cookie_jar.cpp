// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <pintle/core/http/cookie_jar.h>

namespace pintle {
namespace {

// Max-Age before Expires (RFC 6265 5.3 step 3). Beyond a century no sum can overflow.
std::optional<std::int64_t> expiry_of(const SetCookie& set_cookie, std::int64_t now_ms) {
  constexpr std::int64_t kMaxAgeS = 100LL * 366 * 24 * 3600;
  if (!set_cookie.max_age_s) return set_cookie.expires_ms;
  if (*set_cookie.max_age_s <= 0) return std::numeric_limits<std::int64_t>::min();
  return now_ms + std::min(*set_cookie.max_age_s, kMaxAgeS) * 1000;
}

std::size_t size_of(const Cookie& cookie) noexcept {
  return cookie.name.size() + cookie.value.size();
}

bool same_but_for_times(const Cookie& a, const Cookie& b) {
  return a.value.equals(b.value) && a.expires_ms == b.expires_ms && a.host_only == b.host_only &&
         a.secure == b.secure && a.http_only == b.http_only && a.same_site == b.same_site;
}

}  // namespace

std::string_view name_of(CookieVerdict verdict) noexcept {
  switch (verdict) {
    case CookieVerdict::stored:
      return "stored";
    case CookieVerdict::unchanged:
      return "unchanged";
    case CookieVerdict::deleted:
      return "deleted";
    case CookieVerdict::unreadable:
      return "unreadable";
    case CookieVerdict::too_large:
      return "too large";
    case CookieVerdict::foreign_domain:
      return "foreign domain";
    case CookieVerdict::not_secure:
      return "not secure";
    case CookieVerdict::broken_promise:
      return "broken promise";
  }
  return "unknown";
}

CookieVerdict CookieJar::verdict_on(const SetCookie& set_cookie) const {
  if (set_cookie.name.size() + set_cookie.value.size() > kMaxCookieBytes)
    return CookieVerdict::too_large;
  if (!set_cookie.domain.empty() && set_cookie.domain != gateway_.host())
    return CookieVerdict::foreign_domain;
  if (set_cookie.secure && !accepts_secure()) return CookieVerdict::not_secure;
  if (!satisfies_name_prefix(set_cookie.name, set_cookie.secure, set_cookie.domain.empty(),
                             set_cookie.path)) {
    return CookieVerdict::broken_promise;
  }
  return CookieVerdict::stored;
}

CookieVerdict CookieJar::set(std::string_view field, std::string_view request_path,
                             std::int64_t now_ms) {
  auto set_cookie = parse_set_cookie(field);
  if (!set_cookie) return CookieVerdict::unreadable;
  if (const auto verdict = verdict_on(*set_cookie); verdict != CookieVerdict::stored)
    return verdict;
  Cookie cookie;
  cookie.name = std::move(set_cookie->name);
  cookie.value = std::move(set_cookie->value);
  cookie.path =
      set_cookie->path.empty() ? default_cookie_path(request_path) : std::move(set_cookie->path);
  cookie.host_only = set_cookie->domain.empty();
  cookie.secure = set_cookie->secure;
  cookie.http_only = set_cookie->http_only;
  cookie.same_site = set_cookie->same_site;
  cookie.created_ms = cookie.updated_ms = now_ms;
  cookie.expires_ms = expiry_of(*set_cookie, now_ms);
  return put(std::move(cookie), now_ms);
}

CookieVerdict CookieJar::put(Cookie cookie, std::int64_t now_ms) {
  const auto old = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& other) {
    return other.name == cookie.name && other.path == cookie.path;
  });
  if (cookie.is_expired(now_ms)) {
    if (old == cookies_.end()) return CookieVerdict::unchanged;
    cookies_.erase(old);
    return CookieVerdict::deleted;
  }
  if (!fits(cookie, now_ms)) return CookieVerdict::too_large;
  if (old != cookies_.end()) {
    const bool same = same_but_for_times(*old, cookie);
    cookie.created_ms = old->created_ms;  // RFC 6265 5.3 step 11.3
    *old = std::move(cookie);
    return same ? CookieVerdict::unchanged : CookieVerdict::stored;
  }
  evict_if_full(now_ms);
  cookies_.push_back(std::move(cookie));
  return CookieVerdict::stored;
}

// The cookie that it would replace does not count.
bool CookieJar::fits(const Cookie& cookie, std::int64_t now_ms) const noexcept {
  std::size_t bytes = size_of(cookie);
  for (const auto& other : cookies_) {
    const bool replaced = other.name == cookie.name && other.path == cookie.path;
    if (!replaced && !other.is_expired(now_ms)) bytes += size_of(other);
  }
  return bytes <= kMaxBytes;
}

void CookieJar::evict_if_full(std::int64_t now_ms) {
  if (cookies_.size() < kMaxCookies) return;
  remove_expired(now_ms);
  if (cookies_.size() < kMaxCookies) return;
  cookies_.erase(std::min_element(
      cookies_.begin(), cookies_.end(),
      [](const Cookie& a, const Cookie& b) { return a.updated_ms < b.updated_ms; }));
}

bool CookieJar::set_all(const Headers& headers, std::string_view request_path,
                        std::int64_t now_ms) {
  bool changed = false;
  for (const auto field : headers.all("Set-Cookie")) {
    const auto verdict = set(field, request_path, now_ms);
    changed = changed || verdict == CookieVerdict::stored || verdict == CookieVerdict::deleted;
  }
  return changed;
}

Secret CookieJar::header(std::string_view request_path, std::int64_t now_ms,
                         bool (*is_left_out)(const Cookie&)) const {
  std::vector<const Cookie*> sent;
  sent.reserve(cookies_.size());
  std::size_t size = 0;
  for (const auto& cookie : cookies_) {
    if (cookie.is_expired(now_ms) || (cookie.secure && !accepts_secure()) ||
        !path_matches(request_path, cookie.path) ||
        (is_left_out != nullptr && is_left_out(cookie))) {
      continue;
    }
    sent.push_back(&cookie);
    size += cookie.name.size() + cookie.value.size() + 3;
  }
  std::sort(sent.begin(), sent.end(), [](const Cookie* a, const Cookie* b) {
    if (a->path.size() != b->path.size()) return a->path.size() > b->path.size();
    if (a->created_ms != b->created_ms) return a->created_ms < b->created_ms;
    return a < b;  // Pointers into one vector: the order of arrival.
  });
  std::string text;
  text.reserve(size);  // One block of memory, so that wiping it leaves nothing behind.
  for (const auto* cookie : sent) {
    if (!text.empty()) text += "; ";
    text.append(cookie->name).append("=").append(cookie->value.reveal());
  }
  return Secret::take(text);
}

const Cookie* CookieJar::find(std::string_view name, std::int64_t now_ms) const noexcept {
  const Cookie* found = nullptr;
  for (const auto& cookie : cookies_) {
    if (cookie.name != name || cookie.is_expired(now_ms)) continue;
    if (found == nullptr || cookie.updated_ms > found->updated_ms) found = &cookie;
  }
  return found;
}

bool CookieJar::remove_expired(std::int64_t now_ms) {
  return std::erase_if(cookies_, [&](const Cookie& c) { return c.is_expired(now_ms); }) > 0;
}

CookieJar CookieJar::clone() const {
  CookieJar copy(gateway_);
  for (const auto& cookie : cookies_) copy.cookies_.push_back(cookie.clone());
  return copy;
}

std::string CookieJar::describe() const {
  std::string out;
  for (const auto& cookie : cookies_) out += cookie.describe() + "\n";
  return out;
}

}  // namespace pintle
