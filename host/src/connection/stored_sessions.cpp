// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <sys/stat.h>
#include <utility>

#include <pintle/registry.h>
#include <pintle/session_store.h>
#include <pintle/stored_sessions.h>

#include "connection/session_keys.h"
#include "session/secret_service_store.h"
#include "session/session_file.h"

namespace pintle {
namespace {

// To erase a session, its renewal need not end: a new one is refused, or erased by whoever asks
// again.
constexpr int kLockToForgetMs = 3'000;

std::optional<std::int64_t> stored_ms(const SessionStore& store, const SessionKey& key,
                                      const StoredSession& stored) {
  if (stored.saved_ms != 0) return stored.saved_ms;
  const auto* files = dynamic_cast<const FileSessionStore*>(&store);
  if (files == nullptr) return std::nullopt;
  struct stat facts {};
  if (::lstat(files->file_of(key).c_str(), &facts) != 0) return std::nullopt;
  const auto since =
      std::chrono::seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

bool is_front(const SessionKey& key) { return key.scheme.starts_with(session_file::kFrontPrefix); }

std::string scheme_of(const SessionKey& key) {
  return is_front(key) ? key.scheme.substr(session_file::kFrontPrefix.size()) : key.scheme;
}

// The first of `keys` that has a session, or what is wrong with them. They share one place, which
// after an error is not asked again: that may take its time limit each time.
SessionFacts facts_of(SessionStore& store, const std::vector<SessionKey>& keys) {
  SessionFacts facts;
  facts.of_front = is_front(keys.front());
  facts.is_shared = store.is_shared();
  facts.where = store.where(keys.front());
  for (const auto& key : keys) {
    try {
      const auto stored = store.load(key);
      append_note(facts.note, stored.note);
      if (stored.damaged) facts.state = SessionFacts::State::damaged;
      if (!stored.session) continue;
      facts.state = SessionFacts::State::stored;
      facts.scheme = scheme_of(key);
      facts.where = store.where(key);
      facts.bytes = stored.session->size();
      facts.stored_ms = stored_ms(store, key, stored);
      return facts;
    } catch (const Error& error) {
      facts.state = SessionFacts::State::unreadable;
      facts.trouble = error;
      return facts;
    }
  }
  return facts;
}

// Of no scheme in particular, if none was used yet.
std::vector<SessionKey> keys_of_gateway(const ConnectionSettings& settings,
                                        const loading::Catalogue& catalogue) {
  auto keys = gateway_session_keys(settings, catalogue);
  if (keys.empty()) keys.push_back(session_key_of(settings, ""));
  return keys;
}

std::unique_ptr<SessionLock> lock_if_possible(SessionStore& store, const SessionKey& key) {
  try {
    return store.lock(key, kLockToForgetMs);
  } catch (const Error&) {
    return nullptr;
  }
}

void erase(SessionStore& store, const SessionStore* kept, const SessionKey& key) {
  if (kept != nullptr) {
    erase_apart(store, *kept, key);
  } else {
    store.erase(key);
  }
}

// Under a lock if there is one: so that whoever is about to store a session does so before this.
// Returns the first failure; the others are erased all the same.
std::optional<Error> erase_all(SessionStore& store, const SessionStore* kept,
                               const std::vector<SessionKey>& keys) {
  std::optional<Error> failure;
  if (keys.empty()) return failure;
  const auto lock = lock_if_possible(store, keys.front());
  for (const auto& key : keys) {
    try {
      erase(store, kept, key);
    } catch (const Error& error) {
      if (!failure) failure = error;
    }
  }
  return failure;
}

// The store of the saved connection if `settings` are for another one: what is in it stays.
std::shared_ptr<SessionStore> kept_store(const Host& host, const ConnectionSettings& settings) {
  try {
    const auto saved = ConnectionRegistry(host.options().paths.connections).find(settings.name);
    if (!saved || saved->session_store == settings.session_store) return nullptr;
    return session_store_of(host.options(), *saved);
  } catch (const Error&) {
    return nullptr;
  }
}

void check_is_apart(const SessionStore& store, const SessionStore& kept, const std::string& name) {
  if (!is_backed_by(kept, store)) return;
  throw Error(Layer::config, "the session of " + name +
                                 " is in the keyring, and one in a file counts as one of it")
      .with_user_action()
      .with_hint("To erase both: pintle sessions forget " + name + ".");
}

}  // namespace

std::vector<SessionFacts> session_facts(const Host& host, const ConnectionSettings& settings) {
  const auto known = settings.scheme.empty() ? settings.last_scheme : settings.scheme;
  std::shared_ptr<SessionStore> store;
  try {
    store = session_store_of(host.options(), settings);
  } catch (const Error& error) {
    SessionFacts facts{.state = SessionFacts::State::unreadable, .scheme = known};
    facts.trouble = error;
    return {facts};
  }
  if (!store) return {{.scheme = known, .where = "the memory of this process"}};
  const auto catalogue = host.catalogue();
  std::vector<SessionFacts> all{facts_of(*store, keys_of_gateway(settings, catalogue))};
  auto& gateway = all.front();
  if (gateway.scheme.empty()) gateway.scheme = known;
  const auto fronts = front_session_keys(settings, catalogue);
  if (fronts.empty()) return all;
  auto front = facts_of(*store, fronts);
  const bool is_named = !settings.front.empty() && settings.front != kNoFront;
  if (front.scheme.empty() && is_named) front.scheme = settings.front;
  const bool is_same_trouble =
      front.trouble && gateway.trouble && front.trouble->message() == gateway.trouble->message();
  if ((front.state != SessionFacts::State::none || is_named) && !is_same_trouble) {
    all.push_back(std::move(front));
  }
  return all;
}

std::vector<SessionFacts> forget_sessions(const Host& host, const ConnectionSettings& settings) {
  const auto store = session_store_of(host.options(), settings);
  auto kept = kept_store(host, settings);
  if (kept == store) kept.reset();  // "" and "file" are one
  if (kept && store) check_is_apart(*store, *kept, settings.name);
  auto before = session_facts(host, settings);
  if (!store) return before;
  const auto catalogue = host.catalogue();
  const auto of_gateway = erase_all(*store, kept.get(), keys_of_gateway(settings, catalogue));
  const auto of_front = erase_all(*store, kept.get(), front_session_keys(settings, catalogue));
  if (of_gateway) throw *of_gateway;
  if (of_front) throw *of_front;
  return before;
}

}  // namespace pintle
