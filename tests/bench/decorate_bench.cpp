// SPDX-License-Identifier: Apache-2.0
//
// The cost of decorating a request: by a direct call of the C++ class, through the C table, and
// from what is kept of a scheme program. The limit is 1 µs through the table.

#include <benchmark/benchmark.h>
#include <filesystem>
#include <string>
#include <string_view>

#include <pintle/loading/load_check.h>
#include <pintle/plugin.h>
#include <pintle/program_loader.h>
#include <pintle/scheme.h>

#include "support/scheme_driver.h"
#include "support/temporary_folder.h"

extern "C" const pintle_plugin_table pintle_token;

namespace pintle {
namespace {

constexpr const char* kToken = "0123456789abcdef0123456789abcdef0123456789a";

// Copies into an existing buffer, as a host that reuses its buffers would.
struct Output {
  std::string text;
};

pintle_sink sink_into(Output& output) {
  auto sink = test::sized<pintle_sink>();
  sink.context = &output;
  sink.put = [](void* context, pintle_view name, pintle_view value) {
    auto& to = static_cast<Output*>(context)->text;
    to.assign(name.data, name.size);
    to.append(value.data, value.size);
  };
  return sink;
}

pintle_request request() {
  auto made = test::sized<pintle_request>();
  made.kind = PINTLE_REQUEST_REST;
  made.method = test::view("GET");
  made.target = test::view("/api/sessions");
  return made;
}

// A token scheme that has its token, created and signed in through the table.
class SignedIn {
 public:
  SignedIn() {
    auto opening = test::sized<pintle_opening>();
    scheme.open(&opening, &auth, &error);
    auto begin = test::sized<pintle_begin>();
    begin.operation = PINTLE_SIGN_IN;
    pintle_operation* operation = nullptr;
    auto step = test::sized<pintle_step>();
    scheme.begin(auth, &begin, &operation, &step, &error);
    const pintle_field field{test::view("token"), test::view(kToken)};
    const pintle_view source = test::view("the benchmark");
    auto answer = test::sized<pintle_answer>();
    answer.fields = &field;
    answer.field_count = 1;
    answer.sources = &source;
    scheme.resume(operation, &answer, &step, &error);
    scheme.end(operation);
  }
  SignedIn(const SignedIn&) = delete;
  SignedIn& operator=(const SignedIn&) = delete;
  ~SignedIn() { scheme.close(auth); }

  const pintle_scheme& scheme = *pintle_token.schemes[0];
  pintle_auth* auth = nullptr;
  pintle_error error = test::sized<pintle_error>();
};

void Direct(benchmark::State& state) {
  const SignedIn signed_in;
  const auto& scheme = *reinterpret_cast<const plugin::Scheme*>(signed_in.auth);
  Output output;
  const auto sink = sink_into(output);
  const auto asked = request();
  for (auto _ : state) {
    benchmark::DoNotOptimize(scheme.decorate(plugin::Request(asked), plugin::HeaderSink(sink)));
  }
}
BENCHMARK(Direct);

void ThroughTheTable(benchmark::State& state) {
  SignedIn signed_in;
  Output output;
  const auto sink = sink_into(output);
  const auto asked = request();
  auto decoration = test::sized<pintle_decoration>();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        signed_in.scheme.decorate(signed_in.auth, &asked, &sink, &decoration, &signed_in.error));
  }
}
BENCHMARK(ThroughTheTable);

// With sh: it answers hello, open and decorate, and is asked nothing else.
constexpr const char* kProgram = R"(#!/bin/sh
read line; echo '{"id":1,"result":{"protocol":1,"name":"x","version":"1","schemes":[{"id":"x",
"name":"X","strength":1,"score":1,"reason":"","sends_secret":true,"rules":[]}]}}' | tr -d '\n'; echo
read line; echo '{"id":2,"result":{}}'
read line; echo '{"id":3,"result":{"headers":[["X-Api-Key","0123456789abcdef0123456789abcdef"]]}}'
read line
)";

void OfAProgram(benchmark::State& state) {
  const test::TemporaryFolder folder;
  const auto file = folder / "program";
  test::write_text(file, kProgram);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const auto table = program_loader()(file, loading::digest_of(file));
  const auto& scheme = *table->schemes[0];
  auto opening = test::sized<pintle_opening>();
  auto error = test::sized<pintle_error>();
  pintle_auth* auth = nullptr;
  if (scheme.open(&opening, &auth, &error) != PINTLE_OK) return state.SkipWithError(error.message);
  Output output;
  const auto sink = sink_into(output);
  const auto asked = request();
  auto decoration = test::sized<pintle_decoration>();
  for (auto _ : state) {
    if (scheme.decorate(auth, &asked, &sink, &decoration, &error) != PINTLE_OK) {
      state.SkipWithError(error.message);
      break;
    }
  }
  scheme.close(auth);
}
BENCHMARK(OfAProgram);

}  // namespace
}  // namespace pintle
