// SPDX-License-Identifier: Apache-2.0
//
// Removes and renames saved connections, with what is stored for them.

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/host.h>
#include <pintle/registry.h>
#include <pintle/session_store.h>

#include "connection/front/front_choice.h"

namespace pintle {
namespace {

// A renewal that is in progress holds the lock until the gateway has answered.
constexpr int kLockMs = 30'000;
// To remove one, it need not end: its session is not stored any more.
constexpr int kLockToRemoveMs = 3'000;

// Of a connection that gets a new name: whoever has the old one finds no session any more, and
// never renews a second copy. Requires the lock on `from`.
std::string move_session(SessionStore& store, const SessionKey& from, const SessionKey& to) {
  const auto stored = store.load(from);
  store.erase(to);  // what an earlier connection of that name may have left
  std::string note;
  if (stored.session && from.url == to.url) note = store.save(to, *stored.session);
  try {
    store.erase(from);
  } catch (const Error& error) {
    // The new name has it. Going back now might lose it.
    note = "The session is also stored under the old name: " + error.message() + ".";
  }
  return note;
}

std::unique_ptr<SessionLock> lock_if_possible(SessionStore& store, const SessionKey& key) {
  try {
    return store.lock(key, kLockToRemoveMs);
  } catch (const Error&) {
    return nullptr;
  }
}

// Nobody looks for the lock of a name that is no longer used. One that another process holds stays.
void remove_lock(const HostOptions& options, const SessionKey& key) {
  const auto* files = dynamic_cast<const FileSessionStore*>(options.sessions.get());
  if (files == nullptr) return;
  const auto file = files->file_of(key);
  remove_if_abandoned(file.parent_path() / ("." + file.filename().string() + ".lock"));
}

// The user who removes a connection does not expect its token to stay on the disk.
void remove_typed_secrets(const Paths& paths, const ConnectionSettings& settings) {
  const auto remove = [&](const SecretSource& source) {
    const std::filesystem::path file = source.where();
    if (source.kind() != SecretSource::Kind::file || file.parent_path() != paths.typed_secrets()) {
      return;
    }
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) {
      throw Error(Layer::store, "cannot delete " + file.string() + ": " + error.message());
    }
  };
  for (const auto& [key, source] : settings.inputs) remove(source);
  for (const auto& [key, source] : settings.front_inputs) remove(source);
}

}  // namespace

std::optional<RemovedConnection> remove_connection(const Host& host, std::string_view name) {
  const auto& options = host.options();
  const ConnectionRegistry registry(options.paths.connections);
  auto settings = registry.find(name);
  if (!settings) return std::nullopt;
  RemovedConnection removed{std::move(*settings)};
  try {
    removed.had_session = !host.stored_scheme(removed.settings).empty();
  } catch (const Error&) {
    // What cannot be read is forgotten all the same.
  }
  const auto store = session_store_of(options, removed.settings);
  const auto key = session_key_of(removed.settings, removed.settings.last_scheme);
  const auto fronts = front_ids(host.catalogue());
  removed.leaves_session = removed.settings.shares_url_session || (store && store->is_shared());
  // So that a sign-in which is about to store its session does so before this, or never.
  auto lock = store && !removed.leaves_session ? lock_if_possible(*store, key) : nullptr;
  if (!registry.remove(name)) return std::nullopt;
  // What it had stored is of no use to anyone, and a secret.
  if (store && !removed.leaves_session) {
    store->erase(key);
    for (const auto& id : fronts) store->erase(front_session_key(removed.settings, id));
  }
  lock.reset();
  if (!removed.leaves_session) remove_lock(options, key);
  remove_typed_secrets(options.paths, removed.settings);
  if (options.probe_cache) options.probe_cache->forget(removed.settings.url);
  return removed;
}

std::string replace_connection(const Host& host, const ConnectionSettings& before,
                               const ConnectionSettings& after) {
  const auto& options = host.options();
  const ConnectionRegistry registry(options.paths.connections);
  const auto store = session_store_of(options, before);
  if (options.probe_cache && before.url != after.url) options.probe_cache->forget(after.url);
  if (before.name == after.name || before.shares_url_session || !store) {
    registry.replace(before, after);
    return {};
  }
  if (store->is_shared()) {
    registry.replace(before, after);
    return "The session of " + before.name +
           " stays in its store, for the other machines: sign in as " + after.name + ".";
  }
  auto scheme = host.stored_scheme(before);
  if (scheme.empty()) scheme = before.last_scheme;
  const auto from = session_key_of(before, scheme);
  const SessionKey to{after.name, after.url, scheme};
  const auto fronts = front_ids(host.catalogue());
  auto lock = store->lock(from, kLockMs);
  // First, so that the name is nobody else's.
  registry.replace(before, after);
  try {
    for (const auto& id : fronts) {
      move_session(*store, front_session_key(before, id), front_session_key(after, id));
    }
    auto note = move_session(*store, from, to);
    lock.reset();
    remove_lock(options, from);
    return note;
  } catch (...) {
    registry.replace(after, before);
    throw;
  }
}

}  // namespace pintle
