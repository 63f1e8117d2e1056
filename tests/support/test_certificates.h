// SPDX-License-Identifier: Apache-2.0
//
// Certificates created at test time, so that none in the repository can expire.
//
// Threads: values.

#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace pintle::test {

using CertificatePtr = std::shared_ptr<X509>;
using KeyPtr = std::shared_ptr<EVP_PKEY>;

struct Identity {
  CertificatePtr certificate;
  KeyPtr key;
};

struct CertificateWish {
  std::string common_name = "gateway";
  std::string names = "DNS:localhost,IP:127.0.0.1";  ///< Subject alternative names; may be empty.
  long begins_in_seconds = -3600;
  long ends_in_seconds = 3600;
  bool is_authority = false;
};

/// Creates a certificate signed by `issuer`, or self-signed if there is none.
inline Identity make_certificate(const CertificateWish& wish, const Identity* issuer = nullptr) {
  const KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const CertificatePtr certificate(X509_new(), X509_free);
  if (!key || !certificate) throw std::runtime_error("OpenSSL made no key");
  X509* x = certificate.get();
  static long serial = 1;
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x), wish.begins_in_seconds);
  X509_gmtime_adj(X509_getm_notAfter(x), wish.ends_in_seconds);
  X509_set_pubkey(x, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer->certificate.get() : x));
  const auto extend = [&](int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("not an extension: " + value);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, wish.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wish.names.empty()) extend(NID_subject_alt_name, wish.names);
  X509_sign(x, issuer ? issuer->key.get() : key.get(), EVP_sha256());
  return {certificate, key};
}

inline Identity make_authority(const std::string& name = "Test authority") {
  CertificateWish wish;
  wish.common_name = name;
  wish.names = "";
  wish.is_authority = true;
  return make_certificate(wish);
}

/// Returns the server's side of TLS with that identity; connections that share it can resume
/// sessions.
using ServerTls = std::shared_ptr<SSL_CTX>;

inline ServerTls make_server_tls(const Identity& identity) {
  const ServerTls context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  return context;
}

/// Makes the server require a client certificate of `authority`.
inline void require_client(const ServerTls& tls, const Identity& authority) {
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.get()), authority.certificate.get());
  SSL_CTX_add_client_CA(tls.get(), authority.certificate.get());
  SSL_CTX_set_session_id_context(tls.get(), reinterpret_cast<const unsigned char*>("test"), 4);
}

/// A file that is removed with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    char name[] = "/tmp/pintle-test-XXXXXX";
    const int fd = ::mkstemp(name);
    if (fd < 0) throw std::runtime_error("no temporary file");
    path_ = name;
    const bool whole =
        ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    ::close(fd);
    if (!whole) throw std::runtime_error("the temporary file was not written");
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

inline std::string pem_of(const Identity& identity) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
  PEM_write_bio_X509(out.get(), identity.certificate.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

/// Returns the private key, encrypted if there is a passphrase.
inline std::string key_pem_of(const Identity& identity, const std::string& passphrase = "") {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
  PEM_write_bio_PKCS8PrivateKey(out.get(), identity.key.get(),
                                passphrase.empty() ? nullptr : EVP_aes_256_cbc(), passphrase.data(),
                                static_cast<int>(passphrase.size()), nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

/// Returns a PKCS#12 file with the certificate, its key and its issuer.
inline std::string pkcs12_of(const Identity& identity, const Identity& issuer,
                             const std::string& passphrase) {
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> chain(
      sk_X509_new_null(), [](STACK_OF(X509) * one) { sk_X509_free(one); });
  sk_X509_push(chain.get(), issuer.certificate.get());
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> whole(
      PKCS12_create(passphrase.c_str(), "client", identity.key.get(), identity.certificate.get(),
                    chain.get(), 0, 0, 0, 0, 0),
      &PKCS12_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
  i2d_PKCS12_bio(out.get(), whole.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace pintle::test
