// SPDX-License-Identifier: Apache-2.0
//
// Ports that speak another protocol than the URL's, and servers with requirements that are not
// supported.

#include <atomic>
#include <string>
#include <vector>

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
using ::testing::HasSubstr;
using ::testing::Not;

class WrongProtocol : public testing::Test {
 protected:
  test::ServerTls server_tls(const std::string& names = "DNS:localhost,IP:127.0.0.1") {
    CertificateWish wish;
    wish.names = names;
    return make_server_tls(make_certificate(wish, &authority_));
  }

  static ScriptedServer::Script serving(test::ServerTls tls) {
    return [tls = std::move(tls)](ScriptedPeer& peer) {
      if (!peer.start_tls(tls)) return;
      while (!peer.read_request().empty()) peer.send(answer("200 OK", "x"));
      peer.end_tls();
    };
  }

  TransportSettings settings(const std::string& url) const {
    TransportSettings made{.gateway = GatewayUrl::parse(url)};
    made.ca_file = ca_file_.path();
    made.lookup = [](const std::string&) {
      return std::vector<Poco::Net::IPAddress>{Poco::Net::IPAddress("127.0.0.1")};
    };
    return made;
  }

  static Error failure(TransportSettings settings, bool first_contact = true) {
    Transport transport(std::move(settings));
    ExchangeLimits limits;
    limits.first_contact = first_contact;
    return error_of([&] { return transport.exchange({}, limits); });
  }

  test::Identity authority_ = make_authority();
  TemporaryFile ca_file_{pem_of(authority_)};
};

TEST_F(WrongProtocol, IsNotGuessedFromAServerThatSaysNothing) {
  // The second connection brings the first bytes of a handshake, and ends in the same way.
  ScriptedServer server([](ScriptedPeer& peer) { peer.read_some_bytes(); });
  const auto error = failure(settings(server.url()));
  EXPECT_EQ(error.layer(), Layer::tcp);
  EXPECT_THAT(std::string(error.what()), Not(HasSubstr("https")));
}

TEST_F(WrongProtocol, IsHttpsOnAPortThatWasAskedOverHttp) {
  const auto tls = server_tls();
  const ScriptedServer::Script scripts[] = {
      serving(tls),  // Closes without a response.
      [](ScriptedPeer& peer) {
        peer.wait_for_a_byte();
        peer.send(std::string_view("\x15\x03\x01\x00\x02\x02\x46", 7));
      }};
  for (const auto& script : scripts) {
    ScriptedServer server(script);
    const auto error = failure(settings(server.url()));
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.what(), HasSubstr("speaks https"));
    EXPECT_FALSE(error.can_retry());
  }
}

TEST_F(WrongProtocol, IsHttpsAlsoWithACertificateThatIsRefused) {
  ScriptedServer server(serving(server_tls("DNS:elsewhere.example")));
  EXPECT_THAT(failure(settings(server.url())).what(), HasSubstr("speaks https"));
}

TEST_F(WrongProtocol, IsHttpOnAPortThatWasAskedOverHttps) {
  const ScriptedServer::Script scripts[] = {
      [](ScriptedPeer& peer) {
        peer.wait_for_a_byte();
        peer.send(answer("400 Bad Request", ""));
      },
      // Waits for the end of a request, and never finds one in a handshake.
      [](ScriptedPeer& peer) {
        while (!peer.read_request().empty()) peer.send(answer("200 OK", ""));
      }};
  for (const auto& script : scripts) {
    ScriptedServer server(script);
    auto made = settings(server.url("https"));
    made.connect.tls = 80ms;
    const auto error = failure(std::move(made));
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.what(), HasSubstr("speaks http,"));
    EXPECT_FALSE(error.can_retry());
  }
}

TEST_F(WrongProtocol, IsSshOrAnother) {
  ScriptedServer ssh([](ScriptedPeer& peer) {
    if (peer.send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")) peer.wait_until_left();
  });
  for (const char* scheme : {"http", "https"}) {
    const auto error = failure(settings(ssh.url(scheme)));
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.what(), HasSubstr(std::string("speaks SSH, not ") + scheme));
    EXPECT_FALSE(error.can_retry());
  }
  ScriptedServer mail([](ScriptedPeer& peer) {
    if (peer.send("220 mail.example ESMTP\r\n")) peer.wait_until_left();
  });
  const auto error = failure(settings(mail.url("https")));
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.what(), HasSubstr("speaks another protocol than https"));
}

TEST_F(WrongProtocol, IsTestedForATimeThatTheConnectionAllows) {
  EXPECT_EQ(other_scheme_limit(20us), 1s);
  EXPECT_EQ(other_scheme_limit(150ms), 1500ms);
  EXPECT_EQ(other_scheme_limit(2s), 3s);
}

TEST_F(WrongProtocol, IsNotSuspectedOfAServerThatOnlyFails) {
  ScriptedServer broken([](ScriptedPeer& peer) { peer.wait_for_a_byte(); });
  EXPECT_EQ(failure(settings(broken.url())).layer(), Layer::tcp);
  EXPECT_EQ(failure(settings(broken.url("https"))).layer(), Layer::tls);
}

TEST_F(WrongProtocol, CostsNoConnectionOnceTheServerIsKnown) {
  ScriptedServer server(serving(server_tls()));
  EXPECT_EQ(failure(settings(server.url()), false).layer(), Layer::tcp);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(WrongProtocol, IsHttp2Alone) {
  const auto tls = server_tls();
  SSL_CTX_set_alpn_select_cb(
      tls.get(),
      [](SSL*, const unsigned char**, unsigned char*, const unsigned char*, unsigned, void*) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
      },
      nullptr);
  ScriptedServer by_alpn(serving(tls));
  ScriptedServer by_frames([](ScriptedPeer& peer) {
    peer.wait_for_a_byte();
    peer.send(std::string_view("\0\0\0\x04\0\0\0\0\0", 9));
  });
  for (const auto& url : {by_alpn.url("https"), by_frames.url()}) {
    const auto error = failure(settings(url));
    EXPECT_EQ(error.layer(), Layer::tls);
    EXPECT_THAT(error.what(), HasSubstr("refuses HTTP/1.1"));
    EXPECT_FALSE(error.can_retry());
  }
}

TEST_F(WrongProtocol, SaysThatTheServerAsksForAClientCertificate) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto tls = server_tls();
    SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_max_proto_version(tls.get(), version);
    ScriptedServer server(serving(tls));
    const auto error = failure(settings(server.url("https")));
    EXPECT_EQ(error.layer(), Layer::tls);
    EXPECT_THAT(error.what(), HasSubstr("requires a client certificate"));
    EXPECT_FALSE(error.can_retry());
    EXPECT_TRUE(error.needs_user_action());
  }
}

TEST_F(WrongProtocol, LetsAServerAskForACertificateThatItDoesNotNeed) {
  const auto tls = server_tls();
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER, nullptr);
  // A server that requires certificates resumes no session without one.
  SSL_CTX_set_session_id_context(tls.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  // Answers once and then ends the kept-alive connection, as after an idle time.
  ScriptedServer server([tls](ScriptedPeer& peer) {
    if (!peer.start_tls(tls)) return;
    peer.read_request();
    peer.send(answer("200 OK", "x"));
    if (peer.index() == 0) peer.read_request();
    peer.end_tls();
  });
  Transport transport(settings(server.url("https")));
  EXPECT_EQ(transport.exchange({}).status, 200);
  EXPECT_EQ(transport.exchange({}).status, 200) << "repeated on a new connection";
}

TEST_F(WrongProtocol, AdvisesToUseTheNameOfACertificateOnlyIfItMayBeTheSameOwners) {
  const struct {
    const char* host;
    const char* names;
    bool same_owner;
  } kTable[] = {
      {"gateway.example", "DNS:www.gateway.example", true},
      {"very.old.gateway.example", "DNS:*.GATEWAY.example", true},
      {"gw.shop.co.uk", "DNS:www.shop.co.uk", true},
      {"gw.shop.co.uk", "DNS:portal.hotel.co.uk", false},
      {"gateway.example", "DNS:portal.hotel.example", false},
      {"localhost", "DNS:portal.hotel.example", false},
      {"127.0.0.1", "DNS:portal.hotel.example,IP:192.168.0.1", false},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::string(row.host) + " " + row.names);
    ScriptedServer server(serving(server_tls(row.names)));
    const auto error = failure(settings(server.url("https", row.host)));
    EXPECT_EQ(error.layer(), Layer::tls);
    EXPECT_THAT(error.what(), HasSubstr("is for another host"));
    if (row.same_owner) {
      EXPECT_THAT(error.hint(), HasSubstr("Use one of these names"));
    } else {
      EXPECT_THAT(error.what(), HasSubstr("may have answered instead"));
      EXPECT_THAT(error.hint(), Not(HasSubstr("these names")));
    }
  }
}

}  // namespace
}  // namespace pintle::net
