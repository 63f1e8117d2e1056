// SPDX-License-Identifier: Apache-2.0
//
// `pintle doctor` names what is wrong between it and the gateway: names, ports, proxies, TLS.

#include <string>
#include <utility>
#include <vector>

#include "doctor_fixture.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

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

TEST_F(Doctor, ShowsTheClientCertificateAndWhatTheServerAccepts) {
  const auto authority = make_authority("Doctor authority");
  constexpr long kLongSeconds = 90L * 24 * 3600;
  CertificateWish lasting;
  lasting.ends_in_seconds = kLongSeconds;
  const auto tls = make_server_tls(make_certificate(lasting, &authority));
  test::require_client(tls, authority);
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (peer.start_tls(tls)) peer.read_request();
  });
  const TemporaryFile ca_file(pem_of(authority));
  CertificateWish wish;
  wish.common_name = "jo";
  const struct {
    long ends_in_seconds;
    const char* verdict;
    const char* says;
  } kTable[] = {{kLongSeconds, "ok", "TLSv1.3"},
                {3600, "warning", "the client certificate expires on"},
                {-60, "warning", "the client certificate expired on"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.says);
    wish.ends_in_seconds = row.ends_in_seconds;
    const auto jo = make_certificate(wish, &authority);
    const auto file = pintle_.secret_file("jo.pem", pem_of(jo) + test::key_pem_of(jo));
    const auto found = doctor(server.url("https"), {"--ca-file", ca_file.path(), "--cert", file});
    EXPECT_EQ(found.verdict("settings"), "ok");
    EXPECT_EQ(found.verdict("tls"), row.verdict);
    EXPECT_THAT(found["tls"].finding, HasSubstr(row.says)) << found.json;
    EXPECT_THAT(found["tls"].facts, HasSubstr("client certificate: requested, shown"));
    EXPECT_THAT(found["tls"].facts, HasSubstr("accepted issuer: CN = Doctor authority"));
    EXPECT_THAT(found["tls"].facts, HasSubstr("client: CN = jo"));
  }
  const auto missing =
      doctor(server.url("https"), {"--ca-file", ca_file.path(), "--cert", "/nonexistent.pem"});
  EXPECT_EQ(missing.failed, "tls");
  EXPECT_EQ(missing.code, 10);
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

}  // namespace
}  // namespace pintle::test
