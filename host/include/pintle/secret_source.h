// SPDX-License-Identifier: Apache-2.0
//
// A reference to a secret, which can be shown and, unless it lives in this process only, stored;
// the secret is read again at each use.
//
// Threads: values; `read` blocks.

/// @file
/// @snippet reference/host.cpp secret_source

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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
    memory,          ///< The secret itself, which an app gave.
    function,        ///< What a function of the app returns.
  };

  /// Returns the secret now, at most 64 KiB; may block, and ends soon after `cancel` is requested.
  /// Called at each use by the thread that needs the secret, by several at the same time. It must
  /// not use the connection that it is for. The message of an Error that it throws is reported as
  /// the reason, and must not hold the secret; other exceptions are reported without their text.
  using Function = std::function<Secret(std::int64_t timeout_ms, const std::stop_token& cancel)>;

  /// `where` is the path (made absolute), the command or the variable. Throws Error(config) if it
  /// is empty or contains a NUL or a line break, and for `memory` and `function`.
  static SecretSource of(Kind kind, std::string_view where);
  static SecretSource standard_input() { return {Kind::standard_input, ""}; }
  /// Keeps the secret, which is wiped with the last copy of this source. Such a source cannot be
  /// saved: ConnectionRegistry refuses it.
  static SecretSource memory(Secret secret);
  /// Keeps the function until the last copy of this source is destroyed, on any thread. Such a
  /// source cannot be saved either. Throws Error(config) if it is empty.
  static SecretSource function(Function read);

  Kind kind() const noexcept { return kind_; }
  /// Empty for `standard_input`, `memory` and `function`.
  const std::string& where() const noexcept { return where_; }

  /// Reads the secret now, as UTF-8: removes a byte order mark and converts UTF-16 that has one. At
  /// most 64 KiB. A command is killed with its children after `timeout_ms` or when `cancel` is
  /// requested; its standard error is the user's, and it cannot read from the terminal.
  /// Throws Error(config) that names the source and the reason, and never what was read.
  Secret read(std::int64_t timeout_ms = 30'000, const std::stop_token& cancel = {}) const;

  /// For display: "file /run/token", "command \"pass show hermes\"", "environment variable TOKEN",
  /// "this program's memory", "a function of this program". Never the secret.
  std::string text() const;

  /// True if every user of this machine can read it.
  bool is_readable_by_all() const noexcept;

  friend bool operator==(const SecretSource&, const SecretSource&) = default;

 private:
  SecretSource(Kind kind, std::string where) : kind_(kind), where_(std::move(where)) {}

  Kind kind_;
  std::string where_;
  std::shared_ptr<const Function>
      read_{};  ///< Of `memory` and `function`; equal if it is the same.
};

}  // namespace pintle
