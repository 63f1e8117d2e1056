// SPDX-License-Identifier: Apache-2.0
//
// The example of the broker in the API reference. It asserts what it shows.
//
//     reference-broker URL TOKEN_FILE

#undef NDEBUG
#include <cassert>
#include <string>

#include <pintle/broker.h>
#include <pintle/bundled.h>
#include <pintle/host.h>

namespace {

pintle::Host host() {
  auto options = pintle::HostOptions::standard();
  options.built_in = pintle::bundled_plugins();
  return pintle::Host(options);
}

void broker(pintle::ConnectionSettings settings) {
  //! [broker]
  const auto connection = host().open(std::move(settings));
  pintle::Broker broker(connection, {.max_requests = 64});
  // Any program of this user that has both reaches the gateway. Here it is another connection.
  pintle::ConnectionSettings local{.url = pintle::GatewayUrl::parse(broker.url())};
  const std::string token(broker.token().reveal());  // never in a command line or a log
  //! [broker]
  ::setenv("BROKER_TOKEN", token.c_str(), 1);
  local.inputs.emplace(
      "token", pintle::SecretSource::of(pintle::SecretSource::Kind::environment, "BROKER_TOKEN"));
  auto client = host().open(local);
  assert(client.call({.target = "/api/sessions"}).ok());
  assert(broker.counters().requests > 0);
  broker.stop();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
  settings.inputs.emplace("token",
                          pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[2]));
  broker(std::move(settings));
}
