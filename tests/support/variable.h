// SPDX-License-Identifier: Apache-2.0
//
// An environment variable for the length of a scope.
//
// Threads: none other may run.

#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace pintle::test {

// Puts an environment variable back when it dies.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace pintle::test
