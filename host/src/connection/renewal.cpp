// SPDX-License-Identifier: Apache-2.0
//
// When a connection's credential is renewed, and by whom: one at a time in the process and on the
// machine (architecture, rule 5).

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>

#include "connection/connection_parts.h"

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

Connection::Parts::Due Connection::Parts::due(const Ready& ready, RequestKind kind) {
  const auto until = ready.decorated.valid_until_ms;
  if (until == 0) return Due::no;
  const auto now = now_ms();
  const std::lock_guard lock(renewal_mutex_);
  if (renewal_.held != ready.held || renewal_.credential != ready.decorated.credential) {
    // Another thread saw its successor already.
    if (renewal_.held == ready.held && ready.decorated.change < renewal_.change) {
      return now < until ? Due::no : Due::now;
    }
    const auto life = std::max<std::int64_t>(until - now, 0);
    renewal_ = {.held = ready.held,
                .credential = ready.decorated.credential,
                .change = ready.decorated.change,
                .lead_ms = std::min(life / 10, kMaxLeadMs),
                .upgrade_lead_ms = std::min(life / 2, kMaxUpgradeLeadMs)};
  }
  const auto lead = kind == RequestKind::upgrade ? renewal_.upgrade_lead_ms : renewal_.lead_ms;
  if (now < until - lead) return Due::no;
  if (now >= renewal_.not_before_ms) return now >= until ? Due::now : Due::soon;
  // It was tried just now. What still holds is used, and what does not is not sent.
  if (now >= until && renewal_.failure) throw *renewal_.failure;
  return Due::no;
}

// Whether another credential is held by now than the one that was used, or that one is to be
// renewed.
bool Connection::Parts::is_outdated(const Ready& used) const {
  if (!used.held->keeper().is_current(*used.held)) return true;
  try {
    const auto held = used.held->auth().decorate(RequestKind::upgrade, "GET", "/api/ws", now_ms());
    return held.credential != used.decorated.credential ||
           (held.valid_until_ms != 0 && held.valid_until_ms <= now_ms());
  } catch (const Error&) {
    return false;  // there is none
  }
}

// False where the request is to go on with what it has.
bool Connection::Parts::renew(const Ready& ready, Due how_soon, const std::stop_token& cancel) {
  try {
    if (how_soon == Due::now) {
      flight_.run(cancel);
      return true;
    }
    return flight_.run_unless_running(cancel);
  } catch (const Error& error) {
    const bool still_holds = now_ms() < ready.decorated.valid_until_ms;
    if (error.needs_sign_in() || cancel.stop_requested() || !still_holds) throw;
    return false;
  }
}

void Connection::Parts::renew_in_flight(const std::stop_token& stop) {
  const auto mine = turn(stop);
  auto& keep = *ready_.load(std::memory_order_acquire)->keeper;
  std::shared_ptr<SessionLock> machine;
  try {
    machine =
        keep.lock(static_cast<int>(std::min<std::int64_t>(settings.request_ms, kMaxLockWaitMs)));
  } catch (const Error& error) {
    pause_renewal(kPauseAfterFailureMs, error);
    throw;
  }
  // Another process or thread may have been faster. What is held now decides, not what was asked.
  keep.take_over();
  const auto held = keep.held();
  const auto before = held->auth().decorate(RequestKind::rest, "GET", "/api/status", now_ms());
  if (due({held, before}, RequestKind::upgrade) == Due::no) return;
  std::unique_ptr<SessionRoom> room;
  const auto reserve = [&] {
    if (!room) room = keep.reserve(*held);
  };
  try {
    OperationRunner operation(
        held->auth(), transport_, settings, [this] { return now_ms(); },
        [&] { keep.store(*held, SessionKeeper::Writing::unless_newer, std::move(room)); });
    operation.run({.kind = OperationKind::refresh, .before_request = reserve}, stop);
  } catch (const Error& error) {
    if (error.needs_sign_in()) {
      held->latch(before.credential, error);
    } else {
      pause_renewal(std::clamp(error.retry_after_ms(), kPauseAfterFailureMs, kMaxPauseMs), error);
    }
    throw;
  }
  const auto after = held->auth().decorate(RequestKind::rest, "GET", "/api/status", now_ms());
  if (after.credential == before.credential && after.valid_until_ms == before.valid_until_ms) {
    pause_renewal(kPauseAfterNothingMs, std::nullopt);
  }
}

void Connection::Parts::pause_renewal(std::int64_t pause_ms, std::optional<Error> failure) {
  const std::lock_guard lock(renewal_mutex_);
  renewal_.not_before_ms = now_ms() + pause_ms;
  renewal_.failure = std::move(failure);
}

}  // namespace pintle
