// SPDX-License-Identifier: Apache-2.0
//
// The cost of the log: a REST call on a kept-alive connection, and an echo on a WebSocket, to a
// practice gateway in this process; without a hook, with the hook of -v, of -vv and of --trace.
// "records" is the number of records for each.

#include <atomic>
#include <benchmark/benchmark.h>
#include <cstdint>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

#include <pintle/files/unique_fd.h>
#include <pintle/live.h>
#include <pintle/log.h>

#include "program_log.h"
#include "support/practice_host.h"

namespace pintle::bench {
namespace {

enum class Hook { none, lines_of_info, lines_of_debug, trace };

LogLevel level_of(Hook hook) {
  switch (hook) {
    case Hook::none:
      return LogLevel::off;
    case Hook::lines_of_info:
      return LogLevel::info;
    default:
      return LogLevel::debug;
  }
}

class Connected {
 public:
  explicit Connected(Hook hook) : hook_(hook) {
    const auto file = hook == Hook::trace ? (folder_ / "trace").string() : "/dev/null";
    file_ = UniqueFd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    auto options = test::host_with({&pintle_token});
    if (hook != Hook::none) {
      options.log = {.level = level_of(hook),
                     .function = [this](const LogRecord& record) { write(record); }};
    }
    host_.emplace(std::move(options));
    connection_.emplace(host_->open(test::settings_for(gateway_, test::token_input(folder_))));
    test::get_sessions(*connection_);
    records_ = 0;
  }

  Connection& connection() { return *connection_; }
  std::uint64_t records() const { return records_; }
  void forget_records() { records_ = 0; }

 private:
  void write(const LogRecord& record) {
    const auto line =
        (hook_ == Hook::trace ? cli::trace_line(record) : cli::log_line(record)) + "\n";
    [[maybe_unused]] const auto written = ::write(file_.get(), line.data(), line.size());
    ++records_;
  }

  const Hook hook_;
  test::TemporaryFolder folder_;
  UniqueFd file_;
  std::atomic<std::uint64_t> records_{0};
  practice::Gateway gateway_{test::token_gate()};
  std::optional<Host> host_;
  std::optional<Connection> connection_;
};

void report_records(benchmark::State& state, const Connected& connected) {
  state.counters["records"] = benchmark::Counter(static_cast<double>(connected.records()),
                                                 benchmark::Counter::kAvgIterations);
}

void RestCall(benchmark::State& state, Hook hook) {
  Connected connected(hook);
  for (auto _ : state) {
    if (test::get_sessions(connected.connection()) != 200) return state.SkipWithError("not 200");
  }
  report_records(state, connected);
}

void WsEcho(benchmark::State& state, Hook hook) {
  Connected connected(hook);
  auto live = connected.connection().live({.reconnect = false});
  live.wait_until_ready(10'000);
  const std::string params = R"({"text":")" + std::string(64, 'x') + R"("})";
  connected.forget_records();
  for (auto _ : state) benchmark::DoNotOptimize(live.rpc("echo", params));
  report_records(state, connected);
}

BENCHMARK_CAPTURE(RestCall, none, Hook::none)->UseRealTime();
BENCHMARK_CAPTURE(RestCall, verbose_info, Hook::lines_of_info)->UseRealTime();
BENCHMARK_CAPTURE(RestCall, verbose_debug, Hook::lines_of_debug)->UseRealTime();
BENCHMARK_CAPTURE(RestCall, trace_file, Hook::trace)->UseRealTime();
BENCHMARK_CAPTURE(WsEcho, none, Hook::none)->UseRealTime();
BENCHMARK_CAPTURE(WsEcho, verbose_info, Hook::lines_of_info)->UseRealTime();
BENCHMARK_CAPTURE(WsEcho, verbose_debug, Hook::lines_of_debug)->UseRealTime();
BENCHMARK_CAPTURE(WsEcho, trace_file, Hook::trace)->UseRealTime();

}  // namespace
}  // namespace pintle::bench
