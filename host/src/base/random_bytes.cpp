// SPDX-License-Identifier: Apache-2.0
#include "base/random_bytes.h"

#include <openssl/rand.h>

#include <pintle/core/base/error.h>

namespace pintle {

void fill_random(std::span<unsigned char> bytes) {
  if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw Error(Layer::config, "cannot generate random bytes");
  }
}

}  // namespace pintle
