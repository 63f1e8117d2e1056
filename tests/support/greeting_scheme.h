// SPDX-License-Identifier: Apache-2.0
//
// A scheme that greets on each new WebSocket: it waits for a word of the gateway, sends its token,
// and waits for "ok".
//
// Threads: those of a scheme.

#pragma once

#include <string>
#include <utility>

#include <pintle/scheme.h>

namespace pintle::test {

/// Its token is the input "token". Settings: "subprotocol" to offer, "ws" for another URL of the
/// WebSocket.
class GreetingScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Facts facts{
      .id = "greeting", .name = "Greeting", .score = 99, .reason = "a test"};
  explicit GreetingScheme(const plugin::Opening& opening)
      : is_careless_(opening.setting("careless").has_value()),
        subprotocol_(opening.setting("subprotocol").value_or("")),
        ws_(opening.setting("ws").value_or("")) {}

  plugin::Decoration decorate(const plugin::Request&,
                              const plugin::HeaderSink& headers) const override {
    if (token_.empty()) throw Error(Layer::gate, "there is no token").with_sign_in();
    headers.add("X-Gate", "of-the-gateway");
    return {.credential = version_};
  }
  plugin::Task<> sign_in(plugin::SignIn) override {
    auto answer = co_await plugin::Ask("Why.").secret("token", "Token");
    auto token = std::move(answer.take("token").text);
    if (!token.equals(token_)) ++version_;
    token_ = std::move(token);
  }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    if (!ws_.empty()) target = plugin::WsTarget(ws_);
    if (!subprotocol_.empty()) target = std::move(target).with_subprotocol(subprotocol_);
    co_return std::move(target).until_rejected();
  }
  // A careless one takes a greeting for done that failed.
  plugin::Task<> greet(plugin::Greeting greeting) override {
    try {
      co_await greet_once(std::move(greeting));
    } catch (const Error&) {
      if (!is_careless_) throw;
    }
  }

 private:
  plugin::Task<> greet_once(plugin::Greeting greeting) {
    const auto word = co_await plugin::ReceiveMessage();
    if (word.text() == "binary") {
      co_await plugin::SendMessage::binary(std::string(token_.reveal()));
    } else {
      co_await plugin::SendMessage(std::string(token_.reveal()) + greeting.subprotocol);
    }
    const auto answer = co_await plugin::ReceiveMessage();
    if (answer.text() == "refused") {
      throw Error(Layer::gate, "the gateway refused the token").with_sign_in();
    }
    if (answer.text() != "ok") throw Error(Layer::protocol, "the gateway gave no answer");
  }

  bool is_careless_;
  std::string subprotocol_;
  std::string ws_;
  Secret token_;
  std::uint64_t version_ = 0;
};

inline constexpr pintle_plugin_table kGreeting =
    plugin::detail::make_plugin<GreetingScheme>("greeting", "1.0.0");

}  // namespace pintle::test
