// SPDX-License-Identifier: Apache-2.0
#include "live/exit_guard.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <openssl/crypto.h>
#include <simdjson.h>

namespace pintle::live {
namespace {

std::atomic<int> exit_guard{0};

void wait_for_them() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  // Waits on no object of the standard library: it may be destroyed already.
  while (exit_guard.load() > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Its first use makes what it destroys at exit: a dial that was in progress called a pure virtual
// function there.
bool has_simdjson_begun() {
  simdjson::dom::parser parser;
  return parser.allocate(64) == simdjson::SUCCESS;
}

}  // namespace

ExitGuard::ExitGuard() {
  // Handlers run in reverse order of registration: OpenSSL and simdjson must register their own
  // before. OpenSSL would not without an option.
  static const bool kRegistered =
      ::OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr) == 1 &&
      has_simdjson_begun() && std::atexit(wait_for_them) == 0;
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
