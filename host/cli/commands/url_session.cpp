// SPDX-License-Identifier: Apache-2.0
#include "url_session.h"

#include <vector>

#include <pintle/core/base/error.h>

#include "output.h"

namespace pintle::cli {
namespace {

// What cannot be read here is told of by the command that needs it.
std::string scheme_of_session(const UserHost& user, const ConnectionSettings& settings) {
  try {
    return user.host().stored_scheme(settings);
  } catch (const Error&) {
    return {};
  }
}

enum class OnDamage { note, ignore };

// A file that cannot be read fails nothing here.
std::vector<ConnectionSettings> connections_or_none(const UserHost& user, OnDamage on_damage) {
  try {
    return user.saved_connections();
  } catch (const Error& error) {
    if (on_damage == OnDamage::note) note(std::string("pintle: ") + error.what());
    return {};
  }
}

}  // namespace

bool has_stored_session(const UserHost& user, const ConnectionSettings& settings) {
  return !scheme_of_session(user, settings).empty();
}

std::string share_url_session(const UserHost& user, ConnectionSettings& connection) {
  auto by_url = connection;
  by_url.name.clear();
  const auto scheme = scheme_of_session(user, by_url);
  const bool fits = connection.scheme.empty() || connection.scheme == scheme;
  if (scheme.empty() || !fits || !scheme_of_session(user, connection).empty()) return {};
  // `add`, which calls this, reports a damaged file when it replaces it.
  for (const auto& other : connections_or_none(user, OnDamage::ignore)) {
    // A second user of it would be somebody without having signed in.
    if (other.shares_url_session && other.url == connection.url && other.name != connection.name) {
      return "The session that is signed in to this URL is used by " + other.name +
             "; sign in to this one: pintle sign-in " + connection.name + ".";
    }
  }
  connection.shares_url_session = true;
  connection.last_scheme = scheme;
  return "It uses the session that is signed in to this URL.";
}

void note_connections_without_session(const UserHost& user, const ConnectionSettings& by_url) {
  if (!by_url.name.empty()) return;
  for (const auto& connection : connections_or_none(user, OnDamage::note)) {
    if (connection.url != by_url.url || connection.shares_url_session ||
        !connection.inputs.empty() || !scheme_of_session(user, connection).empty()) {
      continue;
    }
    note("pintle: note: the connection " + connection.name +
         " does not use this session. To sign in to it: pintle sign-in " + connection.name);
  }
}

void note_connections_of_session(const UserHost& user, const ConnectionSettings& signed_out) {
  const bool shared = signed_out.name.empty() || signed_out.shares_url_session;
  if (!shared) return;
  for (const auto& connection : connections_or_none(user, OnDamage::note)) {
    if (connection.url != signed_out.url || connection.name == signed_out.name) continue;
    if (connection.shares_url_session) {
      note("pintle: note: the connection " + connection.name + " used this session");
    } else if (!scheme_of_session(user, connection).empty()) {
      note("pintle: note: the connection " + connection.name +
           " has a session of its own: pintle sign-out " + connection.name);
    }
  }
}

}  // namespace pintle::cli
