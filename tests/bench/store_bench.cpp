// SPDX-License-Identifier: Apache-2.0
//
// The cost of where a session is stored: a REST call on a live session, kept alive, to a practice
// gateway in this process, with the session in memory, in a file, and in a real Redis. "redis" is
// how many commands Redis got for each call: a live session is not looked up.

#include <benchmark/benchmark.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <pintle/host.h>
#include <pintle/session_store.h>

#include "host/redis/redis_process.h"
#include "session/redis_store.h"
#include "support/practice_host.h"

namespace pintle::bench {
namespace {

enum class Store { memory, file, redis };

class SignedIn {
 public:
  explicit SignedIn(Store store) {
    auto settings = host_.settings(true);
    if (store == Store::memory) host_.store = nullptr;
    if (store == Store::redis) {
      redis_.emplace();
      test::write_text(folder_ / "key", std::string(43, 'A') + "=");
      settings.session_store = redis_->url();
      settings.store_inputs = {{"key", test::secret_in(folder_ / "key")}};
      host_.store = make_redis_store(settings);
      settings.session_store.clear();
      settings.store_inputs.clear();
    }
    connection_.emplace(Host(host_.host_options()).open(std::move(settings)));
    test::get_sessions(*connection_);
  }

  Connection& connection() { return *connection_; }
  std::int64_t commands() const {
    if (!redis_) return 0;
    const auto stats = redis_->call({"INFO", "stats"}).text;
    constexpr std::string_view kName = "total_commands_processed:";
    const auto at = stats.find(kName);
    return at == std::string::npos ? 0 : std::stoll(stats.substr(at + kName.size()));
  }

 private:
  test::TemporaryFolder folder_;
  std::optional<test::RedisProcess> redis_;
  test::PracticeHost host_;
  std::optional<Connection> connection_;
};

void RestCall(benchmark::State& state, Store store) {
  if (store == Store::redis && test::RedisProcess::program().empty()) {
    return state.SkipWithError("redis-server is not installed");
  }
  SignedIn signed_in(store);
  const auto before = signed_in.commands();
  for (auto _ : state) {
    if (test::get_sessions(signed_in.connection()) != 200) return state.SkipWithError("not 200");
  }
  // But for the two that count, and a PING each five seconds.
  state.counters["redis"] = benchmark::Counter(static_cast<double>(signed_in.commands() - before),
                                               benchmark::Counter::kAvgIterations);
}

BENCHMARK_CAPTURE(RestCall, session_in_memory, Store::memory)->UseRealTime();
BENCHMARK_CAPTURE(RestCall, session_in_a_file, Store::file)->UseRealTime();
BENCHMARK_CAPTURE(RestCall, session_in_redis, Store::redis)->UseRealTime();

}  // namespace
}  // namespace pintle::bench
