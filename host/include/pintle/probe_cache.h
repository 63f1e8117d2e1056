// SPDX-License-Identifier: Apache-2.0
//
// What gateways said of themselves not long ago, so that a program that runs for one request need
// not ask first (gateway-contract 8: /api/status takes up to 1.5 s).
//
// Threads and processes: any. Holds no secret: only what a gateway tells everybody.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// The answers to GET /api/status and GET /api/auth/providers.
struct ProbeAnswers {
  HttpResponse status;
  HttpResponse providers;
};

/// One file for each gateway and route to it, mode 0600. One that is damaged, older than
/// `kMaxAgeMs`, or could have been written by another user counts as none. Nothing here throws for
/// what lies in the folder, or for a disk that is full: then the gateway is asked.
class ProbeCache {
 public:
  static constexpr std::int64_t kMaxAgeMs = 3'600'000;

  explicit ProbeCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// `route` is whatever else the answers depend on: the proxy, the files of headers and
  /// authorities. Times are Unix milliseconds.
  std::optional<ProbeAnswers> find(const GatewayUrl& url, std::string_view route,
                                   std::int64_t now_ms) const;
  /// Keeps statuses and bodies, no header.
  void keep(const GatewayUrl& url, std::string_view route, const ProbeAnswers& answers,
            std::int64_t now_ms) const;
  /// Whatever the route.
  void forget(const GatewayUrl& url) const;

 private:
  std::filesystem::path file_of(const GatewayUrl& url, std::string_view route) const;

  std::filesystem::path folder_;
};

}  // namespace pintle
