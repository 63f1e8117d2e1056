// SPDX-License-Identifier: Apache-2.0
//
// An http proxy on loopback that knows one host: it tunnels every CONNECT to a port of this
// machine.
//
// Threads: created and destroyed by one.

#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "scripted_server.h"

namespace pintle::test {

class ForwardProxy {
 public:
  explicit ForwardProxy(std::uint16_t target)
      : server_([target](ScriptedPeer& peer) { tunnel(peer, target); }) {}

  std::string url() const { return server_.url(); }
  /// The requests that clients sent to the proxy itself.
  std::vector<std::string> requests() const { return server_.requests(); }

 private:
  static void tunnel(ScriptedPeer& client, std::uint16_t target) {
    if (!client.read_request().starts_with("CONNECT ")) return;
    const int gateway = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(target);
    if (::connect(gateway, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      client.send("HTTP/1.1 200 Connection established\r\n\r\n");
      std::thread back([&] {
        std::array<char, 4096> bytes{};
        for (long got = 0; (got = ::recv(gateway, bytes.data(), bytes.size(), 0)) > 0;) {
          if (!client.send({bytes.data(), static_cast<std::size_t>(got)})) break;
        }
      });
      for (auto bytes = client.read_some_bytes(); !bytes.empty();
           bytes = client.read_some_bytes()) {
        if (::send(gateway, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) break;
      }
      ::shutdown(gateway, SHUT_RDWR);
      back.join();
    }
    ::close(gateway);
  }

  ScriptedServer server_;
};

}  // namespace pintle::test
