// SPDX-License-Identifier: Apache-2.0
//
// The options of a host, with the log hook and the session store of the app.
//
// Threads: [js].

#pragma once

#include <memory>
#include <napi.h>

#include <pintle/pintle.h>

#include "questions.h"
#include "values.h"

namespace pintle_node {

class HostOptions {
 public:
  /// `id`: the number of the host in lib/.
  HostOptions(const Napi::Object& given, double id, std::shared_ptr<Questions> questions);
  HostOptions(const HostOptions&) = delete;
  HostOptions& operator=(const HostOptions&) = delete;

  const pintle_host_options& get() const noexcept { return options_; }
  /// The library has taken the options: it releases the log hook and the store.
  void taken() noexcept;

  struct AppFunctions {
    std::shared_ptr<Questions> questions;
    double id;
  };

 private:
  Texts texts_;
  std::unique_ptr<AppFunctions> log_;
  std::unique_ptr<AppFunctions> store_functions_;
  pintle_session_store store_ = sized<pintle_session_store>();
  pintle_host_options options_ = sized<pintle_host_options>();
};

}  // namespace pintle_node
