// SPDX-License-Identifier: Apache-2.0
#include <fstream>
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

using test::answer;
using test::CertificateWish;
using test::error_of;
using test::key_pem_of;
using test::make_authority;
using test::make_certificate;
using test::make_server_tls;
using test::pem_of;
using test::pkcs12_of;
using test::require_client;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TemporaryFile;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kPassphrase = "open sesame";

/// A server that requires a certificate of an authority, and answers with the client's name.
class ClientCertificateOf : public testing::Test {
 protected:
  static test::Identity client(const std::string& name, const test::Identity& issuer) {
    CertificateWish wish;
    wish.common_name = name;
    wish.names = "";
    return make_certificate(wish, &issuer);
  }
  test::ServerTls server_tls(int version = TLS1_3_VERSION) {
    auto tls = make_server_tls(make_certificate({}, &authority_));
    SSL_CTX_set_max_proto_version(tls.get(), version);
    return tls;
  }
  ScriptedServer::Script serving(test::ServerTls tls, std::string ending = "") {
    return [this, tls = std::move(tls), ending = std::move(ending)](ScriptedPeer& peer) {
      if (!peer.start_tls(tls)) return;
      resumed_.push_back(peer.tls_session_was_reused());
      while (!peer.read_request().empty()) {
        peer.send(answer("200 OK", peer.client_name(), ending));
        if (!ending.empty()) break;
      }
      peer.end_tls();
    };
  }
  TransportSettings settings(const ScriptedServer& server, const std::string& certificate,
                             const std::string& key = "", const char* passphrase = nullptr) {
    TransportSettings made{.gateway = GatewayUrl::parse(server.url("https"))};
    made.ca_file = ca_file_.path();
    ClientCertificateSettings client{certificate, key};
    if (passphrase != nullptr) {
      client.passphrase = [this, passphrase](const std::stop_token&) {
        ++passphrases_read_;
        return Secret(passphrase);
      };
    }
    made.client_certificate = std::make_shared<ClientCertificate>(std::move(client));
    return made;
  }

  test::Identity authority_ = make_authority("Client authority");
  TemporaryFile ca_file_{pem_of(authority_)};
  test::Identity jo_ = client("jo", authority_);
  std::vector<bool> resumed_;
  int passphrases_read_ = 0;
};

TEST_F(ClientCertificateOf, IsShownFromEveryFormOfFile) {
  const TemporaryFile certificate(pem_of(jo_));
  const TemporaryFile key(key_pem_of(jo_));
  const TemporaryFile locked(key_pem_of(jo_, kPassphrase));
  const TemporaryFile both(key_pem_of(jo_) + pem_of(jo_) + pem_of(authority_));
  const TemporaryFile issuer_first(pem_of(authority_) + pem_of(jo_) + key_pem_of(jo_));
  const TemporaryFile pkcs12(pkcs12_of(jo_, authority_, kPassphrase));
  const TemporaryFile open_pkcs12(pkcs12_of(jo_, authority_, ""));
  const struct {
    std::string certificate;
    std::string key;
    int passphrases;
  } kTable[] = {
      {certificate.path(), key.path(), 0},
      {certificate.path(), locked.path(), 1},
      {both.path(), "", 0},
      {issuer_first.path(), "", 0},
      {pkcs12.path(), "", 1},
      {open_pkcs12.path(), "", 0},
      {pkcs12.path(), key.path(), 1},
  };
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto tls = server_tls(version);
    require_client(tls, authority_);
    ScriptedServer server(serving(tls));
    for (const auto& row : kTable) {
      SCOPED_TRACE(&row - kTable);
      passphrases_read_ = 0;
      Transport transport(settings(server, row.certificate, row.key, kPassphrase));
      EXPECT_EQ(transport.exchange({}).body, "jo");
      EXPECT_EQ(passphrases_read_, row.passphrases);
    }
  }
}

TEST_F(ClientCertificateOf, NamesAFileThatIsUnusable) {
  const TemporaryFile certificate(pem_of(jo_));
  const TemporaryFile key(key_pem_of(jo_));
  const TemporaryFile other_key(key_pem_of(client("other", authority_)));
  const TemporaryFile locked(key_pem_of(jo_, "another passphrase"));
  const TemporaryFile pkcs12(pkcs12_of(jo_, authority_, "another passphrase"));
  const TemporaryFile empty("");
  const TemporaryFile text("not a certificate\n");
  const TemporaryFile torn(pem_of(jo_) +
                           "-----BEGIN CERTIFICATE-----\nAAAA\n"
                           "-----END CERTIFICATE-----\n");
  const TemporaryFile torn_key("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  const struct {
    std::string certificate;
    std::string key;
    const char* passphrase;
    const char* says;
  } kTable[] = {
      {"/nonexistent.pem", "", nullptr, "/nonexistent.pem cannot be read: no such file"},
      {"/tmp", "", nullptr, "not a regular file"},
      {empty.path(), "", nullptr, "neither PEM nor PKCS#12"},
      {text.path(), "", nullptr, "neither PEM nor PKCS#12"},
      {torn.path(), key.path(), nullptr, "invalid certificate after 1 valid"},
      {key.path(), "", nullptr, "contains no certificate"},
      {certificate.path(), "", nullptr, "contains no private key"},
      {certificate.path(), "/nonexistent.key", nullptr, "/nonexistent.key cannot be read"},
      {certificate.path(), torn_key.path(), nullptr, "has an invalid private key"},
      {certificate.path(), other_key.path(), nullptr, "has no certificate for the key"},
      {certificate.path(), locked.path(), nullptr, "is encrypted, and no passphrase is given"},
      {certificate.path(), locked.path(), kPassphrase, "the passphrase is wrong"},
      {pkcs12.path(), "", nullptr, "is encrypted, and no passphrase is given"},
      {pkcs12.path(), "", kPassphrase, "the passphrase is wrong"},
  };
  const auto tls = server_tls();
  ScriptedServer server(serving(tls));
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.says);
    Transport transport(settings(server, row.certificate, row.key, row.passphrase));
    const auto error = error_of([&] { return transport.exchange({}); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.what(), HasSubstr(row.says));
    EXPECT_THAT(error.what(), Not(HasSubstr(kPassphrase)));
    EXPECT_TRUE(error.needs_user_action());
    EXPECT_FALSE(error.can_retry());
    EXPECT_FALSE(error.hint().empty());
  }
  EXPECT_EQ(server.connections(), 0) << "found out before the server is bothered";
}

TEST_F(ClientCertificateOf, IsReadAgainAfterARenewalWithAFullHandshake) {
  const TemporaryFile file(pem_of(jo_) + key_pem_of(jo_));
  const auto tls = server_tls();
  require_client(tls, authority_);
  {
    ScriptedServer server(serving(tls, "Connection: close\r\n"));
    Transport transport(settings(server, file.path()));
    EXPECT_EQ(transport.exchange({}).body, "jo");
    EXPECT_EQ(transport.exchange({}).body, "jo");
    const auto renewed = client("renewed", authority_);
    std::ofstream(file.path()) << pem_of(renewed) << key_pem_of(renewed);
    EXPECT_EQ(transport.exchange({}).body, "renewed");
    EXPECT_EQ(transport.exchange({}).body, "renewed");
    // Half of a renewal: its certificate without its key.
    std::ofstream(file.path()) << pem_of(client("half", authority_)) << key_pem_of(renewed);
    EXPECT_EQ(transport.exchange({}).body, "renewed");
  }
  EXPECT_THAT(resumed_, ElementsAre(false, true, false, true, true));
}

TEST_F(ClientCertificateOf, ThatTheServerRefusesNeedsTheUser) {
  const auto stranger = client("stranger", make_authority("Stranger"));
  const TemporaryFile file(pem_of(stranger) + key_pem_of(stranger));
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto tls = server_tls(version);
    require_client(tls, authority_);
    ScriptedServer server(serving(tls));
    Transport transport(settings(server, file.path()));
    const auto error = error_of([&] { return transport.exchange({}); });
    EXPECT_EQ(error.layer(), Layer::tls);
    EXPECT_THAT(error.what(), HasSubstr("refused the client certificate CN = stranger: "));
    EXPECT_THAT(error.what(), HasSubstr("unknown CA"));
    EXPECT_THAT(error.hint(), HasSubstr("--cert"));
    EXPECT_TRUE(error.needs_user_action());
    EXPECT_FALSE(error.needs_sign_in());
    EXPECT_FALSE(error.can_retry());
  }
}

TEST_F(ClientCertificateOf, StaysWithItsGateway) {
  const TemporaryFile file(pem_of(jo_) + key_pem_of(jo_));
  const auto tls = server_tls();
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_id_context(tls.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.get()), authority_.certificate.get());
  ScriptedServer gateway(serving(tls));
  ScriptedServer other(serving(tls));
  Transport transport(settings(gateway, file.path()));
  EXPECT_EQ(transport.exchange({}).body, "jo");
  Transport elsewhere(transport.settings_for(GatewayUrl::parse(other.url("https"))));
  EXPECT_THAT(elsewhere.exchange({}).body, IsEmpty());
  Transport again(transport.settings_for(GatewayUrl::parse(gateway.url("https") + "/below")));
  EXPECT_EQ(again.exchange({}).body, "jo");
}

}  // namespace
}  // namespace pintle::net
