// SPDX-License-Identifier: Apache-2.0
//
// Caches what gateways answer to probes, so that a program that runs for one request need not probe
// first (gateway-contract 8: /api/status takes up to 1.5 s).
//
// Threads and processes: any. Holds no secret: only what a gateway tells everybody.

/// @file
/// @snippet reference/host.cpp probe_cache

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// The answers to a probe, as they came.
struct ProbeAnswers {
  HttpResponse status;     ///< To GET /api/status, or to the request of `profile`.
  HttpResponse providers;  ///< To GET /api/auth/providers; only for "hermes".
  /// The id of the profile that recognized the gateway, and the path of its request.
  std::string profile = "hermes";
  std::string path = "/api/status";
};

/// One file per gateway and route, mode 0600. A file that is damaged, older than `kMaxAgeMs`, or
/// writable by another user is ignored. Nothing here throws for the contents of the folder or a
/// full disk: the gateway is probed instead.
class ProbeCache {
 public:
  static constexpr std::int64_t kMaxAgeMs = 3'600'000;

  explicit ProbeCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// `route` stands for all else that the answers depend on: the proxy, the headers file and the CA
  /// file. Times are Unix milliseconds.
  std::optional<ProbeAnswers> find(const GatewayUrl& url, std::string_view route,
                                   std::int64_t now_ms) const;
  /// Stores statuses and bodies, without headers.
  void keep(const GatewayUrl& url, std::string_view route, const ProbeAnswers& answers,
            std::int64_t now_ms) const;
  /// For every route.
  void forget(const GatewayUrl& url) const;

 private:
  std::filesystem::path file_of(const GatewayUrl& url, std::string_view route) const;

  std::filesystem::path folder_;
};

}  // namespace pintle
