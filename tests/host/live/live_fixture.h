// SPDX-License-Identifier: Apache-2.0
//
// Live connections to a practice gateway without a gate.
//
// Threads: the test's.

#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <pintle/host.h>

#include "support/practice_host.h"

namespace pintle::test {

inline constexpr std::int64_t kLongMs = 20'000;

/// A practice gateway, and live connections to it.
class Live : public testing::Test {
 protected:
  void begin(practice::Options options = token_gate()) {
    gateway_ = std::make_unique<practice::Gateway>(std::move(options));
    connection_.emplace(
        Host(host_with({&pintle_token})).open(settings_for(*gateway_, token_input(folder_))));
  }

  static LiveOptions quick() {
    LiveOptions options;
    options.initial_backoff_ms = 5;
    options.max_backoff_ms = 50;
    return options;
  }

  LiveConnection ready(LiveOptions options = quick(), LiveCallbacks callbacks = {}) {
    auto live = connection_->live(std::move(options), std::move(callbacks));
    live.wait_until_ready(kLongMs);
    return live;
  }

  /// Returns the next state of that kind; drops what comes before it.
  static std::optional<LiveState> wait_for(LiveConnection& live, LiveState::Kind kind) {
    while (const auto event = live.next(kLongMs)) {
      if (event->kind == LiveEvent::Kind::state && event->state->kind == kind) return *event->state;
    }
    return std::nullopt;
  }

  TemporaryFolder folder_;
  std::unique_ptr<practice::Gateway> gateway_;
  std::optional<Connection> connection_;
};

struct Outcome {
  CallResult::Kind kind{};
  std::string json;
  std::string why;
};

/// Sends a request and returns a promise of its outcome.
inline std::future<Outcome> ask(LiveConnection& live, std::string_view method,
                                std::string_view params, const CallOptions& options = {}) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  auto future = promise->get_future();
  live.request(method, params, options, [promise](const CallResult& result) {
    promise->set_value({result.kind, std::string(result.json),
                        result.error != nullptr ? result.error->what() : ""});
  });
  return future;
}

}  // namespace pintle::test
