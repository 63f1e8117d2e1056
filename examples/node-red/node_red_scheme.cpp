// SPDX-License-Identifier: Apache-2.0
//
// Signs in to the editor of Node-RED (https://nodered.org/docs/api/admin/oauth): a password grant
// gives a Bearer token without a refresh token, and the WebSocket takes the token in a first
// message.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/scheme.h>

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::Secret;

namespace {

// The text or number of a field in a flat JSON object; empty if it is not there.
std::string_view field(std::string_view json, std::string_view name) {
  auto at = json.find("\"" + std::string(name) + "\"");
  if (at == std::string_view::npos) return {};
  at = json.find_first_not_of(" :", at + name.size() + 2);
  if (at == std::string_view::npos) return {};
  const bool is_text = json[at] == '"';
  const auto value = json.substr(is_text ? at + 1 : at);
  return value.substr(0, value.find_first_of(is_text ? "\"" : ",} "));
}

}  // namespace

class NodeRedScheme final : public Scheme {
 public:
  static constexpr std::string_view profiles[] = {"node-red"};
  static constexpr Setting settings[] = {{.key = "username", .label = "User name"},
                                         {.key = "password", .label = "Password", .secret = true}};
  static constexpr Facts facts{.id = "node-red",
                               .name = "Node-RED",
                               .strength = 40,
                               .score = 70,
                               .reason = "Node-RED signs in with its own users",
                               .profiles = profiles,
                               .settings = settings};

  explicit NodeRedScheme(const Opening& opening)
      : is_open_(opening.probe() && !opening.probe()->auth_required()) {
    const auto stored = opening.session();  // "EXPIRES_MS TOKEN"
    const auto blank = stored.find(' ');
    if (blank == std::string_view::npos) return;
    expires_ms_ = std::stoll(std::string(stored.substr(0, blank)));
    token_ = Secret(stored.substr(blank + 1));
  }

  Decoration decorate(const Request& request, const HeaderSink& headers) const override {
    if (is_open_) return {};
    if (token_.empty() || request.now_ms() >= expires_ms_) throw needs_sign_in();
    headers.add("Authorization", "Bearer " + std::string(token_.reveal()));
    return {.valid_until_ms = expires_ms_, .credential = version_};
  }

  // A 403 is about the user's rights, and not about the token.
  Observation observe(const Response& response) override {
    if (response.status() != 401) return Observation::none;
    if (response.credential() != version_) return Observation::retry_once;
    throw Error(Layer::session, "Node-RED refused the token").with_status(401).with_sign_in();
  }

  Task<> sign_in(SignIn) override {
    auto typed = co_await Ask("Node-RED asks for a user.")
                     .plain("username", "User name")
                     .secret("password", "Password");
    const auto user = typed.take("username").text;
    const auto password = typed.take("password").text;
    const auto answer = co_await post("/auth/token")
                            .form("client_id", "node-red-admin")
                            .form("grant_type", "password")
                            .form("scope", "*")
                            .form("username", user.reveal())
                            .form("password", password.reveal());
    if (answer.status() == 401 || answer.status() == 403) {
      throw Error(Layer::gate, "Node-RED refused the user name or the password")
          .with_status(answer.status())
          .with_sign_in();
    }
    const auto token = field(answer.body(), "access_token");
    const auto lives = field(answer.body(), "expires_in");
    if (answer.status() != 200 || token.empty() || lives.empty() || lives.size() > 9 ||
        lives.find_first_not_of("0123456789") != std::string_view::npos) {
      throw Error(Layer::protocol, "the answer to the sign-in holds no token")
          .with_status(answer.status());
    }
    token_ = Secret(token);
    user_ = user.reveal();
    expires_ms_ = (co_await now()).now_ms + std::stoll(std::string(lives)) * 1000;
    ++version_;
    session_changed();
  }

  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).until_rejected();
  }

  Task<> greet(Greeting) override {
    if (is_open_) co_return;
    co_await SendMessage("{\"auth\":\"" + std::string(token_.reveal()) + "\"}");
    const auto answer = co_await ReceiveMessage();
    if (field(answer.text(), "auth") != "ok") {
      throw Error(Layer::session, "Node-RED refused the token on the WebSocket").with_sign_in();
    }
  }

  Task<std::string> sign_out() override {
    const auto token = std::exchange(token_, Secret());
    session_changed();
    const auto answer = co_await post("/auth/revoke")
                            .header("Authorization", "Bearer " + std::string(token.reveal()))
                            .form("token", token.reveal());
    co_return answer.status() == 200 ? "" : "The token stays valid until it lapses.";
  }

  Secret session() const override {
    if (token_.empty()) return {};
    return Secret(std::to_string(expires_ms_) + " " + std::string(token_.reveal()));
  }

  void describe(const FactSink& facts_of_it) const override {
    if (token_.empty()) return;
    if (!user_.empty()) facts_of_it.add("user", user_);
    facts_of_it.add("expires_ms", std::to_string(expires_ms_));
    facts_of_it.add("credential", "token " + pintle::preview(token_));
  }

 private:
  static Error needs_sign_in() {
    return Error(Layer::gate, "Node-RED requires a sign-in").with_sign_in();
  }

  bool is_open_;
  Secret token_;
  std::string user_;
  std::int64_t expires_ms_ = 0;
  std::uint64_t version_ = 0;
};

PINTLE_PLUGIN("pintle-node-red", NODE_RED_VERSION, NodeRedScheme)
