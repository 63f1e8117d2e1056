// SPDX-License-Identifier: Apache-2.0
//
// A browser's DevTools protocol over a pipe: a request and its answer, and whether a page is gone.
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

  /// The browser has left the pipe.
  struct Ended {};

  /// `pipe` stays the caller's. A wait ends with an Error(gate) when `cancel` is stopped or `limit`
  /// is over.
  DevTools(int pipe, const HumanWait& limit, std::stop_token cancel)
      : pipe_(pipe), limit_(limit), cancel_(std::move(cancel)) {}
  DevTools(const DevTools&) = delete;
  DevTools& operator=(const DevTools&) = delete;
  ~DevTools();

  /// Opens a session with the first page, or with a new one where there is none.
  void attach();

  /// Sends a request and gives its result. Throws Ended; Error(protocol) where the browser refuses
  /// it, or says nothing for 20 seconds.
  Object call(const std::string& method, const Object& params = new Poco::JSON::Object);

  /// Lets time pass and sees what the browser tells. Throws Ended.
  void pause(std::chrono::milliseconds time);

  /// True once the page that was attached to is gone: its window was closed.
  bool page_is_gone() const noexcept { return page_is_gone_; }

 private:
  void send(const std::string& message);
  /// The next message; nothing after `time`.
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
