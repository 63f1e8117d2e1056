#include "live/left_behind.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <openssl/crypto.h>

namespace pintle::live {
namespace {

std::atomic<int> left_behind{0};

void wait_for_them() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  // Nothing of the standard library's that may be gone already is waited on.
  while (left_behind.load() > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

LeftBehind::LeftBehind() {
  // What is registered last is run first: OpenSSL's own must be there before. Asked for nothing, it
  // would not be.
  static const bool registered =
      ::OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr) == 1 &&
      std::atexit(wait_for_them) == 0;
  static_cast<void>(registered);
}

LeftBehind::~LeftBehind() {
  if (begun_) --left_behind;
}

void LeftBehind::begin() noexcept {
  if (begun_) return;
  begun_ = true;
  ++left_behind;
}

}  // namespace pintle::live
