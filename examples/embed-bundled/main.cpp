// SPDX-License-Identifier: Apache-2.0
//
// An app that is one file: the bundled schemes are linked in, and no plugin folder is looked at.
//
//     embed-bundled                  lists the schemes
//     embed-bundled URL TOKEN_FILE   asks the gateway for its sessions

#include <iostream>

#include <pintle/bundled.h>
#include <pintle/host.h>

int main(int argc, char** argv) {
  try {
    auto options = pintle::HostOptions::standard();
    options.paths.plugin_folders.clear();
    options.built_in = pintle::bundled_plugins();
    const pintle::Host host(options);
    if (argc != 3) {
      const auto catalogue = host.catalogue();
      for (const auto& entry : catalogue.entries()) {
        std::cout << entry.scheme.id << " (" << entry.where() << ")\n";
      }
      return argc == 1 ? 0 : 2;
    }

    pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
    settings.inputs.emplace("token",
                            pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[2]));
    const auto response = host.open(settings).call({.target = "/api/sessions"});
    std::cout << response.status << " " << response.body << "\n";
    return response.ok() ? 0 : 1;
  } catch (const pintle::Error& error) {
    std::cerr << error.what() << "\n" << error.hint() << "\n";
    return 1;
  }
}
