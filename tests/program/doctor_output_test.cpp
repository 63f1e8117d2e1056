// SPDX-License-Identifier: Apache-2.0
//
// What `pintle doctor` prints for its user, and for a public issue.

#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "doctor_fixture.h"
#include "support/forward_proxy.h"
#include "support/scripted_server.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(Doctor, PrintsForAUserWithWhatToDo) {
  begin();
  const auto well = pintle_.run(with_credential({"doctor", url_}));
  EXPECT_EQ(well.code, 0) << well.err;
  EXPECT_THAT(well.out, AllOf(HasSubstr("ok       host name"), HasSubstr("All steps passed.")));
  EXPECT_THAT(well.out, Not(HasSubstr("\033[")));
  gateway_->set_faults({Fault(FaultKind::plain_get, "/api/ws", -1)});
  const auto broken = pintle_.run(with_credential({"doctor", url_}));
  EXPECT_EQ(broken.code, 21);
  EXPECT_THAT(broken.out, AllOf(HasSubstr("failed   upgrade"), HasSubstr("proxy_set_header"),
                                HasSubstr("skipped  not checked: ready, ping\n"),
                                HasSubstr("The step upgrade failed.")));
  EXPECT_THAT(pintle_.run(with_credential({"doctor", url_, "--details"})).out,
              HasSubstr("library: "));
}

TEST_F(Doctor, ShowsEachStepAsItFinishesAndEndsWithCtrlC) {
  begin();
  gateway_->set_faults({Fault(FaultKind::delay, "/api/status", -1, 60'000)});
  Running running(pintle_, with_credential({"doctor", url_}));
  EXPECT_THAT(running.wait_for("TLS"), HasSubstr("ok       TCP"));
  running.signal(SIGINT);
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 130);
  EXPECT_THAT(ran.out, Not(HasSubstr("failed")));
}

TEST_F(Doctor, SaysCtrlCAsOneJsonObject) {
  ScriptedServer silent([](ScriptedPeer& peer) { peer.wait_until_left(); });
  Running running(pintle_, {"doctor", silent.url(), "--json"});
  while (silent.connections() == 0) std::this_thread::yield();
  running.signal(SIGINT);
  const auto ran = running.finish();
  EXPECT_EQ(ran.code, 130);
  const auto error = json_of(ran.out)->getObject("error");
  EXPECT_EQ(error->getValue<std::string>("layer"), "interrupted");
}

TEST_F(Doctor, ShowsOnATerminalWhatItWaitsFor) {
  begin();
  gateway_->set_faults({Fault(FaultKind::delay, "/api/status", 1, 1'500)});
  pintle_.set("TERM", "xterm");
  AtTerminal terminal(pintle_, with_credential({"doctor", url_}));
  EXPECT_THAT(terminal.wait_for("checking: HTTP"), HasSubstr("\033[32mok"));
  const auto ran = terminal.finish();
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("All steps passed."));
}

TEST_F(Doctor, ReportsWithoutSecretsUsersAndHosts) {
  auto options = token_gate();
  options.allowed_hosts = {"gateway.corp.example"};
  options.prefix = "/for-us-only";
  begin(std::move(options));
  const ForwardProxy proxy(gateway_->port());
  const auto headers = pintle_.secret_file("headers", "X-Pass: sesame-open-0123456789\n");
  const std::vector<std::string> line =
      with_credential({"doctor", "http://gateway.corp.example:9119/for-us-only", "--proxy",
                       proxy.url(), "--headers-file", headers, "--allow-plain-http", "--report"});
  const auto ran = pintle_.run(line);
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("pintle "), HasSubstr("Linux"), HasSubstr("OpenSSL"),
                             HasSubstr("host-1"), HasSubstr("version 0.16.0"), HasSubstr("~/")));
  for (const std::string& secret :
       {std::string("corp"), std::string("for-us-only"), std::string("sesame"), std::string(kToken),
        pintle_.home().path().string()}) {
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(secret)));
  }
  auto with_hosts = line;
  with_hosts.emplace_back("--with-hosts");
  EXPECT_THAT(pintle_.run(with_hosts).out,
              AllOf(HasSubstr("gateway.corp.example"), Not(HasSubstr("sesame")), HasSubstr("~/")));
  auto as_json = line;
  as_json.emplace_back("--json");
  EXPECT_THAT(json_of(pintle_.run(as_json).out)->getValue<std::string>("report"),
              HasSubstr("host-1"));
  EXPECT_EQ(pintle_.run({"doctor", url_, "--with-hosts"}).code, 2);
}

TEST_F(Doctor, ReportsNoUserAndNoPartOfASecret) {
  pintle_.install(OAUTH_PLUGIN);
  begin(native_gate());
  sign_in();
  const auto ran = pintle_.run({"doctor", url_, "--report"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("signed in as (user) (provider basic)"), Not(HasSubstr("ada "))));
  begin();
  const auto wrong = pintle_.secret_file("wrong", "wrong-token-of-mine-tuvwxyz");
  const auto refused = pintle_.run({"doctor", url_, "--report", "--token-file", wrong});
  EXPECT_EQ(refused.code, 17) << refused.out;
  EXPECT_THAT(refused.out, Not(HasSubstr("uvwxyz")));
  const auto broken = pintle_.run({"doctor", "127.0.0.1:9119", "--report"});
  EXPECT_EQ(broken.code, 10);
  EXPECT_THAT(broken.out, HasSubstr("failed   settings"));
}

TEST_F(Doctor, ReportsAnUnknownConnectionWithoutItsName) {
  const auto ran = pintle_.run({"doctor", "adas-box", "--report"});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("there is no connection NAME"),
                             HasSubstr("or use a URL: http://… or https://…")));
  EXPECT_THAT(ran.out, Not(HasSubstr("adas-box")));
}

}  // namespace
}  // namespace pintle::test
