// SPDX-License-Identifier: Apache-2.0
#include "connection/credentials/credential_renewal.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>

#include "scheme/operation_runner.h"

namespace pintle {
namespace {

// A request goes on with what it has if the end is this near, and one of them renews it: a tenth of
// the credential's life as it was first seen, at most this. Milliseconds, as all that follows.
constexpr std::int64_t kMaxLeadMs = 5'000;
// An operation that takes long must not find its credential lapsed on the way, and renew it
// without the machine's lock: half of the life, at most this. With more than half, a credential of
// a short life would be due as soon as it is given.
constexpr std::int64_t kMaxUpgradeLeadMs = 30'000;
constexpr std::int64_t kPauseAfterFailureMs = 1'000;
constexpr std::int64_t kMaxPauseMs = 60'000;
constexpr std::int64_t kPauseAfterNothingMs = 15'000;
constexpr std::int64_t kMaxLockWaitMs = 30'000;

}  // namespace

CredentialRenewal::CredentialRenewal(ConnectionContext& context, GatewayChoice& choice)
    : context_(context),
      choice_(choice),
      flight_([this](const std::stop_token& stop) { renew_in_flight(stop); }) {}

CredentialRenewal::Due CredentialRenewal::due(const Credential& credential, RequestKind kind) {
  const auto until = credential.decorated.valid_until_ms;
  if (until == 0) return Due::no;
  const auto now = context_.now_ms();
  const MutexLock lock(mutex_);
  if (renewal_.instance != credential.instance ||
      renewal_.credential != credential.decorated.credential) {
    // Another thread has already seen its successor.
    if (renewal_.instance == credential.instance && credential.decorated.change < renewal_.change) {
      return now < until ? Due::no : Due::now;
    }
    const auto life = std::max<std::int64_t>(until - now, 0);
    renewal_ = {.instance = credential.instance,
                .credential = credential.decorated.credential,
                .change = credential.decorated.change,
                .lead_ms = std::min(life / 10, kMaxLeadMs),
                .upgrade_lead_ms = std::min(life / 2, kMaxUpgradeLeadMs)};
  }
  const auto lead = kind == RequestKind::upgrade ? renewal_.upgrade_lead_ms : renewal_.lead_ms;
  if (now < until - lead) return Due::no;
  if (now >= renewal_.not_before_ms) return now >= until ? Due::now : Due::soon;
  // It was tried just now. A valid credential is used, an expired one is not sent.
  if (now >= until && renewal_.failure) throw *renewal_.failure;
  return Due::no;
}

// Returns false if the request should use its current credential.
bool CredentialRenewal::renew(const Credential& credential, Due how_soon,
                              const std::stop_token& cancel) {
  try {
    if (how_soon == Due::now) {
      flight_.run(cancel);
      return true;
    }
    return flight_.run_unless_running(cancel);
  } catch (const Error& error) {
    const bool is_valid = context_.now_ms() < credential.decorated.valid_until_ms;
    if (error.needs_sign_in() || cancel.stop_requested() || !is_valid) throw;
    return false;
  }
}

void CredentialRenewal::renew_in_flight(const std::stop_token& stop) {
  const auto turn = context_.take_operation(stop);
  auto& sessions = *choice_.session_cache_if_chosen();
  std::shared_ptr<SessionLock> machine;
  try {
    machine = sessions.lock(
        static_cast<int>(std::min<std::int64_t>(context_.settings.request_ms, kMaxLockWaitMs)));
  } catch (const Error& error) {
    pause(kPauseAfterFailureMs, error);
    throw;
  }
  // Another process or thread may have been faster. The current session decides, not what was
  // asked.
  sessions.take_over();
  const auto instance = sessions.current();
  const Credential used{instance, instance->auth().decorate(RequestKind::rest, "GET", "/api/status",
                                                            context_.now_ms())};
  const auto& before = used.decorated;
  if (due(used, RequestKind::upgrade) == Due::no) return;
  std::unique_ptr<SessionReservation> reservation;
  const auto reserve = [&] {
    if (!reservation) reservation = sessions.reserve(*instance);
  };
  const auto begin = net::Clock::now();
  try {
    OperationRunner operation(
        instance->auth(), context_.origins, context_.settings, [this] { return context_.now_ms(); },
        [&] {
          sessions.store(*instance, SessionCache::Writing::unless_newer, std::move(reservation));
        });
    operation.run({.kind = OperationKind::refresh, .before_request = reserve}, stop);
    record(begin, nullptr);
    context_.secrets().renewed();
  } catch (const Error& error) {
    record(begin, &error);
    if (error.needs_sign_in()) {
      instance->latch(before.credential, error);
    } else {
      pause(std::clamp(error.retry_after_ms(), kPauseAfterFailureMs, kMaxPauseMs), error);
    }
    throw;
  }
  const auto after =
      instance->auth().decorate(RequestKind::rest, "GET", "/api/status", context_.now_ms());
  if (after.credential == before.credential && after.valid_until_ms == before.valid_until_ms) {
    pause(kPauseAfterNothingMs, std::nullopt);
  }
}

void CredentialRenewal::record(net::TimePoint begin, const Error* error) const {
  ConnectionMeter::add(error == nullptr ? context_.meter().refreshes
                                        : context_.meter().refreshes_failed);
  const auto& log = context_.log();
  const auto took_ms = milliseconds_of(net::Clock::now() - begin);
  if (error == nullptr) {
    log.write(LogLevel::info, "session", "renewal_finished", {{"total_ms", took_ms}});
  } else {
    log.write(LogLevel::warn, "session", "renewal_failed", {{"total_ms", took_ms}}, *error);
  }
}

void CredentialRenewal::pause(std::int64_t pause_ms, std::optional<Error> failure) {
  const MutexLock lock(mutex_);
  renewal_.not_before_ms = context_.now_ms() + pause_ms;
  renewal_.failure = std::move(failure);
}

}  // namespace pintle
