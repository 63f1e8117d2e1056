// SPDX-License-Identifier: Apache-2.0
//
// A scheme for Gate::greeting of the practice gateway: a key in X-Api-Key, and in the first message
// of each WebSocket.
//
// Threads: those of a scheme.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/text/json.h>
#include <pintle/scheme.h>

namespace pintle::test {

/// Its key is the input "key".
class KeyScheme : public plugin::Scheme {
 public:
  static constexpr plugin::Rule kRules[] = {{"auth_flows", "\"api_key\""}};
  static constexpr plugin::Facts facts{.id = "key",
                                       .name = "Key",
                                       .strength = 40,
                                       .score = 90,
                                       .reason = "the gateway asks for a key",
                                       .sends_secret = true,
                                       .rules = kRules};
  explicit KeyScheme(const plugin::Opening&) {}

  plugin::Decoration decorate(const plugin::Request&,
                              const plugin::HeaderSink& headers) const override {
    if (key_.empty()) throw Error(Layer::gate, "there is no key").with_sign_in();
    headers.add("X-Api-Key", key_.reveal());
    return {.credential = version_};
  }
  plugin::Task<> sign_in(plugin::SignIn) override {
    auto answer = co_await plugin::Ask("The gateway wants a key.").secret("key", "Key");
    auto key = std::move(answer.take("key").text);
    if (!key.equals(key_)) ++version_;
    key_ = std::move(key);
  }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).until_rejected();
  }

 protected:
  const Secret& key() const noexcept { return key_; }

 private:
  Secret key_;
  std::uint64_t version_ = 0;
};

/// With the setting "talks-first" it says something else before the key.
class InBandScheme final : public KeyScheme {
 public:
  static constexpr plugin::Rule kRules[] = {{"auth_flows", "\"greeting\""}};
  static constexpr plugin::Facts facts{.id = "in-band",
                                       .name = "In-band",
                                       .strength = 40,
                                       .score = 90,
                                       .reason = "the WebSocket asks for a key",
                                       .sends_secret = true,
                                       .rules = kRules};
  explicit InBandScheme(const plugin::Opening& opening)
      : KeyScheme(opening), talks_first_(opening.setting("talks-first").has_value()) {}

  plugin::Task<> greet(plugin::Greeting) override {
    if (talks_first_) co_await plugin::SendMessage(R"({"type":"hello"})");
    while (true) {
      const auto message = co_await plugin::ReceiveMessage();
      const auto text = message.text();
      if (has(text, "auth_ok")) co_return;
      if (has(text, "auth_invalid")) {
        throw Error(Layer::gate, "the gateway refused the key on the WebSocket").with_sign_in();
      }
      if (!has(text, "auth_required") || talks_first_) continue;
      co_await plugin::SendMessage(R"({"type":"auth","access_token":)" +
                                   json_string(key().reveal()) + "}");
    }
  }

 private:
  static bool has(std::string_view text, std::string_view type) {
    return text.find("\"" + std::string(type) + "\"") != std::string_view::npos;
  }

  bool talks_first_;
};

inline constexpr pintle_plugin_table kKeyPlugin =
    plugin::detail::make_plugin<KeyScheme>("key", "1.0.0");

inline constexpr pintle_plugin_table kInBand =
    plugin::detail::make_plugin<InBandScheme>("in-band", "1.0.0");

}  // namespace pintle::test
