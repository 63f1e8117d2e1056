// SPDX-License-Identifier: Apache-2.0
//
// A probe as the C struct that is passed to a scheme.

/// @file
/// @snippet reference/loading.cpp probe_view

#pragma once

#include <string>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/plugin.h>

namespace pintle::loading {

/// Owns the arrays that the struct points to. The probe must outlive it.
class ProbeView {
 public:
  ProbeView(const Probe& probe, const GatewayUrl& url);
  ProbeView(const ProbeView&) = delete;
  ProbeView& operator=(const ProbeView&) = delete;

  const pintle_probe& get() const noexcept { return view_; }

 private:
  std::string base_url_;
  std::string profile_;
  std::vector<pintle_view> providers_;
  std::vector<pintle_view> password_providers_;
  std::vector<pintle_view> flows_;
  pintle_probe view_{};
};

}  // namespace pintle::loading
