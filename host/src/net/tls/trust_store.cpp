// SPDX-License-Identifier: Apache-2.0
#include "net/tls/trust_store.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <string_view>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"
#include "net/system_error_text.h"

namespace pintle::net {
namespace {

TrustStore make_store() {
  TrustStore store(X509_STORE_new(), &X509_STORE_free);
  if (!store) throw Error(Layer::tls, "cannot set up TLS: out of memory");
  return store;
}

/// True for "1b0f7e5c.0": OpenSSL finds an issuer in such a folder by the hash of its name.
bool is_hashed_name(std::string_view name) {
  return name.size() >= 10 && name[8] == '.' &&
         std::all_of(name.begin(), name.begin() + 8,
                     [](unsigned char c) { return std::isxdigit(c); });
}

bool is_hashed_folder(const char* path) {
  constexpr int kMoreThanAFewOfOnesOwn = 20;
  const auto close = [](DIR* one) { ::closedir(one); };
  const std::unique_ptr<DIR, decltype(close)> folder(::opendir(path), close);
  int count = 0;
  while (folder && count < kMoreThanAFewOfOnesOwn) {
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    if (is_hashed_name(entry->d_name)) ++count;
  }
  return count == kMoreThanAFewOfOnesOwn;
}

TrustStore open_system_store() {
  auto store = make_store();
  const bool own_file = std::getenv(X509_get_default_cert_file_env()) != nullptr;
  const bool own_folder = std::getenv(X509_get_default_cert_dir_env()) != nullptr;
  if (own_file || own_folder || !is_hashed_folder(X509_get_default_cert_dir())) {
    X509_STORE_set_default_paths(store.get());
  } else {
    // The folder has the same certificates as the file, but is read one issuer at a time.
    X509_LOOKUP* lookup = X509_STORE_add_lookup(store.get(), X509_LOOKUP_hash_dir());
    if (lookup != nullptr) X509_LOOKUP_add_dir(lookup, nullptr, X509_FILETYPE_DEFAULT);
  }
  ERR_clear_error();
  return store;
}

Error not_usable(const std::string& ca_file, const std::string& why) {
  return Error(Layer::config, "the CA file " + printable(ca_file) + " " + why)
      .with_hint("Use a file with the issuer's certificate as PEM (-----BEGIN CERTIFICATE).");
}

TrustStore read_store(const std::string& ca_file) {
  errno = 0;
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(ca_file.c_str(), "re"),
                                                                &std::fclose);
  if (!file) throw not_usable(ca_file, "cannot be read: " + system_error_text(errno));
  auto store = make_store();
  ERR_clear_error();
  int count = 0;
  for (;;) {
    const std::unique_ptr<X509, decltype(&X509_free)> one(
        PEM_read_X509_AUX(file.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!one) break;
    X509_STORE_add_cert(store.get(), one.get());
    ++count;
  }
  const auto last = ERR_peek_last_error();
  ERR_clear_error();
  if (std::ferror(file.get()) != 0) throw not_usable(ca_file, "cannot be read");
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    throw not_usable(ca_file,
                     "has an invalid certificate after " + std::to_string(count) + " valid ones");
  }
  if (count == 0) throw not_usable(ca_file, "contains no certificate");
  return store;
}

}  // namespace

TrustStore open_trust_store(const std::string& ca_file) {
  if (!ca_file.empty()) return read_store(ca_file);
  static Mutex mutex;
  static std::weak_ptr<X509_STORE> shared;
  const MutexLock lock(mutex);
  auto store = shared.lock();
  if (!store) shared = store = open_system_store();
  return store;
}

}  // namespace pintle::net
