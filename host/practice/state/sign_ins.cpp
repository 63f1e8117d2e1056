// SPDX-License-Identifier: Apache-2.0
#include "practice/state/sign_ins.h"

#include <algorithm>

#include "practice/state/random.h"

namespace pintle::practice {
namespace {

constexpr std::int64_t kTriesWindowMs = 60'000;

}  // namespace

std::optional<std::string> SignIns::begin(SignIn sign_in) {
  auto cookie = random_token();
  if (sign_in.native) note_secret(sign_in.native->state);
  const MutexLock lock(mutex_);
  const auto now = clock_();
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires_ms <= now; });
  const auto pending = std::count_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const auto& other = entry.second.sign_in;
    return other.native && other.address == sign_in.address;
  });
  if (sign_in.native && pending >= max_pending_) return std::nullopt;
  entries_[cookie] = {std::move(sign_in), now + life_ms_};
  return cookie;
}

std::optional<SignIn> SignIns::find(std::string_view cookie) const {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(cookie);
  if (found == entries_.end() || found->second.expires_ms <= clock_()) return std::nullopt;
  return found->second.sign_in;
}

void SignIns::end(std::string_view cookie) {
  const MutexLock lock(mutex_);
  if (const auto found = entries_.find(cookie); found != entries_.end()) entries_.erase(found);
}

std::string NativeCodes::mint(Grant grant) {
  auto code = random_token();
  const MutexLock lock(mutex_);
  const auto now = clock_();
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires_ms <= now; });
  entries_[code] = {std::move(grant), now + life_ms_};
  return code;
}

std::optional<NativeCodes::Grant> NativeCodes::redeem(std::string_view code,
                                                      std::string_view verifier) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(code);
  if (found == entries_.end()) return std::nullopt;
  const auto entry = std::move(found->second);
  entries_.erase(found);
  if (entry.expires_ms <= clock_() || s256(verifier) != entry.grant.challenge) return std::nullopt;
  return entry.grant;
}

bool PasswordTries::allow(const std::string& address) {
  const MutexLock lock(mutex_);
  auto& tries = tries_ms_[address];
  const auto now = clock_();
  while (!tries.empty() && now - tries.front() >= kTriesWindowMs) tries.pop_front();
  if (tries.size() >= static_cast<std::size_t>(max_tries_)) return false;
  tries.push_back(now);
  return true;
}

}  // namespace pintle::practice
