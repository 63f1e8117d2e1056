// SPDX-License-Identifier: Apache-2.0
//
// Which responses are a front's. Apart from how its rules are read, so that the cage, which reads
// them, is not linked with what URLs need.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/text/ascii.h>
#include <pintle/loading/front_rules.h>

namespace pintle::loading {
namespace {

constexpr std::size_t kMaxBody = std::size_t{64} * 1024;
constexpr const char* kAnyOther = "*";

bool leads_to(const HttpResponse& response, const GatewayUrl& gateway, const std::string& host) {
  auto location = std::string(response.headers.get("Location"));
  if (response.status < 300 || response.status > 399 || location.empty()) return false;
  if (location.starts_with("//")) location.insert(0, gateway.secure() ? "https:" : "http:");
  try {
    const auto to = AbsoluteUrl::parse(location).origin;
    if (to == gateway.origin()) return false;
    // The gateway itself, which is reached by https.
    if (host == kAnyOther && to.host == gateway.origin().host && to.secure) return gateway.secure();
    return host == kAnyOther || to.host == host || to.host.ends_with("." + host);
  } catch (const Error&) {
    return false;  // on the gateway's own origin, or no URL
  }
}

bool head_matches(const FrontAnswer& answer, const HttpResponse& head, const GatewayUrl& gateway) {
  const auto& statuses = answer.statuses;
  if (!statuses.empty() && std::ranges::find(statuses, head.status) == statuses.end()) return false;
  if (!answer.header_name.empty()) {
    const auto values = head.headers.all(answer.header_name);
    if (std::ranges::none_of(values, [&](std::string_view value) {
          return ascii::starts_with(value, answer.header_prefix);
        })) {
      return false;
    }
  }
  return answer.redirect_host.empty() || leads_to(head, gateway, answer.redirect_host);
}

}  // namespace

bool FrontRules::may_match(const HttpResponse& head, const GatewayUrl& gateway) const {
  return std::ranges::any_of(
      answers, [&](const FrontAnswer& answer) { return head_matches(answer, head, gateway); });
}

bool FrontRules::match(const HttpResponse& response, const GatewayUrl& gateway) const {
  return std::ranges::any_of(answers, [&](const FrontAnswer& answer) {
    if (!head_matches(answer, response, gateway)) return false;
    if (answer.body.empty()) return true;
    const auto text = ascii::lower(std::string_view(response.body).substr(0, kMaxBody));
    return text.find(answer.body) != std::string::npos;
  });
}

}  // namespace pintle::loading
