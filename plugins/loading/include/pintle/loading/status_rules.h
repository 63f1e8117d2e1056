// SPDX-License-Identifier: Apache-2.0
//
// Checks the rules of schemes against a gateway's status.
//
// Threads: one at a time.

/// @file
/// @snippet reference/loading.cpp status_rules

#pragma once

#include <memory>
#include <string>

#include <pintle/core/gateway/probe.h>
#include <pintle/loading/manifest.h>

namespace pintle::loading {

/// A gateway's status, parsed once for all schemes.
class StatusRules {
 public:
  explicit StatusRules(const Probe& probe);
  ~StatusRules();

  /// Returns empty if every rule of `scheme` holds; else, for display, the first that does not: "it
  /// is for gateways with auth_required false".
  std::string broken_by(const SchemeFacts& scheme) const;

 private:
  struct Status;

  bool holds(const Rule& rule) const;

  std::unique_ptr<Status> status_;
};

}  // namespace pintle::loading
