// SPDX-License-Identifier: Apache-2.0
#include "practice/state/sessions.h"

#include "practice/state/random.h"

namespace pintle::practice {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kSweepAbove = 4096;  // Above this many tokens, expired ones are removed.

}  // namespace

Sessions::Sessions(const Options& options, Clock clock, RequestLog& request_log)
    : options_(options), clock_(std::move(clock)), request_log_(request_log) {}

std::string Sessions::new_token() const {
  // A gateway quotes base64 with padding, as in "eyJ…8pRg==" (gateway-contract 3).
  return random_token() + (options_.quoted_cookies ? "==" : "");
}

TokenPair Sessions::issue(std::uint64_t id, bool with_refresh) {
  const auto& session = sessions_.at(id);
  TokenPair pair;
  pair.access = new_token();
  if (pair.access.size() < options_.access_token_bytes) {
    pair.access.insert(0, options_.access_token_bytes - pair.access.size(), 'A');
  }
  pair.facts = {session.user, session.provider, clock_() + session.access_life_ms};
  access_[pair.access] = {id, pair.facts.access_expires_ms};
  if (with_refresh) {
    pair.refresh = new_token();
    refresh_[pair.refresh] = {id, clock_() + options_.lifetimes.refresh_ms};
  }
  return pair;
}

void Sessions::sweep() {
  if (access_.size() + refresh_.size() < kSweepAbove) return;
  const auto now = clock_();
  std::erase_if(access_, [&](const auto& entry) { return entry.second.expires_ms <= now; });
  std::erase_if(refresh_, [&](const auto& entry) { return entry.second.expires_ms <= now; });
}

TokenPair Sessions::open(const Provider& provider, std::string_view user) {
  const MutexLock lock(mutex_);
  sweep();
  const std::int64_t usual = provider.supports_password ? 12 * 60 * kMinuteMs : 15 * kMinuteMs;
  const auto id = ++last_id_;
  sessions_[id] = {std::string(user),
                   provider.name,
                   options_.lifetimes.access_ms.value_or(usual),
                   provider.issues_refresh_token,
                   provider.revokes,
                   true};
  request_log_.count(&Counters::sign_ins);
  return issue(id, provider.issues_refresh_token);
}

std::optional<SessionFacts> Sessions::check(std::string_view access) const {
  const MutexLock lock(mutex_);
  const auto found = access_.find(access);
  if (found == access_.end() || found->second.expires_ms <= clock_()) return std::nullopt;
  const auto& session = sessions_.at(found->second.session);
  if (!session.alive) return std::nullopt;
  return SessionFacts{session.user, session.provider, found->second.expires_ms};
}

std::optional<std::string> Sessions::provider_of_refresh(std::string_view refresh) const {
  const MutexLock lock(mutex_);
  const auto found = refresh_.find(refresh);
  if (found == refresh_.end()) return std::nullopt;
  return sessions_.at(found->second.session).provider;
}

std::optional<TokenPair> Sessions::refresh(std::string_view refresh) {
  const MutexLock lock(mutex_);
  sweep();
  const auto found = refresh_.find(refresh);
  if (found == refresh_.end()) return std::nullopt;
  auto& token = found->second;
  auto& session = sessions_.at(token.session);
  if (!session.alive || token.expires_ms <= clock_()) return std::nullopt;
  const bool in_grace = clock_() - token.used_ms < options_.reuse_grace_ms;
  if (token.used && !in_grace) {
    session.alive = false;
    request_log_.count(&Counters::reuse_detections);
    return std::nullopt;
  }
  if (!token.used) token.used_ms = clock_();
  token.used = options_.rotate;
  request_log_.count(&Counters::refreshes);
  return issue(token.session, options_.rotate);
}

void Sessions::revoke(std::string_view refresh) {
  const MutexLock lock(mutex_);
  const auto found = refresh_.find(refresh);
  if (found == refresh_.end() || !sessions_.at(found->second.session).can_revoke) return;
  const auto session = found->second.session;
  std::erase_if(refresh_, [&](const auto& entry) { return entry.second.session == session; });
}

void Sessions::end_all() {
  const MutexLock lock(mutex_);
  for (auto& [id, session] : sessions_) session.alive = false;
}

void Sessions::expire_access() {
  const MutexLock lock(mutex_);
  for (auto& [text, token] : access_) token.expires_ms = 0;
}

}  // namespace pintle::practice
