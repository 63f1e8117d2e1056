// SPDX-License-Identifier: Apache-2.0
//
// The OAuth gate of gated gateways, every generation of it (gateway-contract 1 and 3 to 7).
//
// REST carries the gateway's session cookies or a bearer token, never both; every dial has its own
// ticket. What the gateway offers is detected by its status and by trying, never by its version.
// Any response may set a new pair of cookies; only a response to the current credential can end the
// session. A refresh token is sent only in a renewal, which the host runs once for all threads and
// processes: it is never used twice, not even if the gateway ends an access token early.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/scheme.h>

#include "authorization.h"
#include "stored_session.h"
#include "wire/offer.h"
#include "wire/requests.h"

namespace pintle {

class OAuthScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Rule kRules[] = {{"auth_required", "true"}};
  static constexpr plugin::Setting kSettings[] = {
      {.key = "method", .label = "Sign-in method"},
      {.key = "provider", .label = "Provider"},
      {.key = "username", .label = "User name"},
      {.key = "password", .label = "Password", .secret = true}};
  static constexpr plugin::Facts facts{
      .id = "oauth",
      .name = "OAuth gate",
      .strength = 70,
      .score = 70,
      .reason = "the gate is on, so a user signs in with one of the gateway's providers",
      .sends_secret = true,
      .rules = kRules,
      .settings = kSettings};

  /// The settings "method" and "provider" are the defaults of a sign-in. An unusable stored session
  /// is reported only when it is needed, so that a sign-in can replace it. An older gateway names
  /// no flows; one that names only other flows does not match this scheme.
  static plugin::Match match(const plugin::Probe& probe);

  explicit OAuthScheme(const plugin::Opening& opening);

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink& headers) const override;
  plugin::Observation observe(const plugin::Response& response) override;
  plugin::Task<> sign_in(plugin::SignIn how) override;
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override;
  plugin::Task<> refresh() override;
  plugin::Task<std::string> sign_out() override;
  Secret session() const override;
  void describe(const plugin::FactSink& sink) const override;

 private:
  // oauth_scheme.cpp: the session, and the effect of a response on it.
  struct ObservedAnswer {  // an answer to a request with the session's credential
    std::uint64_t credential;
    bool whole;  // the whole session was sent, so a refusal applies to it
    std::span<const std::string_view> set_cookies;
    bool to_upgrade;
    std::int64_t now_ms;
  };
  enum class Verdict { accepted, retry };
  bool sends_to_sign_in(const ObservedAnswer& observed, int status) const;
  bool take_cookies(const ObservedAnswer& observed, int status);
  /// Removes the session's secrets that the gateway may have echoed.
  void hide_session(Error& error) const;
  Verdict classify(const ObservedAnswer& observed, const HttpResponse& response,
                   RequestPurpose purpose, std::string_view path);
  Verdict classify_dead(const ObservedAnswer& observed, bool renewed, Error refused);
  Verdict classify_answer(const plugin::HttpAnswer& answer, std::uint64_t credential, bool whole,
                          RequestPurpose purpose, std::string_view path, std::int64_t now_ms);
  plugin::Http with_credential(plugin::Http need, std::string_view path, std::int64_t now_ms) const;
  bool sends_whole(std::string_view target, std::int64_t now_ms) const noexcept;
  bool is_alive(std::int64_t now_ms) const noexcept;
  void begin_session(oauth::Session session, oauth::User user);
  void end_session(std::optional<Error> why);
  static Error lapsed();
  Error missing() const;

  // renewal.cpp
  std::int64_t renew_at_ms(std::int64_t now_ms) const noexcept;
  bool is_due(std::int64_t now_ms) const noexcept;
  bool is_lapsed(std::int64_t now_ms) const noexcept;
  plugin::Task<> renew_bearer();
  void take_tokens(const plugin::HttpAnswer& answer, const plugin::Moment& moment);
  plugin::Task<> renew_cookies();
  bool postpone(const Error& failure, std::int64_t now_ms);

  // sign_out.cpp
  std::optional<plugin::Http> logout_request(std::int64_t now_ms) const;

  // sign_in.cpp
  plugin::Task<oauth::Offer> ask_offer();
  /// Returns the name of the one that the user chose; empty if nobody can be asked.
  plugin::Task<std::string> ask_provider(std::vector<oauth::Offer::Provider> choices);
  plugin::Task<oauth::Authorization> authorize(std::string provider);
  plugin::Task<> sign_in_with_browser(oauth::Offer::Provider provider);
  plugin::Task<> sign_in_with_window(oauth::Offer::Provider provider);
  plugin::Task<> redeem(Secret code, const Secret& verifier, std::string provider);
  plugin::Task<> fetch_user();

  // password.cpp
  plugin::Task<oauth::PasswordLogin> ask_password(std::string provider, std::string before);
  plugin::Task<> sign_in_with_password(std::string provider, bool may_ask);
  plugin::Task<std::optional<Error>> send_password(const oauth::PasswordLogin& login,
                                                   const oauth::Authorization* authorization);
  void accept_cookies(const plugin::HttpAnswer& answer, oauth::User user, std::int64_t now_ms);

  GatewayUrl gateway_;
  std::optional<oauth::Offer> offer_;  // not set until the gateway is probed
  std::string usual_method_;
  std::string usual_provider_;

  oauth::Session session_;
  oauth::User user_;
  std::optional<Error> ended_;  // why the session ended, if there was one

  // Numbers of credentials: a response has that of its request. The lineage is the number at which
  // the refresh token was received: a response to an older one is of another rotation chain.
  std::uint64_t credential_ = 1;
  std::uint64_t lineage_ = 1;

  bool rejected_ = false;  // the gateway refused the access token; a refresh may help
  bool doubted_ = false;   // refreshed, but the new token is not accepted yet
  bool untried_ = false;   // no response to the current session yet
  // The last answer set a session cookie that cannot be stored, for this reason.
  std::optional<CookieVerdict> rejected_cookie_;
  std::int64_t postponed_until_ms_ = 0;  // a renewal failed; not retried before
};

}  // namespace pintle
