// SPDX-License-Identifier: Apache-2.0
#include "practice/server/tls_identity.h"

#include <fstream>
#include <memory>

#include <Poco/Exception.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::practice {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long kOneDay = 24L * 3600;

void check(bool good, const char* step) {
  if (!good) {
    throw Error(Layer::tls, std::string("the practice certificate can't be made: ") + step);
  }
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  check(key != nullptr, "no key");
  return key;
}

void set_name(X509_NAME* name, const std::string& text) {
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                   0) == 1,
        "the name");
}

void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value), &X509_EXTENSION_free);
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "an extension");
}

// Returns a certificate for `key` with the common fields; extensions and signature are still
// missing.
CertificatePtr begin_certificate(const Key& key, const std::string& subject,
                                 const std::string& issuer) {
  CertificatePtr certificate(X509_new(), &X509_free);
  check(certificate && X509_set_version(certificate.get(), 2) == 1, "no memory");
  unsigned char serial[8];
  check(RAND_bytes(serial, sizeof serial) == 1, "no random numbers");
  std::uint64_t number = 0;
  for (const auto byte : serial) number = (number << 8) | byte;
  check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), number >> 1) == 1,
        "the serial number");
  // Valid since yesterday: the clocks of a container and its host may differ.
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kOneDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 90 * kOneDay);
  set_name(X509_get_subject_name(certificate.get()), subject);
  set_name(X509_get_issuer_name(certificate.get()), issuer);
  check(X509_set_pubkey(certificate.get(), key.get()) == 1, "the public key");
  return certificate;
}

void move_dates(X509* certificate, Certificate kind) {
  if (kind == Certificate::expired) {
    X509_gmtime_adj(X509_getm_notBefore(certificate), -10 * kOneDay);
    X509_gmtime_adj(X509_getm_notAfter(certificate), -kOneDay);
  }
  if (kind == Certificate::not_yet_valid) {
    X509_gmtime_adj(X509_getm_notBefore(certificate), kOneDay);
  }
}

void sign(const CertificatePtr& certificate, const Key& key) {
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "the signature");
}

void require_client(SSL_CTX* context, X509* authority) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  check(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1 &&
            SSL_CTX_add_client_CA(context, authority) == 1,
        "the client's authority");
  static constexpr unsigned char kName[] = "practice";
  SSL_CTX_set_session_id_context(context, kName, sizeof kName - 1);
}

void write_pem(const std::filesystem::path& file, X509* certificate, EVP_PKEY* key = nullptr) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  check(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "the text form");
  check(key == nullptr ||
            PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "the key's text form");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  std::ofstream out(file, std::ios::binary);
  out.write(text, size);
  out.close();
  if (!out) throw Error(Layer::store, printable(file.string()) + " can't be written");
}

Poco::Net::Context::Ptr make_context(const std::string& groups, const CertificatePtr& certificate,
                                     const Key& key) {
  using Poco::Net::Context;
  Context::Ptr context(new Context(Context::TLS_SERVER_USE, "", "", "", Context::VERIFY_NONE));
  context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  auto* raw = context->sslContext();
  check(SSL_CTX_set1_groups_list(raw, groups.c_str()) == 1, "OpenSSL does not know the groups");
  check(SSL_CTX_use_certificate(raw, certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(raw, key.get()) == 1 && SSL_CTX_check_private_key(raw) == 1,
        "the server takes no key");
  return context;
}

}  // namespace

TlsIdentity::TlsIdentity(const std::string& groups, Certificate kind, bool requires_client) {
  const std::string authority_name = "Pintle practice authority";
  const auto authority_key = make_key();
  const auto authority = begin_certificate(authority_key, authority_name, authority_name);
  add_extension(authority.get(), authority.get(), NID_basic_constraints,
                "critical,CA:TRUE,pathlen:0");
  add_extension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
  sign(authority, authority_key);

  const auto key = make_key();
  const auto certificate = begin_certificate(key, "localhost", authority_name);
  add_extension(certificate.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), authority.get(), NID_ext_key_usage, "serverAuth");
  const bool is_other = kind == Certificate::wrong_name;
  add_extension(certificate.get(), authority.get(), NID_subject_alt_name,
                is_other ? "DNS:another.example" : "IP:127.0.0.1,IP:::1,DNS:localhost");
  move_dates(certificate.get(), kind);
  add_extension(certificate.get(), authority.get(), NID_authority_key_identifier, "keyid");
  sign(certificate, authority_key);

  try {
    context_ = make_context(groups, certificate, key);
  } catch (const Poco::Exception& wrong) {
    throw Error(Layer::tls,
                "the practice gateway's TLS can't be set up: " + printable(wrong.displayText()));
  }
  write_pem(ca_file(), authority.get());
  if (!requires_client) return;
  const auto client_key = make_key();
  const auto client = begin_certificate(client_key, "practice client", authority_name);
  add_extension(client.get(), authority.get(), NID_ext_key_usage, "clientAuth");
  sign(client, authority_key);
  write_pem(client_file(), client.get(), client_key.get());
  require_client(context_->sslContext(), authority.get());
}

}  // namespace pintle::practice
