// SPDX-License-Identifier: Apache-2.0
//
// A connection to one gateway: probe, scheme, authenticated requests, the WebSocket.
//
// Threads: any, at the same time. One operation of the scheme runs at a time; whoever needs its
// result waits for it, for `request_ms` at most. Nobody waits for a user but who asked them.

/// @file
/// @snippet reference/host.cpp connection

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
#include <pintle/core/gateway/profile.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>
#include <pintle/counters.h>
#include <pintle/live.h>
#include <pintle/loading/chooser.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

namespace pintle {

/// A WebSocket URL with a credential in it.
struct DialUrl {
  Secret url;
  /// True if it works once and for a short time: never store it.
  bool single_use = true;
  /// The WebSocket subprotocols to offer, the preferred one first. They may hold a credential.
  std::vector<Secret> subprotocols{};
};

/// Who is signed in, without secrets.
struct SignInFacts {
  std::string scheme;
  bool signed_in = false;
  /// "user", "provider", "expires_ms", "credential", "source" (plugin.h, describe).
  std::map<std::string, std::string> facts;
  /// Where the session is stored, for display; empty if none is stored.
  std::string kept_in{};
};

/// The scheme of what stands in front of the gateway, without secrets.
struct FrontFacts {
  std::string scheme;                          ///< Empty: nothing stands there, as far as is known.
  bool signed_in = false;                      ///< It has a credential that was not refused.
  std::map<std::string, std::string> facts{};  ///< As in SignInFacts; "why": why it is not.
  std::string kept_in{};
  /// The front that a response was recognized as, also if it was given no credential: who asks the
  /// user can offer to sign in to it. Empty: none.
  std::string recognized{};
};

struct SignInOptions {
  /// "password", "browser", "paste" (a browser on any machine), "window" (a separate browser
  /// window), or another method of the scheme; empty: the best one available.
  std::string method{};
  /// The name of an identity provider; empty: the scheme chooses, or asks the user ("provider") if
  /// there are several.
  std::string provider{};
  /// Inputs that are not secret: "username". Secrets come from the settings' `inputs` or from the
  /// user.
  std::map<std::string, std::string> given{};
  /// How long to wait for the user at each step. Milliseconds.
  std::int64_t user_timeout_ms = 600'000;
  /// True: signs in only to what stands in front of the gateway.
  bool front_only = false;
};

/// A gateway and the URL at which it was found.
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

  /// Asks the gateway what it is and caches the answer (HostOptions::probe_cache). Sends no
  /// credential but that for what stands in front of the gateway. Throws Error; Error(config) with
  /// the right URL as its hint if the gateway is at a parent path of the settings' URL.
  Probe probe(std::stop_token cancel = {});

  /// Like `probe`, for a URL that may be the address of one of the gateway's pages
  /// ("https://gateway.example/chat/x"): also asks the parent paths on the same origin. Does not
  /// change the settings. Throws the Error of the settings' own URL if there is no gateway at any
  /// of them.
  FoundGateway find_gateway(std::stop_token cancel = {});

  /// Returns what would be chosen for `probe`, and why. Changes nothing. Throws as `choose` does.
  loading::Choice choose_for(const Probe& probe);

  /// Returns the chosen scheme and why. At the first call probes the gateway, unless its answer is
  /// cached, and loads the libraries that it needs. Throws Error(plugin, config) with the whole
  /// table if no scheme can be used.
  loading::Choice choose(std::stop_token cancel = {});

  /// Returns the profile of the gateway, chosen as the scheme is. Throws as `choose` does.
  GatewayProfile profile(std::stop_token cancel = {});

  /// Sends one authenticated request and returns the response, whatever its status. Never asks the
  /// user.
  /// If the credential is rejected, reads it again from its source and repeats the request once if
  /// it has changed. If the scheme was chosen by a cached probe and the gateway has changed, probes
  /// again and repeats a request that was refused or is safe to repeat.
  /// `streams`: bodies that do not fit into memory or are processed as they are received. Such a
  /// request is repeated only if its source can be rewound, and never after the sink received data.
  /// The body of the response is decoded (gzip, deflate) unless `request` has an Accept-Encoding of
  /// its own. A `traceparent` in `request` is sent as it is; see HostOptions::trace_context. Throws
  /// Error if there is no response, and an Error with needs_sign_in() if the credential is missing
  /// or dead.
  HttpResponse call(HttpRequest request, std::stop_token cancel = {},
                    const BodyStreams& streams = {});

  /// Returns a fresh WebSocket URL for `path`, for this process or another one; empty: that of the
  /// gateway's profile ("/api/ws"). If the scheme greets on a new WebSocket, the greeting is left
  /// to the caller. Throws as `call` does.
  DialUrl ws_url(std::string_view path = {},
                 const std::vector<std::pair<std::string, std::string>>& query = {},
                 std::stop_token cancel = {});

  /// Starts a live connection, which connects in the background and reports its progress as states.
  /// It keeps what it needs of this Connection. Throws Error(config) for invalid options.
  LiveConnection live(LiveOptions options = {}, LiveCallbacks callbacks = {});

  /// Returns who is signed in, from the stored session and the settings. Renews nothing, sends no
  /// credential and never asks the user; probes as `choose` does.
  SignInFacts sign_in_facts(std::stop_token cancel = {});

  /// Returns what stands in front of the gateway, as far as this connection knows. Never blocks for
  /// the network.
  FrontFacts front_facts();

  /// Signs in, to what stands in front of the gateway first if that refuses the connection, and
  /// asks the user through `ui` for what the settings do not provide. No other function here asks
  /// the user. Stores the session before it returns, or `store_trouble` says why it could not.
  /// Other requests go on with the previous credential meanwhile; a second sign-in waits for the
  /// first. Throws the Error of the scheme; Error(gate) if `cancel` is requested or the time is
  /// over.
  SignInFacts sign_in(const SignInOptions& options, SignInUi& ui, std::stop_token cancel = {});

  /// Deletes the stored session, and then tells the gateway; an unreachable gateway is not an
  /// error. Returns what stays valid at the gateway and until when, as a sentence for the user;
  /// empty: nothing. Throws Error(store) if something could not be deleted.
  std::string sign_out(std::stop_token cancel = {});

  /// Why the current session could not be stored; it is in memory only, and storing it is tried
  /// again before later requests and when the connection is destroyed.
  std::optional<Error> store_trouble() const;
  /// For display: what was repaired in the store, or where else the session is stored; empty:
  /// nothing.
  std::string store_note() const;

  /// Returns `text` with "(hidden)" in place of each credential that this connection has sent: of
  /// the settings, the session, tickets. Its errors, states and log records have gone through it.
  /// Use it for what an app itself shows or logs of a response, which a gateway may have filled
  /// with what it was sent. One of 4 or 5 bytes is hidden as a whole word only, a shorter one is
  /// not.
  std::string without_secrets(std::string text) const;
  Error without_secrets(const Error& error) const;

  /// Returns what this connection and its live connections have done so far. Never blocks.
  ConnectionCounters counters() const noexcept;

  class Impl;

 private:
  friend class Host;
  friend class Broker;
  explicit Connection(std::shared_ptr<Impl> impl);

  std::shared_ptr<Impl> impl_;
};

}  // namespace pintle
