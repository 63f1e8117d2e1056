// SPDX-License-Identifier: Apache-2.0
//
// What `pintle connect` does while it is connected, or tries to be: shows every state and event as
// it comes, and sends the lines of standard input.
//
// Threads: the main thread alone.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <pintle/connection.h>
#include <pintle/live.h>

#include "input_lines.h"
#include "output.h"
#include "user_host.h"

namespace pintle::cli {

class ConnectSession {
 public:
  struct Options {
    bool json = false;
    bool once = false;                            ///< Ends when it is ready.
    bool listens = true;                          ///< Reads standard input.
    std::optional<std::chrono::seconds> limit{};  ///< From now on.
    std::string named_path{};                     ///< Of the command line; empty: none.
  };

  ConnectSession(const UserHost& user, Connection& connection, Options options);

  /// Shows what comes over a live connection of `connection` until its end, and returns the exit
  /// code.
  int run(const LiveOptions& options);

 private:
  using Clock = std::chrono::steady_clock;

  bool take_events();
  bool take_state(const LiveState& state);
  void dialling();
  void ready(const LiveState& state);
  void waiting(const LiveState& state);
  bool ended(const LiveState& state);
  Error explained(const Error& error) const;
  void settled();
  void end_in_time();
  void close();
  void wait();
  void close_when_done();
  void refused(int code);
  void send(std::string_view line);
  void send_message(std::string_view line);
  void refuse_line(const Error& error);
  void print_state(const char* state, const std::string& text) const;
  void show(const LiveEvent& event) const;
  void show_line(const char* kind, Style style, std::optional<std::int64_t> code,
                 std::string_view text, std::string_view type, std::string_view payload,
                 const LiveEvent* event = nullptr) const;

  const UserHost& user_;
  Connection& connection_;
  const Options options_;
  const std::optional<Clock::time_point> until_;
  std::optional<LiveConnection> live_;
  std::string path_;  ///< Of the WebSocket; empty until the profile is known.
  bool speaks_json_rpc_ = true;
  bool is_hermes_ = true;
  InputLines lines_;
  std::set<std::int64_t> pending_;
  long long line_ = 0;
  bool is_ready_ = false;
  bool was_ready_ = false;
  bool knows_scheme_ = false;
  bool is_settled_ = false;
  bool closing_ = false;
  std::optional<Error> last_failure_;
  int code_ = kOk;
};

}  // namespace pintle::cli
