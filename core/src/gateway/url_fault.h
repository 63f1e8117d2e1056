// SPDX-License-Identifier: Apache-2.0
//
// The fault of a URL, before its source is known. Internal to core.

#pragma once

#include <string>
#include <utility>

namespace pintle {

/// A reason for the user. It never repeats a possible secret.
class UrlFault {
 public:
  explicit UrlFault(std::string what) : what_(std::move(what)) {}
  const std::string& what() const noexcept { return what_; }

 private:
  std::string what_;
};

}  // namespace pintle
