// SPDX-License-Identifier: Apache-2.0
//
// Makes the store on Redis that a connection's settings select.

#include <atomic>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/secret_source.h>

#include "base/mutex.h"
#include "redis/redis_address.h"
#include "redis/redis_server.h"
#include "session/redis_session_store.h"
#include "session/redis_store.h"

namespace pintle {
namespace {

constexpr std::int64_t kMinLeaseMs = 1'000;
constexpr std::int64_t kMaxLeaseMs = 600'000;
constexpr std::size_t kMaxPrefix = 64;

Error unusable(const std::string& what) {
  return Error(Layer::config, what)
      .with_user_action()
      .with_hint("docs/fleet.md lists the settings of a session store on Redis.");
}

// The connections to one Redis, shared by all stores of this process that use it.
struct Shared {
  std::shared_ptr<redis::RedisServer> server;
  std::shared_ptr<redis::MessageWatch> messages;
};

std::shared_ptr<Shared> shared_for(const std::string& name, redis::RedisSettings settings) {
  static Mutex mutex;
  static std::map<std::string, std::weak_ptr<Shared>> all;
  const MutexLock lock(mutex);
  std::erase_if(all, [](const auto& one) { return one.second.expired(); });
  auto shared = all[name].lock();
  if (!shared) {
    const auto server = std::make_shared<redis::RedisServer>(std::move(settings));
    shared =
        std::make_shared<Shared>(Shared{server, std::make_shared<redis::MessageWatch>(server)});
    all[name] = shared;
  }
  return shared;
}

std::string text_in(const std::map<std::string, std::string>& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

const SecretSource* source_in(const ConnectionSettings& settings, const std::string& name) {
  const auto found = settings.store_inputs.find(name);
  return found == settings.store_inputs.end() ? nullptr : &found->second;
}

std::function<Secret()> reader_of(const SecretSource* source) {
  if (source == nullptr) return {};
  return [from = *source] { return from.read(); };
}

void check_names(const ConnectionSettings& settings) {
  for (const auto& [name, source] : settings.store_inputs) {
    if (name == "key" || name == "password" || name == "sentinel-password") continue;
    throw unusable("a session store has no secret \"" + printable(name, 40) + "\"");
  }
  for (const auto& [name, value] : settings.store_settings) {
    if (name == "ca_file" || name == "prefix" || name == "lease_ms" || name == "plain") continue;
    throw unusable("a session store has no setting \"" + printable(name, 40) + "\"");
  }
}

std::int64_t lease_in(const ConnectionSettings& settings, std::int64_t otherwise) {
  const auto text = text_in(settings.store_settings, "lease_ms");
  if (text.empty()) return otherwise;
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < kMinLeaseMs ||
      value > kMaxLeaseMs) {
    throw unusable("the lease of a session store is from 1000 to 600000 ms");
  }
  return value;
}

std::string prefix_in(const ConnectionSettings& settings, const std::string& otherwise) {
  auto prefix = text_in(settings.store_settings, "prefix");
  if (prefix.empty()) return otherwise;
  const bool has_brace = prefix.find_first_of("{}") != std::string::npos;
  if (prefix.size() > kMaxPrefix || has_brace || printable(prefix) != prefix) {
    throw unusable("the prefix of a session store is up to 64 characters without braces");
  }
  return prefix;
}

// The session is encrypted in any case, but the password is not, nor who may write.
void check_exposure(const redis::RedisAddress& address, const ConnectionSettings& settings) {
  const auto plain = text_in(settings.store_settings, "plain");
  if (!plain.empty() && plain != "allowed") {
    throw unusable("the setting \"plain\" of a session store is \"allowed\" or not there");
  }
  if (address.secure || plain == "allowed") return;
  for (const auto& node : address.nodes) {
    if (!redis::is_exposed(node)) continue;
    throw Error(Layer::config, "the session store is on another machine, without TLS")
        .with_user_action()
        .with_hint(
            "Write rediss://…, or allow it with --store-set plain=allowed if the network "
            "between is trusted.");
  }
}

// Of connections that may be shared: to the same Redis, as the same user.
std::string sharing_name(const redis::RedisAddress& address, const ConnectionSettings& settings) {
  static std::atomic<int> alone{0};
  std::string name = address.text();
  for (const auto* const setting : {"ca_file", "plain"}) {
    name += "\n" + text_in(settings.store_settings, setting);
  }
  for (const auto* const secret : {"password", "sentinel-password"}) {
    const auto* const source = source_in(settings, secret);
    if (source == nullptr) continue;
    name += "\n" + std::string(secret) + " " + source->text();
    // What an app has in its memory has no name of its own.
    const auto kind = source->kind();
    if (kind == SecretSource::Kind::memory || kind == SecretSource::Kind::function) {
      name += " " + std::to_string(++alone);
    }
  }
  return name;
}

}  // namespace

bool is_redis_store(std::string_view name) noexcept { return redis::is_redis_url(name); }

void check_redis_store(const ConnectionSettings& settings) {
  const RedisStoreSettings standard;
  check_names(settings);
  lease_in(settings, standard.lease_ms);
  prefix_in(settings, standard.prefix);
  check_exposure(redis::RedisAddress::parse(settings.session_store), settings);
  if (source_in(settings, "key") == nullptr) {
    throw Error(Layer::config, "a session store on Redis needs a key to encrypt the sessions with")
        .with_user_action()
        .with_hint(
            "Make one with: head -c 32 /dev/urandom | base64 > FILE, give every machine the "
            "same, and name it with --store-secret-file key=FILE.");
  }
}

std::shared_ptr<SessionStore> make_redis_store(const ConnectionSettings& settings) {
  check_redis_store(settings);
  const auto address = redis::RedisAddress::parse(settings.session_store);
  const auto* const key = source_in(settings, "key");
  const auto ca_file = text_in(settings.store_settings, "ca_file");
  const auto shared =
      shared_for(sharing_name(address, settings),
                 {.address = address,
                  .ca_file = ca_file,
                  .password = reader_of(source_in(settings, "password")),
                  .sentinel_password = reader_of(source_in(settings, "sentinel-password")),
                  .allows_plain = text_in(settings.store_settings, "plain") == "allowed"});
  RedisStoreSettings made;
  // Each holds on to what they share.
  made.server = std::shared_ptr<redis::RedisServer>(shared, shared->server.get());
  made.messages = std::shared_ptr<redis::MessageWatch>(shared, shared->messages.get());
  made.keys = std::make_shared<StoreKeys>(
      [source = *key] { return KeyRing::parse(source.read().reveal()); });
  made.prefix = prefix_in(settings, made.prefix);
  made.lease_ms = lease_in(settings, made.lease_ms);
  return std::make_shared<RedisSessionStore>(std::move(made));
}

}  // namespace pintle
