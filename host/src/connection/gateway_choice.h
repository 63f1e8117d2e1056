// SPDX-License-Identifier: Apache-2.0
//
// The gateway's answers and the scheme chosen from them; what an earlier run cached, and when the
// gateway is asked again (docs/decisions/0013).
//
// Threads: any.

#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

#include <pintle/connection.h>

#include "base/mutex.h"
#include "connection/connection_context.h"
#include "session/session_cache.h"

namespace pintle {

class GatewayChoice {
 public:
  /// The answers of the gateway, and the scheme chosen from them.
  struct Chosen {
    Probe probe;
    loading::Choice choice;
    std::shared_ptr<const GatewayProfile> profile;
    std::unique_ptr<SessionCache> session_cache{};
  };

  /// `context` must outlive this.
  explicit GatewayChoice(ConnectionContext& context) : context_(context) {}

  /// Asks the gateway, and remembers its answers (gateway_search.cpp). Blocks for up to
  /// `request_ms`, however many paths are tried. `probe` throws Error(config) if the gateway is at
  /// another path than the URL's.
  FoundGateway find(const std::stop_token& cancel);
  Probe probe(const std::stop_token& cancel);

  /// Asks at `url` and returns the answers as they came: those of a Hermes gateway, else those that
  /// another profile recognizes, else what `read` throws an Error for. Blocks for up to `limit`
  /// (empty: `request_ms`). Throws if a request is not answered that decides what it is.
  ProbeAnswers ask(const GatewayUrl& url, const std::stop_token& cancel,
                   std::optional<std::chrono::milliseconds> limit = {});
  /// Reads those answers, and remembers them if they are a gateway's. Throws the Error of whoever
  /// answered instead.
  Probe read(const ProbeAnswers& answers, const GatewayUrl& url);

  loading::Choice choose_for(const Probe& found);
  /// Chooses by `found` instead of another probe, unless there is a choice.
  loading::Choice choose_by(Probe found, const std::stop_token& cancel);
  /// Chooses at the first call, from the cache or by a probe.
  loading::Choice choose(const std::stop_token& cancel);
  /// The same, and returns where the sessions of that scheme are stored.
  SessionCache& session_cache(const std::stop_token& cancel);
  /// Chooses as `choose` does, and returns the gateway's profile.
  std::shared_ptr<const GatewayProfile> profile(const std::stop_token& cancel);
  /// The same, for a WebSocket. If the answer of an earlier run says that there is none, asks the
  /// gateway again. Throws Error(config) if the gateway has no WebSocket.
  std::shared_ptr<const GatewayProfile> ws_profile(const std::stop_token& cancel);
  /// Null until a scheme is chosen. Never blocks.
  SessionCache* session_cache_if_chosen() const noexcept;
  bool is_chosen() const noexcept { return session_cache_if_chosen() != nullptr; }

  /// Asks the gateway if the scheme was chosen from the cache of an earlier run.
  void confirm(const std::stop_token& cancel);
  /// Chooses as `choose` does. Returns the choice if it is based only on an earlier run's cache,
  /// else null.
  const Chosen* unconfirmed(const std::stop_token& cancel);
  /// Returns true if the gateway is another than the one that `based_on` was chosen for: what
  /// failed can be tried with another scheme. Throws what the probe and the choice throw.
  bool ask_again(const Chosen& based_on, const std::stop_token& cancel);
  /// The next run asks the gateway.
  void forget_answers();

 private:
  ProbeAnswers ask_hermes(const GatewayUrl& url, const net::ExchangeLimits& bounds);
  Probe to_probe(const ProbeAnswers& answers, const GatewayUrl& url) const;
  void keep_asked(const GatewayUrl& url, std::string text);
  Error with_asked(const Error& error, const GatewayUrl& url);
  // Reads the plugin folders unless it is the built-in one. Throws Error(config) if there is none.
  std::shared_ptr<const GatewayProfile> profile_of(const std::string& id) const;
  loading::Choice choose_for(const Probe& found, const GatewayProfile& profile,
                             const loading::Catalogue& catalogue);
  ProbeCache* cache() const;
  std::unique_ptr<Chosen> make_chosen(Probe found);
  std::unique_ptr<Chosen> choose_from_cache();
  Chosen& chosen(const std::stop_token& cancel);
  void log_choice(const Chosen& made) const;

  ConnectionContext& context_;
  // Both are written only under the operation's lock. They live as long as this, for callers that
  // still use them.
  std::unique_ptr<Chosen> chosen_;
  std::unique_ptr<Chosen> outdated_;  // chosen from the cache, no longer valid
  std::atomic<const Chosen*> unconfirmed_{nullptr};
  std::atomic<Chosen*> ready_{nullptr};  // chosen_ once it is there: a request takes no lock

  // What the profiles got at a URL where none recognized the gateway (ProfileSearch::asked).
  struct Asked {
    std::string url;
    std::string text;
  };
  Mutex asked_mutex_;
  Asked asked_ PINTLE_GUARDED_BY(asked_mutex_);
};

/// True if a gateway that is elsewhere, or the proxy in front of it, can have answered like this.
bool may_be_a_page(const Error& error);

/// True if the response or the failure is a sign that the gateway, or an intermediary, changed.
bool hints_at_change(const HttpResponse& response);
bool hints_at_change(const Error& error);

}  // namespace pintle
