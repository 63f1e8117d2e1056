// SPDX-License-Identifier: Apache-2.0
//
// Calls libsecret without prompting: `secret_password_lookup` and the like open a window to unlock
// a collection, so this checks the collection first and leaves locked items alone.

#include <libsecret/secret.h>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"
#include "session/secret_service.h"

namespace pintle {
namespace {

struct Unref {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
struct FreeError {
  void operator()(GError* error) const noexcept { g_error_free(error); }
};
struct FreeTable {
  void operator()(GHashTable* table) const noexcept { g_hash_table_unref(table); }
};
struct FreeValue {
  void operator()(SecretValue* value) const noexcept { secret_value_unref(value); }
};
struct FreeItems {
  void operator()(GList* items) const noexcept { g_list_free_full(items, g_object_unref); }
};
template <class Thing>
using Owned = std::unique_ptr<Thing, Unref>;
using Attributes = std::unique_ptr<GHashTable, FreeTable>;
using Value = std::unique_ptr<SecretValue, FreeValue>;
using Items = std::unique_ptr<GList, FreeItems>;

const SecretSchema* schema() {
  static const SecretSchema made = [] {
    SecretSchema schema{};
    schema.name = "org.pintle.Session";
    schema.flags = SECRET_SCHEMA_NONE;
    schema.attributes[0] = {"connection", SECRET_SCHEMA_ATTRIBUTE_STRING};
    schema.attributes[1] = {"gateway", SECRET_SCHEMA_ATTRIBUTE_STRING};
    schema.attributes[2] = {"scheme", SECRET_SCHEMA_ATTRIBUTE_STRING};
    return schema;
  }();
  return &made;
}

Attributes attributes_of(const SessionKey& key) {
  return Attributes(secret_attributes_build(schema(), "connection", key.connection.c_str(),
                                            "gateway", key.url.text().c_str(), "scheme",
                                            key.scheme.c_str(), nullptr));
}

// Receives a call's GError; `check` throws it.
class Failure {
 public:
  GError** out() { return &error_; }
  ~Failure() {
    if (error_ != nullptr) g_error_free(error_);
  }
  void check(const char* what) const {
    if (error_ == nullptr) return;
    throw Error(Layer::store, std::string("cannot ") + what + ": " + printable(error_->message))
        .with_user_action();
  }

 private:
  GError* error_ = nullptr;
};

Error locked() {
  return Error(Layer::store, "the Secret Service's keyring is locked")
      .with_user_action()
      .with_hint("Sign in to the desktop, or unlock the keyring in its password manager.");
}

class Libsecret final : public SecretService {
 public:
  std::optional<Secret> look_up(const SessionKey& key) override {
    const MutexLock lock(mutex_);
    const auto service = connect();
    const auto attributes = attributes_of(key);
    Failure failure;
    const Items items(secret_service_search_sync(service.get(), schema(), attributes.get(),
                                                 SECRET_SEARCH_LOAD_SECRETS, nullptr,
                                                 failure.out()));
    failure.check("search the Secret Service");
    if (!items) {
      // In a locked collection the session may exist unseen.
      unlocked_collection(*service);
      return std::nullopt;
    }
    auto* item = static_cast<SecretItem*>(items->data);
    if (secret_item_get_locked(item)) throw locked();
    const Value value(secret_item_get_secret(item));
    if (!value) throw locked();
    gsize size = 0;
    const char* bytes = secret_value_get(value.get(), &size);
    return Secret(std::string_view(bytes, size));
  }

  void keep(const SessionKey& key, const Secret& session) override {
    const MutexLock lock(mutex_);
    const auto service = connect();
    const auto collection = unlocked_collection(*service);
    const auto attributes = attributes_of(key);
    const Value value(secret_value_new(session.reveal().data(), static_cast<gssize>(session.size()),
                                       "application/octet-stream"));
    const auto label =
        "Pintle session: " + (key.connection.empty() ? key.url.text() : key.connection);
    Failure failure;
    const Owned<SecretItem> item(
        secret_item_create_sync(collection.get(), schema(), attributes.get(), label.c_str(),
                                value.get(), SECRET_ITEM_CREATE_REPLACE, nullptr, failure.out()));
    failure.check("store the session in the Secret Service");
  }

  void remove(const SessionKey& key) override {
    const MutexLock lock(mutex_);
    const auto service = connect();
    const auto attributes = attributes_of(key);
    Failure failure;
    const Items items(secret_service_search_sync(service.get(), schema(), attributes.get(),
                                                 SECRET_SEARCH_ALL, nullptr, failure.out()));
    failure.check("search the Secret Service");
    for (auto* at = items.get(); at != nullptr; at = at->next) {
      auto* item = static_cast<SecretItem*>(at->data);
      if (secret_item_get_locked(item)) throw locked();
      secret_item_delete_sync(item, nullptr, failure.out());
      failure.check("remove the session from the Secret Service");
    }
  }

 private:
  static Owned<::SecretService> connect() {
    Failure failure;
    Owned<::SecretService> service(
        secret_service_get_sync(static_cast<SecretServiceFlags>(SECRET_SERVICE_OPEN_SESSION |
                                                                SECRET_SERVICE_LOAD_COLLECTIONS),
                                nullptr, failure.out()));
    failure.check("reach the Secret Service");
    return service;
  }

  static Owned<SecretCollection> unlocked_collection(::SecretService& service) {
    Failure failure;
    Owned<SecretCollection> collection(secret_collection_for_alias_sync(
        &service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, nullptr, failure.out()));
    failure.check("open the Secret Service's keyring");
    if (!collection) {
      throw Error(Layer::store, "the Secret Service has no default keyring").with_user_action();
    }
    if (secret_collection_get_locked(collection.get())) throw locked();
    return collection;
  }

  Mutex mutex_;
};

}  // namespace

std::shared_ptr<SecretService> make_secret_service() { return std::make_shared<Libsecret>(); }

}  // namespace pintle
