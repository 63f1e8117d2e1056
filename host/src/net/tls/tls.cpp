// SPDX-License-Identifier: Apache-2.0
#include "net/tls/tls.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <pintle/core/base/error.h>
#include <pintle/core/http/wrong_protocol.h>
#include <pintle/core/text/printable.h>

#include "base/sigpipe.h"
#include "net/ip_address.h"
#include "net/system_error_text.h"
#include "net/tls/tls_check.h"

namespace pintle::net {
namespace {

using Poco::Net::Context;
using Poco::Net::SecureStreamSocket;

// The default list begins with X448: a server without it (Go's TLS, so Caddy) requests a retry,
// which costs one more round trip for every new connection.
constexpr char kGroups[] = "X25519:P-256:P-384";

Context::Ptr make_context(const std::string& host, bool host_is_address, X509_STORE* trusted,
                          bool own_trust) {
  Context::Params params;
  params.verificationMode = Context::VERIFY_STRICT;
  params.loadDefaultCAs = false;
  params.cipherList = "DEFAULT:!aNULL:!eNULL";
  params.ecdhCurve = kGroups;
  Context::Ptr made;
  try {
    made = new Context(Context::TLS_CLIENT_USE, params);
  } catch (const Poco::Exception& e) {
    throw Error(Layer::tls, "cannot set up TLS: " + system_error_text(e));
  }
  made->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  SSL_CTX* context = made->sslContext();
  // 21 KB per idle connection instead of 30; and a write that would block may be retried from a
  // buffer that has grown since.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A renegotiated certificate would be checked outside of our handshake.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     &TlsCheck::on_verify);
  SSL_CTX_set_info_callback(context, &TlsCheck::on_info);
  SSL_CTX_set_msg_callback(context, &TlsCheck::on_message);
  SSL_CTX_set_cert_cb(context, &TlsCheck::on_certificate_request, nullptr);
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kHttp11, sizeof kHttp11 - 1);
  // Checks the name with the chain, so that a wrong one fails the handshake. RFC 9525 no longer
  // accepts the subject as a host name.
  X509_VERIFY_PARAM* checks = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      checks, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = host_is_address ? X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str())
                                  : X509_VERIFY_PARAM_set1_host(checks, host.c_str(), 0);
  if (set != 1) {
    throw Error(Layer::config, "cannot verify a certificate for the host " + printable(host));
  }
  SSL_CTX_set1_cert_store(context, trusted);
  // The CA file may contain the server's own certificate, or an issuer that is not a root.
  if (own_trust) X509_VERIFY_PARAM_set_flags(checks, X509_V_FLAG_PARTIAL_CHAIN);
  return made;
}

void use(const ClientIdentity& identity, SSL_CTX* context) {
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context, identity.certificate.get(), identity.key.get(),
                               identity.chain.get(), 1) == 1) {
    return;
  }
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw Error(Layer::config, "the client certificate cannot be used for TLS: " +
                                 std::string(reason == nullptr ? "unknown reason" : reason))
      .with_user_action()
      .with_hint("Use a certificate with a key of 2048 bits (RSA) or 256 bits (EC) or more.");
}

void add_request(TlsFacts& facts, const TlsCheck& check, const ClientIdentityPtr& identity) {
  facts.asks_for_certificate = check.certificate_request().is_asked;
  facts.accepted_issuers = check.accepted_issuers();
  if (identity) facts.client = facts_of(identity->certificate.get());
}

Error handshake_failed(const std::string& peer, const std::string& why) {
  return Error(Layer::tls, "the TLS handshake with " + peer + " failed: " + why)
      .with_hint("Check that the port speaks https with TLS 1.2 or newer.");
}

// OpenSSL reports only as a text what it received instead of a handshake.
Error refused_by_openssl(const std::string& peer, const Poco::Exception& e, const TlsCheck& check) {
  const auto says = [&](const char* text) { return e.message().find(text) != std::string::npos; };
  // The first bytes of another protocol, read as the header of a TLS record.
  if (says("wrong version number") || says("packet length too long") || says("http request")) {
    return not_tls_error(check.first_bytes(), peer);
  }
  if (says("alert no application protocol")) return http2_only_error(peer);
  return handshake_failed(peer, system_error_text(e));
}

}  // namespace

TlsClient::TlsClient(std::string host, const std::string& ca_file) : host_(std::move(host)) {
  host_.resize(std::min(host_.find('%'), host_.size()));  // certificates contain no zone
  // A name with a final dot is the same name in DNS, but certificates never have one.
  if (host_.size() > 1 && host_.back() == '.') host_.pop_back();
  host_is_address_ = ip_address_of(host_).has_value();
  own_trust_ = !ca_file.empty();
  trusted_ = open_trust_store(ca_file);
  start_.context = make_context(host_, host_is_address_, trusted_.get(), own_trust_);
}

TlsClient::Start TlsClient::start_with(const ClientIdentityPtr& identity) {
  const MutexLock lock(mutex_);
  if (identity != start_.identity) {
    auto context = make_context(host_, host_is_address_, trusted_.get(), own_trust_);
    if (identity) use(*identity, context->sslContext());
    start_ = {std::move(context), nullptr, identity};
  }
  return start_;
}

Stream TlsClient::shake_hands(const Poco::Net::StreamSocket& socket, const std::string& peer,
                              Watch& watch, long long limit_ms, const ClientIdentityPtr& identity,
                              TlsFacts* facts) {
  const auto start = start_with(identity);
  SigpipeBlock block;
  TlsCheck check;
  Poco::Net::StreamSocket tcp(socket);
  try {
    // Attached in non-blocking mode, so that Poco leaves the handshake to us: its own would check
    // the proxy's name if the host is an address.
    tcp.setBlocking(false);
    // No server name for an address (RFC 6066 3).
    auto tls = SecureStreamSocket::attach(tcp, host_is_address_ ? "" : host_, start.context,
                                          start.session);
    tcp.setBlocking(true);
    ERR_clear_error();
    errno = 0;
    if (tls.completeHandshake() != 1) throw Poco::Net::SSLConnectionUnexpectedlyClosedException();
    tls.verifyPeerCertificate(host_);
    if (facts != nullptr) {
      *facts = facts_of(check.ssl());
      add_request(*facts, check, identity);
    }
    return Stream(tcp, tls, check.ssl(), peer);
  } catch (const Poco::Exception& e) {
    block.broke();
    ERR_clear_error();
    if (facts != nullptr) {
      facts->chain = check.sent_chain();
      facts->issuer_is_unknown = check.issuer_is_unknown();
      add_request(*facts, check, identity);
    }
    if (check.failed()) throw check.error(peer, host_, own_trust_);
    if (watch.cause() == Watch::Cause::cancelled) {
      throw Error(Layer::tls, "the TLS handshake with " + peer + " was cancelled");
    }
    if (watch.cause() == Watch::Cause::deadline) {
      throw handshake_failed(peer, limit_ms > 0
                                       ? "not finished within " + std::to_string(limit_ms) + " ms"
                                       : "not finished within the time limit of the operation")
          .with_retry()
          .with_timeout();
    }
    const bool broke =
        dynamic_cast<const Poco::Net::SSLConnectionUnexpectedlyClosedException*>(&e) != nullptr ||
        dynamic_cast<const Poco::Net::SSLException*>(&e) == nullptr ||
        e.message().find("unexpected eof") != std::string::npos;
    if (auto refusal = refusal_of(check.certificate_request(), peer)) throw *std::move(refusal);
    if (broke) throw handshake_failed(peer, "the connection ended").with_retry();
    throw refused_by_openssl(peer, e, check);
  }
}

void TlsClient::remember_session(Stream& stream) {
  if (stream.ssl() == nullptr) return;
  auto session = stream.tls()->currentSession();
  const MutexLock lock(mutex_);
  if (SSL_get_SSL_CTX(stream.ssl()) != start_.context->sslContext()) return;
  start_.session = std::move(session);
}

}  // namespace pintle::net
