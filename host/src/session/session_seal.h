// SPDX-License-Identifier: Apache-2.0
//
// Encrypts sessions for a store whose operator must not read them (AES-256-GCM of OpenSSL), with a
// ring of keys, so that a key can be replaced.
//
// Threads: any; a ring does not change.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/session_store.h>

namespace pintle {

class KeyRing {
 public:
  /// Parses a file of keys, one a line: 32 random bytes each, in Base64. The first one encrypts,
  /// each decrypts, and the last one names the records. Throws Error(config), without the text.
  static KeyRing parse(std::string_view text);

  /// Returns a name for the record of `key` that tells nothing of it: 32 hex digits.
  std::string name_of(const SessionKey& key) const;

  /// Returns `session` encrypted, so that it can be opened as that of `key` alone.
  std::string seal(const SessionKey& key, const Secret& session) const;
  /// Returns nullopt if it was changed, is that of another key, or needs a key that is not in the
  /// ring.
  std::optional<Secret> open(const SessionKey& key, std::string_view sealed) const;
  /// True if the ring has the key that `sealed` was encrypted with.
  bool has_key_of(std::string_view sealed) const;

 private:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kIdBytes = 8;
  struct Key {
    std::string id;
    Secret encryption;
    Secret naming;
  };
  const Key* key_of(std::string_view sealed) const;

  std::vector<Key> keys_;
};

}  // namespace pintle
