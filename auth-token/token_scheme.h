// SPDX-License-Identifier: Apache-2.0
//
// The static session token of a gateway whose gate is off (gateway-contract 1).
//
// REST sends it in X-Hermes-Session-Token, the WebSocket in ?token=. The scheme does not know where
// the token is stored: it asks for the input "token", and each time the host reads it again from
// the connection's file, command, environment variable or prompt.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/scheme.h>

namespace pintle {

class TokenScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Rule kRules[] = {{"auth_required", "false"}};
  static constexpr plugin::Setting kSettings[] = {
      {.key = "token", .label = "Session token", .secret = true}};
  static constexpr plugin::Facts facts{.id = "token",
                                       .name = "Session token",
                                       .strength = 30,
                                       .score = 60,
                                       .reason = "the gate is off, so a session token signs in",
                                       .sends_secret = true,
                                       .rules = kRules,
                                       .settings = kSettings};

  explicit TokenScheme(const plugin::Opening&) {}

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink& headers) const override;
  plugin::Observation observe(const plugin::Response& response) override;
  plugin::Task<> sign_in(plugin::SignIn how) override;
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override;
  plugin::Task<std::string> sign_out() override;
  void describe(const plugin::FactSink& sink) const override;

 private:
  void take(plugin::AskAnswer::Value value);
  Error rejected(int status) const;
  Error missing() const;

  Secret token_;
  std::string source_;         // for display: "file /run/token"
  std::uint64_t version_ = 0;  // counts the tokens, to recognize a response to an old one
};

}  // namespace pintle
