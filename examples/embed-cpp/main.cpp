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
  const char* const url = argv[1];
  const char* const token_file = argv[2];
  try {
    //! [embed]
    pintle::Host host(pintle::HostOptions::standard());
    pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(url)};
    settings.inputs.emplace("token",
                            pintle::SecretSource::of(pintle::SecretSource::Kind::file, token_file));
    auto connection = host.open(settings);

    const auto response = connection.call({.target = "/api/sessions"});  // one REST request
    auto live = connection.live();                   // connects in the background, and reconnects
    const auto sessions = live.rpc("session.list");  // or with a callback, a future, co_await
    //! [embed]
    std::cout << response.status << " " << response.body << "\n";
    std::cout << "ready " << live.state().greeting << "\n" << sessions << "\n";
    return response.ok() ? 0 : 1;
  } catch (const pintle::Error& error) {
    std::cerr << error.what() << "\n" << error.hint() << "\n";
  }
  return 1;
}
