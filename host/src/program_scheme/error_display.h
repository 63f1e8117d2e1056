// SPDX-License-Identifier: Apache-2.0
//
// What a scheme program writes on its standard error, line by line on that of this process: for the
// developer of a scheme. Off unless the environment says otherwise, as it may hold secrets.
//
// Threads: one for each value.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pintle::program {

class ErrorDisplay {
 public:
  /// "1": it is shown.
  static constexpr const char* kVariable = "PINTLE_SHOW_SCHEME_STDERR";

  /// The name of `program` is put before each line.
  explicit ErrorDisplay(const std::filesystem::path& program);
  ErrorDisplay(const ErrorDisplay&) = delete;
  ErrorDisplay& operator=(const ErrorDisplay&) = delete;
  /// Shows the rest of the last line.
  ~ErrorDisplay();

  /// Shows the lines that `bytes` complete, without control characters.
  void add(std::string_view bytes);

 private:
  void show(std::string_view line) const;

  const std::string name_;
  const bool is_on_;
  std::string rest_;
};

}  // namespace pintle::program
