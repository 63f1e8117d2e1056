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
#include "net/transport.h"
#include "operation.h"

namespace pintle {

struct Connection::Parts {
  Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given);

  Probe probe(const std::stop_token& cancel);
  loading::Choice choose_for(const Probe& found);
  loading::Choice choose(const std::stop_token& cancel);
  HttpResponse call(HttpRequest request, const std::stop_token& cancel);
  OperationOutcome resolve(const std::string& url, const std::stop_token& cancel);
  std::optional<LiveConnection> try_dial(const LiveOptions& options, const std::stop_token& cancel,
                                         OperationOutcome& resolved, HttpResponse& refused);
  LiveConnection dial(const LiveOptions& options, const std::stop_token& cancel);
  SignInFacts facts(const std::stop_token& cancel);

  const ConnectionSettings settings;

 private:
  Auth& auth(const std::stop_token& cancel);
  Auth::Decorated decorate(RequestKind kind, const std::string& method, const std::string& target,
                           const std::stop_token& cancel);
  void sign_in_quietly(Auth& auth, const std::stop_token& cancel);
  OperationOutcome run(Auth& auth, const OperationArguments& arguments,
                       const std::stop_token& cancel);
  void store_session(Auth& auth);
  void check_latch(const Auth::Decorated& decorated);
  net::ExchangeLimits limits(const std::stop_token& cancel) const;
  std::int64_t now_ms() const { return host_->options.now_ms(); }
  SessionKey session_key(const Auth& auth) const;

  std::shared_ptr<HostParts> host_;
  net::Transport transport_;

  std::mutex operation_;  // an auth has one operation at a time; also guards what follows
  std::optional<loading::Choice> choice_;
  std::optional<Probe> probe_;
  std::unique_ptr<Auth> auth_;
  std::atomic<Auth*> ready_{nullptr};  // auth_ once it is there: requests take no lock for it

  // A dead credential is remembered until it changes: no request is sent with it again.
  struct Latch {
    std::uint64_t credential;
    Error error;
  };
  std::mutex latch_mutex_;
  std::optional<Latch> latch_;
};

}  // namespace pintle
