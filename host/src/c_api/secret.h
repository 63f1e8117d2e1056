// SPDX-License-Identifier: Apache-2.0
//
// The answers that callbacks of a C app give, and the secrets that they have.
//
// Threads: a sink belongs to the callback that it was made for, but for `is_cancelled`.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/pintle.h>
#include <pintle/secret_source.h>

#include "base/cancel_event.h"

struct pintle_secret_sink {
  explicit pintle_secret_sink(std::stop_token until, std::size_t max_size = 64 * 1024)
      : cancel(std::move(until)), max(max_size) {}

  const std::stop_token cancel;
  const std::size_t max;  // Bytes.
  std::optional<pintle::Secret> given{};
  bool is_refused = false;
  std::string refusal{};
  std::optional<pintle::CancelEvent> event{};  // Made when the app asks for its descriptor.
};

namespace pintle::c_api {

/// Releases the app's data of its callbacks, if their users exist.
class SecretReleases {
 public:
  using Adopt = std::function<void()>;

  void add(Adopt adopt) { adopts_.push_back(std::move(adopt)); }
  /// The object that reads the secrets exists: from now on it owns the app's `user`s.
  void adopt() const {
    for (const auto& one : adopts_) one();
  }

 private:
  std::vector<Adopt> adopts_{};
};

/// Returns the source of `from` PINTLE_FROM_*. Throws Error(config) if it is invalid; the message
/// does not show `where` of a secret in memory.
SecretSource source_of(const pintle_source& given, SecretReleases& releases);

}  // namespace pintle::c_api
