// SPDX-License-Identifier: Apache-2.0
//
// Commands and replies of Redis (RESP2), by hiredis's formatter and reader.
//
// Threads: values; one reader is used by one thread at a time.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;  // NOLINT(readability-identifier-naming): hiredis's

namespace pintle::redis {

using Command = std::vector<std::string>;

/// Returns the bytes of `command` as they are sent. They may contain a password.
std::string to_bytes(const Command& command);

struct Reply {
  enum class Kind { nil, text, status, integer, array, error };

  Kind kind = Kind::nil;
  std::string text{};     ///< For text, status and error.
  long long integer = 0;  ///< For integer.
  std::vector<Reply> items{};

  /// Returns the first word of an error, such as "NOAUTH"; "ERR" if it is none of Redis. Only
  /// this may be shown: the rest may repeat what was sent.
  std::string error_code() const;
  bool is_error(std::string_view code) const { return kind == Kind::error && error_code() == code; }
  /// Returns item `i`; a nil if there is none.
  const Reply& at(std::size_t i) const noexcept;
  /// Returns the number of an integer, or of a text of digits; else 0.
  long long number() const noexcept;
};

class ReplyReader {
 public:
  ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Throws Error(store) if a reply grows above 4 MiB.
  void feed(std::string_view bytes);
  /// Returns the next complete reply. Throws Error(store) if it is none of Redis, or has more than
  /// 4096 items.
  std::optional<Reply> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const noexcept;
  };
  std::unique_ptr<redisReader, Free> reader_;
  std::size_t waiting_ = 0;  // bytes since the last reply
  std::size_t items_left_;   // of the reply that is read now
};

}  // namespace pintle::redis
