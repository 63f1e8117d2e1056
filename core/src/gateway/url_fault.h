// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a URL, before it is known whose URL it is. For the sources of core alone.

#pragma once

#include <string>
#include <utility>

namespace pintle {

/// A reason for the user. It never repeats what may be a secret.
class UrlFault {
 public:
  explicit UrlFault(std::string what) : what_(std::move(what)) {}
  const std::string& what() const noexcept { return what_; }

 private:
  std::string what_;
};

}  // namespace pintle
