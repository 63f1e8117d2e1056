// SPDX-License-Identifier: Apache-2.0
#include "practice/state/random.h"

#include <array>
#include <cstdint>
#include <deque>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <pintle/core/base/error.h>

#include "base/mutex.h"

namespace pintle::practice {
namespace {

constexpr std::size_t kMaxSecrets = 1'000;

struct Secrets {
  Mutex mutex;
  std::deque<std::string> last PINTLE_GUARDED_BY(mutex);
};

Secrets& secrets() {
  static Secrets of_this_process;
  return of_this_process;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 6) {
      have -= 6;
      out += kAlphabet[(bits >> have) & 63];
    }
  }
  if (have > 0) out += kAlphabet[(bits << (6 - have)) & 63];
  return out;
}

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(raw.size())) != 1) {
    throw Error(Layer::config, "the system gives no random numbers");
  }
  auto token = base64url(raw);
  if (bytes == kSecretBytes) note_secret(token);
  return token;
}

void note_secret(std::string_view text) {
  if (text.empty()) return;
  auto& all = secrets();
  const MutexLock lock(all.mutex);
  if (all.last.size() == kMaxSecrets) all.last.pop_front();
  all.last.emplace_back(text);
}

std::vector<std::string> recent_secrets() {
  auto& all = secrets();
  const MutexLock lock(all.mutex);
  return {all.last.begin(), all.last.end()};
}

std::string s256(std::string_view text) {
  std::array<char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_sha256(), nullptr) != 1) {
    throw Error(Layer::config, "OpenSSL has no SHA-256");
  }
  return base64url({digest.data(), size});
}

}  // namespace pintle::practice
