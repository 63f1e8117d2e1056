// SPDX-License-Identifier: Apache-2.0
//
// HTTP Basic in front of a gateway (RFC 7617): nginx' auth_basic, Caddy's basic_auth, Apache.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/scheme.h>

namespace pintle {

class BasicScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Setting kSettings[] = {
      {.key = "username", .label = "User name"},
      {.key = "password", .label = "Password", .secret = true},
      {.key = "header", .label = "Header", .default_value = "Authorization"}};
  static constexpr plugin::Facts facts{
      .id = "basic",
      .name = "HTTP Basic in front of the gateway",
      .strength = 30,
      .score = 60,
      .reason = "what stands in front of the gateway asks for a user name and a password",
      .sends_secret = true,
      .settings = kSettings,
      .front = R"({"answers": [
        {"status": 401, "header": {"name": "WWW-Authenticate", "prefix": "Basic"}}]})"};

  explicit BasicScheme(const plugin::Opening& opening);

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink& headers) const override;
  plugin::Task<> sign_in(plugin::SignIn how) override;
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override;
  plugin::Task<std::string> sign_out() override;
  void describe(const plugin::FactSink& sink) const override;

 private:
  std::string username_;  // of the settings; else it is asked for
  std::string header_;
  Secret value_;  // of the header
  std::uint64_t version_ = 0;
};

}  // namespace pintle
