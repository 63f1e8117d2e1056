// SPDX-License-Identifier: Apache-2.0
#include "session/redis_session_store.h"

#include <utility>

#include <pintle/core/base/error.h>

#include "session/redis_session_holder.h"

namespace pintle {
namespace {

constexpr std::chrono::seconds kReadAgainAfter{1};

}  // namespace

StoreKeys::StoreKeys(std::function<KeyRing()> read)
    : read_(std::move(read)),
      current_(std::make_shared<const KeyRing>(read_())),
      read_at_(std::chrono::steady_clock::now()) {}

std::shared_ptr<const KeyRing> StoreKeys::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

std::shared_ptr<const KeyRing> StoreKeys::read_again() {
  const MutexLock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - read_at_ < kReadAgainAfter) return current_;
  read_at_ = now;
  try {
    current_ = std::make_shared<const KeyRing>(read_());
  } catch (const Error&) {
    // Who needs the missing key says so.
  }
  return current_;
}

class RedisSessionStore::Listening final : public SessionWatch {
 public:
  Listening(std::shared_ptr<redis::MessageWatch> messages, std::shared_ptr<Holder> holder,
            std::uint64_t id)
      : messages_(std::move(messages)), holder_(std::move(holder)), id_(id) {}
  ~Listening() override {
    holder_->remove_watch();
    messages_->stop_listening(id_);
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  const std::shared_ptr<redis::MessageWatch> messages_;
  const std::shared_ptr<Holder> holder_;
  const std::uint64_t id_;
};

RedisSessionStore::RedisSessionStore(RedisStoreSettings settings)
    : settings_(std::make_shared<const RedisStoreSettings>(std::move(settings))) {}

RedisSessionStore::~RedisSessionStore() = default;

// The braces are a hash tag: a cluster keeps all of one session's keys on one node.
std::string RedisSessionStore::name_of(const SessionKey& key) const {
  return settings_->prefix + ":{" + settings_->keys->current()->name_of(key) + "}";
}

std::shared_ptr<RedisSessionStore::Holder> RedisSessionStore::holder_of(const SessionKey& key) {
  const auto name = name_of(key);
  const MutexLock lock(mutex_);
  auto& holder = holders_[name];
  if (!holder) holder = std::make_shared<Holder>(settings_, key, name);
  return holder;
}

StoredSession RedisSessionStore::load(const SessionKey& key) { return holder_of(key)->load(); }

std::string RedisSessionStore::save(const SessionKey& key, const Secret& session) {
  holder_of(key)->save(session, Holder::Mode::always);
  return {};
}

std::string RedisSessionStore::save_unless_newer(const SessionKey& key, const Secret& session) {
  holder_of(key)->save(session, Holder::Mode::unless_newer);
  return {};
}

void RedisSessionStore::erase(const SessionKey& key) {
  const auto holder = holder_of(key);
  // No sign-out of what was never there, which every removal would leave a record of.
  if (!holder->has_session()) return;
  holder->save(Secret(), Holder::Mode::always);
}

void RedisSessionStore::erase_unless_newer(const SessionKey& key) {
  holder_of(key)->save(Secret(), Holder::Mode::unless_newer);
}

std::unique_ptr<SessionReservation> RedisSessionStore::reserve(const SessionKey& key, std::size_t) {
  return holder_of(key)->reserve();
}

std::string RedisSessionStore::save_in(SessionReservation& reservation, const SessionKey& key,
                                       const Secret& session) {
  holder_of(key)->save_in(dynamic_cast<Intent&>(reservation), session);
  return {};
}

std::unique_ptr<SessionLock> RedisSessionStore::lock(const SessionKey& key, int timeout_ms) {
  return holder_of(key)->lock(timeout_ms);
}

std::string RedisSessionStore::where(const SessionKey& key) const {
  return settings_->server->text() + ", record " + name_of(key);
}

std::unique_ptr<SessionWatch> RedisSessionStore::watch(const SessionKey& key,
                                                       std::function<void()> changed) {
  const auto holder = holder_of(key);
  holder->add_watch();
  const auto id = settings_->messages->listen(
      holder->channel(),
      [holder = std::weak_ptr(holder), changed = std::move(changed)](std::string_view message) {
        const auto here = holder.lock();
        if (!here) return;
        if (here->hear(message)) changed();
      });
  return std::make_unique<Listening>(settings_->messages, holder, id);
}

}  // namespace pintle
