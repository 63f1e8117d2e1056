// SPDX-License-Identifier: Apache-2.0
#include "base/random_bytes.h"

#include <array>

#include <openssl/rand.h>

#include <pintle/core/base/error.h>

namespace pintle {

void fill_random(std::span<unsigned char> bytes) {
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw Error(Layer::config, "cannot generate random bytes");
  }
}

std::int64_t random_below(std::int64_t limit) {
  if (limit <= 0) return 0;
  std::array<unsigned char, 7> bytes{};
  fill_random(bytes);
  std::int64_t number = 0;
  for (const auto byte : bytes) number = number * 256 + byte;
  return number % limit;
}

}  // namespace pintle
