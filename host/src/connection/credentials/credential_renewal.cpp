// SPDX-License-Identifier: Apache-2.0
#include "connection/credentials/credential_renewal.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/random_bytes.h"
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
constexpr std::int64_t kLockPartMs = 500;
// How often another session may come between, or a request may get lost, until this one gives up.
constexpr int kMaxRounds = 4;

// The gateway answered, and not about the session: it has not used it up. A 5xx may come from a
// proxy that does not know what the gateway did; 503 is sent in place of doing it.
bool is_left_alone(int status) { return (status >= 400 && status < 500) || status == 503; }

Error ended_elsewhere() {
  return Error(Layer::session, "the session has ended, as another machine found out")
      .with_sign_in()
      .with_hint("Sign in again (pintle sign-in).");
}

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
                .lead_ms = lead_of(life),
                .upgrade_lead_ms = std::min(life / 2, kMaxUpgradeLeadMs)};
  }
  const auto lead = kind == RequestKind::upgrade ? renewal_.upgrade_lead_ms : renewal_.lead_ms;
  if (now < until - lead) return Due::no;
  if (now >= renewal_.not_before_ms) return now >= until ? Due::now : Due::soon;
  // It was tried just now. A valid credential is used, an expired one is not sent.
  if (now >= until && renewal_.failure) throw *renewal_.failure;
  return Due::no;
}

// Machines that share a session each begin at another time: else all ask for its lease at once.
std::int64_t CredentialRenewal::lead_of(std::int64_t life_ms) const {
  const auto lead = std::min(life_ms / 10, kMaxLeadMs);
  if (!context_.store || !context_.store->is_shared()) return lead;
  const auto longest = std::min(life_ms / 10, kMaxUpgradeLeadMs);
  return lead + random_below(longest - lead + 1);
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

// One refresh, from the reservation to the session that it brought.
struct CredentialRenewal::Attempt {
  std::unique_ptr<SessionReservation> reservation{};
  bool is_for_one_request = false;
  bool has_left = false;
  int status = 0;
  bool has_changed = false;  // another session is stored: this one was not sent

  RenewalOutcome outcome() const {
    return !has_left || is_left_alone(status) ? RenewalOutcome::not_used : RenewalOutcome::unknown;
  }
  RenewalOutcome outcome_of(const Error& error) const {
    return error.needs_sign_in() ? RenewalOutcome::ended : outcome();
  }

  // What a request after the new session asks for is no refresh of it. A scheme that tries again
  // after a failure sends the token once more.
  bool is_reserved() const {
    return (reservation && !is_for_one_request) || (has_left && status >= 200 && status < 400);
  }
  void reserve(SessionCache& sessions, CurrentInstance& instance) {
    const bool was_sent = reservation && is_for_one_request;
    if (was_sent && !reservation->settle(outcome()) && outcome() == RenewalOutcome::unknown) {
      throw Error(Layer::session, "the refresh was repeated once already, without an answer")
          .with_retry();
    }
    reservation = sessions.reserve(instance);
    is_for_one_request = reservation && reservation->is_for_one_request();
    has_left = false;
    status = 0;
  }
};

void CredentialRenewal::renew_in_flight(const std::stop_token& stop) {
  const auto turn = context_.take_operation(stop);
  auto& sessions = *choice_.session_cache_if_chosen();
  // A new session that could not be stored counts before any that is.
  sessions.store_pending();
  for (int round = 1; round <= kMaxRounds; ++round) {
    const auto lock = take_lock(sessions, stop);
    // Another process or thread may have been faster. The current session decides, not what was
    // asked.
    sessions.take_over();
    const auto instance = sessions.current();
    const Credential used{instance, instance->auth().decorate(RequestKind::rest, "GET",
                                                              "/api/status", context_.now_ms())};
    if (due(used, RequestKind::upgrade) == Due::no) return;
    const auto state = lock ? lock->state() : SessionLock::State::held;
    if (state == SessionLock::State::newer) continue;  // and it is stale as well
    if (state == SessionLock::State::ended) {
      const auto why = ended_elsewhere();
      instance->latch(used.decorated.credential, why);
      throw why;
    }
    auto next = refresh(sessions, used, stop);
    // The store allows one repetition.
    while (next == Next::repeat) next = refresh(sessions, used, stop);
    if (next == Next::done) return;
  }
  // Mostly it cannot be read, which is why it stays another one.
  auto error = sessions.trouble().value_or(
      Error(Layer::store, "others change the stored session all the time").with_retry());
  pause(kPauseAfterFailureMs, error);
  throw error;
}

// In short waits: a store cannot be cancelled.
std::shared_ptr<SessionLock> CredentialRenewal::take_lock(SessionCache& sessions,
                                                          const std::stop_token& stop) {
  const auto limit = std::min<std::int64_t>(context_.settings.request_ms, kMaxLockWaitMs);
  const auto until = net::Clock::now() + std::chrono::milliseconds(limit);
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - net::Clock::now()).count();
    const auto part = std::clamp<std::int64_t>(left, 0, kLockPartMs);
    const auto begin = net::Clock::now();
    try {
      return sessions.lock(static_cast<int>(part));
    } catch (const Error& error) {
      if (stop.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
      // What fails at once is no wait for others. Their clock may be a little ahead of this one.
      const bool waited = net::Clock::now() - begin >= std::chrono::milliseconds(part / 2);
      if (waited && error.can_retry() && left > part) continue;
      pause(kPauseAfterFailureMs, error);
      throw;
    }
  }
}

CredentialRenewal::Next CredentialRenewal::refresh(SessionCache& sessions, const Credential& used,
                                                   const std::stop_token& stop) {
  auto& instance = *used.instance;
  const auto& before = used.decorated;
  Attempt attempt;
  OperationArguments arguments{.kind = OperationKind::refresh};
  arguments.before_request = [&] {
    try {
      if (!attempt.is_reserved()) attempt.reserve(sessions, instance);
    } catch (const SessionChanged&) {
      attempt.has_changed = true;
      throw;
    }
    return attempt.is_for_one_request;
  };
  arguments.before_first_byte = [&] {
    if (!attempt.reservation || attempt.reservation->may_still_be_sent()) return;
    attempt.has_changed = true;
    throw Error(Layer::store, "the session may be another one by now").with_retry();
  };
  arguments.after_request = [&](bool has_left, int status) {
    attempt.has_left = has_left;
    attempt.status = status;
  };
  const auto begin = net::Clock::now();
  try {
    OperationRunner operation(
        instance.auth(), context_.origins, context_.settings, [this] { return context_.now_ms(); },
        [&] {
          sessions.store(instance, SessionCache::Writing::unless_newer,
                         std::move(attempt.reservation));
        });
    operation.run(arguments, stop);
  } catch (const Error& error) {
    if (attempt.has_changed) {
      if (attempt.reservation) attempt.reservation->settle(attempt.outcome());
      return Next::look_again;
    }
    record(begin, &error);
    const bool may_repeat =
        attempt.reservation && attempt.reservation->settle(attempt.outcome_of(error));
    if (may_repeat && !stop.stop_requested()) return Next::repeat;
    if (error.needs_sign_in()) {
      instance.latch(before.credential, error);
    } else {
      pause(std::clamp(error.retry_after_ms(), kPauseAfterFailureMs, kMaxPauseMs), error);
    }
    throw;
  }
  record(begin, nullptr);
  context_.secrets().renewed();
  // The gateway has answered, and brought nothing.
  if (attempt.reservation) attempt.reservation->settle(RenewalOutcome::not_used);
  const auto after =
      instance.auth().decorate(RequestKind::rest, "GET", "/api/status", context_.now_ms());
  if (after.credential == before.credential && after.valid_until_ms == before.valid_until_ms) {
    pause(kPauseAfterNothingMs, std::nullopt);
  }
  return Next::done;
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
