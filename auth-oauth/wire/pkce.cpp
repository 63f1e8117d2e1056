// SPDX-License-Identifier: Apache-2.0
#include "wire/pkce.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <pintle/core/base/error.h>

namespace pintle::oauth {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest sha256(std::string_view text) {
  Digest digest{};
  if (::EVP_Digest(text.data(), text.size(), digest.data(), nullptr, ::EVP_sha256(), nullptr) !=
      1) {
    throw Error(Layer::config, "cannot compute SHA-256: this system's OpenSSL failed");
  }
  return digest;
}

// RFC 4648 5, without padding: 32 bytes give 43 characters.
std::string base64url(const Digest& bytes) {
  std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> encoded{};
  ::EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
  std::string text;
  text.reserve(encoded.size());
  for (const auto byte : encoded) {
    if (byte == '=' || byte == '\0') break;
    text += byte == '+' ? '-' : byte == '/' ? '_' : static_cast<char>(byte);
  }
  wipe(reinterpret_cast<char*>(encoded.data()), encoded.size());
  return text;
}

// Derives two independent values from one random value: each is hashed with its purpose.
std::string derive(std::string_view purpose, const std::array<std::uint8_t, 32>& random) {
  std::string input;
  input.reserve(purpose.size() + random.size());
  input.append(purpose).append(reinterpret_cast<const char*>(random.data()), random.size());
  auto digest = sha256(input);
  wipe(input);
  auto text = base64url(digest);
  wipe(reinterpret_cast<char*>(digest.data()), digest.size());
  return text;
}

}  // namespace

std::string challenge_of(std::string_view verifier) { return base64url(sha256(verifier)); }

Pkce make_pkce(const std::array<std::uint8_t, 32>& random) {
  Pkce made;
  auto verifier = derive("pintle code_verifier", random);
  made.challenge = challenge_of(verifier);
  made.verifier = Secret::take(verifier);
  made.state = derive("pintle state", random);
  return made;
}

}  // namespace pintle::oauth
