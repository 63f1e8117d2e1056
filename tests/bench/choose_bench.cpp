// SPDX-License-Identifier: Apache-2.0
//
// The cost of choosing a scheme with one plugin in the folder and with a hundred: manifests are
// read, rules are checked against the probe, and no library is opened. The limit is 5 ms for the
// other 99.

#include <benchmark/benchmark.h>
#include <string>

#include <pintle/loading/chooser.h>

#include "support/temporary_folder.h"

extern "C" const pintle_plugin_table pintle_token;

namespace pintle::loading {
namespace {

void ReadAndChoose(benchmark::State& state) {
  const test::TemporaryFolder folder;
  auto manifest = manifest_of(pintle_token);
  for (int i = 0; i < state.range(0); ++i) {
    const auto name = "other-" + std::to_string(i);
    manifest.schemes[0].id = name;
    manifest.schemes[0].score = 10;  // So that the one that is linked in is chosen.
    test::write_text(folder / (name + ".so"), "never opened");
    test::write_text(folder / (name + ".json"), to_json(manifest));
  }
  Loader loader({}, LoadCheck({}, {}));
  const auto url = GatewayUrl::parse("http://127.0.0.1:9119");
  Probe probe;
  probe.body = R"({"version":"0.16.0","auth_required":false,"auth_providers":[]})";
  for (auto _ : state) {
    const auto catalogue = Catalogue::read({folder.path()}, {&pintle_token});
    benchmark::DoNotOptimize(choose(catalogue, loader, probe, url, {}));
  }
}
BENCHMARK(ReadAndChoose)->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pintle::loading
