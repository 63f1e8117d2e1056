// SPDX-License-Identifier: Apache-2.0
//
// Pintle in an app: one request, then the live connection until it is ready.
//
//     embed-cpp URL TOKEN_FILE

#include <iostream>

#include <pintle/host.h>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed-cpp URL TOKEN_FILE\n";
    return 2;
  }
  try {
    pintle::Host host(pintle::HostOptions::standard());
    pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
    settings.inputs.emplace("token",
                            pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[2]));
    auto connection = host.open(settings);

    const auto response = connection.call({.target = "/api/sessions"});
    std::cout << response.status << " " << response.body << "\n";

    auto live = connection.live();
    live.wait_until_ready(10'000);
    std::cout << "ready " << live.state().greeting << "\n";
    std::cout << live.rpc("session.list", "{}") << "\n";
    return response.ok() ? 0 : 1;
  } catch (const pintle::Error& error) {
    std::cerr << error.what() << "\n" << error.hint() << "\n";
  }
  return 1;
}
