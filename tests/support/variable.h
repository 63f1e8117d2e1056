// SPDX-License-Identifier: Apache-2.0
//
// An environment variable for the duration of a scope.
//
// Threads: no other may run.

#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace pintle::test {

// Restores an environment variable on destruction.
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
