// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "net/system_error_text.h"
#include "net/tls/client_certificate.h"
#include "net/tls/pkcs11_token.h"

namespace pintle::net {
namespace {

using Certificates = std::vector<std::shared_ptr<X509>>;
using Key = std::shared_ptr<EVP_PKEY>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr const char* kForm =
    "Use a PEM file (-----BEGIN CERTIFICATE, its chain below it) or a PKCS#12 file (.p12, .pfx).";

Error unusable(const std::string& file, const std::string& why, const char* hint) {
  return Error(Layer::config,
               "the client certificate cannot be used: " + printable(file) + " " + why)
      .with_user_action()
      .with_hint(hint);
}

/// The bytes of a file; wiped on destruction.
class FileBytes {
 public:
  explicit FileBytes(const std::string& file) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) throw cannot_read(file, system_error_text(errno));
    try {
      read(fd, file);
    } catch (...) {
      ::close(fd);
      wipe(bytes_);
      throw;
    }
    ::close(fd);
  }
  ~FileBytes() { wipe(bytes_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::string_view text() const noexcept { return bytes_; }
  Bio bio() const {
    return {BIO_new_mem_buf(bytes_.data(), static_cast<int>(bytes_.size())), &BIO_free_all};
  }

 private:
  static Error cannot_read(const std::string& file, const std::string& why) {
    return unusable(file, "cannot be read: " + why, "Check the path and the file's permissions.");
  }
  void read(int fd, const std::string& file) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      throw cannot_read(file, "it is not a regular file");
    }
    bytes_.resize(kMaxBytes + 1);  // at once: growing would leave copies of the key
    std::size_t size = 0;
    while (size < bytes_.size()) {
      const auto got = ::read(fd, bytes_.data() + size, bytes_.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw cannot_read(file, system_error_text(errno));
      if (got == 0) break;
      size += static_cast<std::size_t>(got);
    }
    if (size > kMaxBytes) throw cannot_read(file, "it is larger than 1 MiB");
    bytes_.resize(size);
  }

  std::string bytes_;
};

/// The passphrase, which is read only if a file turns out to need it.
class Passphrase {
 public:
  Passphrase(const ClientCertificateSettings& settings, const std::stop_token& cancel)
      : settings_(settings), cancel_(cancel) {}

  const Secret& of(const std::string& file) {
    if (!settings_.passphrase) {
      const bool is_token = is_pkcs11_uri(file);
      throw unusable(
          file,
          is_token ? "needs a PIN, and none is given" : "is encrypted, and no passphrase is given",
          is_token ? "Pass the PIN with --cert-passphrase-file FILE or "
                     "--cert-passphrase-command COMMAND."
                   : "Pass the passphrase with --cert-passphrase-file FILE or "
                     "--cert-passphrase-command COMMAND.");
    }
    if (!secret_) secret_ = settings_.passphrase(cancel_);
    return *secret_;
  }

 private:
  const ClientCertificateSettings& settings_;
  const std::stop_token& cancel_;
  std::optional<Secret> secret_;
};

Error wrong_passphrase(const std::string& file) {
  return unusable(file, "cannot be decrypted: the passphrase is wrong, or the file is damaged",
                  "Check the source of the passphrase; try it with: openssl pkey -in FILE -noout.");
}

Certificates certificates_in(const FileBytes& pem, const std::string& file) {
  Certificates found;
  const auto in = pem.bio();
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
    found.emplace_back(one, &X509_free);
  }
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    throw unusable(file,
                   "has an invalid certificate after " + std::to_string(found.size()) +
                       " valid "
                       "ones",
                   kForm);
  }
  if (found.empty()) throw unusable(file, "contains no certificate", kForm);
  return found;
}

struct KeyRequest {
  const Secret* passphrase = nullptr;
  bool was_asked = false;
};

int give_passphrase(char* to, int size, int, void* data) {
  auto& request = *static_cast<KeyRequest*>(data);
  request.was_asked = true;
  if (request.passphrase == nullptr) return -1;
  const auto text = request.passphrase->reveal();
  if (size < 0 || text.size() > static_cast<std::size_t>(size)) return -1;
  text.copy(to, text.size());
  return static_cast<int>(text.size());
}

Key try_key(const FileBytes& pem, KeyRequest& request) {
  const auto in = pem.bio();
  ERR_clear_error();
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_passphrase, &request), &EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

Key key_in(const FileBytes& pem, const std::string& file, Passphrase& passphrase) {
  if (pem.text().find("PRIVATE KEY-----") == std::string_view::npos) {
    throw unusable(file, "contains no private key",
                   "Pass the file with the key (PEM, -----BEGIN PRIVATE KEY) with --key FILE.");
  }
  KeyRequest request;
  if (auto key = try_key(pem, request)) return key;
  if (!request.was_asked) {
    throw unusable(file, "has an invalid private key",
                   "Use a key in the PEM form (-----BEGIN PRIVATE KEY).");
  }
  request.passphrase = &passphrase.of(file);
  if (auto key = try_key(pem, request)) return key;
  throw wrong_passphrase(file);
}

/// The algorithms of older PKCS#12 files, such as those of macOS, while it lives.
class LegacyAlgorithms {
 public:
  LegacyAlgorithms() : legacy_(OSSL_PROVIDER_try_load(nullptr, "legacy", 1)) {}
  ~LegacyAlgorithms() {
    if (legacy_ != nullptr) OSSL_PROVIDER_unload(legacy_);
  }
  LegacyAlgorithms(const LegacyAlgorithms&) = delete;
  LegacyAlgorithms& operator=(const LegacyAlgorithms&) = delete;

 private:
  OSSL_PROVIDER* legacy_;
};

struct Parts {
  Certificates certificates;
  Key key;
};

Parts parts_of_pkcs12(const FileBytes& bytes, const std::string& file, Passphrase& passphrase) {
  ERR_clear_error();
  const auto in = bytes.bio();
  const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> whole(d2i_PKCS12_bio(in.get(), nullptr),
                                                              &PKCS12_free);
  ERR_clear_error();
  if (!whole) throw unusable(file, "is neither PEM nor PKCS#12", kForm);
  const LegacyAlgorithms legacy;
  std::string text;
  const bool is_open =
      PKCS12_verify_mac(whole.get(), nullptr, 0) == 1 || PKCS12_verify_mac(whole.get(), "", 0) == 1;
  if (!is_open) text = passphrase.of(file).reveal();
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  STACK_OF(X509)* others = nullptr;
  const bool good = PKCS12_parse(whole.get(), text.c_str(), &key, &own, &others) == 1;
  wipe(text);
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  Parts parts;
  if (key != nullptr) parts.key = Key(key, &EVP_PKEY_free);
  if (own != nullptr) parts.certificates.emplace_back(own, &X509_free);
  for (int i = 0; i < sk_X509_num(others); ++i) {
    parts.certificates.emplace_back(sk_X509_value(others, i), &X509_free);
  }
  sk_X509_free(others);
  if (!good) {
    if (ERR_GET_REASON(last) == ERR_R_UNSUPPORTED) {
      throw unusable(file, "uses an encryption that OpenSSL does not support here",
                     "Convert it: openssl pkcs12 -legacy -in FILE -out NEW.pem.");
    }
    throw wrong_passphrase(file);
  }
  if (!parts.key) throw unusable(file, "contains no private key", kForm);
  if (parts.certificates.empty()) throw unusable(file, "contains no certificate", kForm);
  return parts;
}

bool is_pem(const FileBytes& bytes) {
  return bytes.text().find("-----BEGIN ") != std::string_view::npos;
}

Key key_at(const std::string& place, Passphrase& passphrase) {
  if (!is_pkcs11_uri(place)) return key_in(FileBytes(place), place, passphrase);
  return key_in_token(place, [&]() -> const Secret& { return passphrase.of(place); });
}

// A URI would keep the PIN in the settings, and show it to other users as an argument.
void check_no_pin(const std::string& place) {
  if (!is_pkcs11_uri(place) || place.find("pin-") == std::string::npos) return;
  throw Error(Layer::config, "the client certificate cannot be used: its URI has a PIN")
      .with_user_action()
      .with_hint("Remove pin-value or pin-source, and pass --cert-passphrase-file FILE.");
}

Parts read_parts(const ClientCertificateSettings& settings, Passphrase& passphrase) {
  const auto& place = settings.certificate;
  const auto& key = settings.key;
  check_no_pin(place);
  check_no_pin(key);
  if (is_pkcs11_uri(place)) {
    return {{certificate_in_token(place)}, key_at(key.empty() ? place : key, passphrase)};
  }
  const FileBytes bytes(place);
  if (!is_pem(bytes)) {
    auto parts = parts_of_pkcs12(bytes, place, passphrase);
    if (!key.empty()) parts.key = key_at(key, passphrase);
    return parts;
  }
  auto certificates = certificates_in(bytes, place);
  return {std::move(certificates),
          key.empty() ? key_in(bytes, place, passphrase) : key_at(key, passphrase)};
}

}  // namespace

ClientIdentityPtr read_client_identity(const ClientCertificateSettings& settings,
                                       const std::stop_token& cancel) {
  Passphrase passphrase(settings, cancel);
  auto parts = read_parts(settings, passphrase);
  auto& all = parts.certificates;
  // Usually the first one, but a file may have its issuer above it.
  const auto own = std::find_if(all.begin(), all.end(), [&](const auto& one) {
    return X509_check_private_key(one.get(), parts.key.get()) == 1;
  });
  ERR_clear_error();
  if (own == all.end()) {
    throw unusable(settings.certificate,
                   "has no certificate for the key" +
                       (settings.key.empty() ? std::string() : " in " + printable(settings.key)),
                   "Pass the key that the certificate was issued for with --key FILE.");
  }
  auto identity = std::make_shared<ClientIdentity>();
  identity->certificate = *own;
  identity->key = parts.key;
  identity->chain = std::shared_ptr<STACK_OF(X509)>(
      sk_X509_new_null(), [](STACK_OF(X509) * chain) { sk_X509_pop_free(chain, &X509_free); });
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (at == own) continue;
    X509_up_ref(at->get());
    sk_X509_push(identity->chain.get(), at->get());
  }
  return identity;
}

}  // namespace pintle::net
