// A connection to one gateway: probe, scheme, authenticated requests, the WebSocket.
//
// Threads: any, at the same time. One operation of the scheme runs at a time; whoever needs its
// result waits for it.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/error.h>
#include <pintle/core/headers.h>
#include <pintle/core/probe.h>
#include <pintle/core/secret.h>
#include <pintle/live.h>
#include <pintle/loading/chooser.h>
#include <pintle/settings.h>

namespace pintle {

/// A WebSocket URL to dial, with its credential in it.
struct DialUrl {
  Secret url;
  /// True where it works once and for a short time: never keep it (design: credentials have a
  /// life).
  bool single_use = true;
};

/// Who is signed in, as far as a person may know.
struct SignInFacts {
  std::string scheme;
  bool signed_in = false;
  /// "user", "provider", "expires_ms", "credential", "source" (plugin.h, describe).
  std::map<std::string, std::string> facts;
};

class Connection {
 public:
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  const ConnectionSettings& settings() const noexcept;

  /// Asks the gateway what it is, without a credential, ever. Throws Error.
  Probe probe(std::stop_token cancel = {});

  /// What would be chosen for that probe and why, for this call alone. Throws as `choose` does.
  loading::Choice choose_for(const Probe& probe);

  /// The choice of the scheme and why; probes where that was not done yet, and loads what it
  /// needs. Throws Error(plugin, config) with the whole table where none can be used.
  loading::Choice choose(std::stop_token cancel = {});

  /// One authenticated request. Gives the gateway's answer back, whatever its status; throws where
  /// there is none, and Error(…).needs_sign_in() where the credential is missing or dead. A
  /// rejected credential is read again from where it lies, and the request sent once more where it
  /// has changed. Nothing is asked of a person.
  HttpResponse call(HttpRequest request, std::stop_token cancel = {});

  /// A fresh URL for `path` ("/api/ws"), for this process or another to dial.
  DialUrl ws_url(std::string_view path = "/api/ws",
                 const std::vector<std::pair<std::string, std::string>>& query = {},
                 std::stop_token cancel = {});

  /// Dials the WebSocket, on the connection of the last exchange where it is still open. Returns
  /// after the 101; "ready" is the first event.
  LiveConnection dial(const LiveOptions& options = {}, std::stop_token cancel = {});

  /// Reads the credential from where the settings say, without asking the gateway or a person.
  SignInFacts sign_in_facts(std::stop_token cancel = {});

 private:
  friend class Host;
  struct Parts;
  explicit Connection(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace pintle
