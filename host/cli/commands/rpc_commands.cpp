// SPDX-License-Identifier: Apache-2.0
//
// The commands that use the WebSocket once: rpc, and ws-url for another program.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

#include "commands.h"
#include "connection_options.h"
#include "interrupt.h"
#include "output.h"
#include "pipe_input.h"
#include "program_settings.h"
#include "store_report.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

constexpr std::int64_t kMaxCloseMs = 3'000;

// What is left of a time limit that holds for several steps together.
class TimeLeft {
 public:
  explicit TimeLeft(std::int64_t timeout_ms)
      : end_(Clock::now() + std::chrono::milliseconds(timeout_ms)) {}
  /// Milliseconds; 0 if it is over.
  std::int64_t ms() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now());
    return std::max<std::int64_t>(left.count(), 0);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
};

// What the gateway answers is a result of the call, and no fault of a layer.
int report_refusal(const RpcError& error, bool json) {
  if (!json) {
    note("pintle: " + styled_note(Style::bad, "rpc") + ": " + terminal_safe(error.message()));
    return kRefusedByApp;
  }
  JsonObject members;
  members.text("layer", "rpc").number("code", error.code()).text("message", error.text());
  if (!error.data_json().empty()) members.foreign("data", error.data_json());
  print_line(JsonObject().raw("error", members.str()).str());
  return kRefusedByApp;
}

int run_rpc(const Invocation& invocation) {
  const auto trace_context = traceparent(invocation);
  const UserHost user;
  if (!invocation.target() && default_gateway(invocation, user.paths()).target.empty()) {
    throw UsageError("rpc needs a gateway and METHOD, such as: pintle rpc NAME session.list");
  }
  auto params = invocation.operand(1).value_or("");
  if (params == "-") params = read_pipe(STDIN_FILENO, "standard input");
  auto connection = user.open(invocation);
  const StoreReporter store_reporter(connection);
  const auto& settings = connection.settings();
  std::optional<Error> failure;
  std::optional<RpcError> refusal;
  std::string result;
  {
    const Progress progress("waiting for " + settings.url.text());
    const TimeLeft left(settings.request_ms);
    connection.choose(interrupted());
    LiveOptions wanted{.reconnect = false};
    // An older gateway, which does not say that it is ready, has the other half to answer.
    wanted.ready_timeout_ms = std::min(wanted.ready_timeout_ms, settings.request_ms / 2);
    if (const auto bytes = max_message(invocation)) wanted.max_message_bytes = *bytes;
    wanted.traceparent = trace_context;
    auto live = connection.live(std::move(wanted));
    try {
      live.wait_until_ready(left.ms(), interrupted());
      user.remember_scheme(connection);
      result = live.rpc(invocation.operands()[0], params,
                        {.timeout_ms = left.ms(), .cancel = interrupted()});
    } catch (const RpcError& error) {
      refusal = error;
    } catch (const Error& error) {
      failure = error;
    }
    live.close();
    while (live.next(std::min(kMaxCloseMs, left.ms()), interrupted())) {
    }
  }
  if (failure && interrupted().stop_requested()) return report_interrupted(invocation.json());
  if (failure) return report(*failure, invocation.json());
  if (refusal) return report_refusal(*refusal, invocation.json());
  if (!invocation.json()) {
    print_line(one_line(result));
    return kOk;
  }
  JsonObject object;
  object.foreign("result", result);
  add_store(object, connection);
  print_line(object.str());
  return kOk;
}

int run_ws_url(const Invocation& invocation) {
  const UserHost user;
  auto connection = user.open(invocation);
  const StoreReporter store_reporter(connection);
  const auto path = invocation.get("path").value_or("");
  const Progress progress("waiting for " + connection.settings().url.text());
  const auto url = connection.ws_url(path, {}, interrupted());
  user.remember_scheme(connection);
  if (invocation.json()) {
    JsonObject object;
    object.text("url", url.url.reveal()).boolean("single_use", url.single_use);
    add_store(object, connection);
    print_line(object.str());
  } else {
    print_line(url.url.reveal());
    if (url.single_use && ::isatty(STDOUT_FILENO) == 1) {
      note("Valid once and for seconds only. Treat it like a password.");
    }
  }
  return kOk;
}

}  // namespace

Command rpc_command() {
  return {"rpc",
          "[NAME|URL] METHOD [PARAMS]",
          "Send one JSON-RPC request over the WebSocket",
          "PARAMS is a JSON object or array, or - for standard input. Prints the result. Exits "
          "with 3 if the gateway responds with an error.",
          with_connection_options({max_message_option(), traceparent_option()}),
          run_rpc};
}

Command ws_url_command() {
  return {"ws-url",
          "[NAME|URL]",
          "Print a fresh WebSocket URL for another program",
          "The URL contains a credential.",
          with_connection_options(
              {{"path", "PATH", "The path to connect to (the profile's: /api/ws)"}}),
          run_ws_url};
}

}  // namespace pintle::cli
