// SPDX-License-Identifier: Apache-2.0
//
// A child process for the session tests: session-child URL FOLDER OFFSET_MS STEP_MS CALLS
//
// Makes CALLS requests (0: forever) with the session in FOLDER. Its clock is OFFSET_MS ahead and
// each request advances it by STEP_MS, so that every credential has expired. Prints "." after each
// response, "!" and the error after a failure, and then ends.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <pintle/host.h>

extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_oauth;

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  std::int64_t now = std::atoll(argv[3]);
  const std::int64_t step = std::atoll(argv[4]);
  const std::int64_t calls = std::atoll(argv[5]);
  try {
    pintle::HostOptions options;
    options.built_in = {&pintle_oauth};
    options.sessions = std::make_shared<pintle::FileSessionStore>(argv[2]);
    options.now_ms = [&now] { return now; };
    pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
    settings.name = "home";
    auto connection = pintle::Host(std::move(options)).open(std::move(settings));
    for (std::int64_t call = 0; calls == 0 || call < calls; ++call) {
      const auto response = connection.call({.target = "/api/sessions"});
      if (response.status != 200) throw pintle::Error(pintle::Layer::gate, "not let in");
      if (auto trouble = connection.store_trouble()) throw *trouble;
      std::cout << '.' << std::flush;
      now += step;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cout << '!' << error.what() << std::flush;
    return 1;
  }
}
