// SPDX-License-Identifier: Apache-2.0
#include "doctor/session_steps.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <pintle/core/gateway/classify_response.h>

#include "doctor/time_text.h"

namespace pintle::doctor {
namespace {

using Kind = DoctorStep::Fact::Kind;

constexpr std::size_t kSessionBytes = 16 * 1024;
constexpr int kLockMs = 15'000;  // above a lease

std::string who_may_use(const struct stat& facts) {
  const bool is_own = facts.st_uid == ::geteuid();
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(facts.st_mode & 07777U));
  const bool is_shared = (facts.st_mode & 0077U) != 0;
  const auto owner = is_own ? std::string("you") : "user " + std::to_string(facts.st_uid);
  return (is_shared ? owner + " and others" : "only " + owner) + " (mode " + mode.data() + ")";
}

void add_file_facts(DoctorStep& step, const SessionStore& store, const SessionKey& key) {
  const auto* files = dynamic_cast<const FileSessionStore*>(&store);
  if (files == nullptr) return;
  const auto file = files->file_of(key);
  struct stat facts {};
  if (::stat(file.parent_path().c_str(), &facts) == 0) {
    step.facts.push_back({"folder access", who_may_use(facts)});
  }
  if (::lstat(file.c_str(), &facts) == 0) {
    step.facts.push_back({"file access", who_may_use(facts)});
  }
}

// The session of any scheme: which one will be used is known only if the gateway answers.
struct Found {
  bool session = false;
  std::string note{};
};

Found look_for_session(SessionStore& store, ConnectionContext& context) {
  Found found;
  const auto catalogue = context.host->catalogue();
  for (const auto& entry : catalogue.entries()) {
    if (!entry.fault.empty() || entry.scheme.front || found.session) continue;
    const auto stored = store.load(session_key_of(context.settings, entry.scheme.id));
    found.session = stored.session.has_value();
    if (!stored.note.empty()) found.note = stored.note;
  }
  return found;
}

// Of a connection that was never used: the scheme whose session is stored, else the one that is
// named.
std::string first_scheme_of(ConnectionContext& context) {
  const auto catalogue = context.host->catalogue();
  const auto* const stored = HostImpl::entry_of_stored(catalogue, *context.store, context.settings);
  return stored == nullptr ? context.settings.scheme : stored->scheme.id;
}

std::string stored_text(bool is_stored) {
  return is_stored ? "a session is stored" : "no session is stored";
}

std::string fact_of(const SignInFacts& facts, const char* key) {
  const auto found = facts.facts.find(key);
  return found == facts.facts.end() ? std::string() : found->second;
}

std::string until_text(const SignInFacts& facts, std::int64_t now_ms) {
  const auto text = fact_of(facts, "expires_ms");
  std::int64_t at = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), at);
  if (parsed.ec != std::errc() || at <= 0) return {};
  return (at < now_ms ? ", due for renewal since " : ", until ") + time_text(at, now_ms);
}

void show_facts(DoctorStep& step, const SignInFacts& facts, std::int64_t now_ms) {
  const auto user = fact_of(facts, "user");
  const auto provider = fact_of(facts, "provider");
  const auto credential = fact_of(facts, "credential");
  step.finding = (user.empty() ? "the gateway accepts the credential" : "signed in as " + user) +
                 (provider.empty() ? "" : " (provider " + provider + ")") +
                 until_text(facts, now_ms);
  if (!user.empty()) step.facts.push_back({"user", user, Kind::user});
  if (!provider.empty()) step.facts.push_back({"provider", provider});
  if (!credential.empty()) step.facts.push_back({"credential", credential});
  if (const auto source = fact_of(facts, "source"); !source.empty()) {
    step.facts.push_back({"source", source, Kind::path});
  }
  if (!facts.kept_in.empty()) step.facts.push_back({"stored in", facts.kept_in, Kind::path});
}

// Neither accepts nor refuses the credential, so the request tells nothing.
Error check_tells_nothing(const GatewayProfile& profile, int status) {
  return Error(Layer::protocol, "the credential was not checked: the gateway returned HTTP " +
                                    std::to_string(status) + " for " + profile.credential_check)
      .with_status(status)
      .with_hint(profile.is_hermes()
                     ? "Check the gateway's version: a Hermes gateway serves this path."
                     : "Check \"credential_check\" of the profile " + profile.id +
                           ": its path may be wrong.");
}

}  // namespace

void check_store(ConnectionContext& context, DoctorStep& step) {
  const auto& store = context.store;
  if (!store) return not_needed(step, "none: sessions end with the process");
  const auto last = context.settings.last_scheme;
  const auto key = session_key_of(context.settings, last.empty() ? first_scheme_of(context) : last);
  step.facts.push_back({"where", store->where(key), Kind::path});
  const auto found = look_for_session(*store, context);
  std::string written = "readable and writable";
  try {
    if (store->is_shared()) {
      // What is reserved there is a note that a request was sent.
      store->lock(key, kLockMs);
    } else if (!store->reserve(key, kSessionBytes)) {
      written = "readable; writing was not tested";
    }
  } catch (const Error& error) {
    add_file_facts(step, *store, key);
    // A credential of the settings works without a store.
    if (found.session || context.settings.inputs.empty()) throw;
    return warn(step, error);
  }
  add_file_facts(step, *store, key);
  step.finding = written + "; " + stored_text(found.session);
  if (!found.note.empty()) {
    warn(step, Error(Layer::store, found.note)
                   .with_hint(store->is_shared()
                                  ? "docs/fleet.md says what follows from it."
                                  : "Check who could read it; sign out and in again if in doubt."));
  }
}

void check_session(Connection::Impl& connection, DoctorStep& step, const std::stop_token& cancel) {
  auto& context = connection.context();
  const auto profile = connection.gateway().profile(cancel);
  const auto response = connection.check_credential(cancel);
  if (!response) {
    step.finding = "not checked: a " + profile->name + " gateway has no request that tells";
    return;
  }
  if (auto error = classify_response(*response, context.settings.url, RequestPurpose::rest,
                                     profile->credential_check)) {
    throw *error;
  }
  if (!response->ok()) return warn(step, check_tells_nothing(*profile, response->status));
  show_facts(step, connection.facts(cancel), context.now_ms());
  if (const auto trouble = connection.store_trouble()) warn(step, *trouble);
}

}  // namespace pintle::doctor
