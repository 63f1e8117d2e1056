// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <future>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net/transport.h"
#include "support/error_of.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::CertificateWish;
using test::error_of;
using test::make_authority;
using test::make_certificate;
using test::make_server_tls;
using test::pem_of;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TemporaryFile;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// An authority, a server with its certificate, and the file to trust it.
class Tls : public testing::Test {
 protected:
  ScriptedServer::Script serving(const CertificateWish& wish) {
    return serving(make_server_tls(make_certificate(wish, &authority_)));
  }
  ScriptedServer::Script serving(test::ServerTls tls) {
    return [tls = std::move(tls)](ScriptedPeer& peer) {
      if (!peer.start_tls(tls)) return;
      while (!peer.read_request().empty()) peer.send(answer("200 OK", "secure"));
      peer.end_tls();
    };
  }
  TransportSettings settings_for(const ScriptedServer& server,
                                 const std::string& host = "localhost") {
    TransportSettings settings{.gateway = GatewayUrl::parse(server.url("https", host))};
    settings.ca_file = ca_file_.path();
    return settings;
  }

  test::Identity authority_ = make_authority("Pintle test authority");
  TemporaryFile ca_file_{pem_of(authority_)};
};

TEST_F(Tls, ReachesAServerOfATrustedAuthorityByNameAndByAddress) {
  ScriptedServer server(serving(CertificateWish{}));
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    SCOPED_TRACE(host);
    Transport transport(settings_for(server, host));
    EXPECT_EQ(transport.exchange({}).body, "secure");
    EXPECT_EQ(transport.exchange({}).body, "secure");
  }
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(Tls, SaysWhichCheckFailedAndNeverSuggestsToSwitchItOff) {
  CertificateWish expired;
  expired.begins_in_seconds = -7200;
  expired.ends_in_seconds = -3600;
  CertificateWish future;
  future.begins_in_seconds = 3600;
  future.ends_in_seconds = 7200;
  CertificateWish wrong_name;
  wrong_name.names = "DNS:other.example,DNS:*.wild.example,IP:192.0.2.9";
  CertificateWish no_name;
  no_name.common_name = "localhost";
  no_name.names = "";
  const struct {
    CertificateWish wish;
    std::vector<std::string> expected;
  } cases[] = {
      {expired, {"expired on"}},
      {future, {"is not valid before"}},
      {wrong_name,
       {"is for another host", "expected localhost", "other.example, *.wild.example, 192.0.2.9"}},
      {no_name, {"is for another host", "no host name"}},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.expected[0]);
    ScriptedServer server(serving(one.wish));
    Transport transport(settings_for(server));
    const auto e = error_of([&] { return transport.exchange({}); });
    EXPECT_EQ(e.layer(), Layer::tls);
    for (const auto& text : one.expected) EXPECT_THAT(e.what(), HasSubstr(text));
    EXPECT_THAT(e.what(), HasSubstr("localhost:" + std::to_string(server.port())));
    EXPECT_FALSE(e.hint().empty());
    for (const auto* word : {"verif", "insecure", "disable", "skip", "off"}) {
      EXPECT_THAT(e.hint(), Not(HasSubstr(word)));
    }
    EXPECT_TRUE(server.requests().empty());
  }
}

TEST_F(Tls, ChecksAnAddressAgainstTheAddressesInTheCertificate) {
  CertificateWish wish;
  wish.names = "DNS:127.0.0.1,IP:127.0.0.2";
  ScriptedServer server(serving(wish));
  Transport transport(settings_for(server, "127.0.0.1"));
  const auto e = error_of([&] { return transport.exchange({}); });
  EXPECT_EQ(e.layer(), Layer::tls);
  EXPECT_THAT(e.what(), HasSubstr("127.0.0.2"));
}

TEST_F(Tls, ShowsTheNamesOfAHostileCertificateHarmlessly) {
  CertificateWish wish;
  wish.names = "DNS:a\x1b[2Jb";
  ScriptedServer server(serving(wish));
  Transport transport(settings_for(server));
  const std::string message = error_of([&] { return transport.exchange({}); }).what();
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_THAT(message, HasSubstr("another host"));
}

TEST_F(Tls, RefusesAnIssuerThatIsNotTrusted) {
  const auto stranger = make_authority("Stranger");
  const TemporaryFile strange_file(pem_of(stranger));
  ScriptedServer server(serving(CertificateWish{}));
  auto other_file = settings_for(server);
  other_file.ca_file = strange_file.path();
  auto system = settings_for(server);
  system.ca_file = "";
  for (auto* settings : {&other_file, &system}) {
    SCOPED_TRACE(settings->ca_file);
    Transport transport(std::move(*settings));
    const auto e = error_of([&] { return transport.exchange({}); });
    EXPECT_EQ(e.layer(), Layer::tls);
    EXPECT_THAT(e.what(), AllOf(HasSubstr("issuer"), HasSubstr("Pintle test authority")));
    EXPECT_FALSE(e.can_retry());
  }
}

TEST_F(Tls, TrustsTheServersOwnCertificateWhereThatIsTheFile) {
  const auto self_signed = make_certificate({});
  const TemporaryFile file(pem_of(self_signed));
  ScriptedServer server(serving(make_server_tls(self_signed)));
  auto settings = settings_for(server);
  settings.ca_file = file.path();
  EXPECT_EQ(Transport(std::move(settings)).exchange({}).body, "secure");
}

TEST_F(Tls, NamesACaFileThatIsNotUsable) {
  const TemporaryFile empty("");
  const TemporaryFile text("not a certificate\n");
  const TemporaryFile broken(pem_of(authority_) +
                             "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  ScriptedServer server(serving(CertificateWish{}));
  for (const std::string& path : {empty.path(), text.path(), broken.path(),
                                  std::string("/nonexistent/ca.pem"), std::string("/tmp")}) {
    SCOPED_TRACE(path);
    auto settings = settings_for(server);
    settings.ca_file = path;
    const auto e = error_of([&] {
      Transport transport(std::move(settings));
      return 0;
    });
    EXPECT_EQ(e.layer(), Layer::config);
    EXPECT_THAT(e.what(), HasSubstr(path));
  }
}

TEST_F(Tls, EndsAHandshakeThatHangsOrDripsOrBreaks) {
  const struct {
    ScriptedServer::Script script;
    std::string expected;
  } cases[] = {
      {[](ScriptedPeer& peer) { peer.wait_until_left(); }, "not finished within 80 ms"},
      // A handshake record that announces 16,000 bytes, one byte at a time.
      {[](ScriptedPeer& peer) {
         peer.send(std::string_view("\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c\x03\x03", 11));
         peer.drip("x");
       },
       "not finished within 80 ms"},
      {[](ScriptedPeer& peer) { peer.wait_for_a_byte(); }, "the connection ended"},
      {[](ScriptedPeer& peer) {
         peer.wait_for_a_byte();
         peer.reset();
       },
       "the connection ended"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.expected);
    ScriptedServer server(one.script);
    auto settings = settings_for(server);
    settings.connect.tls = 80ms;
    Transport transport(std::move(settings));
    const auto e = error_of([&] { return transport.exchange({}); });
    EXPECT_EQ(e.layer(), Layer::tls);
    EXPECT_THAT(e.what(), HasSubstr(one.expected));
    EXPECT_FALSE(e.needs_sign_in());
  }
}

TEST_F(Tls, IsCancelledInTheHandshake) {
  CancelSource source;
  ScriptedServer server([&](ScriptedPeer& peer) {
    source.request_stop();
    peer.wait_until_left();
  });
  Transport transport(settings_for(server));
  ExchangeLimits limits;
  limits.cancel = source.get_token();
  const auto e = error_of([&] { return transport.exchange({}, limits); });
  EXPECT_THAT(e.what(), HasSubstr("cancelled"));
}

TEST_F(Tls, ResumesTheSessionOnANewConnection) {
  std::promise<bool> reused;
  const auto tls = make_server_tls(make_certificate({}, &authority_));
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (!peer.start_tls(tls)) return;
    if (peer.index() == 1) reused.set_value(peer.tls_session_was_reused());
    peer.read_request();
    peer.send(answer("200 OK", "x", "Connection: close\r\n"));
    peer.end_tls();
  });
  Transport transport(settings_for(server));
  transport.exchange({});
  transport.exchange({});
  EXPECT_TRUE(reused.get_future().get());
}

TEST_F(Tls, NoticesABodyThatEndsWithoutCloseNotify) {
  const auto tls = make_server_tls(make_certificate({}, &authority_));
  for (const bool in_order : {true, false}) {
    SCOPED_TRACE(in_order);
    ScriptedServer server([&](ScriptedPeer& peer) {
      if (!peer.start_tls(tls)) return;
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
      if (in_order) peer.end_tls();
    });
    Transport transport(settings_for(server));
    if (in_order) {
      EXPECT_EQ(transport.exchange({}).body, "until the end");
    } else {
      EXPECT_EQ(error_of([&] { return transport.exchange({}); }).layer(), Layer::tcp);
    }
  }
}

TEST_F(Tls, SurvivesWritingToAConnectionThatWasReset) {
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  std::promise<void> go;
  const auto tls = make_server_tls(make_certificate({}, &authority_));
  ScriptedServer server([&](ScriptedPeer& peer) {
    if (!peer.start_tls(tls)) return;
    peer.read_request();
    peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    go.get_future().wait();
    peer.reset();
  });
  Transport transport(settings_for(server));
  HttpRequest request;
  request.headers.add("Upgrade", "websocket");
  auto upgraded = transport.upgrade(request);
  ASSERT_TRUE(upgraded.stream.has_value());
  go.set_value();
  server.wait_until_none_is_open();
  const auto e = error_of([&] {
    for (;;) upgraded.stream->write_all("frame");
    return 0;
  });
  EXPECT_EQ(e.layer(), Layer::tcp);
}

TEST_F(Tls, GoesThroughATunnelAndChecksTheGatewaysName) {
  const auto script_with = [&](const std::string& names) {
    CertificateWish wish;
    wish.names = names;
    const auto tls = make_server_tls(make_certificate(wish, &authority_));
    return [tls](ScriptedPeer& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\n\r\n");
      if (!peer.start_tls(tls)) return;
      while (!peer.read_request().empty()) peer.send(answer("200 OK", "tunnelled"));
    };
  };
  const struct {
    std::string url;
    std::string names;
    bool good;
  } cases[] = {
      {"https://gateway.test", "DNS:gateway.test", true},
      {"https://gateway.test", "IP:127.0.0.1", false},
      {"https://192.0.2.1", "IP:192.0.2.1", true},
      {"https://192.0.2.1", "IP:127.0.0.1", false},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.url + " " + one.names);
    ScriptedServer proxy(script_with(one.names));
    TransportSettings settings{.gateway = GatewayUrl::parse(one.url)};
    settings.ca_file = ca_file_.path();
    settings.proxies.use(ProxySettings::parse(proxy.url()));
    Transport transport(std::move(settings));
    if (one.good) {
      EXPECT_EQ(transport.exchange({}).body, "tunnelled");
    } else {
      EXPECT_EQ(error_of([&] { return transport.exchange({}); }).layer(), Layer::tls);
    }
  }
}

}  // namespace
}  // namespace pintle::net
