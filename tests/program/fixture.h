// SPDX-License-Identifier: Apache-2.0
//
// A practice gateway in this process and the program in another.

#pragma once

#include <string>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "practice/server/gateway.h"
#include "support/program.h"

namespace pintle::test {

inline Poco::JSON::Object::Ptr json_of(const std::string& text) {
  return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

inline practice::Options with_token(std::string_view token) {
  practice::Options options;
  options.token = Secret(token);
  return options;
}

class WithGateway : public testing::Test {
 protected:
  static constexpr const char* kToken = "practice-token-abcdefghijklmnop";

  void begin(practice::Options options = with_token(kToken)) {
    gateway_.emplace(std::move(options));
    url_ = gateway_->url();
    token_file_ = pintle_.secret_file("token", std::string(kToken) + "\n");
  }

  /// `pintle ARGUMENTS URL REST --token-file F`
  std::vector<std::string> with_credential(std::vector<std::string> arguments) const {
    arguments.push_back("--token-file");
    arguments.push_back(token_file_);
    return arguments;
  }

  std::size_t requests(const std::string& path) {
    return gateway_->request_log().requests_to(path).size();
  }

  std::optional<practice::Gateway> gateway_;
  std::string url_;
  std::string token_file_;
  Program pintle_;
};

}  // namespace pintle::test
