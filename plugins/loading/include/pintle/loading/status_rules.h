// SPDX-License-Identifier: Apache-2.0
//
// Holds the rules of schemes against what a gateway said of itself.
//
// Threads: one at a time.

#pragma once

#include <memory>
#include <string>

#include <pintle/core/gateway/probe.h>
#include <pintle/loading/manifest.h>

namespace pintle::loading {

/// A gateway's status, read once for all schemes.
class StatusRules {
 public:
  explicit StatusRules(const Probe& probe);
  ~StatusRules();

  /// Nothing where every rule of `scheme` holds; else, for display, the first that does not: "it is
  /// for gateways with auth_required false".
  std::string broken_by(const SchemeFacts& scheme) const;

 private:
  struct Status;

  bool holds(const Rule& rule) const;

  std::unique_ptr<Status> status_;
};

}  // namespace pintle::loading
