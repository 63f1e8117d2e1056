// SPDX-License-Identifier: Apache-2.0
//
// The credentials that a connection has sent, so that no text from outside shows one of them.
//
// A gateway, a proxy or a scheme may repeat in an error what it was given. Whatever leaves a
// connection to be read by people goes through `hide`: errors, log records, findings of the doctor.
// What the gateway answers to the app's own requests is left as it is.
//
// Holds copies, which are wiped, and not more than a few dozen: the oldest goes first.
//
// Threads: any, concurrently.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>

#include "base/mutex.h"

namespace pintle {

class KnownSecrets {
 public:
  enum class Life : std::uint8_t {
    recent,   ///< Until many others were used after it: a ticket, a signature.
    settings  ///< As long as this: what the settings give.
  };

  KnownSecrets() = default;
  KnownSecrets(const KnownSecrets&) = delete;
  KnownSecrets& operator=(const KnownSecrets&) = delete;

  /// Copies only what is not known yet.
  void add(std::string_view secret, Life life = Life::recent);
  /// Adds what is secret in a header that is sent: the part after "Bearer " or "Basic ", the values
  /// of cookies, or all of it. Nothing of one that only describes the request ("Accept"), nor of a
  /// short cookie without a digit that is not from the settings: it is a name.
  void add_header(const Header& header, Life life = Life::recent);
  /// Adds the values of the query of `url`, but for those that `without` has too.
  void add_query(std::string_view url, std::string_view without = {});
  /// Adds each word in `text` that may be a token, such as in the body of a sign-in's request.
  void add_tokens_in(std::string_view text);

  /// Forgets those that were not used since the renewal before: what a gateway has replaced. The
  /// last ones stay, as requests with them may still be on their way.
  void renewed();

  /// Returns `text` with each of them hidden (base/secret_echo.h).
  std::string hide(std::string text) const;
  /// The same for both texts of an error.
  Error hide(const Error& error) const;

  /// Returns what `function` returns; the texts of an Error that it throws are hidden.
  template <class Function>
  auto hide_in_errors(Function&& function) const {
    try {
      return function();
    } catch (const Error& error) {
      auto shown = hide(error);
      if (shown.message() == error.message() && shown.hint() == error.hint()) throw;
      throw shown;
    }
  }

 private:
  struct Known {
    Secret text;
    Life life = Life::recent;
    std::uint64_t used = 0;  // By what `uses_` was when it was used last.
  };

  Known& place_for(Life life) PINTLE_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::vector<Known> known_ PINTLE_GUARDED_BY(mutex_);
  std::uint64_t uses_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::uint64_t uses_at_renewal_ PINTLE_GUARDED_BY(mutex_) = 0;
};

}  // namespace pintle
