// SPDX-License-Identifier: Apache-2.0
//
// The inside of a Connection: its credentials and requests (connection_parts.cpp), its gateway
// (connection_probe.cpp), its WebSockets (connection_dial.cpp, connection_live.cpp), its sign-in
// (connection_sign_in.cpp), and when it renews (renewal.cpp).

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <pintle/connection.h>

#include "base/cancellable_mutex.h"
#include "base/single_flight.h"
#include "connection/host_parts.h"
#include "live/opener.h"
#include "net/transport.h"
#include "scheme/operation_runner.h"
#include "scheme/scheme_instance.h"
#include "session/session_keeper.h"

namespace pintle {

struct Connection::Parts : std::enable_shared_from_this<Connection::Parts> {
  Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given);

  /// Asks the gateway, and remembers what it said (gateway_search.cpp, both).
  Probe probe(const std::stop_token& cancel);
  FoundGateway find_gateway(const std::stop_token& cancel);
  loading::Choice choose_for(const Probe& found);
  loading::Choice choose(const std::stop_token& cancel);
  /// Asks the gateway if the scheme was chosen by what it said in an earlier run.
  void confirm(const std::stop_token& cancel);
  OperationOutcome resolve(const std::string& url, const std::stop_token& cancel, bool& may_renew);
  HttpResponse call(HttpRequest request, const std::stop_token& cancel,
                    const BodyStreams& streams = {});
  std::optional<live::Opened> try_dial(const LiveOptions& options, const std::stop_token& cancel,
                                       bool& may_renew, OperationOutcome& resolved,
                                       HttpResponse& refused);
  live::Opened dial(const LiveOptions& options, const std::stop_token& cancel);
  bool is_chosen() const noexcept { return ready_.load(std::memory_order_acquire) != nullptr; }
  std::uint64_t credential_version();
  /// Somebody signed in here: live connections that wait for it dial.
  void credential_changed();
  void forget_idle() { transport_.close_idle(); }
  LiveConnection live(LiveOptions options, LiveCallbacks callbacks);
  SignInFacts facts(const std::stop_token& cancel);
  SignInFacts sign_in(const SignInOptions& options, SignInUi& ui, const std::stop_token& cancel);
  std::string sign_out(const std::stop_token& cancel);
  // sign_out.cpp: asks the gateway nothing before, so that it works without one.
  std::string sign_out_of_stored(const std::stop_token& cancel);
  std::optional<Error> store_trouble() const;
  std::string store_note() const;

  const ConnectionSettings settings;

 private:
  // A request's credential, and the auth that it came from and that its answer goes to.
  struct Ready {
    std::shared_ptr<CurrentInstance> held;
    SchemeInstance::Decorated decorated;

    bool is(const Ready& other) const {
      return held == other.held && decorated.credential == other.decorated.credential;
    }
  };
  struct Asking {
    RequestKind kind;
    const std::string& method;
    const std::string& target;
  };

  // What the gateway's answers made of the connection. Lives as long as the connection, for whoever
  // is at work with it.
  struct Chosen {
    Probe probe;
    loading::Choice choice;
    std::unique_ptr<SessionKeeper> keeper{};
  };

  // connection_probe.cpp
  ProbeCache* cache() const;
  Probe probe_at(const GatewayUrl& url, const std::stop_token& cancel);
  std::unique_ptr<Chosen> make_chosen(Probe found);
  std::unique_ptr<Chosen> choose_from_cache();
  Chosen& chosen(const std::stop_token& cancel);
  SessionKeeper& keeper(const std::stop_token& cancel);
  bool ask_anew(const Chosen& based_on, const std::stop_token& cancel);
  // The choice that nothing but the cache stands for so far; null if there is none.
  const Chosen* unconfirmed(const std::stop_token& cancel);

  // connection_dial.cpp
  live::Opened dial_once(const LiveOptions& options, const std::stop_token& cancel);

  HttpResponse call_once(HttpRequest request, const std::stop_token& cancel,
                         const BodyStreams& streams = {});
  // What a sink took cannot be taken back; what a source gave must be given anew.
  static bool may_repeat(const BodyStreams& streams, const HttpResponse& response);
  // Any credential that is not known to be dead, though it may have lapsed.
  Ready credential(const Asking& asking, const std::stop_token& cancel);
  // One that holds, renewed if its end is near. `may_renew` is false afterwards if it was: a call
  // or a dial uses what it was given before anything doubts it, however short its life is.
  Ready decorate(const Asking& asking, const std::stop_token& cancel, bool& may_renew);
  void sign_in_quietly(const std::shared_ptr<CurrentInstance>& held, const std::stop_token& cancel);
  OperationOutcome run(const std::shared_ptr<CurrentInstance>& held,
                       const OperationArguments& arguments, const std::stop_token& cancel,
                       SessionKeeper::Writing writing);

  // renewal.cpp
  enum class Due { no, soon, now };
  Due due(const Ready& ready, RequestKind kind);
  bool is_outdated(const Ready& used) const;
  bool renew(const Ready& ready, Due how_soon, const std::stop_token& cancel);
  void renew_in_flight(const std::stop_token& stop);
  void pause_renewal(std::int64_t pause_ms, std::optional<Error> failure);

  net::ExchangeLimits limits(const std::stop_token& cancel) const;
  CancellableMutex::Guard turn(const std::stop_token& cancel);
  std::int64_t now_ms() const { return host_->options.now_ms(); }

  Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given,
        net::TransportSettings made);

  std::shared_ptr<HostParts> host_;
  const std::string route_;  // to the gateway, for the cache
  net::Transport transport_;
  const std::shared_ptr<SessionStore> store_;  // may be null

  CancellableMutex sign_in_mutex_{"a sign-in"};
  // Never while a user is waited for. An auth has one operation at a time; also guards what
  // follows.
  CancellableMutex operation_{"another operation"};
  std::unique_ptr<Chosen> chosen_;
  std::unique_ptr<Chosen> outdated_;  // was chosen by the cache, and the gateway is another by now
  std::atomic<const Chosen*> unconfirmed_{nullptr};
  std::atomic<Chosen*> ready_{nullptr};  // chosen_ once it is there: no lock for a request

  struct Renewal {
    std::shared_ptr<CurrentInstance> held;  // whose credential is to be renewed, and which
    std::uint64_t credential = 0;
    std::uint64_t change = 0;  // of the auth, at which it was seen first
    std::int64_t lead_ms = 0;  // how long before its end
    std::int64_t upgrade_lead_ms = 0;
    std::int64_t not_before_ms = 0;
    std::optional<Error> failure{};  // of the last try
  };
  std::mutex renewal_mutex_;
  Renewal renewal_;

  static constexpr std::chrono::seconds kLookEvery{2};
  std::mutex lives_mutex_;  // guards what follows
  std::vector<std::weak_ptr<LiveConnection::Parts>> lives_;
  std::uint64_t credential_version_ = 0;
  std::uint64_t files_changed_ = 0;  // of those that hold a secret
  net::TimePoint looked_at_{};

  SingleFlight flight_;  // last, so that it ends before what it uses
};

}  // namespace pintle
