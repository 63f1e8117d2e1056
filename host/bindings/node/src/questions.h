// SPDX-License-Identifier: Apache-2.0
//
// Questions of the library to functions of the app: a thread of the library waits while the promise
// of JavaScript is pending.
//
// Threads: any, but for what is marked [js].

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <pintle/pintle.h>

#include "inbox.h"

namespace pintle_node {

/// What JavaScript is told or asked: dispatch(what, target, question, bytes, ...texts).
struct Message {
  const char* what;
  double target = 0;  ///< The number of the host, the operation or the function that it is for.
  std::vector<std::string> texts{};
  std::string bytes{};
  bool has_bytes = false;
};

struct Answer {
  enum class Kind { nothing, given, refused };
  Kind kind = Kind::nothing;
  std::string text{};  ///< The answer, or why it was refused.

  Answer() = default;
  Answer(Kind a_kind, std::string a_text) : kind(a_kind), text(std::move(a_text)) {}
  Answer(Answer&& other) noexcept = default;
  Answer& operator=(Answer&& other) noexcept = default;
  ~Answer();  ///< Wipes it.
};

/// Passes the answer on to the library; nothing if there is none.
void give(pintle_secret_sink* sink, const Answer& answer);

class Questions {
 public:
  using Dispatch = void (*)(napi_env, const Message&, double question);

  Questions(std::shared_ptr<Inbox> inbox, Dispatch dispatch);

  /// Asks, and blocks until JavaScript has answered, `cancel_fd` (if not -1) is readable,
  /// `timeout_ms` (if not -1) is over, or `cancel` or `close` was called. Does not wait on the
  /// thread of JavaScript, which would wait for itself.
  Answer ask(Message message, int cancel_fd, int timeout_ms);
  /// Tells something, and does not wait.
  void notify(Message message);

  /// [js] Answers; nothing happens if the answer is not wanted any more.
  void answer(double question, Answer answer);
  /// [js] Ends the questions for this target.
  void cancel(double target);
  /// [js] Ends all questions, and those that come.
  void close();

 private:
  struct Open;
  void end(double question, Answer answer);

  const std::shared_ptr<Inbox> inbox_;
  const Dispatch dispatch_;
  const std::thread::id js_thread_ = std::this_thread::get_id();
  std::mutex mutex_;
  double last_ = 0;
  bool is_closed_ = false;
  std::map<double, std::shared_ptr<Open>> open_;
};

/// Overwrites a text that may be secret.
void wipe(std::string& text) noexcept;

}  // namespace pintle_node
