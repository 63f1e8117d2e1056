// SPDX-License-Identifier: Apache-2.0
//
// A way to sign in that Pintle does not know: gateways whose status lists the flow "api_key" take a
// key in the header X-Api-Key, for REST and for the WebSocket's upgrade alike.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/scheme.h>

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::Secret;

class ApiKeyScheme final : public Scheme {
 public:
  static constexpr Rule rules[] = {{"auth_flows", "\"api_key\""}};
  static constexpr Setting settings[] = {{.key = "api_key", .label = "API key", .secret = true}};
  static constexpr std::int32_t observed[] = {401};
  static constexpr Facts facts{.id = "api-key",
                               .name = "API key",
                               .strength = 40,
                               .score = 90,
                               .reason = "the gateway takes an API key",
                               .sends_secret = true,
                               .rules = rules,
                               .settings = settings,
                               .observed_statuses = observed};

  explicit ApiKeyScheme(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (key_.empty()) {
      throw Error(Layer::gate, "there is no API key for this gateway")
          .with_sign_in()
          .with_hint("Provide it with --secret-file api_key=FILE.");
    }
    headers.add("X-Api-Key", key_.reveal());
    return {.valid_until_ms = 0, .credential = version_};
  }

  Observation observe(const Response& response) override {
    // Only the gateway's own 401 speaks of the key: a page comes from a proxy in front of it.
    if (response.status() != 401 || response.header("Content-Type").starts_with("text/html")) {
      return Observation::none;
    }
    if (response.credential() != version_) return Observation::retry_once;  // it was an older key
    throw Error(Layer::gate, "the gateway refused the API key " + pintle::preview(key_))
        .with_status(401)
        .with_sign_in()
        .with_hint("Check that the key is this gateway's (--secret-file api_key=FILE).");
  }

  Task<> sign_in(SignIn) override {
    auto answer = co_await Ask("This gateway wants an API key.").secret("api_key", "API key");
    take(answer.take("api_key").text);
  }

  // The upgrade is decorated like every request, so the URL itself needs no credential.
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).until_rejected();
  }

  Task<std::string> sign_out() override {
    key_ = Secret();
    ++version_;
    co_return "The key itself stays valid at the gateway.";
  }

  void describe(const FactSink& facts_of_the_key) const override {
    if (!key_.empty()) facts_of_the_key.add("credential", "API key " + pintle::preview(key_));
  }

 private:
  void take(const Secret& typed) {
    std::string_view text = typed.reveal();
    text.remove_suffix(text.size() - (text.find_last_not_of(" \t\r\n") + 1));
    const bool fits =
        std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (text.empty() || !fits) {
      throw Error(Layer::config, "the API key is empty or holds what no header can")
          .with_user_action()
          .with_hint("Put only the key there, on one line.");
    }
    Secret key(text);
    if (!key.equals(key_)) ++version_;
    key_ = std::move(key);
  }

  Secret key_;
  std::uint64_t version_ = 0;  // tells an answer to an older key from one to this
};

PINTLE_PLUGIN("pintle-api-key", API_KEY_VERSION, ApiKeyScheme)
