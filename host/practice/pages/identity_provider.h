// SPDX-License-Identifier: Apache-2.0
//
// A small identity provider: a page with a form on its own origin, which issues codes.
//
// Threads: any thread.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "practice/server/http_connection.h"
#include "practice/server/options.h"
#include "practice/state/request_log.h"

namespace pintle::practice {

struct User {
  std::string email;
  std::string display_name;
};

User user_of(std::string_view user);

/// Returns true for the only user.
bool is_known_login(std::string_view user, std::string_view password);

class IdentityProvider : public Site {
 public:
  IdentityProvider(std::int64_t code_life_ms, Clock clock)
      : code_life_ms_(code_life_ms), clock_(std::move(clock)) {}

  /// GET /idp/authorize shows the form, POST /idp/authorize accepts it: fields user, password,
  /// decision (approve or deny), and the hidden ones of the request.
  Answer answer(Request& request) override;
  std::int64_t date_ms() const override { return clock_(); }
  /// There is none here.
  void websocket(const Request&, Wire&, const ws::Upgraded&, std::string) override {}

  /// Returns the user that approved, for the gateway's back channel; a code is valid once.
  std::optional<std::string> redeem(std::string_view code, std::string_view redirect_uri);

 private:
  struct Grant {
    std::string user;
    std::string redirect_uri;
    std::int64_t expires_ms = 0;
  };

  HttpResponse show_form(const Query& query, std::string_view complaint) const;
  HttpResponse take_form(const Query& form);

  std::int64_t code_life_ms_;
  Clock clock_;
  Mutex mutex_;
  std::map<std::string, Grant, std::less<>> grants_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
