// SPDX-License-Identifier: Apache-2.0
#include "c_api/session_store.h"

#include <cstddef>
#include <stop_token>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "c_api/edge.h"
#include "c_api/secret.h"

namespace pintle::c_api {
namespace {

constexpr std::size_t kMaxSession = 1 << 20;

// A key as the app's functions have it.
class Key {
 public:
  explicit Key(const SessionKey& key) : url_(key.url.text()) {
    key_.connection = view(key.connection);
    key_.url = view(url_);
    key_.scheme = view(key.scheme);
  }
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  const pintle_session_key* get() const noexcept { return &key_; }

 private:
  std::string url_;
  pintle_session_key key_ = pintle::sized<pintle_session_key>();
};

template <std::size_t kSize>
std::string text_in(const char (&text)[kSize]) {
  const std::string_view all(text, kSize);
  return printable(all.substr(0, all.find('\0')), kSize);
}

Error failure_of(const char* what, const pintle_error& error) {
  const auto why = text_in(error.message);
  auto made = Error(Layer::store, std::string("the store of this program cannot ") + what +
                                      (why.empty() ? "" : ": " + why));
  if (const auto hint = text_in(error.hint); !hint.empty()) made = made.with_hint(hint);
  if ((error.flags & PINTLE_ERROR_RETRY) != 0) made = made.with_retry();
  if ((error.flags & PINTLE_ERROR_USER_ACTION) != 0) made = made.with_user_action();
  return made;
}

// Throws if the app's function fails.
template <class Call>
void call_store(const char* what, Call call) {
  auto error = pintle::sized<pintle_error>();
  if (call(&error) != PINTLE_OK) throw failure_of(what, error);
}

class CallbackLock final : public SessionLock {
 public:
  CallbackLock(const pintle_session_store& store, void* lock) : store_(store), lock_(lock) {}
  CallbackLock(const CallbackLock&) = delete;
  CallbackLock& operator=(const CallbackLock&) = delete;
  ~CallbackLock() override { store_.unlock(store_.user, lock_); }

 private:
  const pintle_session_store& store_;
  void* lock_;
};

pintle_session_store checked(const pintle_session_store* given) {
  const auto store = sized(given, "pintle_session_store");
  if (store.load == nullptr || store.save == nullptr || store.erase == nullptr) {
    refuse("pintle_session_store needs load, save and erase");
  }
  if ((store.lock == nullptr) != (store.unlock == nullptr)) {
    refuse("pintle_session_store needs lock and unlock, or neither");
  }
  return store;
}

}  // namespace

CallbackStore::CallbackStore(const pintle_session_store* given) : given_(checked(given)) {}

CallbackStore::~CallbackStore() {
  if (is_adopted_ && given_.release != nullptr) given_.release(given_.user);
}

StoredSession CallbackStore::load(const SessionKey& key) {
  const Key in_c(key);
  pintle_secret_sink sink{std::stop_token(), kMaxSession};
  call_store("load the session", [&](pintle_error* error) {
    return given_.load(given_.user, in_c.get(), &sink, error);
  });
  if (sink.is_refused || !sink.refusal.empty()) {
    throw Error(Layer::store, "the store of this program cannot load the session" +
                                  (sink.refusal.empty() ? "" : ": " + sink.refusal));
  }
  StoredSession stored;
  if (sink.given && !sink.given->empty()) stored.session = std::move(sink.given);
  return stored;
}

std::string CallbackStore::save(const SessionKey& key, const Secret& session) {
  const Key in_c(key);
  call_store("save the session", [&](pintle_error* error) {
    return given_.save(given_.user, in_c.get(), view(session.reveal()), error);
  });
  return {};
}

void CallbackStore::erase(const SessionKey& key) {
  const Key in_c(key);
  call_store("erase the session",
             [&](pintle_error* error) { return given_.erase(given_.user, in_c.get(), error); });
}

std::string CallbackStore::where(const SessionKey& key) const {
  const Key in_c(key);
  pintle_secret_sink sink{std::stop_token()};
  if (given_.where != nullptr) given_.where(given_.user, in_c.get(), &sink);
  const auto text = sink.given ? printable(sink.given->reveal(), 300) : std::string();
  return text.empty() ? "the store of this program" : text;
}

std::unique_ptr<SessionLock> CallbackStore::lock(const SessionKey& key, int timeout_ms) {
  if (given_.lock == nullptr) return nullptr;
  const Key in_c(key);
  void* lock = nullptr;
  call_store("lock the session", [&](pintle_error* error) {
    return given_.lock(given_.user, in_c.get(), timeout_ms, &lock, error);
  });
  return std::make_unique<CallbackLock>(given_, lock);
}

}  // namespace pintle::c_api
