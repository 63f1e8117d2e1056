// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/identity_provider.h"

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/percent.h>

#include "practice/state/random.h"

namespace pintle::practice {
namespace {

std::string value_of(const Query& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

// The only registered client is a practice gateway on this machine.
bool is_registered_redirect(const std::string& uri) {
  try {
    const auto url = AbsoluteUrl::parse(uri);
    const auto& host = url.origin.host;
    return (host == "127.0.0.1" || host == "::1" || host == "localhost") &&
           url.target.ends_with("/auth/callback");
  } catch (const Error&) {
    return false;
  }
}

std::string back_to(const Query& query, const std::string& name, const std::string& value) {
  return value_of(query, "redirect_uri") + "?" + name + "=" + encode_component(value) +
         "&state=" + encode_component(value_of(query, "state"));
}

}  // namespace

User user_of(std::string_view user) {
  return {std::string(user) + "@practice.example", user == kUser ? "Ada" : std::string(user)};
}

bool is_known_login(std::string_view user, std::string_view password) {
  return user == kUser && password == kPassword;
}

HttpResponse IdentityProvider::show_form(const Query& query, std::string_view complaint) const {
  std::string body;
  if (!complaint.empty()) body += "<p role=\"alert\">" + escape_html(complaint) + "</p>\n";
  body += "<p>A gateway on this machine wants to know who you are. User <b>" + std::string(kUser) +
          "</b>, password <b>" + std::string(kPassword) +
          "</b>.</p>\n"
          "<form method=\"post\" action=\"/idp/authorize\">\n";
  for (const auto* name : {"client_id", "redirect_uri", "state"}) {
    body += std::string("<input type=\"hidden\" name=\"") + name + "\" value=\"" +
            escape_html(value_of(query, name)) + "\">\n";
  }
  body +=
      "<label>User <input name=\"user\" autocomplete=\"username\"></label>\n"
      "<label>Password <input name=\"password\" type=\"password\"></label>\n"
      "<button name=\"decision\" value=\"approve\">Approve</button>\n"
      "<button name=\"decision\" value=\"deny\">Deny</button>\n</form>";
  return html_response(complaint.empty() ? 200 : 401, "Practice Identity", body);
}

HttpResponse IdentityProvider::take_form(const Query& form) {
  if (value_of(form, "decision") == "deny") {
    return redirect_response(back_to(form, "error", "access_denied"));
  }
  const auto user = value_of(form, "user");
  if (!is_known_login(user, value_of(form, "password"))) {
    return show_form(form, "Wrong user or password");
  }
  const auto code = random_token();
  const MutexLock lock(mutex_);
  const auto now = clock_();
  std::erase_if(grants_, [&](const auto& entry) { return entry.second.expires_ms <= now; });
  grants_[code] = {user, value_of(form, "redirect_uri"), now + code_life_ms_};
  return redirect_response(back_to(form, "code", code));
}

Answer IdentityProvider::answer(Request& request) {
  Answer answer;
  const auto form = parse_query(request.body);
  const auto& asked = request.method == "POST" ? form : request.query;
  if (request.full_path != "/idp/authorize") {
    answer.response = html_response(404, "Not found", "");
  } else if (!is_registered_redirect(value_of(asked, "redirect_uri"))) {
    // Never redirects to an unregistered address (RFC 6749 4.1.2.1).
    answer.response = html_response(400, "Unknown client", "<p>This redirect is not known.</p>");
  } else if (request.method == "POST") {
    answer.response = take_form(form);
  } else if (request.method == "GET") {
    answer.response = show_form(asked, "");
  } else {
    answer.response = empty_response(405);
  }
  return answer;
}

std::optional<std::string> IdentityProvider::redeem(std::string_view code,
                                                    std::string_view redirect_uri) {
  const MutexLock lock(mutex_);
  const auto found = grants_.find(code);
  if (found == grants_.end()) return std::nullopt;
  const auto grant = std::move(found->second);
  grants_.erase(found);
  if (grant.redirect_uri != redirect_uri || grant.expires_ms <= clock_()) return std::nullopt;
  return grant.user;
}

}  // namespace pintle::practice
