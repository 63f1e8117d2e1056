// SPDX-License-Identifier: Apache-2.0
//
// The headers of a service account: Cloudflare Access, Pomerium, Google's Identity-Aware Proxy,
// ngrok's browser warning, or one or two headers of any name.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pintle/scheme.h>

namespace pintle {

class ServiceScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Setting kSettings[] = {
      {.key = "kind", .label = "Kind of service", .default_value = "by what is given"},
      {.key = "client_id", .label = "Client id (Cloudflare Access)", .secret = true},
      {.key = "client_secret", .label = "Client secret (Cloudflare Access)", .secret = true},
      {.key = "token", .label = "Token (Pomerium, IAP)", .secret = true},
      {.key = "header", .label = "Name of a header"},
      {.key = "value", .label = "Value of the header", .secret = true},
      {.key = "header2", .label = "Name of a second header"},
      {.key = "value2", .label = "Value of the second header", .secret = true}};
  // Cloudflare names its domain in a redirect, a challenge and its page; Pomerium, IAP and ngrok
  // mark what they answer themselves.
  static constexpr plugin::Facts facts{
      .id = "service",
      .name = "Service headers in front of the gateway",
      .strength = 50,
      .score = 50,
      .reason = "what stands in front of the gateway takes the headers of a service account",
      .sends_secret = true,
      .settings = kSettings,
      .front = R"({"answers": [
        {"redirect_host": "cloudflareaccess.com"},
        {"status": [302, 401, 403], "header": {"name": "CF-Access-Domain"}},
        {"status": [401, 403],
         "header": {"name": "WWW-Authenticate", "prefix": "Cloudflare-Access"}},
        {"status": 403, "body": "cloudflare access"},
        {"status": [302, 401, 403], "header": {"name": "X-Pomerium-Intercepted-Response"}},
        {"status": [302, 401, 403], "header": {"name": "X-Goog-IAP-Generated-Response"}},
        {"header": {"name": "ngrok-error-code", "prefix": "ERR_NGROK_6024"}}]})"};

  explicit ServiceScheme(const plugin::Opening& opening);

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink& headers) const override;
  plugin::Task<> sign_in(plugin::SignIn how) override;
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override;
  plugin::Task<std::string> sign_out() override;
  void describe(const plugin::FactSink& sink) const override;

 private:
  enum class Kind { cloudflare, pomerium, iap, ngrok, headers };
  struct Wanted {
    std::string header;
    std::string key;  // of the input
    std::string prefix{};
  };

  Kind kind_for(const plugin::SignIn& how) const;
  std::vector<Wanted> wanted_for(Kind kind) const;
  void use(std::vector<std::pair<std::string, Secret>> made);

  std::string kind_;
  std::string header_;
  std::string header2_;
  std::vector<std::pair<std::string, Secret>> sent_;
  std::uint64_t version_ = 0;
};

}  // namespace pintle
