// SPDX-License-Identifier: Apache-2.0
//
// A practice gateway in this process and the program in another.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "practice/server/gateway.h"
#include "support/practice_options.h"
#include "support/program.h"

namespace pintle::test {

inline Poco::JSON::Object::Ptr json_of(const std::string& text) {
  return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

class WithGateway : public testing::Test {
 protected:
  void begin(practice::Options options = token_gate()) {
    gateway_.emplace(std::move(options));
    url_ = gateway_->url();
  }

  /// `pintle ARGUMENTS URL REST --token-file F`
  std::vector<std::string> with_credential(std::vector<std::string> arguments) const {
    arguments.push_back("--token-file");
    arguments.push_back(token_file_);
    return arguments;
  }

  /// Adds the connection "home" to the gateway.
  Ran add_home() { return pintle_.run(with_credential({"add", "home", url_})); }

  std::size_t requests(const std::string& path) {
    return gateway_->request_log().requests_to(path).size();
  }

  std::optional<practice::Gateway> gateway_;
  std::string url_;
  Program pintle_;
  std::string token_file_ = pintle_.secret_file("token", std::string(kToken) + "\n");
};

}  // namespace pintle::test
