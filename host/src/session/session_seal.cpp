// SPDX-License-Identifier: Apache-2.0
#include "session/session_seal.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/base64.h>

#include "base/hex.h"
#include "base/random_bytes.h"

namespace pintle {
namespace {

constexpr std::string_view kFormat = "P1";
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kNameBytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Error bad_ring(const std::string& why) {
  return Error(Layer::config, "the key of the session store " + why)
      .with_user_action()
      .with_hint("Write one key a line, each made by: head -c 32 /dev/urandom | base64");
}

Error cannot_encrypt() { return Error(Layer::store, "cannot encrypt the session"); }

unsigned char* bytes_of(std::string& text, std::size_t at = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A key has one use each: what names records must not help to open them.
std::string derive(std::string_view key, std::string_view use) {
  std::string made(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(use), use.size(),
           bytes_of(made), &size) == nullptr) {
    throw cannot_encrypt();
  }
  made.resize(size);
  return made;
}

Secret derive_secret(std::string_view key, std::string_view use) {
  auto made = derive(key, use);
  return Secret::take(made);
}

// No part of it has a line break.
std::string binding_of(const SessionKey& key) {
  return "pintle session 1\n" + key.connection + "\n" + key.url.text() + "\n" + key.scheme;
}

// Begins to encrypt or to decrypt.
Cipher cipher_for(const Secret& key, std::string_view nonce, std::string_view binding,
                  bool encrypts) {
  Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int size = 0;
  if (!cipher ||
      EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.reveal()),
                        bytes_of(nonce), encrypts ? 1 : 0) != 1 ||
      EVP_CipherUpdate(cipher.get(), nullptr, &size, bytes_of(binding),
                       static_cast<int>(binding.size())) != 1) {
    throw cannot_encrypt();
  }
  return cipher;
}

}  // namespace

KeyRing KeyRing::parse(std::string_view text) {
  KeyRing ring;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    if (ring.keys_.size() == kMaxKeys)
      throw bad_ring("has more than 16 keys, line " + std::to_string(number));
    const auto key = bytes_of_base64(line);
    if (!key || key->size() != kKeyBytes) {
      throw bad_ring("is not 32 bytes in Base64, line " + std::to_string(number));
    }
    auto id = derive(key->reveal(), "pintle key id");
    id.resize(kIdBytes);
    ring.keys_.push_back({std::move(id), derive_secret(key->reveal(), "pintle encryption"),
                          derive_secret(key->reveal(), "pintle names")});
  }
  if (ring.keys_.empty()) throw bad_ring("is empty");
  return ring;
}

std::string KeyRing::name_of(const SessionKey& key) const {
  return hex_of(derive(keys_.back().naming.reveal(), binding_of(key)).substr(0, kNameBytes));
}

std::string KeyRing::seal(const SessionKey& key, const Secret& session) const {
  const auto& with = keys_.front();
  std::string nonce(kNonceBytes, '\0');
  fill_random({bytes_of(nonce), nonce.size()});
  const auto cipher = cipher_for(with.encryption, nonce, binding_of(key), true);
  std::string sealed = std::string(kFormat) + with.id + nonce;
  const auto begin = sealed.size();
  sealed.resize(begin + session.size() + kTagBytes);
  int size = 0;
  int rest = 0;
  if (EVP_CipherUpdate(cipher.get(), bytes_of(sealed, begin), &size, bytes_of(session.reveal()),
                       static_cast<int>(session.size())) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), bytes_of(sealed, begin + session.size()), &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          bytes_of(sealed, begin + session.size())) != 1) {
    throw cannot_encrypt();
  }
  return sealed;
}

const KeyRing::Key* KeyRing::key_of(std::string_view sealed) const {
  if (!sealed.starts_with(kFormat) ||
      sealed.size() < kFormat.size() + kIdBytes + kNonceBytes + kTagBytes) {
    return nullptr;
  }
  const auto id = sealed.substr(kFormat.size(), kIdBytes);
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == id; });
  return found == keys_.end() ? nullptr : &*found;
}

bool KeyRing::has_key_of(std::string_view sealed) const { return key_of(sealed) != nullptr; }

std::optional<Secret> KeyRing::open(const SessionKey& key, std::string_view sealed) const {
  const auto* const with = key_of(sealed);
  if (with == nullptr) return std::nullopt;
  sealed.remove_prefix(kFormat.size() + kIdBytes);
  const auto nonce = sealed.substr(0, kNonceBytes);
  auto tag = std::string(sealed.substr(sealed.size() - kTagBytes));
  sealed = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  const auto cipher = cipher_for(with->encryption, nonce, binding_of(key), false);
  std::string opened(sealed.size() + 1, '\0');
  int size = 0;
  int rest = 0;
  const bool is_whole =
      EVP_CipherUpdate(cipher.get(), bytes_of(opened), &size, bytes_of(sealed),
                       static_cast<int>(sealed.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), bytes_of(opened, sealed.size()), &rest) == 1;
  if (!is_whole) {
    wipe(opened);
    return std::nullopt;
  }
  opened.resize(sealed.size());
  return Secret::take(opened);
}

}  // namespace pintle
