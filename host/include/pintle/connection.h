// SPDX-License-Identifier: Apache-2.0
//
// A connection to one gateway: probe, scheme, authenticated requests, the WebSocket.
//
// Threads: any, at the same time. One operation of the scheme runs at a time; whoever needs its
// result waits for it, for `request_ms` at most. Nobody waits for a user but who asked them.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>
#include <pintle/live.h>
#include <pintle/loading/chooser.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

namespace pintle {

/// A WebSocket URL to dial, with its credential in it.
struct DialUrl {
  Secret url;
  /// True where it works once and for a short time: never keep it (design: credentials have a
  /// life).
  bool single_use = true;
};

/// Who is signed in, as far as a user may know.
struct SignInFacts {
  std::string scheme;
  bool signed_in = false;
  /// "user", "provider", "expires_ms", "credential", "source" (plugin.h, describe).
  std::map<std::string, std::string> facts;
  /// Where the session is kept, for display; empty where there is none to keep.
  std::string kept_in{};
};

struct SignInOptions {
  /// "password", "browser", "paste" (a browser on any machine), "window" (one of Pintle's own), or
  /// what else the scheme knows; empty: the best that is open.
  std::string method{};
  /// A provider's name; empty: as the scheme finds it.
  std::string provider{};
  /// Answers that are no secret: "username". Secrets come from the settings' `inputs`, or the
  /// user.
  std::map<std::string, std::string> given{};
  /// How long each step that is the user's may last. Milliseconds.
  std::int64_t user_timeout_ms = 600'000;
};

/// A gateway, and the URL that it was found at.
struct FoundGateway {
  GatewayUrl url;
  Probe probe;
};

class Connection {
 public:
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  const ConnectionSettings& settings() const noexcept;

  /// Asks the gateway what it is, without a credential, ever, and remembers the answer
  /// (HostOptions::probe_cache). Throws Error; Error(config) if the gateway is not at the settings'
  /// URL but above it, with the right URL as its hint.
  Probe probe(std::stop_token cancel = {});

  /// The same, for a URL that may be the address of one of the gateway's pages
  /// ("https://gateway.example/chat/x"): if no gateway is there, asks the paths above it on the
  /// same origin. The settings are not changed. Throws Error: what the settings' own URL answered,
  /// if there is no gateway above it either.
  FoundGateway find_gateway(std::stop_token cancel = {});

  /// What would be chosen for that probe and why, for this call alone. Throws as `choose` does.
  loading::Choice choose_for(const Probe& probe);

  /// The choice of the scheme and why; probes if that was not done yet and the gateway's answer is
  /// not remembered, and loads what it needs. Throws Error(plugin, config) with the whole table
  /// where none can be used.
  loading::Choice choose(std::stop_token cancel = {});

  /// One authenticated request. Gives the gateway's answer back, whatever its status; throws where
  /// there is none, and Error(…).needs_sign_in() where the credential is missing or dead. A
  /// rejected credential is read again from where it lies, and the request sent once more where it
  /// has changed. If the scheme was chosen by a remembered answer and the gateway is another by
  /// now, it is asked, and a GET, or what was refused, sent once more. Nothing is asked of a
  /// user.
  ///
  /// `streams`: bodies that do not fit into memory, or are wanted as they come. A request is sent
  /// once more only if its source can be rewound, and never after a sink took an answer. The body
  /// of an answer is decoded (gzip, deflate), unless `request` has an Accept-Encoding of its own.
  HttpResponse call(HttpRequest request, std::stop_token cancel = {},
                    const BodyStreams& streams = {});

  /// A fresh URL for `path` ("/api/ws"), for this process or another to dial.
  DialUrl ws_url(std::string_view path = "/api/ws",
                 const std::vector<std::pair<std::string, std::string>>& query = {},
                 std::stop_token cancel = {});

  /// A live connection, which connects in the background from now on: what comes of it is told with
  /// its states. It keeps what it needs of this Connection. Throws Error(config) for options that
  /// cannot be.
  LiveConnection live(LiveOptions options = {}, LiveCallbacks callbacks = {});

  /// Says who is signed in, from what is stored and from where the settings say. Renews nothing,
  /// sends no credential and asks nobody; probes as `choose` does.
  SignInFacts sign_in_facts(std::stop_token cancel = {});

  /// Signs in, and asks the user through `ui` for what the settings do not say. The only function
  /// here that asks a user anything. The session is stored when it returns, or `store_trouble` says
  /// why not. Requests go on meanwhile with what is held; where several sign in, one waits for the
  /// other. Throws the scheme's Error; Error(gate) at `cancel` and where the time is over.
  SignInFacts sign_in(const SignInOptions& options, SignInUi& ui, std::stop_token cancel = {});

  /// Forgets what was stored, and then tells the gateway: that it cannot be reached is no failure.
  /// Returns what stays valid at the gateway and until when, as a sentence to the user; empty:
  /// nothing. Throws Error(store) if something could not be forgotten.
  std::string sign_out(std::stop_token cancel = {});

  /// Where the session's store failed: the fresh session is in memory alone, and why. It is tried
  /// again before later requests and when the connection ends.
  std::optional<Error> store_trouble() const;
  /// For display: what was mended in the store or set aside, or where else the session is kept.
  std::string store_note() const;

  class Impl;

 private:
  friend class Host;
  explicit Connection(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace pintle
