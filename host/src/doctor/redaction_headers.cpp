// SPDX-License-Identifier: Apache-2.0
//
// The headers that name servers and proxies: their products stay in a report, their hosts do not.

#include <algorithm>
#include <array>
#include <string>

#include <pintle/core/text/ascii.h>

#include "doctor/redaction.h"
#include "doctor/redaction_words.h"

namespace pintle::doctor {
namespace {

// What intermediaries call themselves in a Via, and products with a dot in their names.
bool is_product(std::string_view word) {
  constexpr std::array kProducts = {"akamai",     "apache",  "asp.net", "caddy",   "cloudflare",
                                    "cloudfront", "envoy",   "fly.io",  "google",  "haproxy",
                                    "kong",       "next.js", "nginx",   "node.js", "squid",
                                    "traefik",    "varnish", "vegur",   "vert.x"};
  return std::find(kProducts.begin(), kProducts.end(), ascii::lower(word)) != kProducts.end();
}

// The first entry of a list, with its comma, and moves behind it. A comment may have commas.
std::string_view take_entry(std::string_view& list) {
  int depth = 0;
  std::size_t size = 0;
  for (; size < list.size(); ++size) {
    if (list[size] == '(') ++depth;
    if (list[size] == ')') depth = std::max(depth - 1, 0);
    if (list[size] == ',' && depth == 0) break;
  }
  const auto entry = list.substr(0, std::min(size + 1, list.size()));
  list.remove_prefix(entry.size());
  return entry;
}

}  // namespace

std::string Redaction::via_host(std::string_view authority) {
  const auto parts = split_authority(authority);
  const auto host = ascii::lower(parts.host);
  if (host.empty() || is_product(host) || is_loopback(host)) return std::string(authority);
  if (family_of(host) != Family::none) return std::string(authority);  // `apply` replaces it
  std::string by;
  if (hosts_.contains(host) || is_dotted_name(host)) {
    by = host_word(host);
  } else {
    const auto [at, is_new] = via_names_.try_emplace(host);
    if (is_new) at->second = "host-" + std::to_string(hosts_.size() + via_names_.size());
    by = at->second;
  }
  return std::string(parts.before) + by + std::string(parts.after);
}

// "1.1 proxy.corp.example:3128 (squid/5.7), 1.1 varnish"
std::string Redaction::via(std::string_view value) {
  if (keeps_hosts_) return std::string(value);
  std::string out;
  while (!value.empty()) {
    auto entry = take_entry(value);
    // The protocol, with its version: "HTTP/1.1".
    const auto begin = std::min(entry.find_first_not_of(" \t"), entry.size());
    const auto end = std::min(entry.find_first_of(" \t", begin), entry.size());
    const auto host = std::min(entry.find_first_not_of(" \t", end), entry.size());
    out += entry.substr(0, host);
    entry.remove_prefix(host);
    const auto received_by = take_word(entry);
    const bool has_version = entry.starts_with('/');
    out += has_version ? std::string(received_by) : via_host(received_by);
    out += products(entry);
  }
  return out;
}

std::string Redaction::products(std::string_view value) {
  if (keeps_hosts_) return std::string(value);
  std::string out;
  while (!value.empty()) {
    if (!is_in_word(value.front())) {
      out += value.front();
      value.remove_prefix(1);
      continue;
    }
    const auto found = take_word(value);
    const auto host = split_authority(found).host;
    const bool is_host =
        is_dotted_name(host) && !is_product(host) && !value.starts_with('/') && !out.ends_with('/');
    out += is_host ? via_host(found) : std::string(found);
  }
  return out;
}

}  // namespace pintle::doctor
