// SPDX-License-Identifier: Apache-2.0
#include "live/exit_guard.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <openssl/crypto.h>

namespace pintle::live {
namespace {

std::atomic<int> exit_guard{0};

void wait_for_them() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  // Nothing of the standard library's that may be gone already is waited on.
  while (exit_guard.load() > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

ExitGuard::ExitGuard() {
  // What is registered last is run first: OpenSSL's own must be there before. Asked for nothing, it
  // would not be.
  static const bool kRegistered =
      ::OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr) == 1 &&
      std::atexit(wait_for_them) == 0;
  static_cast<void>(kRegistered);
}

ExitGuard::~ExitGuard() {
  if (begun_) --exit_guard;
}

void ExitGuard::begin() noexcept {
  if (begun_) return;
  begun_ = true;
  ++exit_guard;
}

}  // namespace pintle::live
