// SPDX-License-Identifier: Apache-2.0
#include "ui/page_access.h"

#include <utility>

namespace pintle::ui {
namespace {

using Verdict = local::LocalAccess::Verdict;

constexpr std::string_view kAddress = "127.0.0.1";

local::LocalAccessRules rules_for(std::uint16_t port, const std::string& cookie_name) {
  local::LocalAccessRules rules;
  rules.token = local::new_local_token();
  rules.authorities = local::authorities_of(kAddress, port);
  rules.cookie_name = cookie_name;
  return rules;
}

// The same rule as for the address of a sign-in (loopback_listener.cpp): a browser of Windows comes
// through WSL's relay.
bool is_this_user(PeerUser user) {
  return user == PeerUser::ours || (user != PeerUser::other && is_wsl());
}

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return same_field_name(type, "application/json");
}

}  // namespace

PageAccess::PageAccess(std::uint16_t port, std::function<Time()> now)
    : origin_("http://" + local::authorities_of(kAddress, port).front()),
      cookie_name_("pintle_ui_" + std::to_string(port)),
      page_token_(local::new_local_token()),
      access_(rules_for(port, cookie_name_)),
      now_(now ? std::move(now) : [] { return std::chrono::steady_clock::now(); }) {}

std::string PageAccess::new_open_path() {
  const auto nonce = local::new_local_token();
  auto path = std::string(kOpenPath) + std::string(nonce.reveal());
  const MutexLock lock(mutex_);
  open_path_ = Secret(path);
  open_until_ = now_() + kAddressLife;
  return path;
}

std::optional<std::string> PageAccess::open(const local::LocalRequest& request) {
  const auto verdict = access_.check(request);
  // It is opened to get the token; an older cookie of a browser may be there.
  if (verdict != Verdict::no_token && verdict != Verdict::allowed) return std::nullopt;
  if (!is_this_user(request.user)) return std::nullopt;
  {
    const MutexLock lock(mutex_);
    if (open_path_.empty() || !Secret(request.target).equals(open_path_)) return std::nullopt;
    open_path_ = Secret();
    if (now_() >= open_until_) return std::nullopt;
  }
  return cookie_name_ + "=" + std::string(access_.rules().token.reveal()) +
         "; Path=/; HttpOnly; SameSite=Strict";
}

bool PageAccess::may_read(const local::LocalRequest& request) const {
  return access_.check(request) == Verdict::allowed;
}

bool PageAccess::may_change(const Headers& headers) const {
  const auto origins = headers.all("Origin");
  // The browser names the authority that the page was loaded from, which may be "localhost".
  bool is_own = false;
  for (const auto& authority : access_.rules().authorities) {
    is_own = is_own || (origins.size() == 1 && origins.front() == "http://" + authority);
  }
  const auto tokens = headers.all(kPageHeader);
  return is_own && is_json(headers.get("Content-Type")) && tokens.size() == 1 &&
         Secret(tokens.front()).equals(page_token_);
}

}  // namespace pintle::ui
