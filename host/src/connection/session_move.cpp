// SPDX-License-Identifier: Apache-2.0
#include "connection/session_move.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/host.h>
#include <pintle/registry.h>
#include <pintle/session_store.h>
#include <pintle/settings.h>
#include <pintle/stored_sessions.h>

#include "connection/session_keys.h"
#include "session/secret_service_store.h"

namespace pintle {
namespace {

// A renewal that is in progress holds the lock until the gateway has answered.
constexpr int kLockMs = 30'000;
constexpr int kMaxLooks = 5;

using Locks = std::vector<std::unique_ptr<SessionLock>>;

bool is_same(const std::optional<Secret>& a, const std::optional<Secret>& b) {
  return a && b && a->reveal() == b->reveal();
}

// What one key has in both stores.
struct Found {
  SessionKey key;
  std::optional<Secret> ours;
  std::optional<Secret> theirs;
  bool is_saved = false;

  bool is_in_conflict() const { return theirs && !is_same(ours, theirs); }
};

class Mover {
 public:
  explicit Mover(const SessionMove& move) : move_(move), from_(move.from), to_(move.to) {}

  MovedSessions run() {
    take_locks();
    find();
    settle_conflicts();
    save();
    switch_over();
    erase();
    return std::move(result_);
  }

 private:
  // One is a keyring, and the other the files behind it.
  bool have_files_in_common() const { return is_backed_by(from_, to_) || is_backed_by(to_, from_); }

  // A keyring is locked by the files behind it, and the lock of a file cannot be taken twice.
  void take_locks() {
    take_locks_of(from_);
    if (!have_files_in_common()) take_locks_of(to_);
  }

  // A file has one for all schemes.
  void take_locks_of(SessionStore& store) {
    for (const auto& keys : move_.places) {
      std::set<std::string> locked;
      for (const auto& key : keys) {
        if (locked.insert(store.where(key)).second) take_lock_of(store, key);
      }
    }
  }

  // A store of many machines locks what was seen last.
  void take_lock_of(SessionStore& store, const SessionKey& key) {
    for (int look = 0; look < kMaxLooks; ++look) {
      const auto stored = store.load(key);
      append_note(result_.note, stored.note);
      // Nobody renews what is not there; that somebody signs in is found out by the write.
      if (store.compares_writes() && !stored.session) return;
      auto lock = store.lock(key, kLockMs);
      if (lock && lock->state() == SessionLock::State::newer) continue;
      locks_.push_back(std::move(lock));
      return;
    }
    throw Error(Layer::store, "the session in " + store.where(key) + " changes all the time")
        .with_retry();
  }

  void find() {
    places_.reserve(move_.places.size());
    for (const auto& keys : move_.places) {
      auto& place = places_.emplace_back();
      place.reserve(keys.size());
      for (const auto& key : keys) {
        auto ours = from_.load(key);
        auto theirs = to_.load(key);
        // What is in a file is shown by the keyring too.
        if (is_backed_by(to_, from_) && is_same(ours.session, theirs.session)) {
          theirs.session.reset();
        }
        place.push_back({key, std::move(ours.session), std::move(theirs.session)});
      }
    }
  }

  void settle_conflicts() {
    bool has_ours = false;
    const Found* other = nullptr;
    for (const auto& place : places_) {
      for (const auto& found : place) {
        has_ours = has_ours || found.ours;
        if (found.is_in_conflict() && other == nullptr) other = &found;
      }
    }
    if (other == nullptr) return;
    const auto where = to_.where(other->key);
    if (move_.existing == ExistingSession::refuse) {
      throw Error(Layer::config, "another session is stored already in " + where)
          .with_user_action()
          .with_hint(
              "Choose one: --existing use takes the one that is there, --existing replace "
              "puts this one in its place.");
    }
    if (move_.existing == ExistingSession::replace && !has_ours) {
      throw Error(Layer::config, "there is no session to replace the one in " + where + " with")
          .with_user_action()
          .with_hint("Use that one: --existing use. Or sign in first: pintle sign-in.");
    }
  }

  bool is_theirs_used(const std::vector<Found>& place) const {
    return move_.existing == ExistingSession::use &&
           std::ranges::any_of(place, &Found::is_in_conflict);
  }

  void save() {
    for (auto& place : places_) {
      if (is_theirs_used(place)) {
        result_.used_existing = true;
        continue;
      }
      for (auto& found : place) {
        if (found.ours) save(found);
      }
      // With one file for all schemes, theirs is gone already.
      for (auto& found : place) {
        if (!found.ours && found.theirs) replace_by_nothing(found);
      }
    }
  }

  void save(Found& found) {
    found.is_saved = true;
    try {
      append_note(result_.note, to_.save_unless_newer(found.key, *found.ours));
    } catch (const SessionChanged& error) {
      found.is_saved = false;  // what is there now is another machine's
      undo_and_throw("another session was stored meanwhile in " + to_.where(found.key), error);
    } catch (const Error& error) {
      undo_and_throw("cannot store the session in " + to_.where(found.key), error);
    }
    ++result_.moved;
  }

  void replace_by_nothing(Found& found) {
    found.is_saved = true;
    try {
      if (to_.load(found.key).session) to_.erase_unless_newer(found.key);
    } catch (const Error& error) {
      undo_and_throw("cannot replace the session in " + to_.where(found.key), error);
    }
  }

  void switch_over() {
    try {
      move_.switch_over();
    } catch (const Error& error) {
      const auto trouble = undo();
      if (trouble.empty()) throw;
      throw Error(error.layer(), error.message() + "; " + trouble)
          .with_user_action(error.needs_user_action())
          .with_retry(error.can_retry())
          .with_hint(error.hint());
    } catch (...) {
      undo();
      throw;
    }
  }

  [[noreturn]] void undo_and_throw(const std::string& what, const Error& error) {
    const auto trouble = undo();
    throw Error(Layer::store, what + ": " + error.message() + "; it stays where it was" +
                                  (trouble.empty() ? "" : ", but " + trouble))
        .with_user_action(error.needs_user_action())
        .with_retry(error.can_retry())
        .with_hint(error.hint());
  }

  // Returns what could not be undone, for display.
  std::string undo() {
    std::string trouble;
    for (auto& place : places_) {
      for (auto& found : place) {
        if (!found.is_saved) continue;
        try {
          undo(found);
        } catch (const Error& error) {
          append_note(trouble,
                      "it may also be in " + to_.where(found.key) + ": " + error.message());
        }
      }
    }
    return trouble;
  }

  void undo(Found& found) {
    // A keyring erases the file behind it when it stores a session.
    if (found.ours && have_files_in_common()) from_.save(found.key, *found.ours);
    if (is_same(found.ours, found.theirs)) return;
    if (found.theirs) {
      to_.save(found.key, *found.theirs);
    } else {
      erase_apart(to_, from_, found.key);
    }
  }

  void erase() {
    std::optional<Error> failure;
    const Found* left = nullptr;
    for (const auto& place : places_) {
      for (const auto& found : place) {
        if (!found.ours) continue;
        if (!found.is_saved) result_.erased_own = true;
        try {
          erase_apart(from_, to_, found.key);
        } catch (const Error& error) {
          // Going back now might lose the session: it may be erased all the same.
          failure = error;
          left = &found;
        }
        if (found.is_saved) save_again_if_erased(found);
      }
    }
    if (!failure) {
      if (from_.is_shared() && left_others()) {
        append_note(result_.note, "Other machines that used the session there are signed out.");
      }
      return;
    }
    throw Error(Layer::store, left->key.connection +
                                  " uses the new store now, but its session may still be in " +
                                  from_.where(left->key) + " too: " + failure->message())
        .with_user_action()
        .with_hint("Erase it there: pintle sessions forget " + left->key.connection +
                   " --store STORE, with the old store.");
  }

  bool left_others() const {
    return std::ranges::any_of(places_, [](const auto& place) {
      return std::ranges::any_of(place, [](const Found& found) { return found.ours.has_value(); });
    });
  }

  // Both stores may be one place under two names.
  void save_again_if_erased(const Found& found) {
    try {
      if (!is_same(to_.load(found.key).session, found.ours)) to_.save(found.key, *found.ours);
    } catch (const Error& error) {
      append_note(result_.note, "The session that was stored in " + to_.where(found.key) +
                                    " cannot be read back: " + error.message() + ".");
    }
  }

  const SessionMove& move_;
  SessionStore& from_;
  SessionStore& to_;
  Locks locks_;
  std::vector<std::vector<Found>> places_;
  MovedSessions result_;
};

std::string store_name(const ConnectionSettings& settings) {
  return settings.session_store.empty() ? "file" : settings.session_store;
}

void check_can_move(const ConnectionSettings& before, const ConnectionSettings& after) {
  if (before.name != after.name || before.url != after.url) {
    throw Error(Layer::config, "only the store of the connection can be changed here");
  }
  if (before.shares_url_session) {
    throw Error(Layer::config, "the connection " + before.name +
                                   " uses the session that is signed in to its URL, which stays "
                                   "where it is")
        .with_user_action()
        .with_hint("Sign out of the URL (pintle sign-out " + before.url.text() +
                   "), add the connection again with --replace and --store, and sign in to it.");
  }
  if (store_name(before) == store_name(after)) {
    throw Error(Layer::config, "the session of " + before.name + " is stored there already")
        .with_user_action()
        .with_hint("To change the settings of that store: pintle add --replace " + before.name +
                   " URL.");
  }
}

// A write can fail after the new file is in place (its folder could not be synced).
void switch_store(const ConnectionRegistry& registry, const ConnectionSettings& before,
                  const ConnectionSettings& after) {
  try {
    registry.replace(before, after);
  } catch (const Error& error) {
    if (error.layer() != Layer::store) throw;
    try {
      if (registry.find(after.name) == after) registry.replace(after, before);
    } catch (const Error&) {
      // The first error says more.
    }
    throw;
  }
}

}  // namespace

MovedSessions move_between(const SessionMove& move) { return Mover(move).run(); }

MovedSessions move_sessions(const Host& host, const ConnectionSettings& before,
                            const ConnectionSettings& after, ExistingSession existing) {
  check_can_move(before, after);
  const ConnectionRegistry registry(host.options().paths.connections);
  const auto from = session_store_of(host.options(), before);
  const auto to = session_store_of(host.options(), after);
  const auto switch_over = [&] { switch_store(registry, before, after); };
  if (!from || !to) {  // this host stores none
    switch_over();
    return {};
  }
  const auto catalogue = host.catalogue();
  auto keys = gateway_session_keys(before, catalogue);
  const auto shown = keys.empty() ? session_key_of(before, "") : keys.front();
  auto moved = move_between({.from = *from,
                             .to = *to,
                             .places = {std::move(keys), front_session_keys(before, catalogue)},
                             .existing = existing,
                             .switch_over = switch_over});
  moved.where = to->where(shown);
  return moved;
}

}  // namespace pintle
