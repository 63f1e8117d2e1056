// SPDX-License-Identifier: Apache-2.0
//
// Chooses the scheme for what stands in front of the gateway: the one that the settings name, or by
// what answered in the gateway's place.
//
// Threads: one at a time; what it returned may be used from any.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/http/headers.h>
#include <pintle/host.h>
#include <pintle/loading/catalogue.h>
#include <pintle/settings.h>

#include "connection/connection_context.h"
#include "net/transport.h"
#include "session/session_cache.h"
#include "session/session_file.h"
#include "settings/origin_transports.h"

namespace pintle {

/// A front that is in use.
struct ChosenFront {
  loading::SchemeFacts facts;
  /// The connection's, with the front's own inputs and settings in place of the scheme's.
  ConnectionSettings settings;
  /// To the gateway's origin without a front: for the front's own sign-in.
  std::unique_ptr<net::Transport> transport{};
  std::unique_ptr<OriginTransports> origins{};
  std::unique_ptr<SessionCache> sessions{};

  /// Returns true if the settings have something for it.
  bool is_given() const;
  bool matches(const HttpResponse& response) const {
    return facts.front->match(response, settings.url);
  }
};

/// Returns the key of a front's session, which is beside that of the gateway's scheme.
inline SessionKey front_session_key(const ConnectionSettings& settings, const std::string& id) {
  return session_key_of(settings, std::string(session_file::kFrontPrefix) + id);
}

/// Returns the ids of the fronts that can be used, whose sessions may be stored.
std::vector<std::string> front_ids(const loading::Catalogue& catalogue);

class FrontChoice {
 public:
  /// `context` must outlive this.
  explicit FrontChoice(ConnectionContext& context) : context_(context) {}

  /// Loads the front that the settings name. Throws Error(config, plugin).
  std::unique_ptr<ChosenFront> named() const;
  /// Returns the front that the response is from: one whose session is stored or whose inputs are
  /// given is preferred, then the highest score. Null if there is none. Throws Error(plugin).
  std::unique_ptr<ChosenFront> by(const HttpResponse& response);
  /// Returns true if the response may be that of a front, by its head.
  bool may_match(const HttpResponse& head);

 private:
  const std::vector<loading::Entry>& fronts();
  std::unique_ptr<ChosenFront> make(const loading::Entry& entry,
                                    const loading::Catalogue& catalogue) const;
  bool is_unsafe(const loading::SchemeFacts& facts) const;
  bool has_credential_for(const loading::SchemeFacts& facts) const;

  ConnectionContext& context_;
  std::optional<std::vector<loading::Entry>> fronts_;  // read at the first response of that kind
};

}  // namespace pintle
