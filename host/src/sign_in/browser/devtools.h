// SPDX-License-Identifier: Apache-2.0
//
// Speaks a browser's DevTools protocol over a pipe: calls, and whether a page is gone.
//
// Threads: one; `cancel` may be stopped from any.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include <Poco/JSON/Object.h>

#include "sign_in/human_wait.h"

namespace pintle {

class DevTools {
 public:
  using Object = Poco::JSON::Object::Ptr;

  /// Thrown if the browser has closed the pipe.
  struct Ended {};

  /// Does not own `pipe`; `limit` must outlive this. Every wait throws Error(gate) when `cancel` is
  /// stopped or `limit` is over.
  DevTools(int pipe, const HumanWait& limit, std::stop_token cancel)
      : pipe_(pipe), limit_(limit), cancel_(std::move(cancel)) {}
  DevTools(const DevTools&) = delete;
  DevTools& operator=(const DevTools&) = delete;
  ~DevTools();

  /// Opens a session with the first page, or with a new one if there is none.
  void attach();

  /// Sends a request and returns its result. Throws Ended, and Error(protocol) if the browser
  /// refuses it or does not answer for 20 seconds.
  Object call(const std::string& method, const Object& params = new Poco::JSON::Object);

  /// Reads the browser's events for `time`. Throws Ended.
  void pause(std::chrono::milliseconds time);

  /// Returns true once the attached page is gone: its window was closed.
  bool page_is_gone() const noexcept { return page_is_gone_; }

 private:
  void send(const std::string& message);
  /// Returns the next message, or null at `until`.
  Object receive(std::chrono::steady_clock::time_point until);
  void look_at(const Object& message);

  int pipe_;
  const HumanWait& limit_;
  std::stop_token cancel_;
  std::string in_;
  std::int64_t last_id_ = 0;
  std::string target_;
  std::string session_;
  bool page_is_gone_ = false;
};

}  // namespace pintle
