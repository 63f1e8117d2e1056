// SPDX-License-Identifier: Apache-2.0
//
// The options of a connection. Threads: [js].

#pragma once

#include <deque>
#include <memory>
#include <napi.h>
#include <vector>

#include <pintle/pintle.h>

#include "questions.h"
#include "values.h"

namespace pintle_node {

class ConnectionOptions {
 public:
  ConnectionOptions(const Napi::Object& given, std::shared_ptr<Questions> questions);
  ConnectionOptions(const ConnectionOptions&) = delete;
  ConnectionOptions& operator=(const ConnectionOptions&) = delete;
  ~ConnectionOptions();

  const pintle_connection_options& get() const noexcept { return options_; }
  /// The library has taken the options: it releases the functions that give secrets.
  void taken() noexcept { functions_.clear(); }

 private:
  pintle_source source(const Napi::Array& given);
  const std::vector<pintle_source>& sources(const Napi::Object& given, const char* member);

  const std::shared_ptr<Questions> questions_;
  Texts texts_;
  std::deque<std::vector<pintle_source>> sources_;
  std::deque<pintle_secret_callback> callbacks_;
  std::vector<void*> functions_;
  pintle_source passphrase_{};
  pintle_connection_options options_ = sized<pintle_connection_options>();
};

}  // namespace pintle_node
