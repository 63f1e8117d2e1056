// SPDX-License-Identifier: Apache-2.0
#include "session/secret_service_store.h"

#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"

namespace pintle {

// A call and its result. Shared with the thread that runs it, which may outlive the caller's wait.
struct SecretServiceStore::Call {
  Call(SessionKey of, std::function<void(Call&)> how) : key(std::move(of)), make(std::move(how)) {}

  std::shared_ptr<SecretService> service;
  SessionKey key;
  std::function<void(Call&)> make;
  Secret session;                // in, for keep
  std::optional<Secret> result;  // out, of look_up

  Mutex mutex;
  Condition made;
  bool done PINTLE_GUARDED_BY(mutex) = false;
  std::optional<Error> failure PINTLE_GUARDED_BY(mutex);
};

void SecretServiceStore::within_limit(const std::shared_ptr<Call>& call) const {
  call->service = service_;
  std::thread([call] {
    std::optional<Error> failure;
    try {
      call->make(*call);
    } catch (const Error& error) {
      failure = error;
    } catch (const std::exception&) {
      failure = Error(Layer::store, "cannot call the Secret Service");
    }
    const MutexLock lock(call->mutex);
    call->failure = std::move(failure);
    call->done = true;
    call->made.notify_all();
  }).detach();
  MutexLock lock(call->mutex);
  if (!call->made.wait_for(call->mutex, std::chrono::milliseconds(limit_ms_),
                           [&]() PINTLE_REQUIRES(call->mutex) { return call->done; })) {
    throw Error(Layer::store,
                "the Secret Service did not answer within " + std::to_string(limit_ms_) + " ms")
        .with_retry();
  }
  if (call->failure) throw *call->failure;
}

StoredSession SecretServiceStore::load(const SessionKey& key) {
  auto stored = files_->load(key);
  if (stored.session) return stored;
  const auto call =
      std::make_shared<Call>(key, [](Call& of) { of.result = of.service->look_up(of.key); });
  within_limit(call);
  stored.session = std::move(call->result);
  if (stored.session) stored.damaged = false;  // Only the file is damaged.
  return stored;
}

std::string SecretServiceStore::save(const SessionKey& key, const Secret& session) {
  const auto call =
      std::make_shared<Call>(key, [](Call& of) { of.service->keep(of.key, of.session); });
  call->session = session.clone();
  try {
    within_limit(call);
  } catch (const Error& error) {
    auto note = files_->save(key, session);
    return (note.empty() ? "" : note + " ") + "The Secret Service failed (" + error.message() +
           "), so the session is stored in " + files_->where(key) + ".";
  }
  files_->erase(key);
  return {};
}

void SecretServiceStore::erase(const SessionKey& key) {
  files_->erase(key);
  erase_in_service(key);
}

void SecretServiceStore::erase_in_service(const SessionKey& key) {
  within_limit(std::make_shared<Call>(key, [](Call& of) { of.service->remove(of.key); }));
}

std::string SecretServiceStore::where(const SessionKey& key) const {
  return "the desktop's Secret Service, or if that fails " + files_->where(key);
}

bool is_backed_by(const SessionStore& store, const SessionStore& files) noexcept {
  const auto* keyring = dynamic_cast<const SecretServiceStore*>(&store);
  return keyring != nullptr && keyring->is_backed_by(files);
}

void erase_apart(SessionStore& store, const SessionStore& kept, const SessionKey& key) {
  if (is_backed_by(kept, store)) return;  // what is in a file there is a part of `kept`
  if (is_backed_by(store, kept)) {
    dynamic_cast<SecretServiceStore&>(store).erase_in_service(key);
  } else {
    store.erase_unless_newer(key);
  }
}

void check_store_name(const std::string& name) {
  if (name.empty() || name == "file" || name == "secret-service") return;
  throw Error(Layer::config, "unknown session store \"" + printable(name, 40) + "\"")
      .with_user_action()
      .with_hint("Use file, secret-service or the URL of a Redis (docs/fleet.md).");
}

std::shared_ptr<SessionStore> session_store_named(const std::string& name,
                                                  std::shared_ptr<SessionStore> files) {
  if (name.empty() || name == "file" || !files) return files;
  check_store_name(name);
  auto service = make_secret_service();
  if (!service) {
    throw Error(Layer::config, "this Pintle was built without the Secret Service")
        .with_user_action()
        .with_hint("Use the store \"file\", or install libsecret-1 and build Pintle again.");
  }
  return std::make_shared<SecretServiceStore>(std::move(service), std::move(files));
}

}  // namespace pintle
