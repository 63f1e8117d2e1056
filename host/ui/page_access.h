// SPDX-License-Identifier: Apache-2.0
//
// Who may use the settings page: the browser of this user that was given a one-time address.
//
// The address is an argument of the browser, and every user of the machine can read arguments. So
// it works once, for a minute, and only for this user. It sets a cookie with the server's token.
// A change also needs what only the page itself can send: its Origin, a JSON body, and the page
// token (against cross-site request forgery).
//
// Threads: any.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>

#include "base/mutex.h"
#include "local/local_access.h"

namespace pintle::ui {

class PageAccess {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The header with the page token.
  static constexpr std::string_view kPageHeader = "X-Pintle-Page";
  static constexpr std::string_view kOpenPath = "/open/";
  static constexpr std::chrono::seconds kAddressLife{60};

  /// `now` is for tests; empty: the steady clock.
  explicit PageAccess(std::uint16_t port, std::function<Time()> now = {});

  /// "http://127.0.0.1:8080"
  const std::string& origin() const noexcept { return origin_; }

  /// Returns the path of a new address; an earlier one that was not opened is no longer valid.
  std::string new_open_path() PINTLE_EXCLUDES(mutex_);
  /// Returns the Set-Cookie field if the request opens the address, which is then used up.
  std::optional<std::string> open(const local::LocalRequest& request) PINTLE_EXCLUDES(mutex_);

  /// True if the request comes from a browser that has opened an address.
  bool may_read(const local::LocalRequest& request) const;
  /// True if a request that `may_read` allows may also change something.
  bool may_change(const Headers& headers) const;

  /// For the page: to be sent back in `kPageHeader`.
  std::string page_token() const { return std::string(page_token_.reveal()); }

 private:
  std::string origin_;
  std::string cookie_name_;
  Secret page_token_;
  local::LocalAccess access_;
  std::function<Time()> now_;
  Mutex mutex_;
  Secret open_path_ PINTLE_GUARDED_BY(mutex_);
  Time open_until_ PINTLE_GUARDED_BY(mutex_){};
};

}  // namespace pintle::ui
