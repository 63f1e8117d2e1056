// SPDX-License-Identifier: Apache-2.0
//
// What a caged scheme costs: at first use (the limit is 2 ms and 3 MB), for a request while its
// decoration holds (nothing beyond a kept one), and for a response that it observes.

#include <benchmark/benchmark.h>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include <pintle/files/unique_fd.h>
#include <pintle/loading/load_check.h>
#include <pintle/plugin.h>
#include <pintle/program_loader.h>

#include "support/scheme_driver.h"

namespace pintle {
namespace {

constexpr const char* kToken = "0123456789abcdef0123456789abcdef0123456789a";

// The digest is the host's in any case, caged or not.
std::shared_ptr<const pintle_plugin_table> load() {
  static const std::string digest = loading::digest_of(TOKEN_PLUGIN);
  const UniqueFd copy(::open(TOKEN_PLUGIN, O_RDONLY | O_CLOEXEC));
  return cage_loader(std::filesystem::path(PINTLE_CAGE).parent_path())(TOKEN_PLUGIN, digest,
                                                                       copy.get());
}

// The memory that the processes of this one have for themselves. KiB.
double private_kib() {
  double sum = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream children(task.path() / "children");
    std::string pid;
    while (children >> pid) {
      std::ifstream rollup("/proc/" + pid + "/smaps_rollup");
      std::string name;
      double kib = 0;
      for (std::string line; std::getline(rollup, line);) {
        if (!line.starts_with("Private_")) continue;
        kib = std::stod(line.substr(line.find(':') + 1));
        sum += kib;
      }
    }
  }
  return sum;
}

void sign_in(test::SchemeDriver& driver) {
  driver.begin(PINTLE_SIGN_IN);
  driver.answer_fields({{"token", kToken}}, "the benchmark");
  driver.end();
}

void FirstUse(benchmark::State& state) {
  double kib = 0;
  for (auto _ : state) {
    auto table = load();
    auto driver = std::make_unique<test::SchemeDriver>(*table->schemes[0]);
    if (driver->code != PINTLE_OK) return state.SkipWithError(driver->error.message);
    state.PauseTiming();  // its end is not part of the first use
    kib = private_kib();
    driver.reset();
    table.reset();
    state.ResumeTiming();
  }
  state.counters["private_KiB"] = kib;
}
BENCHMARK(FirstUse)->Unit(benchmark::kMillisecond)->UseRealTime();

void KeptDecoration(benchmark::State& state) {
  const auto table = load();
  test::SchemeDriver driver(*table->schemes[0]);
  sign_in(driver);
  for (auto _ : state) {
    if (driver.decorate() != PINTLE_OK) return state.SkipWithError(driver.error.message);
  }
}
BENCHMARK(KeptDecoration)->UseRealTime();

void ObservedResponse(benchmark::State& state) {
  const auto table = load();
  test::SchemeDriver driver(*table->schemes[0]);
  sign_in(driver);
  driver.decorate();
  for (auto _ : state) benchmark::DoNotOptimize(driver.observe(200));
}
BENCHMARK(ObservedResponse)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace pintle
