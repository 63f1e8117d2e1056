// SPDX-License-Identifier: Apache-2.0
//
// `pintle serve` with a clock that goes wrong:
//
//     fleet-holder URL STORE KEY_FILE LEASE_MS PREFIX OFFSET_MS
//
// Its clock is OFFSET_MS ahead. Prints {"url":"…"} as `pintle serve --json` does, and runs until it
// is killed.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

#include <pintle/broker.h>
#include <pintle/host.h>
#include <pintle/session_store.h>

extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_oauth;

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  try {
    const std::int64_t offset_ms = std::atoll(argv[6]);
    pintle::HostOptions options;
    options.built_in = {&pintle_oauth};
    options.sessions = std::make_shared<pintle::FileSessionStore>(
        std::filesystem::path(argv[3]).parent_path());  // none is in it
    options.now_ms = [offset_ms] {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count() +
             offset_ms;
    };
    pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
    settings.session_store = argv[2];
    settings.store_inputs.emplace(
        "key", pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[3]));
    settings.store_settings = {{"lease_ms", argv[4]}, {"prefix", argv[5]}, {"plain", "allowed"}};
    settings.allow_plain_http = true;
    settings.request_ms = 3'000;
    const pintle::Host host(std::move(options));
    const auto connection = host.open(std::move(settings));
    pintle::BrokerOptions broker_options;
    broker_options.as = pintle::BrokerOptions::As::open;
    const pintle::Broker broker(connection, broker_options);
    std::cout << "{\"url\":\"" << broker.url() << "\"}\n" << std::flush;
    for (;;) ::pause();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
