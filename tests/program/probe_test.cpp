// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ProbeCommand : public WithGateway {};

TEST_F(ProbeCommand, SaysWhatTheGatewayIsAndWhichSchemeFits) {
  begin();
  const auto ran = pintle_.run({"probe", url_});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(url_), HasSubstr("0.16.0"), HasSubstr("gate"),
                             HasSubstr("token"), HasSubstr("chosen")));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033["))) << "colours into a pipe";
}

TEST_F(ProbeCommand, SpeaksJsonToPrograms) {
  begin();
  const auto ran = pintle_.run({"probe", url_, "--json"});
  const auto object = json_of(ran.out);
  EXPECT_EQ(object->getValue<std::string>("scheme"), "token");
  EXPECT_FALSE(object->getObject("probe")->getValue<bool>("auth_required"));
  EXPECT_EQ(object->getObject("probe")->getValue<std::string>("version"), "0.16.0");
}

TEST_F(ProbeCommand, ShowsWhoAGatedGatewaySignsInWith) {
  begin(native_gate());
  const auto ran = pintle_.run({"probe", url_});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("on: requires a sign-in"), HasSubstr("(password)"),
                             HasSubstr("native_pkce")));
}

TEST_F(ProbeCommand, RefusesTheTokenSchemeForAGatedGatewayBeforeAnySecretIsSent) {
  begin(cookie_gate());
  for (const auto& command : {"call", "connect", "rpc", "ws-url", "probe"}) {
    SCOPED_TRACE(command);
    std::vector<std::string> arguments{command, url_, "--scheme", "token"};
    if (std::string(command) == "call") arguments.insert(arguments.end(), {"GET", "/api/sessions"});
    if (std::string(command) == "rpc") arguments.push_back("echo");
    const auto ran = pintle_.run(with_credential(arguments));
    EXPECT_EQ(ran.code, 10);
    EXPECT_THAT(ran.err, HasSubstr("auth_required false"));
  }
  for (const auto& seen : gateway_->request_log().requests()) {
    EXPECT_TRUE(seen.credentials.none()) << seen.path;
  }
}

TEST_F(ProbeCommand, NamesTheLayerThatFailed) {
  struct Row {
    Fault fault;
    int code;
    const char* says;
  };
  const Row kTable[] = {
      {Fault(FaultKind::html, "/api/status"), 15, "web page"},
      {Fault(FaultKind::redirect, "/api/status"), 15, "cloudflareaccess"},
      {Fault(FaultKind::wrong_host, "/api/status"), 16, "host"},
      {Fault(FaultKind::status, "/api/status", 1, 500), 22, "500"},
      {Fault(FaultKind::status, "/api/status", 1, 502), 15, "502"},
      {Fault(FaultKind::not_json, "/api/status"), 22, "JSON"},
      {Fault(FaultKind::truncated_length, "/api/status"), 12, ""},
      {Fault(FaultKind::truncated_chunks, "/api/status"), 12, ""},
      {Fault(FaultKind::huge_body, "/api/status", 1, 2'000'000), 22, ""},
      {Fault(FaultKind::drop, "/api/status", -1), 12, ""},
      {Fault(FaultKind::drop_mid_header, "/api/status", -1), 12, ""},
  };
  begin();
  for (const auto& row : kTable) {
    SCOPED_TRACE(practice::name_of(row.fault.kind));
    gateway_->set_faults({row.fault});
    const auto ran = pintle_.run({"probe", url_});
    EXPECT_EQ(ran.code, row.code) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(row.says));
    EXPECT_THAT(ran.err, Not(HasSubstr("sign in again")));
  }
}

TEST_F(ProbeCommand, GivesUpOnAGatewayThatDripsItsAnswer) {
  begin();
  gateway_->set_faults({Fault(FaultKind::slow_body, "/api/status", 1, 200)});
  const auto ran = pintle_.run({"probe", url_, "--timeout", "1"});
  EXPECT_EQ(ran.code, 12) << ran.err;
}

TEST_F(ProbeCommand, SaysThatNobodyListens) {
  begin();
  gateway_->stop();
  const auto ran = pintle_.run({"probe", url_});
  EXPECT_EQ(ran.code, 12);
  EXPECT_THAT(ran.err, HasSubstr("refused"));
  EXPECT_EQ(pintle_.run({"probe", "http://no-such-host.invalid"}).code, 11);
}

TEST_F(ProbeCommand, VerifiesCertificatesAlsoOnLoopback) {
  begin(over_tls(token_gate()));
  const auto refused = pintle_.run({"probe", url_});
  EXPECT_EQ(refused.code, 14) << refused.err;
  const auto trusted = pintle_.run({"probe", url_, "--ca-file", gateway_->ca_file()});
  EXPECT_EQ(trusted.code, 0) << trusted.err;
  EXPECT_EQ(pintle_.run({"probe", url_, "--ca-file", "/nonexistent.pem"}).code, 10);
}

TEST_F(ProbeCommand, FindsTheGatewayBelowThePageThatWasPasted) {
  auto options = token_gate();
  options.serves_pages = true;
  options.prefix = "/hermes";
  begin(std::move(options));
  const auto page = url_ + "/chat/x";
  const auto probed = pintle_.run({"probe", page, "--json"});
  EXPECT_EQ(probed.code, 0) << probed.err;
  EXPECT_EQ(json_of(probed.out)->getObject("probe")->getValue<std::string>("url"), url_);
  EXPECT_THAT(probed.err, HasSubstr("but one at " + url_));
  const auto called = pintle_.run(with_credential({"call", page, "GET", "/api/sessions"}));
  EXPECT_EQ(called.code, 10);
  EXPECT_THAT(called.err, HasSubstr("Use that URL: " + url_ + "."));
  EXPECT_EQ(pintle_.run(with_credential({"add", "home", page})).code, 0);
  EXPECT_EQ(pintle_.run({"call", "home", "GET", "/api/sessions"}).code, 0);
  gateway_->stop();
  EXPECT_EQ(pintle_.run({"add", "offline", page}).code, 0) << "kept as it was typed";
}

TEST_F(ProbeCommand, NamesTheOtherSchemeWhereThePortSpeaksIt) {
  begin();
  const auto secure = pintle_.run({"probe", "https" + url_.substr(url_.find(':'))});
  EXPECT_EQ(secure.code, 10) << secure.err;
  EXPECT_THAT(secure.err, HasSubstr("Use http:// instead of https://"));
  begin(over_tls(token_gate()));
  const auto plain = pintle_.run({"probe", "http" + url_.substr(url_.find(':'))});
  EXPECT_EQ(plain.code, 10) << plain.err;
  EXPECT_THAT(plain.err, HasSubstr("Use https:// instead"));
}

TEST_F(ProbeCommand, SpeaksToGatewaysOfEveryAge) {
  auto options = token_gate();
  options.has_health = false;
  options.has_providers_route = false;
  options.version = "0.12.1";
  options.ready = practice::Ready::silent;
  begin(std::move(options));
  EXPECT_EQ(pintle_.run({"probe", url_}).code, 0);
  const auto ran = pintle_.run(with_credential({"connect", url_, "--once"}));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("ready"));
}

TEST_F(ProbeCommand, CostsHardlyMoreWithAHundredPluginsAndOpensOne) {
  begin();
  const auto folder = pintle_.plugins();
  std::filesystem::create_directories(folder);
  const auto manifest = read_text(std::filesystem::path(TOKEN_PLUGIN).replace_extension(".json"));
  for (int i = 0; i < 100; ++i) {
    const auto id = "filler-" + std::to_string(i);
    // A library that could not be opened: if one was tried, the probe would report it.
    write_text(folder / (id + ".so"), "not a library");
    auto own = manifest;
    own.replace(own.find("\"token\""), 7, "\"" + id + "\"");
    own.replace(own.find("\"score\": 60"), 11, "\"score\": 10");
    write_text(folder / (id + ".json"), own);
  }
  const auto ran = pintle_.run({"probe", url_, "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto object = json_of(ran.out);
  EXPECT_EQ(object->getValue<std::string>("scheme"), "token");
  const auto schemes = object->getArray("schemes");
  EXPECT_GE(schemes->size(), 101U);
  for (unsigned i = 1; i < 101; ++i) {
    EXPECT_NE(schemes->getObject(i)->getValue<std::string>("verdict"), "refused");
  }
}

}  // namespace
}  // namespace pintle::test
