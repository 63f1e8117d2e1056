// SPDX-License-Identifier: Apache-2.0
//
// Where a secret lies: a reference that can be stored and shown, and is read anew at each use.
//
// Threads: values; `read` blocks.

#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

class SecretSource {
 public:
  enum class Kind {
    file,            ///< A path; the whole file without its last line break.
    command,         ///< A line for /bin/sh; the first line that it prints until it exits.
    environment,     ///< A variable's name.
    standard_input,  ///< The first line; read once a process and kept in memory.
  };

  /// `where` is the path (made absolute), the command or the variable. Throws Error(config) where
  /// it is empty or holds a NUL or a line break.
  static SecretSource of(Kind kind, std::string_view where);
  static SecretSource standard_input() { return {Kind::standard_input, ""}; }

  Kind kind() const noexcept { return kind_; }
  const std::string& where() const noexcept { return where_; }

  /// Reads it, now, as UTF-8: a byte order mark is taken off, and UTF-16 that has one is converted.
  /// Throws Error(config) that says which source and what is wrong, and never what
  /// was read. At most 64 KiB; a command is given `timeout_ms`, and is ended then or at `cancel`
  /// with all that it started. Its standard error is the user's; it cannot ask at the terminal.
  Secret read(std::int64_t timeout_ms = 30'000, const std::stop_token& cancel = {}) const;

  /// For display: "file /run/token", "command \"pass show hermes\"", "environment variable TOKEN".
  std::string text() const;

  /// True where anyone on this machine could read it as well.
  bool is_readable_by_all() const noexcept;

  friend bool operator==(const SecretSource&, const SecretSource&) = default;

 private:
  SecretSource(Kind kind, std::string where) : kind_(kind), where_(std::move(where)) {}

  Kind kind_;
  std::string where_;
};

}  // namespace pintle
