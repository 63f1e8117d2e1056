// SPDX-License-Identifier: Apache-2.0
//
// Any login wall in front of a gateway: the user signs in in a window, which ends when the gateway
// itself answers with its cookies. Without a window the cookies are those of another browser, from
// the input "cookie".

#pragma once

#include <cstdint>
#include <string>

#include <pintle/scheme.h>

#include "wall_cookies.h"

namespace pintle {

class BrowserScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Setting kSettings[] = {
      {.key = "url", .label = "Page to open", .default_value = "/"},
      {.key = "cookie", .label = "Cookies of a browser that is signed in", .secret = true}};
  // A redirect to another host is what all of them have in common; oauth2-proxy may also show its
  // page itself.
  static constexpr plugin::Facts facts{
      .id = "browser",
      .name = "Login page in front of the gateway",
      .strength = 50,
      .score = 55,
      .reason = "what stands in front of the gateway has a login page",
      .sends_secret = true,
      .settings = kSettings,
      .front = R"({"answers": [
        {"status": [301, 302, 303, 307], "redirect_host": "*"},
        {"status": [401, 403], "body": "/oauth2/start"}]})"};

  explicit BrowserScheme(const plugin::Opening& opening);

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink& headers) const override;
  plugin::Observation observe(const plugin::Response& response) override;
  plugin::Task<> sign_in(plugin::SignIn how) override;
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override;
  plugin::Task<std::string> sign_out() override;
  Secret session() const override { return cookies_.bytes(); }
  void describe(const plugin::FactSink& sink) const override;

 private:
  void use(front::WallCookies cookies);

  std::string url_;
  front::WallCookies cookies_;
  std::uint64_t version_ = 0;
};

}  // namespace pintle
