// SPDX-License-Identifier: Apache-2.0
//
// Ways of signing in that need more than a browser or a password: the device flow (RFC 8628), and a
// helper program.

#include <atomic>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>
#include <pintle/scheme.h>

#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/scripted_user.h"
#include "support/ws_peer.h"

namespace pintle::test {
namespace {

using namespace plugin;
using testing::HasSubstr;
using testing::Not;

// The text of a member in a flat JSON object of the provider.
std::string member(std::string_view json, const std::string& name) {
  const auto key = "\"" + name + "\":\"";
  const auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  const auto begin = at + key.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

// The device authorization grant, as RFC 8628 3 has it.
class DeviceScheme final : public Scheme {
 public:
  static constexpr Facts facts{.id = "device", .name = "Device", .score = 99, .reason = "a test"};
  explicit DeviceScheme(const Opening& opening)
      : provider_(opening.setting("provider").value_or("")), token_(opening.session()) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (token_.empty()) throw Error(Layer::gate, "nobody is signed in").with_sign_in();
    headers.add("Authorization", "Bearer " + std::string(token_.reveal()));
    return {};
  }
  Task<> sign_in(SignIn how) override {
    if (!how.may_ask) throw Error(Layer::gate, "this sign-in needs the user").with_sign_in();
    const auto begun = co_await post(provider_ + "/device/code").form("client_id", "pintle");
    if (begun.status() != 200) throw Error(Layer::provider, "the provider gave no code");
    const auto device_code = member(begun.body(), "device_code");
    const auto message = "Open " + member(begun.body(), "verification_uri") +
                         " and enter the code " + member(begun.body(), "user_code") + ".";
    std::int64_t interval_ms = std::stoll(member(begun.body(), "interval")) * 1'000;
    while (token_.empty()) {
      co_await Wait(interval_ms, message);
      const auto polled = co_await post(provider_ + "/token")
                              .form("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
                              .form("device_code", device_code)
                              .form("client_id", "pintle");
      const auto error = member(polled.body(), "error");
      if (polled.status() == 200) {
        token_ = Secret(member(polled.body(), "access_token"));
      } else if (error == "slow_down") {
        interval_ms += 1'000;
      } else if (error != "authorization_pending") {
        throw Error(Layer::provider, "the sign-in was denied").with_sign_in();
      }
    }
    session_changed();
  }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).until_rejected();
  }
  Secret session() const override { return token_.clone(); }

 private:
  const std::string provider_;
  Secret token_;
};

constexpr pintle_plugin_table kDevice = plugin::detail::make_plugin<DeviceScheme>("device", "1");

class TheDeviceFlow : public testing::Test {
 protected:
  // `polled` answers each poll: what the provider says of the authorization.
  void begin(std::function<std::string(int poll)> polled) {
    provider_.emplace([this, polled = std::move(polled)](ScriptedPeer& peer) {
      for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
        if (request.starts_with("POST /device/code ")) {
          peer.send(answer("200 OK",
                           R"({"device_code":"secret-device-code","user_code":"WDJB-MJHT",)"
                           R"("verification_uri":"https://login.example/device","interval":"1"})"));
        } else {
          peer.send(polled(++polls_));
        }
      }
    });
  }
  static std::string error(const std::string& name) {
    return answer("400 Bad Request", "{\"error\":\"" + name + "\"}");
  }
  static std::string token() { return answer("200 OK", R"({"access_token":"of-the-device"})"); }

  Connection connect() {
    ConnectionSettings settings{.url = GatewayUrl::parse(gateway_.url())};
    settings.scheme_settings["provider"] = provider_->url();
    settings.allowed_origins = {provider_->url()};
    return Host(host_with({&kDevice})).open(std::move(settings));
  }

  std::atomic<int> polls_{0};
  ScriptedServer gateway_{gateway_with_ws([](WsPeer&) {})};
  std::optional<ScriptedServer> provider_;
};

TEST_F(TheDeviceFlow, ShowsTheCodeOnceAndPollsUntilTheUserHasSignedIn) {
  begin([](int poll) { return poll < 3 ? error("authorization_pending") : token(); });
  auto connection = connect();
  ScriptedUser user;
  EXPECT_TRUE(connection.sign_in({}, user).signed_in);
  EXPECT_EQ(user.messages, "Open https://login.example/device and enter the code WDJB-MJHT.\n");
  EXPECT_EQ(polls_, 3);
  EXPECT_THAT(provider_->requests().back(),
              HasSubstr("\r\n\r\ngrant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
                        "&device_code=secret-device-code&client_id=pintle"));
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(field_of(gateway_.requests().back(), "Authorization"), "Bearer of-the-device");
}

TEST_F(TheDeviceFlow, EndsWithADenialAndWithTheTimeOfTheUser) {
  begin([](int) { return error("access_denied"); });
  ScriptedUser user;
  auto connection = connect();
  const auto denied = error_of([&] { connection.sign_in({}, user); });
  EXPECT_EQ(denied.message(), "the sign-in was denied");

  begin([](int) { return error("authorization_pending"); });
  auto slow = connect();
  const auto late = error_of([&] { slow.sign_in({.user_timeout_ms = 1'500}, user); });
  EXPECT_EQ(late.layer(), Layer::gate);
  EXPECT_THAT(late.message(), HasSubstr("the sign-in timed out"));
  EXPECT_TRUE(late.needs_sign_in());
}

TEST_F(TheDeviceFlow, IsCancelledWhileItWaits) {
  begin([](int) { return error("authorization_pending"); });
  auto connection = connect();
  std::stop_source stop;
  ScriptedUser user;
  user.on_message = [&] { stop.request_stop(); };
  const auto error = error_of([&] { connection.sign_in({}, user, stop.get_token()); });
  EXPECT_THAT(error.message(), HasSubstr("cancelled"));
  EXPECT_EQ(polls_, 0);
}

// Its token is what the helper "vault" prints.
class HelperScheme final : public Scheme {
 public:
  static constexpr Facts facts{.id = "vault", .name = "Vault", .score = 99, .reason = "a test"};
  explicit HelperScheme(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (token_.empty()) throw Error(Layer::gate, "there is no token").with_sign_in();
    headers.add("X-Token", token_.reveal());
    return {};
  }
  Task<> sign_in(SignIn) override {
    const auto answer = co_await RunHelper("vault").argument("get").input("gateway\n");
    if (answer.exit_code() != 0) {
      throw Error(Layer::gate, "the vault has no token: it exited with code " +
                                   std::to_string(answer.exit_code()))
          .with_sign_in();
    }
    token_ = Secret(std::string_view(answer.output()).substr(0, answer.output().find('\n')));
  }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).until_rejected();
  }

 private:
  Secret token_;
};

constexpr pintle_plugin_table kHelper = plugin::detail::make_plugin<HelperScheme>("vault", "1");

class AHelper : public testing::Test {
 protected:
  Connection connect(const std::string& script) {
    ConnectionSettings settings{.url = GatewayUrl::parse(gateway_.url())};
    if (!script.empty()) {
      const auto file = folder_ / "vault";
      write_text(file, "#!/bin/sh\n" + script + "\n");
      EXPECT_EQ(::chmod(file.c_str(), 0700), 0);
      settings.helpers["vault"] = file.string() + " --quiet";
    }
    return Host(host_with({&kHelper})).open(std::move(settings));
  }

  TemporaryFolder folder_;
  ScriptedServer gateway_{gateway_with_ws([](WsPeer&) {})};
};

TEST_F(AHelper, SignsInWithoutTheUser) {
  auto connection = connect(R"(read line; echo "token-of-$line:$*")");
  EXPECT_EQ(get_sessions(connection), 200);
  EXPECT_EQ(field_of(gateway_.requests().back(), "X-Token"), "token-of-gateway:--quiet get");
}

TEST_F(AHelper, ThatFailsIsTheSchemesToExplain) {
  auto connection = connect("echo secret; exit 2");
  const auto error = error_of([&] { get_sessions(connection); });
  EXPECT_THAT(error.message(), HasSubstr("exited with code 2"));
  EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
}

TEST_F(AHelper, ThatTheSettingsDoNotNameIsNotRun) {
  auto connection = connect("");
  const auto error = error_of([&] { get_sessions(connection); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_EQ(error.hint(), "Name its command: --helper vault=COMMAND.");
}

}  // namespace
}  // namespace pintle::test
