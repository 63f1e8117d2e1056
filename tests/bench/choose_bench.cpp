// SPDX-License-Identifier: Apache-2.0
//
// The cost of choosing a scheme with one plugin in the folder and with a hundred and 20 gateway
// profiles: manifests and profiles are read, rules are checked against the probe, and no library is
// opened. The limit is 5 ms for all of them.

#include <benchmark/benchmark.h>
#include <string>

#include <pintle/loading/chooser.h>
#include <pintle/loading/profiles.h>

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
  for (int i = 0; i < state.range(1); ++i) {
    const auto name = "kind-" + std::to_string(i);
    test::write_text(folder / (name + ".profile.json"),
                     R"({"profile": 1, "id": ")" + name + R"(", "name": "A kind", "probes":
                         [{"path": "/settings", "is": [{"at": "/root"}], "auth_required": true}],
                         "websocket": {"path": "/ws", "content": "messages", "ready": "upgrade"}})");
  }
  if (const auto profiles = Profiles::read({folder.path()}).entries();
      profiles.size() != 1 + static_cast<std::size_t>(state.range(1)) ||
      !profiles.back().fault.empty()) {
    return state.SkipWithError("a profile cannot be used");
  }
  Loader loader({.cage = Cage::never}, LoadCheck({}, {}));
  const auto url = GatewayUrl::parse("http://127.0.0.1:9119");
  Probe probe;
  probe.body = R"({"version":"0.16.0","auth_required":false,"auth_providers":[]})";
  for (auto _ : state) {
    benchmark::DoNotOptimize(Profiles::read({folder.path()}));
    const auto catalogue = Catalogue::read({folder.path()}, {&pintle_token});
    benchmark::DoNotOptimize(choose(catalogue, loader, probe, url, {}));
  }
}
BENCHMARK(ReadAndChoose)->Args({1, 0})->Args({100, 20})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace pintle::loading
