// SPDX-License-Identifier: Apache-2.0
//
// The log hook: what Pintle does, as records with a level, an area, an event and fields.
//
//     options.log = {.level = pintle::LogLevel::info, .function = [](const pintle::LogRecord&
//     record) {
//       …
//     }};
//
// No secret can be in a record: the value of a field is a number, a bool, or a text that was
// declared safe. A Secret, a std::string and a std::string_view convert to none of these. A text
// may quote a gateway: each credential that the connection has sent is "(hidden)" in it.
//
// Threads: records are values. The hook is called on any thread, by several at the same time: on
// that of the call which it is about, on the I/O thread, and on those that dial and renew.

/// @file
/// @snippet reference/log.cpp log

#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>

#include <pintle/core/base/layer.h>
#include <pintle/core/base/secret.h>

namespace pintle {

enum class LogLevel : std::uint8_t {
  off,
  error,  ///< Something stays broken until the user or the app acts.
  warn,   ///< An operation failed; Pintle or the app may try again.
  info,   ///< The course of a connection: dials, states, sign-ins, renewals.
  debug,  ///< Each exchange and each TCP connection.
  trace,  ///< Each step, as it begins.
};

/// Returns "error", "warn", …; "off" for LogLevel::off.
const char* name_of(LogLevel level) noexcept;

/// A text that holds no secret. A view: valid as long as what it was made from.
class SafeText {
 public:
  /// A string literal. Any other text: `safe_text`.
  template <std::size_t kSize>
  consteval SafeText(const char (&literal)[kSize]) : text_(literal, kSize - 1) {}

  constexpr std::string_view view() const noexcept { return text_; }

 private:
  explicit constexpr SafeText(std::string_view text) noexcept : text_(text) {}
  friend constexpr SafeText safe_text(std::string_view text) noexcept;

  std::string_view text_;
};

/// Declares that `text` holds no secret: an id, a method, a path without its query. Search for
/// `safe_text` to find every use. Text from outside must be `printable` first.
constexpr SafeText safe_text(std::string_view text) noexcept { return SafeText(text); }
SafeText safe_text(const Secret& secret) = delete;

/// The value of a field.
class LogValue {
 public:
  enum class Kind : std::uint8_t { integer, number, boolean, text };

  /// Integers above the largest std::int64_t become that.
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) constexpr LogValue(Integer value) noexcept
      : kind_(Kind::integer), integer_(saturated(value)) {}
  template <std::floating_point Number>
  constexpr LogValue(Number value) noexcept
      : kind_(Kind::number), number_(static_cast<double>(value)) {}
  template <std::same_as<bool> Bool>
  constexpr LogValue(Bool value) noexcept : kind_(Kind::boolean), integer_(value ? 1 : 0) {}
  constexpr LogValue(SafeText text) noexcept : kind_(Kind::text), text_(text.view()) {}
  constexpr LogValue(Layer layer) noexcept : kind_(Kind::text), text_(name_of(layer)) {}
  template <std::size_t kSize>
  consteval LogValue(const char (&literal)[kSize]) : LogValue(SafeText(literal)) {}

  constexpr Kind kind() const noexcept { return kind_; }
  /// Of an integer; 0 of any other value.
  constexpr std::int64_t integer() const noexcept { return kind_ == Kind::integer ? integer_ : 0; }
  constexpr double number() const noexcept { return number_; }
  constexpr bool boolean() const noexcept { return kind_ == Kind::boolean && integer_ != 0; }
  /// Empty for a value that is not a text.
  constexpr std::string_view text() const noexcept { return text_; }

 private:
  template <std::integral Integer>
  static constexpr std::int64_t saturated(Integer value) noexcept {
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    if constexpr (std::unsigned_integral<Integer>) {
      return static_cast<std::int64_t>(
          std::min<std::uint64_t>(value, static_cast<std::uint64_t>(kMax)));
    } else {
      return value;
    }
  }

  Kind kind_;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string_view text_{};
};

struct LogField {
  SafeText name;  ///< "status"; a duration in milliseconds ends in "_ms".
  LogValue value;
};

/// One event. Its views are valid until the hook returns.
struct LogRecord {
  LogLevel level = LogLevel::info;
  /// "dns", "tcp", "proxy", "tls", "http", "probe", "scheme", "ticket", "session", "sign_in",
  /// "store" or "live".
  std::string_view area{};
  std::string_view event{};       ///< "exchange_finished"; docs/embed.md lists them.
  std::string_view connection{};  ///< The name of the connection, or its URL if it has none.
  std::int64_t time_ms = 0;       ///< Unix time in milliseconds (HostOptions::now_ms).
  std::span<const LogField> fields{};
};

struct LogOptions {
  /// Records up to this level are passed to the hook; one above it costs a comparison.
  LogLevel level = LogLevel::off;
  /// The hook. It must not block: on the I/O thread that stops all live connections of the host. It
  /// may call the const functions of any object of Pintle; what these log is dropped. What it
  /// throws is dropped too. A dial or a renewal that is in progress when its connection is
  /// destroyed may still call it afterwards: it must own what it uses.
  std::function<void(const LogRecord& record)> function{};
};

}  // namespace pintle
