// SPDX-License-Identifier: Apache-2.0
//
// What `decorate` is given and writes to: the parts to be signed, and the sinks of the headers and
// of the query. Header-only.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/text/printable.h>
#include <pintle/plugin.h>

#include "scheme/abi_views.h"
#include "scheme/scheme_instance.h"

namespace pintle {

// A sink's context. The scheme calls `put` through C, so it must not throw: it stores the
// exception, which is rethrown after the call.
struct HeaderTaker {
  static constexpr std::size_t kMax = 32;

  std::vector<Header>& headers;
  const std::string& scheme_id;
  bool is_front;
  std::exception_ptr failure;

  static void put(void* context, pintle_view name, pintle_view value) {
    auto& self = *static_cast<HeaderTaker*>(context);
    try {
      if (self.failure) return;
      // Google's Identity-Aware Proxy takes it, as the gateway may need the other.
      const bool is_fronts = self.is_front && same_field_name(text(name), "Proxy-Authorization");
      if ((is_the_hosts_own(text(name)) && !is_fronts) || self.headers.size() >= kMax) {
        throw Error(Layer::plugin, "the scheme " + self.scheme_id + " may not set the header " +
                                       printable(text(name), 60));
      }
      self.headers.push_back(self.parse(text(name), text(value)));
    } catch (...) {
      self.failure = std::current_exception();
    }
  }

 private:
  // It is the scheme's fault, not the user's.
  Header parse(std::string_view name, std::string_view value) const {
    try {
      return Header::parse(name, value);
    } catch (const Error& error) {
      throw Error(Layer::plugin, "the scheme " + scheme_id +
                                     " adds a header that cannot be sent: " + error.message());
    }
  }
};

// The same for query parameters.
struct QueryTaker {
  static constexpr std::size_t kMax = 8;

  std::vector<std::pair<std::string, Secret>>& query;
  const std::string& scheme_id;
  std::exception_ptr failure;

  static void put(void* context, pintle_view name, pintle_view value) {
    auto& self = *static_cast<QueryTaker*>(context);
    try {
      if (self.failure) return;
      if (text(name).empty() || self.query.size() >= kMax) {
        throw Error(Layer::plugin,
                    "the scheme " + self.scheme_id +
                        " may add at most 8 query parameters to a request, each with a name");
      }
      self.query.emplace_back(text(name), text(value));
    } catch (...) {
      self.failure = std::current_exception();
    }
  }
};

// The views of what a scheme signs.
struct SignedViews {
  SignedParts parts;
  std::vector<pintle_field> fields{};

  void put(pintle_request& request) {
    for (const auto& header : parts.headers) {
      fields.push_back({view(header.name()), view(header.value())});
    }
    request.headers = fields.data();
    request.header_count = fields.size();
    request.body_sha256 = view(parts.body_sha256);
  }
};

}  // namespace pintle
