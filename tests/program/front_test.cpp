// SPDX-License-Identifier: Apache-2.0
//
// The program before a gateway behind a wall.

#include <csignal>
#include <ios>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/URI.h>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Front : public WithGateway {
 protected:
  void SetUp() override {
    for (const auto* plugin : {FRONT_PLUGIN, OAUTH_PLUGIN, TOKEN_PLUGIN}) pintle_.install(plugin);
  }

  void begin_behind(practice::Wall wall, practice::Options options = token_gate()) {
    options.wall = wall;
    begin(std::move(options));
  }

  Ran call(const std::vector<std::string>& more) {
    std::vector<std::string> line = {"call",          url_,           "GET",
                                     "/api/sessions", "--token-file", token_file_};
    line.insert(line.end(), more.begin(), more.end());
    return pintle_.run(line);
  }
};

TEST_F(Front, IsToldByItsOptions) {
  begin_behind(practice::Wall::basic);
  const auto file = pintle_.secret_file("door", gateway_->wall().password() + "\n");
  const std::vector<std::string> front = {"--front-username", "wall", "--front-password-file",
                                          file};
  const auto called = call(front);
  EXPECT_EQ(called.code, 0) << called.err;
  const auto without = call({});
  EXPECT_NE(without.code, 0);
  EXPECT_THAT(without.err, HasSubstr("requires its own sign-in (Basic)"));
  const auto probed =
      pintle_.run({"probe", url_, "--json", front[0], front[1], front[2], front[3]});
  EXPECT_THAT(probed.out, HasSubstr("\"front\":\"basic\""));
  EXPECT_THAT(probed.out, HasSubstr("\"scheme\":\"token\""));
  const auto said = pintle_.run({"doctor", url_, "--token-file", token_file_, "--json", front[0],
                                 front[1], front[2], front[3]});
  EXPECT_THAT(said.out, HasSubstr("front: basic"));
  for (const auto& ran : {called, probed, said}) {
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(gateway_->wall().password())));
  }
}

TEST_F(Front, IsSavedWithAConnection) {
  begin_behind(practice::Wall::service);
  const auto id = pintle_.secret_file("id", gateway_->wall().client_id());
  const auto secret = pintle_.secret_file("door", gateway_->wall().client_secret());
  const auto added =
      pintle_.run({"add", "home", url_, "--token-file", token_file_, "--front", "service",
                   "--front-secret-file", "client_id=" + id, "--front-secret-file",
                   "client_secret=" + secret, "--front-set", "kind=cloudflare"});
  ASSERT_EQ(added.code, 0) << added.err;
  const auto called = pintle_.run({"call", "home", "GET", "/api/sessions"});
  EXPECT_EQ(called.code, 0) << called.err;
  EXPECT_THAT(pintle_.run({"status", "home", "--json"}).out, HasSubstr("\"front\":\"service\""));
  const auto replaced = pintle_.run({"add", "home", url_, "--replace", "--timeout", "9", "--json"});
  EXPECT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_THAT(replaced.out, HasSubstr("\"front\":\"service\""));
  EXPECT_EQ(pintle_.run({"call", "home", "GET", "/api/sessions"}).code, 0);
}

TEST_F(Front, IsSignedInToAloneWithPastedCookies) {
  begin_behind(practice::Wall::page);
  const auto cookies = pintle_.secret_file("cookies", gateway_->wall().open_session());
  const auto signed_in =
      pintle_.run({"sign-in", url_, "--front-only", "--front-secret-file", "cookie=" + cookies});
  EXPECT_EQ(signed_in.code, 0) << signed_in.err;
  EXPECT_THAT(signed_in.out, HasSubstr("Signed in"));
  const auto called = call({});
  EXPECT_EQ(called.code, 0) << called.err;
  gateway_->wall().revoke();
  const auto refused = call({});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("--front-only"));
  const auto out = pintle_.run({"sign-out", url_});
  EXPECT_EQ(out.code, 0) << out.err;
}

TEST_F(Front, IsCheckedWhenItIsSaved) {
  begin_behind(practice::Wall::none);
  const auto secret = pintle_.run({"add", "home", url_, "--front-set", "password=hunter2"});
  EXPECT_NE(secret.code, 0);
  EXPECT_THAT(secret.err, HasSubstr("--front-secret-file password=FILE"));
  EXPECT_THAT(secret.out + secret.err, Not(HasSubstr("hunter2")));
  const auto misspelt = pintle_.run({"add", "home", url_, "--front-set", "kindd=iap"});
  EXPECT_NE(misspelt.code, 0);
  EXPECT_THAT(misspelt.err, HasSubstr("kindd"));
  const auto no_front = pintle_.run({"add", "home", url_, "--front", "oauth"});
  EXPECT_NE(no_front.code, 0);
  EXPECT_THAT(no_front.err, HasSubstr("no front scheme \"oauth\""));
  EXPECT_THAT(pintle_.run({"list"}).out, Not(HasSubstr("home")));
  const auto added = pintle_.run({"add", "home", url_, "--front", "none"});
  EXPECT_EQ(added.code, 0) << added.err;
}

TEST_F(Front, SaysWhereItsSecretsAreRead) {
  begin_behind(practice::Wall::basic);
  const auto file = pintle_.secret_file("door", gateway_->wall().password() + "\n");
  const auto read = pintle_.run(
      {"sign-in", url_, "--front-only", "--front-username", "wall", "--front-password-file", file});
  EXPECT_EQ(read.code, 0) << read.err;
  EXPECT_THAT(read.out, HasSubstr(file));
  EXPECT_THAT(read.out + read.err, Not(HasSubstr("--token-file")));
  const auto asked = pintle_.run({"sign-in", url_, "--front-only", "--front-username", "wall"});
  EXPECT_NE(asked.code, 0);
  EXPECT_THAT(asked.err, HasSubstr("--front-password-file"));
  const auto out = pintle_.run({"sign-out", url_, "--front-password-file", file});
  EXPECT_THAT(out.out, HasSubstr("the password of the front from file " + file));
}

// A client's copy would be sent in the place of the front's own, which the wall has replaced.
TEST_F(Front, KeepsItsCookiesFromTheClientsOfServe) {
  begin_behind(practice::Wall::page);
  const auto session = gateway_->wall().open_session();
  const auto file = pintle_.secret_file("cookies", session);
  Running serve(pintle_, with_credential({"serve", url_, "--json", "--as", "open", "--front",
                                          "browser", "--front-secret-file", "cookie=" + file}));
  const Poco::URI url(json_of(serve.wait_for("\n"))->getValue<std::string>("url"));
  Poco::Net::HTTPClientSession client(url.getHost(), url.getPort());
  const auto get = [&](const std::string& cookies) {
    Poco::Net::HTTPRequest request("GET", "/api/sessions", Poco::Net::HTTPMessage::HTTP_1_1);
    if (!cookies.empty()) request.set("Cookie", cookies);
    client.sendRequest(request);
    Poco::Net::HTTPResponse response;
    client.receiveResponse(response).ignore(std::numeric_limits<std::streamsize>::max());
    for (const auto& [name, value] : response) EXPECT_THAT(value, Not(HasSubstr("wall_session")));
    return static_cast<int>(response.getStatus());
  };
  EXPECT_EQ(get(""), 200);
  gateway_->wall().rotate();
  EXPECT_EQ(get(""), 200);
  const auto prefix = "pintle_gateway_" + std::to_string(url.getPort()) + "_";
  const auto second = session.find("wall_session_1");
  EXPECT_EQ(get(prefix + session.substr(0, second) + prefix + session.substr(second)), 200);
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

TEST_F(Front, ThatStandsNowhereCannotBeSignedInTo) {
  begin_behind(practice::Wall::none);
  const auto ran = pintle_.run({"sign-in", url_, "--front-only"});
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("nothing stands in front"));
}

TEST_F(Front, KeepsTheRulesOfSchemes) {
  const auto ran = pintle_.run({"plugins", "test", FRONT_PLUGIN, "--seeds", "2"});
  EXPECT_EQ(ran.code, 0) << ran.out;
}

TEST_F(Front, IsNoSchemeOfAGateway) {
  begin_behind(practice::Wall::none);
  const auto ran = call({"--scheme", "basic"});
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("--front"));
  EXPECT_THAT(pintle_.run({"probe", url_}).out, Not(HasSubstr("basic")));
}

}  // namespace
}  // namespace pintle::test
