// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <utility>
#include <vector>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>
#include <pintle/host.h>
#include <pintle/loading/trusted_file.h>
#include <pintle/program_loader.h>

#include "base/mutex.h"
#include "connection/connection_impl.h"
#include "connection/host_impl.h"
#include "session/redis_store.h"
#include "session/secret_service_store.h"
#include "settings/bundled_libraries.h"
#include "settings/checked_pin.h"

namespace pintle {
namespace {

std::int64_t system_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Error unusable_rules(const std::filesystem::path& file, const std::string& why) {
  return Error(Layer::config, file.string() + ": " + why)
      .with_user_action()
      .with_hint(
          R"(Write it like {"allow": ["token"], "pins": {"token": "sha256:…"}, "cage": "always"}.)");
}

// A pin that no digest can equal would refuse the scheme for a reason that nobody finds.
std::vector<std::string> allowed_in(const Poco::JSON::Array::Ptr& list) {
  if (!list) throw Error(Layer::config, "\"allow\" is not a list");
  std::vector<std::string> allowed;
  allowed.reserve(list->size());
  for (unsigned i = 0; i < list->size(); ++i) allowed.push_back(list->getElement<std::string>(i));
  // An empty list would mean that all are allowed.
  if (allowed.empty()) throw Error(Layer::config, "\"allow\" allows nothing");
  return allowed;
}

loading::Cage cage_named(const std::string& name) {
  if (name == "third-party") return loading::Cage::third_party;
  if (name == "always") return loading::Cage::always;
  if (name == "never") return loading::Cage::never;
  throw Error(Layer::config, R"("cage" is not "third-party", "always" or "never")");
}

// The schemes that were installed with Pintle are no third party's.
HostOptions with_bundled_trusted(HostOptions options) {
  auto& trusted = options.loading.trusted;
  for (auto& library : bundled_libraries(options.paths.load_check_program)) {
    trusted.push_back(std::move(library));
  }
  return options;
}

}  // namespace

loading::LoadingRules read_loading_rules(const std::filesystem::path& file) {
  const auto text = loading::read_trusted_file(file, 64 * 1024, Layer::config);
  if (!text) return {};
  try {
    loading::LoadingRules rules;
    if (!begins_json_object(*text)) throw Error(Layer::config, "it is not a JSON object");
    const auto json = Poco::JSON::Parser().parse(*text);
    const auto& root = json.extract<Poco::JSON::Object::Ptr>();
    for (const auto& name : root->getNames()) {
      if (name == "allow") {
        rules.allowed = allowed_in(root->getArray(name));
      } else if (name == "pins") {
        const auto pins = root->getObject(name);
        if (!pins) throw Error(Layer::config, "\"pins\" is not an object");
        for (const auto& id : pins->getNames()) {
          rules.pins.emplace(id, checked_pin(id, pins->getValue<std::string>(id)));
        }
      } else if (name == "cage") {
        rules.cage = cage_named(root->getValue<std::string>(name));
      } else {
        throw Error(Layer::config, "unknown setting \"" + printable(name, 40) + "\"");
      }
    }
    return rules;
  } catch (const Poco::JSON::JSONException&) {
    throw unusable_rules(file, "it is not JSON");
  } catch (const Poco::Exception&) {
    throw unusable_rules(file, "a value in it has the wrong type");
  } catch (const Error& error) {
    throw unusable_rules(file, error.message());
  }
}

HostOptions HostOptions::standard(const std::filesystem::path& package) {
  HostOptions options;
  options.paths = Paths::standard(package);
  options.loading = read_loading_rules(options.paths.connections.parent_path() / "plugins.json");
  options.sessions = std::make_shared<FileSessionStore>(options.paths.sessions);
  options.probe_cache = std::make_shared<ProbeCache>(options.paths.probes);
  options.proxy_environment = true;
  return options;
}

std::shared_ptr<SessionStore> session_store_of(const HostOptions& options,
                                               const ConnectionSettings& settings) {
  if (options.sessions && is_redis_store(settings.session_store)) {
    return make_redis_store(settings);
  }
  return session_store_named(settings.session_store, options.sessions);
}

void check_session_store(const ConnectionSettings& settings) {
  if (is_redis_store(settings.session_store)) return check_redis_store(settings);
  check_store_name(settings.session_store);
}

SessionKey session_key_of(const ConnectionSettings& settings, std::string scheme) {
  return {settings.shares_url_session ? std::string() : settings.name, settings.url,
          std::move(scheme)};
}

HostImpl::HostImpl(HostOptions given)
    : options(with_bundled_trusted(std::move(given))),
      loader(options.loading,
             loading::LoadCheck(options.paths.load_check_program, options.paths.load_checks),
             program_loader(), cage_loader(options.paths.load_check_program.parent_path())) {
  if (!options.now_ms) options.now_ms = system_now_ms;
}

std::shared_ptr<live::Engine> HostImpl::engine() {
  const MutexLock lock(mutex_);
  auto engine = engine_.lock();
  if (!engine) engine_ = engine = live::Engine::make();
  return engine;
}

loading::Catalogue HostImpl::catalogue() const {
  return loading::Catalogue::read(options.paths.plugin_folders, options.built_in);
}

loading::Profiles HostImpl::profiles() const {
  return loading::Profiles::read(options.paths.plugin_folders);
}

const loading::Entry* HostImpl::entry_of_stored(const loading::Catalogue& catalogue,
                                                SessionStore& store,
                                                const ConnectionSettings& settings) {
  for (const auto& entry : catalogue.entries()) {
    if (!entry.fault.empty() || entry.scheme.front) continue;
    if (store.load(session_key_of(settings, entry.scheme.id)).session) return &entry;
  }
  return nullptr;
}

Host::Host(HostOptions options) : impl_(std::make_shared<HostImpl>(std::move(options))) {}

loading::Catalogue Host::catalogue() const { return impl_->catalogue(); }

loading::Profiles Host::profiles() const { return impl_->profiles(); }

Connection Host::open(ConnectionSettings settings) const {
  return Connection(std::make_shared<Connection::Impl>(impl_, std::move(settings)));
}

std::string Host::stored_scheme(const ConnectionSettings& settings) const {
  const auto store = session_store_of(impl_->options, settings);
  if (!store) return {};
  const auto catalogue = impl_->catalogue();
  const auto* entry = HostImpl::entry_of_stored(catalogue, *store, settings);
  return entry == nullptr ? std::string() : entry->scheme.id;
}

const HostOptions& Host::options() const noexcept { return impl_->options; }

}  // namespace pintle
