// SPDX-License-Identifier: Apache-2.0
#include "net/tls/tls_check.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <Poco/String.h>

#include <pintle/core/text/printable.h>

#include "net/tls/certificate_facts.h"

namespace pintle::net {
namespace {

thread_local TlsCheck* current = nullptr;

/// Returns the certificate's names: "a.example, b.example and 3 more".
std::string list_of(const std::vector<std::string>& found) {
  constexpr std::size_t kMaxListed = 5;
  if (found.empty()) return "no host name";
  std::string list;
  for (std::size_t i = 0; i < found.size() && i < kMaxListed; ++i) {
    if (i > 0) list += ", ";
    list += found[i];
  }
  if (found.size() > kMaxListed)
    list += " and " + std::to_string(found.size() - kMaxListed) + " more";
  return list;
}

/// Returns the registered part of a name: the last two labels, or three below a public suffix of
/// two ("co.uk"). A guess without the list of public suffixes, used only to choose a hint.
std::string_view registrable_part(std::string_view name) {
  const auto last = name.rfind('.');
  if (last == std::string_view::npos || last == 0) return name;
  auto begin = name.rfind('.', last - 1);
  if (begin == std::string_view::npos) return name;
  const bool suffix_of_two = name.size() - last == 3 && last - begin <= 4;
  if (suffix_of_two && begin > 0) begin = name.rfind('.', begin - 1);
  return begin == std::string_view::npos ? name : name.substr(begin + 1);
}

/// Returns whether the certificate may be of a server that the user meant: one of its names shares
/// the registered part of `host`. Any other certificate may be from an interceptor.
bool is_of_the_same_owner(const std::vector<std::string>& names, std::string_view host) {
  const auto owned = registrable_part(host);
  return owned.find('.') != std::string_view::npos &&
         std::any_of(names.begin(), names.end(), [&](const auto& name) {
           return Poco::icompare(std::string(registrable_part(name)), std::string(owned)) == 0;
         });
}

bool is_unknown_issuer(int code) {
  return code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
         code == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || code == X509_V_ERR_CERT_UNTRUSTED;
}

void keep(X509*& place, X509* certificate) {
  if (certificate != nullptr) X509_up_ref(certificate);
  X509_free(std::exchange(place, certificate));
}

}  // namespace

TlsCheck::TlsCheck() { current = this; }

TlsCheck::~TlsCheck() {
  current = nullptr;
  X509_free(certificate_);
  X509_free(leaf_);
  sk_X509_pop_free(sent_, &X509_free);
}

int TlsCheck::on_verify(int ok, X509_STORE_CTX* store) {
  if (ok == 0 && current != nullptr) {
    current->code_ = X509_STORE_CTX_get_error(store);
    keep(current->certificate_, X509_STORE_CTX_get_current_cert(store));
    keep(current->leaf_, X509_STORE_CTX_get0_cert(store));
    auto* sent = X509_STORE_CTX_get0_untrusted(store);
    sk_X509_pop_free(current->sent_, &X509_free);
    current->sent_ = sent == nullptr ? nullptr : X509_chain_up_ref(sent);
  }
  return ok;
}

void TlsCheck::on_info(const SSL* ssl, int where, int value) {
  auto* own = const_cast<SSL*>(ssl);  // NOLINT: it was none when made
  if (current != nullptr) current->ssl_ = own;
  if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT) return;
  auto* request = certificate_request_of(own);
  if (request == nullptr) return;
  request->alert = value & 0xff;
  if (current != nullptr) current->request_ = *request;
}

int TlsCheck::on_certificate_request(SSL* ssl, void*) {
  auto* request = certificate_request_of(ssl);
  if (request == nullptr) return 0;
  request->is_asked = true;
  if (const auto* shown = SSL_get_certificate(ssl)) {
    request->shown = text_of(X509_get_subject_name(shown));
  }
  if (current != nullptr) {
    current->request_ = *request;
    current->accepted_issuers_ = texts_of(SSL_get0_peer_CA_list(ssl));
  }
  return 1;
}

void TlsCheck::on_message(int is_written, int, int type, const void* data, std::size_t size, SSL*,
                          void*) {
  if (current == nullptr || is_written != 0 || type != SSL3_RT_HEADER) return;
  auto& first = current->first_bytes_;
  if (first.empty()) first.assign(static_cast<const char*>(data), size);
}

bool TlsCheck::issuer_is_unknown() const noexcept { return is_unknown_issuer(code_); }

Error TlsCheck::error(const std::string& peer, const std::string& host, bool own_trust) const {
  X509* certificate = certificate_ != nullptr ? certificate_ : leaf_;
  if (certificate == nullptr) {
    return Error(Layer::tls, "cannot verify the certificate of " + peer + ": " +
                                 X509_verify_cert_error_string(code_));
  }
  switch (code_) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Error(Layer::tls, "the certificate of " + peer + " expired on " +
                                   text_of(X509_get0_notAfter(certificate)) + " (" +
                                   text_of(X509_get_subject_name(certificate)) + ")")
          .with_hint("Renew it on the server, or set this machine's clock if it is wrong.");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Error(Layer::tls, "the certificate of " + peer + " is not valid before " +
                                   text_of(X509_get0_notBefore(certificate)))
          .with_hint("Set the clock of this machine or of the server, whichever is wrong.");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
      const auto names = names_in(leaf_);
      const auto message = "the certificate of " + peer + " is for another host: expected " +
                           printable(host) + ", but it names " + list_of(names);
      if (code_ == X509_V_ERR_HOSTNAME_MISMATCH && is_of_the_same_owner(names, host)) {
        return Error(Layer::tls, message)
            .with_hint("Use one of these names in the URL, or give the server a certificate for " +
                       printable(host) + ".");
      }
      return Error(Layer::tls, message +
                                   "; something in between may have answered instead, such as a "
                                   "network that requires a sign-in")
          .with_hint(
              "Open a web page in a browser to check whether this network requires a sign-in; if "
              "the server is yours, give it a certificate for " +
              printable(host) + ".");
    }
    default:
      break;
  }
  if (issuer_is_unknown()) {
    return Error(Layer::tls, "the certificate of " + peer + " is from an issuer that is not " +
                                 (own_trust ? "in the CA file" : "trusted on this machine") + ": " +
                                 text_of(X509_get_issuer_name(certificate)))
        .with_hint("If you trust that issuer, pass its certificate with --ca-file.");
  }
  return Error(Layer::tls, "the certificate of " + peer +
                               " was rejected: " + X509_verify_cert_error_string(code_) + " (" +
                               text_of(X509_get_subject_name(certificate)) + ")")
      .with_hint("Install a certificate on the server that passes this check.");
}

}  // namespace pintle::net
