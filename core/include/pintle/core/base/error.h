// SPDX-License-Identifier: Apache-2.0
//
// An error value: its layer, what failed, and what to do next.
//
// Header-only, so that a scheme needs only the headers. Threads: a value.

/// @file
/// @snippet reference/values.cpp error

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/layer.h>

namespace pintle {

/// What went wrong. Thrown inside the host; converted to a code and a text at the C ABI.
///
/// It must not contain a secret: the caller passes external text through `printable()` and
/// credentials through `preview()`.
class Error : public std::exception {
 public:
  /// The longest wait that is asked for: one day.
  static constexpr std::int64_t kMaxRetryAfterMs = 24 * 60 * 60 * 1000;

  /// `message` is one sentence without a full stop: what failed and why.
  Error(Layer layer, std::string message) : layer_(layer), message_(std::move(message)) {
    compose();
  }

  /// Each setter returns the same error, for chaining in a `throw`.
  Error& with_status(int http_status) {
    http_status_ = http_status;
    compose();
    return *this;
  }
  Error& with_hint(std::string hint) {
    hint_ = std::move(hint);
    return *this;
  }
  Error& with_retry(bool can_help = true) {
    can_retry_ = can_help;
    return *this;
  }
  /// At most kMaxRetryAfterMs; less than 0 is 0. Where the number comes from is not trusted.
  Error& with_retry_after_ms(std::int64_t milliseconds) {
    retry_after_ms_ = std::clamp<std::int64_t>(milliseconds, 0, kMaxRetryAfterMs);
    can_retry_ = true;
    return *this;
  }
  /// A time limit ended it.
  Error& with_timeout(bool timed_out = true) {
    is_timeout_ = timed_out;
    return *this;
  }
  Error& with_user_action(bool must_act = true) {
    needs_user_action_ = must_act;
    return *this;
  }
  Error& with_sign_in(bool needed = true) {
    needs_sign_in_ = needed;
    needs_user_action_ = needs_user_action_ || needed;
    return *this;
  }

  /// Replaces `secret` in both texts: a gateway may have echoed it, and the echo may have been cut
  /// with a "…". A secret of fewer than 4 bytes would break up words and is left in.
  Error& without(std::string_view secret) {
    constexpr std::string_view kCut = "…";
    constexpr std::size_t kMinimum = 4;
    for (auto* text : {&message_, &hint_}) {
      for (auto at = text->find(secret); secret.size() >= kMinimum && at != std::string::npos;
           at = text->find(secret, at)) {
        text->replace(at, secret.size(), kCut);
      }
      for (auto cut = text->find(kCut); cut != std::string::npos; cut = text->find(kCut, cut + 1)) {
        const auto size = size_before(*text, cut, secret);
        if (size >= kMinimum) text->erase(cut -= size, size);
      }
    }
    compose();
    return *this;
  }

  Layer layer() const noexcept { return layer_; }
  const std::string& message() const noexcept { return message_; }
  /// Returns the HTTP status of the response that reported the error; 0 if there was none.
  int http_status() const noexcept { return http_status_; }
  /// Returns what to do next, as a sentence for the user; may be empty.
  const std::string& hint() const noexcept { return hint_; }
  /// Returns true if the same request may succeed later, unchanged.
  bool can_retry() const noexcept { return can_retry_; }
  /// Returns true if a time limit ended it: nothing says that the peer refused.
  bool is_timeout() const noexcept { return is_timeout_; }
  /// Returns how long the peer asked to wait, in milliseconds; 0 if it did not say. At most
  /// kMaxRetryAfterMs.
  std::int64_t retry_after_ms() const noexcept { return retry_after_ms_; }
  /// Returns true if the user must do something first.
  bool needs_user_action() const noexcept { return needs_user_action_; }
  /// Returns true if the user must sign in (or provide another credential). Never set for 5xx,
  /// time-outs or resets (gateway-contract 5).
  bool needs_sign_in() const noexcept { return needs_sign_in_; }

  /// "gate: the gateway refused the session token …klmnop (HTTP 401)".
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  // Returns how much of the beginning of `secret` stands immediately before `end`.
  static std::size_t size_before(std::string_view text, std::size_t end, std::string_view secret) {
    for (auto size = secret.size() < end ? secret.size() : end; size > 0; --size) {
      if (text.substr(end - size, size) == secret.substr(0, size)) return size;
    }
    return 0;
  }

  void compose() {
    what_ = std::string(name_of(layer_)) + ": " + message_;
    if (http_status_ != 0) what_ += " (HTTP " + std::to_string(http_status_) + ")";
  }

  Layer layer_;
  int http_status_ = 0;
  bool can_retry_ = false;
  bool is_timeout_ = false;
  bool needs_user_action_ = false;
  bool needs_sign_in_ = false;
  std::int64_t retry_after_ms_ = 0;
  std::string message_;
  std::string hint_;
  std::string what_;
};

}  // namespace pintle
