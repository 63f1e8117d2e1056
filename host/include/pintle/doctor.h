// SPDX-License-Identifier: Apache-2.0
//
// Finds out why a gateway cannot be reached: every step of a connection, one after the other, by
// the code that connections use.
//
//     const auto steps = pintle::diagnose(host, settings);
//     if (const auto* broken = pintle::first_failed(steps)) std::cerr << broken->finding;
//
// Threads: free functions, any; the callbacks run on the caller's thread.

/// @file
/// @snippet reference/host.cpp doctor

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

namespace pintle {

/// One step of a diagnosis, and what it found. Its texts are printable and have no secrets, but may
/// name hosts, users and files: see `doctor_report`.
struct DoctorStep {
  enum class Verdict : std::uint8_t {
    ok,
    warning,  ///< It works, but see `error`.
    failed,   ///< See `error`.
    skipped,  ///< Not needed, or a step that it depends on failed: `finding` says which.
  };

  /// A detail.
  struct Fact {
    /// What a report hides.
    enum class Kind : std::uint8_t { plain, host, address, user, path };

    std::string name;
    std::string value;
    Kind kind = Kind::plain;
  };

  /// "settings", "name", "tcp", "proxy", "tls", "http", "intermediary", "host-guard", "probe",
  /// "clock", "scheme", "store", "session", "ticket", "upgrade", "ready", "ping". Never renamed.
  std::string id{};
  std::string title{};  ///< For display: "host name".
  Verdict verdict = Verdict::ok;
  double duration_ms = 0;  ///< Milliseconds.
  std::string finding{};   ///< One sentence for display, without a full stop.
  std::vector<Fact> facts{};
  /// Of a failure or a warning: the layer, and what to do as its hint.
  std::optional<Error> error{};
  /// The id of the failed step because of which this one is skipped; empty: it is not.
  std::string blocked_by{};
};

/// Returns "ok", "warning", "failed" or "skipped".
const char* name_of(DoctorStep::Verdict verdict) noexcept;

/// What they throw ends the diagnosis, and is thrown by it.
struct DoctorCallbacks {
  /// A step begins: `id` and `title` are set. Not called for a skipped step.
  std::function<void(const DoctorStep&)> on_start{};
  std::function<void(const DoctorStep&)> on_finish{};
};

/// Diagnoses a connection with `settings` and returns the steps in their order. Blocks for up to
/// `request_ms` and half a second for each. Sends no credential before the gateway has
/// answered the probe; then does what a request and a live connection do: it may sign in without
/// the user, renew the session and mint a ticket. Changes no settings, and asks the user nothing.
///
/// A step whose cause is a failed step is `skipped`. After `cancel` the steps that have finished
/// are returned. Throws nothing for what it diagnoses.
std::vector<DoctorStep> diagnose(const Host& host, const ConnectionSettings& settings,
                                 const DoctorCallbacks& callbacks = {},
                                 std::stop_token cancel = {});

/// Returns the steps if the app has no valid settings because of `error`: the step "settings"
/// failed, all others are skipped.
std::vector<DoctorStep> diagnose_invalid_settings(const Error& error,
                                                  const DoctorCallbacks& callbacks = {});

/// Returns the first failed step, or null.
const DoctorStep* first_failed(const std::vector<DoctorStep>& steps) noexcept;

struct DoctorReportOptions {
  std::string program{};  ///< The name and version of the app, for the report's head.
  /// False: host names and addresses, except loopback, are replaced by "host-1", "address-1", ….
  bool with_hosts = false;
};

/// Returns a text in Markdown that can be pasted into a public issue: versions, the operating
/// system, the settings, and the steps. Has no user names, home folders, tokens or parts of them,
/// commands, header values or URL queries. `settings` is null if there are none.
std::string doctor_report(const std::vector<DoctorStep>& steps, const ConnectionSettings* settings,
                          const DoctorReportOptions& options = {});

}  // namespace pintle
