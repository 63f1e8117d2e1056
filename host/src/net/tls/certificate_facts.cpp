// SPDX-License-Identifier: Apache-2.0
#include "net/tls/certificate_facts.h"

#include <algorithm>
#include <arpa/inet.h>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <pintle/core/text/printable.h>

namespace pintle::net {
namespace {

constexpr int kMaxCertificates = 10;
constexpr int kMaxNames = 20;

std::string text_of(const GENERAL_NAME& name) {
  if (name.type != GEN_DNS && name.type != GEN_IPADD) return "";
  const ASN1_STRING* raw = name.type == GEN_DNS ? name.d.dNSName : name.d.iPAddress;
  const auto* data = ASN1_STRING_get0_data(raw);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(raw));
  if (name.type == GEN_DNS) {
    return printable(std::string_view(reinterpret_cast<const char*>(data), size));
  }
  char text[INET6_ADDRSTRLEN] = "";
  if (size == 4) ::inet_ntop(AF_INET, data, text, sizeof text);
  if (size == 16) ::inet_ntop(AF_INET6, data, text, sizeof text);
  return text;
}

std::int64_t unix_ms(const ASN1_TIME* time) {
  std::tm utc{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1) return 0;
  return static_cast<std::int64_t>(::timegm(&utc)) * 1000;
}

}  // namespace

std::string text_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE) < 0) return "?";
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return printable(std::string_view(data, static_cast<std::size_t>(size)));
}

std::string text_of(const ASN1_TIME* time) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
  if (!out || time == nullptr || ASN1_TIME_print(out.get(), time) != 1) return "?";
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return printable(std::string_view(data, static_cast<std::size_t>(size)));
}

std::vector<std::string> names_in(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::vector<std::string> found;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty()) found.push_back(std::move(text));
  }
  return found;
}

CertificateFacts facts_of(X509* certificate) {
  return {text_of(X509_get_subject_name(certificate)), text_of(X509_get_issuer_name(certificate)),
          names_in(certificate), unix_ms(X509_get0_notBefore(certificate)),
          unix_ms(X509_get0_notAfter(certificate))};
}

std::vector<CertificateFacts> facts_of(const STACK_OF(X509) * chain) {
  std::vector<CertificateFacts> facts;
  const int count = chain == nullptr ? 0 : std::min(sk_X509_num(chain), kMaxCertificates);
  facts.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) facts.push_back(facts_of(sk_X509_value(chain, i)));
  return facts;
}

std::vector<std::string> texts_of(const STACK_OF(X509_NAME) * names) {
  std::vector<std::string> texts;
  const int count = names == nullptr ? 0 : std::min(sk_X509_NAME_num(names), kMaxNames);
  texts.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) texts.push_back(text_of(sk_X509_NAME_value(names, i)));
  return texts;
}

TlsFacts facts_of(SSL* ssl) {
  return {SSL_get_version(ssl), SSL_get_cipher_name(ssl), facts_of(SSL_get_peer_cert_chain(ssl))};
}

}  // namespace pintle::net
