// SPDX-License-Identifier: Apache-2.0
//
// `pintle doctor` names the broken step of what users run into, and says what to do.

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "doctor_fixture.h"
#include "support/forward_proxy.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class Doctor : public WithDoctor {
 protected:
  std::string at_port(const std::string& scheme_and_host) const {
    return scheme_and_host + ":" + std::to_string(gateway_->port());
  }
};

TEST_F(Doctor, FindsEveryStepInOrderAtAHealthyGateway) {
  begin();
  const auto found = doctor();
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_TRUE(found.ok);
  EXPECT_THAT(found.ids, ElementsAre("settings", "name", "tcp", "proxy", "tls", "http",
                                     "intermediary", "host-guard", "probe", "clock", "scheme",
                                     "store", "session", "ticket", "upgrade", "ready", "ping"));
  for (const auto& [id, step] : found.steps) {
    const bool is_not_needed = id == "proxy" || id == "tls" || id == "ticket";
    EXPECT_EQ(step.verdict, is_not_needed ? "skipped" : "ok") << id << found.json;
  }
  EXPECT_THAT(found["probe"].finding, HasSubstr("0.16.0"));
  EXPECT_THAT(found["scheme"].finding, HasSubstr("token"));
  EXPECT_THAT(found["ping"].finding, HasSubstr(" ms"));
}

TEST_F(Doctor, SaysWhoIsSignedInAndUntilWhen) {
  pintle_.install(OAUTH_PLUGIN);
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    begin(with_gate(gate));
    sign_in();
    const auto found = doctor(url_);
    EXPECT_EQ(found.code, 0) << found.json;
    EXPECT_THAT(found["session"].finding,
                AllOf(HasSubstr("signed in as ada (provider basic)"), HasSubstr("until 20")));
    EXPECT_EQ(found.verdict("ticket"), "ok");
    EXPECT_THAT(found["store"].finding, HasSubstr("a session is stored"));
    EXPECT_THAT(found["store"].facts, HasSubstr("file access: only you (mode 0600)"));
  }
}

TEST_F(Doctor, NamesAMissingAndADeadSession) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto missing = doctor(url_);
  EXPECT_EQ(missing.failed, "session") << missing.json;
  EXPECT_EQ(missing.code, 17);
  EXPECT_THAT(missing["session"].hint, HasSubstr("pintle sign-in " + url_));
  EXPECT_EQ(missing.verdict("ticket"), "skipped");
  sign_in();
  gateway_->end_sessions();
  const auto dead = doctor(url_);
  EXPECT_EQ(dead.failed, "session") << dead.json;
  EXPECT_EQ(dead.code, 19);
}

TEST_F(Doctor, SignsInWithoutTheUserIfTheSettingsSayHow) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto password = pintle_.secret_file("password", "\xef\xbb\xbfpractice\r\n");
  const auto user = pintle_.secret_file("user", "ada");
  const auto found =
      doctor(url_, {"--secret-file", "password=" + password, "--secret-file", "username=" + user});
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_THAT(found["session"].finding, HasSubstr("ada"));
}

TEST_F(Doctor, AcceptsALargeSessionCookieAndASessionOfTheUrl) {
  pintle_.install(OAUTH_PLUGIN);
  auto options = cookie_gate();
  options.access_token_bytes = 4'500;
  begin(std::move(options));
  sign_in();
  const auto by_url = doctor(url_);
  EXPECT_EQ(by_url.code, 0) << by_url.json;
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  const auto by_name = doctor("work");
  EXPECT_EQ(by_name.code, 0) << by_name.json;
  EXPECT_THAT(by_name["session"].finding, HasSubstr("ada"));
}

TEST_F(Doctor, NamesWhatIsWrongWithTheCertificate) {
  struct Row {
    practice::Certificate certificate;
    bool trusts;
    const char* says;
    const char* advises;
  };
  constexpr Row kRows[] = {
      {practice::Certificate::expired, true, "expired on", "Renew it"},
      {practice::Certificate::not_yet_valid, true, "not valid before", "Set the clock"},
      {practice::Certificate::wrong_name, true, "it names another.example", "requires a sign-in"},
      {practice::Certificate::valid, false, "issuer that is not trusted", "intermediate"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.says);
    auto options = over_tls(token_gate());
    options.certificate = row.certificate;
    begin(std::move(options));
    const auto found =
        doctor(row.trusts ? std::vector<std::string>{"--ca-file", gateway_->ca_file()}
                          : std::vector<std::string>{});
    EXPECT_EQ(found.failed, "tls") << found.json;
    EXPECT_EQ(found.code, 14);
    EXPECT_THAT(found["tls"].finding, HasSubstr(row.says));
    EXPECT_THAT(found["tls"].hint, HasSubstr(row.advises));
    EXPECT_THAT(found["tls"].facts, AllOf(HasSubstr("issuer: CN = Pintle practice authority"),
                                          HasSubstr("valid until: 20"), HasSubstr("names: ")));
    EXPECT_TRUE(gateway_->request_log().requests().empty()) << "nothing was sent";
  }
}

TEST_F(Doctor, ShowsTheTlsThatWasAgreed) {
  begin(over_tls(token_gate()));
  const auto found = doctor({"--ca-file", gateway_->ca_file()});
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_THAT(found["tls"].finding, AllOf(HasSubstr("TLSv1.3"), HasSubstr("127.0.0.1")));
  EXPECT_THAT(found["tls"].facts, HasSubstr("names: 127.0.0.1, ::1, localhost"));
}

TEST_F(Doctor, NamesTheOtherSchemeOfAPort) {
  begin();
  const auto secure = doctor(at_port("https://127.0.0.1"));
  EXPECT_EQ(secure.failed, "tls") << secure.json;
  EXPECT_EQ(secure.code, 10);
  EXPECT_THAT(secure["tls"].hint, HasSubstr("http:// instead"));
  begin(over_tls(token_gate()));
  const auto plain = doctor(at_port("http://127.0.0.1"));
  EXPECT_EQ(plain.failed, "http") << plain.json;
  EXPECT_EQ(plain.code, 10);
  EXPECT_THAT(plain["http"].hint, HasSubstr("https:// instead"));
}

TEST_F(Doctor, NamesAServerThatClosesWithoutAWord) {
  // As node and uvicorn do with a TLS hello.
  ScriptedServer silent([](ScriptedPeer& peer) {
    if (peer.read_request().starts_with("HEAD")) peer.send(answer("200 OK", ""));
  });
  const auto found = doctor(silent.url("https"));
  EXPECT_EQ(found.failed, "tls") << found.json;
}

TEST_F(Doctor, NamesAClientCertificateThatTheServerRequires) {
  const auto authority = make_authority();
  const auto tls = make_server_tls(make_certificate({}, &authority));
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.start_tls(tls)) peer.read_request();
  });
  const TemporaryFile ca_file(pem_of(authority));
  const auto found = doctor(server.url("https"), {"--ca-file", ca_file.path()});
  // With TLS 1.3 the refusal comes with the first answer.
  EXPECT_EQ(found.warned, "tls") << found.json;
  EXPECT_EQ(found.failed, "http");
  EXPECT_EQ(found.code, 14);
  EXPECT_THAT(found["http"].finding, HasSubstr("client certificate"));
}

TEST_F(Doctor, NamesTheNameThatHasNoAddressAndThePortWhereNobodyListens) {
  const auto unknown = doctor("http://no-such-host.invalid");
  EXPECT_EQ(unknown.failed, "name") << unknown.json;
  EXPECT_EQ(unknown.code, 11);
  EXPECT_THAT(doctor("http://box.local")["name"].hint, HasSubstr("mDNS"));
  begin();
  gateway_->stop();
  const auto refused = doctor();
  EXPECT_EQ(refused.failed, "tcp") << refused.json;
  EXPECT_EQ(refused.code, 12);
  EXPECT_EQ(refused.verdict("store"), "ok") << "it needs no gateway";
}

TEST_F(Doctor, TriesBothAddressesOfLocalhost) {
  begin();
  const auto found = doctor(at_port("http://localhost"), with_credential({}));
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_THAT(found["name"].finding, HasSubstr("127.0.0.1, ::1"));
  EXPECT_THAT(found["tcp"].facts, AllOf(HasSubstr("IPv4: 127.0.0.1 in "), HasSubstr("IPv6: ::1 ")));
}

TEST_F(Doctor, NamesTheProxy) {
  begin();
  const std::string behind = "http://gateway.corp.example:9119";
  ScriptedServer refusing([](ScriptedPeer& peer) {
    if (!peer.read_request().empty()) peer.send(answer("403 Forbidden", "no"));
  });
  const auto refused = doctor(behind, {"--proxy", refusing.url()});
  EXPECT_EQ(refused.failed, "proxy") << refused.json;
  EXPECT_EQ(refused.code, 13);
  EXPECT_THAT(refused["proxy"].finding, HasSubstr("refused a tunnel to gateway.corp.example:9119"));
  EXPECT_THAT(refused["proxy"].hint, HasSubstr("administrator"));
  ScriptedServer ntlm([](ScriptedPeer& peer) {
    if (peer.read_request().empty()) return;
    peer.send(answer("407 Proxy Authentication Required", "",
                     "Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n"));
  });
  const auto asked = doctor(behind, {"--proxy", ntlm.url()});
  EXPECT_EQ(asked.failed, "proxy") << asked.json;
  EXPECT_THAT(asked["proxy"].finding, HasSubstr("NTLM"));
  gateway_->stop();
  const auto dead = doctor(behind, {"--proxy", at_port("http://127.0.0.1")});
  EXPECT_EQ(dead.failed, "tcp") << dead.json;
  EXPECT_EQ(dead.code, 13) << "it is the proxy that cannot be reached";
  const auto unknown = doctor(behind, {"--proxy", "http://no-such-proxy.invalid:3128"});
  EXPECT_EQ(unknown.failed, "name");
  EXPECT_EQ(unknown.code, 13);
  pintle_.set("http_proxy", refusing.url());
  const auto by_variable = doctor(behind);
  EXPECT_EQ(by_variable.failed, "proxy");
  EXPECT_THAT(by_variable["proxy"].finding, HasSubstr("(http_proxy)"));
}

TEST_F(Doctor, NamesSecretsOverPlainHttpToAnotherMachine) {
  auto options = token_gate();
  options.allowed_hosts = {"box.tail1234.ts.net"};
  begin(std::move(options));
  const ForwardProxy proxy(gateway_->port());
  const std::string box = "http://box.tail1234.ts.net:9119";
  const auto refused = doctor(box, with_credential({"--proxy", proxy.url()}));
  EXPECT_EQ(refused.failed, "scheme") << refused.json;
  EXPECT_EQ(refused.code, 10);
  EXPECT_THAT(refused["scheme"].hint, HasSubstr("--allow-plain-http"));
  const auto allowed = doctor(box, with_credential({"--proxy", proxy.url(), "--allow-plain-http"}));
  EXPECT_EQ(allowed.code, 0) << allowed.json;
  EXPECT_EQ(allowed.verdict("proxy"), "ok");
  EXPECT_EQ(allowed.verdict("settings"), "warning");
}

TEST_F(Doctor, NamesAnAccessProxyAndACaptivePortal) {
  auto options = token_gate();
  options.access_proxy = {Header::parse("CF-Access-Client-Secret", "sesame-open-0123456789")};
  begin(std::move(options));
  const auto walled = doctor();
  EXPECT_EQ(walled.failed, "intermediary") << walled.json;
  EXPECT_THAT(walled["intermediary"].finding, HasSubstr("Cloudflare Access"));
  EXPECT_THAT(walled["intermediary"].hint, HasSubstr("--headers-file"));
  const auto headers =
      pintle_.secret_file("headers", "CF-Access-Client-Secret: sesame-open-0123456789\n");
  const auto passed = doctor({"--headers-file", headers});
  EXPECT_EQ(passed.code, 0) << passed.json;
  EXPECT_THAT(passed.json, Not(HasSubstr("sesame")));
  begin();
  gateway_->set_faults({Fault(FaultKind::html, "/", -1)});
  const auto portal = doctor();
  EXPECT_EQ(portal.failed, "intermediary");
  EXPECT_THAT(portal["intermediary"].finding, HasSubstr("Sign in to the network"));
}

TEST_F(Doctor, NamesAGatewayThatMovedAndOneAboveThePastedPage) {
  begin();
  gateway_->set_faults(
      {Fault(FaultKind::redirect, "/api/status", -1, 0, "https://www.gateway.example/api/status")});
  const auto moved = doctor();
  EXPECT_EQ(moved.failed, "intermediary") << moved.json;
  EXPECT_THAT(moved["intermediary"].hint, HasSubstr("Use that URL: https://www.gateway.example"));
  auto options = token_gate();
  options.serves_pages = true;
  begin(std::move(options));
  const auto page = doctor(url_ + "/chat/x");
  EXPECT_EQ(page.failed, "probe") << page.json;
  EXPECT_EQ(page.code, 10);
  EXPECT_THAT(page["probe"].hint, HasSubstr("Use that URL: " + url_ + "."));
}

TEST_F(Doctor, WarnsOfAClockThatIsWrong) {
  for (const std::int64_t offset_ms : {3'600'000LL, -3'600'000LL}) {
    auto options = token_gate();
    options.date_offset_ms = offset_ms;
    begin(std::move(options));
    const auto found = doctor();
    EXPECT_EQ(found.code, 0) << found.json;
    EXPECT_EQ(found.warned, "clock");
    EXPECT_THAT(found["clock"].finding,
                HasSubstr(offset_ms > 0 ? "60 min behind" : "60 min ahead of"));
    EXPECT_THAT(found["clock"].hint, HasSubstr("timedatectl"));
  }
}

TEST_F(Doctor, WarnsOfAGatewayThatSendsNoReady) {
  auto options = token_gate();
  options.ready = practice::Ready::silent;
  begin(std::move(options));
  const auto found = doctor();
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_EQ(found.warned, "ready");
  EXPECT_EQ(found.verdict("ping"), "ok");
}

TEST_F(Doctor, NamesAStoreThatCannotBeUsed) {
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto state = pintle_.home() / "state";
  std::filesystem::create_directories(state);
  write_text(state / "pintle", "a file where the folder should be");
  const auto found = doctor(url_);
  EXPECT_EQ(found.failed, "store") << found.json;
  EXPECT_EQ(found.code, 24);
  EXPECT_THAT(found["store"].hint, Not(testing::IsEmpty()));
  // A token from the settings works without it.
  begin();
  const auto warned = doctor();
  EXPECT_EQ(warned.code, 0) << warned.json;
  EXPECT_EQ(warned.warned, "store");
}

TEST_F(Doctor, NamesSettingsThatCannotBeUsed) {
  const std::vector<std::vector<std::string>> lines = {
      {"127.0.0.1:9119"},
      {"http:/127.0.0.1:9119"},
      {"http://::1:9119"},
      {"http://[fe80::1%25]:9119"},
      {"no-such-name"},
      {"http://127.0.0.1:9119", "--proxy", "http://me:secret@127.0.0.1:3128"},
      {"http://127.0.0.1:9119", "--headers-file", "/nonexistent"},
      {"https://127.0.0.1:9119", "--ca-file", "/nonexistent"},
  };
  for (const auto& line : lines) {
    SCOPED_TRACE(line.back());
    const auto found = doctor(line[0], {line.begin() + 1, line.end()});
    EXPECT_EQ(found.failed, "settings") << found.json;
    EXPECT_EQ(found.code, 10);
    EXPECT_EQ(found.steps.size(), 17U);
    EXPECT_THAT(found["settings"].hint, Not(testing::IsEmpty()));
    EXPECT_THAT(found["settings"].hint + found["settings"].finding, Not(HasSubstr("secret@")));
  }
  EXPECT_THAT(doctor("127.0.0.1:9119")["settings"].hint, HasSubstr("http://127.0.0.1:9119"));
}

TEST_F(Doctor, WarnsOfATokenThatEveryUserCanRead) {
  begin();
  std::filesystem::permissions(token_file_, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto found = doctor();
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_EQ(found.warned, "settings");
}

TEST_F(Doctor, ShowsASavedConnectionAndTheDefaultGateway) {
  begin();
  ASSERT_EQ(add_home().code, 0);
  const auto found = doctor("home");
  EXPECT_EQ(found.code, 0) << found.json;
  EXPECT_THAT(found["settings"].finding, HasSubstr("connection home"));
  ASSERT_EQ(pintle_.run({"use", "home"}).code, 0);
  EXPECT_EQ(pintle_.run({"doctor"}).code, 0);
}

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

TEST_F(Doctor, EndsTheTlsStepWithinTheTimeout) {
  // Takes the TLS hello for a request and waits for its end, as a plain server may.
  ScriptedServer silent([](ScriptedPeer& peer) { peer.wait_until_left(); });
  const auto found = doctor(silent.url("https"), {"--timeout", "1"});
  EXPECT_EQ(found.failed, "tls") << found.json;
  EXPECT_EQ(found.code, 14);
  EXPECT_THAT(found["tls"].finding, MatchesRegex(".* not finished within (1000|[0-9]{1,3}) ms"));
  EXPECT_EQ(silent.connections(), 1) << "no time is left for a second one";
}

TEST_F(Doctor, NamesAnotherProtocol) {
  ScriptedServer ssh([](ScriptedPeer& peer) {
    if (peer.send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")) peer.wait_until_left();
  });
  const auto secure = doctor(ssh.url("https"));
  EXPECT_EQ(secure.failed, "tls") << secure.json;
  EXPECT_EQ(secure.code, 10);
  EXPECT_THAT(secure["tls"].finding, HasSubstr("speaks SSH, not https"));
  const auto plain = doctor(ssh.url("http"));
  EXPECT_EQ(plain.failed, "http") << plain.json;
  EXPECT_THAT(plain["http"].finding, HasSubstr("speaks SSH, not http"));
  ScriptedServer mail([](ScriptedPeer& peer) {
    if (peer.send("220 mail.example ESMTP\r\n")) peer.wait_until_left();
  });
  EXPECT_THAT(doctor(mail.url("https"))["tls"].finding,
              HasSubstr("speaks another protocol than https"));
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

}  // namespace
}  // namespace pintle::test
