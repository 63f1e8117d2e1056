// SPDX-License-Identifier: Apache-2.0
//
// A reference to a secret, which can be stored and shown; the secret is read again at each use.
//
// Threads: values; `read` blocks.

/// @file
/// @snippet reference/host.cpp secret_source

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

  /// `where` is the path (made absolute), the command or the variable. Throws Error(config) if it
  /// is empty or contains a NUL or a line break.
  static SecretSource of(Kind kind, std::string_view where);
  static SecretSource standard_input() { return {Kind::standard_input, ""}; }

  Kind kind() const noexcept { return kind_; }
  const std::string& where() const noexcept { return where_; }

  /// Reads the secret now, as UTF-8: removes a byte order mark and converts UTF-16 that has one. At
  /// most 64 KiB. A command is killed with its children after `timeout_ms` or when `cancel` is
  /// requested; its standard error is the user's, and it cannot read from the terminal.
  /// Throws Error(config) that names the source and the reason, and never what was read.
  Secret read(std::int64_t timeout_ms = 30'000, const std::stop_token& cancel = {}) const;

  /// For display: "file /run/token", "command \"pass show hermes\"", "environment variable TOKEN".
  std::string text() const;

  /// True if every user of this machine can read it.
  bool is_readable_by_all() const noexcept;

  friend bool operator==(const SecretSource&, const SecretSource&) = default;

 private:
  SecretSource(Kind kind, std::string where) : kind_(kind), where_(std::move(where)) {}

  Kind kind_;
  std::string where_;
};

}  // namespace pintle
