// The inside of a Connection.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <pintle/connection.h>

#include "auth.h"
#include "host_parts.h"
#include "live/opener.h"
#include "net/transport.h"
#include "one_at_a_time.h"
#include "operation.h"
#include "session_keeper.h"
#include "single_flight.h"

namespace pintle {

struct Connection::Parts : std::enable_shared_from_this<Connection::Parts> {
  Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given);

  Probe probe(const std::stop_token& cancel);                // gateway_search.cpp
  FoundGateway find_gateway(const std::stop_token& cancel);  // gateway_search.cpp
  loading::Choice choose_for(const Probe& found);
  loading::Choice choose(const std::stop_token& cancel);
  HttpResponse call(HttpRequest request, const std::stop_token& cancel);
  OperationOutcome resolve(const std::string& url, const std::stop_token& cancel);
  std::optional<live::Opened> try_dial(const LiveOptions& options, const std::stop_token& cancel,
                                       OperationOutcome& resolved, HttpResponse& refused);
  live::Opened dial(const LiveOptions& options, const std::stop_token& cancel);
  bool is_chosen() const noexcept { return ready_.load(std::memory_order_acquire) != nullptr; }
  std::uint64_t credential_version();
  /// Somebody signed in here: live connections that wait for it dial.
  void credential_changed();
  void forget_idle() { transport_.close_idle(); }
  LiveConnection live(LiveOptions options, LiveCallbacks callbacks);
  SignInFacts facts(const std::stop_token& cancel);
  SignInFacts sign_in(const SignInOptions& options, Person& person, const std::stop_token& cancel);
  std::string sign_out(const std::stop_token& cancel);
  std::optional<Error> store_trouble() const;
  std::string store_note() const;

  const ConnectionSettings settings;

 private:
  // A request's credential, and the auth that it came from and that its answer goes to.
  struct Ready {
    std::shared_ptr<HeldAuth> held;
    Auth::Decorated decorated;
  };
  struct Asking {
    RequestKind kind;
    const std::string& method;
    const std::string& target;
  };

  SessionKeeper& keeper(const std::stop_token& cancel);
  // Any credential that is not known to be dead, though it may have lapsed.
  Ready credential(const Asking& asking, const std::stop_token& cancel);
  // One that holds, renewed where its end is near.
  Ready decorate(const Asking& asking, const std::stop_token& cancel);
  void sign_in_quietly(const std::shared_ptr<HeldAuth>& held, const std::stop_token& cancel);
  OperationOutcome run(const std::shared_ptr<HeldAuth>& held, const OperationArguments& arguments,
                       const std::stop_token& cancel, SessionKeeper::Writing writing);

  Probe probe_at(const GatewayUrl& url, const std::stop_token& cancel);  // gateway_search.cpp

  // renewal.cpp
  enum class Due { no, soon, now };
  Due due(const Ready& ready, RequestKind kind);
  bool has_lapsed(HeldAuth& held) const;
  bool renew(const Ready& ready, Due how_soon, const std::stop_token& cancel);
  void renew_in_flight(const std::stop_token& stop);
  void pause_renewal(std::int64_t pause_ms, std::optional<Error> failure);

  net::ExchangeLimits limits(const std::stop_token& cancel) const;
  OneAtATime::Turn turn(const std::stop_token& cancel);
  std::int64_t now_ms() const { return host_->options.now_ms(); }

  std::shared_ptr<HostParts> host_;
  net::Transport transport_;
  const std::shared_ptr<SessionStore> store_;  // may be null

  OneAtATime person_{"a sign-in"};
  // Never while a person is waited for. An auth has one operation at a time; also guards what
  // follows.
  OneAtATime operation_{"another operation"};
  std::optional<loading::Choice> choice_;
  std::optional<Probe> probe_;
  std::unique_ptr<SessionKeeper> keeper_;
  std::atomic<SessionKeeper*> ready_{nullptr};  // keeper_ once it is there: no lock for a request

  struct Renewal {
    std::shared_ptr<HeldAuth> held;  // whose credential is to be renewed, and which
    std::uint64_t credential = 0;
    std::int64_t lead_ms = 0;  // how long before its end
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
