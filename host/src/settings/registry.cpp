// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>
#include <pintle/files/durable_file.h>
#include <pintle/loading/trusted_file.h>
#include <pintle/registry.h>

namespace pintle {
namespace {

using Poco::JSON::Object;

constexpr int kVersion = 1;
constexpr std::size_t kMaxBytes = 4 << 20;
constexpr int kLockMs = 5'000;

constexpr std::pair<SecretSource::Kind, const char*> kKinds[] = {
    {SecretSource::Kind::file, "file"},
    {SecretSource::Kind::command, "command"},
    {SecretSource::Kind::environment, "environment"}};

// ---- Writing: by hand, one member per line, so that a user can read and edit the file.

class ObjectText {
 public:
  void add(const char* key, const std::string& json) {
    text_ +=
        (text_.empty() ? "\n" : ",\n") + std::string("      ") + json_string(key) + ": " + json;
  }
  void add_text(const char* key, const std::string& value) {
    if (!value.empty()) add(key, json_string(value));
  }
  std::string text() const { return "    {" + text_ + "\n    }"; }

 private:
  std::string text_;
};

std::string source_json(const SecretSource& source) {
  for (const auto& [kind, name] : kKinds) {
    if (kind == source.kind()) {
      return "{" + json_string(name) + ": " + json_string(source.where()) + "}";
    }
  }
  throw Error(Layer::config, source.text() + " cannot be saved: it is gone when the program ends")
      .with_hint("Use a file, a command or an environment variable instead.");
}

template <class Map, class Write>
std::string map_json(const Map& map, Write write) {
  std::string text;
  for (const auto& [key, value] : map) {
    text += (text.empty() ? "" : ", ") + json_string(key) + ": " + write(value);
  }
  return "{" + text + "}";
}

std::string connection_json(const ConnectionSettings& c) {
  ObjectText object;
  object.add_text("name", c.name);
  object.add_text("url", c.url.text());
  object.add_text("scheme", c.scheme);
  object.add_text("profile", c.profile);
  if (c.no_probe) object.add("no_probe", "true");
  if (!c.inputs.empty()) object.add("inputs", map_json(c.inputs, source_json));
  if (!c.scheme_settings.empty()) {
    object.add("scheme_settings", map_json(c.scheme_settings, [](const std::string& value) {
                 return json_string(value);
               }));
  }
  if (!c.helpers.empty()) {
    object.add("helpers", map_json(c.helpers, [](const std::string& command) {
                 return json_string(command);
               }));
  }
  object.add_text("front", c.front);
  if (!c.front_inputs.empty()) object.add("front_inputs", map_json(c.front_inputs, source_json));
  if (!c.front_settings.empty()) {
    object.add("front_settings", map_json(c.front_settings, [](const std::string& value) {
                 return json_string(value);
               }));
  }
  object.add_text("headers_file", c.headers_file);
  object.add_text("ca_file", c.ca_file);
  object.add_text("client_certificate", c.client_certificate);
  object.add_text("client_key", c.client_key);
  if (c.client_passphrase) object.add("client_passphrase", source_json(*c.client_passphrase));
  object.add_text("proxy", c.proxy);
  if (c.no_proxy) object.add("no_proxy", "true");
  object.add_text("proxy_auth_file", c.proxy_auth_file);
  if (!c.allowed_origins.empty()) {
    std::string list;
    for (const auto& origin : c.allowed_origins) {
      list += (list.empty() ? "" : ", ") + json_string(origin);
    }
    object.add("allowed_origins", "[" + list + "]");
  }
  if (c.allow_plain_http) object.add("allow_plain_http", "true");
  object.add_text("session_store", c.session_store);
  if (!c.store_inputs.empty()) object.add("store_inputs", map_json(c.store_inputs, source_json));
  if (!c.store_settings.empty()) {
    object.add("store_settings", map_json(c.store_settings, [](const std::string& value) {
                 return json_string(value);
               }));
  }
  if (c.shares_url_session) object.add("shares_url_session", "true");
  const ConnectionSettings standard{.url = c.url};
  if (c.request_ms != standard.request_ms) object.add("request_ms", std::to_string(c.request_ms));
  if (c.connect_ms != standard.connect_ms) object.add("connect_ms", std::to_string(c.connect_ms));
  object.add_text("last_scheme", c.last_scheme);
  if (c.last_strength != 0) object.add("last_strength", std::to_string(c.last_strength));
  return object.text();
}

// ---- Reading: throws on anything unexpected; the next write then renames the file.

SecretSource read_source(const Object& object) {
  for (const auto& [kind, name] : kKinds) {
    if (object.has(name)) return SecretSource::of(kind, object.getValue<std::string>(name));
  }
  throw Error(Layer::store, "a secret has no file, command or environment");
}

std::map<std::string, SecretSource> read_sources(const Object& object, const char* name) {
  std::map<std::string, SecretSource> sources;
  const auto inputs = object.getObject(name);
  if (!inputs) return sources;
  for (const auto& key : inputs->getNames()) {
    sources.emplace(key, read_source(*inputs->getObject(key)));
  }
  return sources;
}

std::map<std::string, std::string> read_texts(const Object& object, const char* name) {
  std::map<std::string, std::string> texts;
  const auto settings = object.getObject(name);
  if (!settings) return texts;
  for (const auto& key : settings->getNames()) {
    texts.emplace(key, settings->getValue<std::string>(key));
  }
  return texts;
}

ConnectionSettings read_connection(const Object& object) {
  ConnectionSettings c{.url = GatewayUrl::parse(object.getValue<std::string>("url"))};
  c.name = object.getValue<std::string>("name");
  if (!is_connection_name(c.name)) throw Error(Layer::store, "invalid connection name");
  c.scheme = object.optValue<std::string>("scheme", "");
  c.profile = object.optValue<std::string>("profile", "");
  c.no_probe = object.optValue("no_probe", false);
  c.inputs = read_sources(object, "inputs");
  c.scheme_settings = read_texts(object, "scheme_settings");
  c.front = object.optValue<std::string>("front", "");
  c.front_inputs = read_sources(object, "front_inputs");
  c.front_settings = read_texts(object, "front_settings");
  if (const auto helpers = object.getObject("helpers")) {
    for (const auto& name : helpers->getNames()) {
      const auto command = helpers->getValue<std::string>(name);
      check_helper(name, command);
      c.helpers.emplace(name, command);
    }
  }
  c.headers_file = object.optValue<std::string>("headers_file", "");
  c.ca_file = object.optValue<std::string>("ca_file", "");
  c.client_certificate = object.optValue<std::string>("client_certificate", "");
  c.client_key = object.optValue<std::string>("client_key", "");
  if (const auto passphrase = object.getObject("client_passphrase")) {
    c.client_passphrase = read_source(*passphrase);
  }
  c.proxy = object.optValue<std::string>("proxy", "");
  c.no_proxy = object.optValue("no_proxy", false);
  c.proxy_auth_file = object.optValue<std::string>("proxy_auth_file", "");
  if (const auto origins = object.getArray("allowed_origins")) {
    for (std::size_t i = 0; i < origins->size(); ++i) {
      c.allowed_origins.push_back(origins->getElement<std::string>(static_cast<unsigned>(i)));
    }
  }
  c.allow_plain_http = object.optValue("allow_plain_http", false);
  c.session_store = object.optValue<std::string>("session_store", "");
  c.store_inputs = read_sources(object, "store_inputs");
  c.store_settings = read_texts(object, "store_settings");
  c.shares_url_session = object.optValue("shares_url_session", false);
  c.request_ms = object.optValue<Poco::Int64>("request_ms", c.request_ms);
  c.connect_ms = object.optValue<Poco::Int64>("connect_ms", c.connect_ms);
  c.last_scheme = object.optValue<std::string>("last_scheme", "");
  c.last_strength = object.optValue("last_strength", 0);
  return c;
}

std::vector<ConnectionSettings> parse(const std::string& text, const std::filesystem::path& file) {
  if (!begins_json_object(text)) throw Error(Layer::protocol, "it is not a JSON object");
  const auto json = Poco::JSON::Parser().parse(text);
  const auto& root = json.extract<Object::Ptr>();
  if (!root->has("version")) throw Error(Layer::protocol, "it has no version");
  if (const int version = root->getValue<int>("version"); version > kVersion) {
    // Not corrupt: a newer Pintle wrote it and must find it unchanged.
    throw Error(Layer::store, file.string() + " has version " + std::to_string(version) +
                                  ", but this program reads version " + std::to_string(kVersion))
        .with_user_action()
        .with_hint("Use the newer version of Pintle that wrote it.");
  }
  std::vector<ConnectionSettings> connections;
  const auto list = root->getArray("connections");
  if (!list) throw Error(Layer::protocol, "it has no list of connections");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto object = list->getObject(static_cast<unsigned>(i));
    if (!object) throw Error(Layer::protocol, "a connection in it is not an object");
    connections.push_back(read_connection(*object));
  }
  return connections;
}

void check_name(const std::string& name) {
  if (is_connection_name(name)) return;
  throw Error(Layer::config, "invalid connection name \"" + printable(name, 70) + "\"")
      .with_hint("Use at most 64 letters, digits, \".\", \"_\" and \"-\".");
}

Error changed_meanwhile(const std::string& name, const char* how) {
  return Error(Layer::config, "the connection " + name + " was " + how + " in the meantime")
      .with_user_action()
      .with_hint("Look at it as it is now, then make your change again.");
}

std::filesystem::path set_aside(const std::filesystem::path& file) {
  for (int i = 1;; ++i) {
    std::filesystem::path aside = file.string() + ".corrupt-" + std::to_string(i);
    if (std::filesystem::exists(aside)) continue;
    std::filesystem::rename(file, aside);
    return aside;
  }
}

}  // namespace

bool is_connection_name(std::string_view text) noexcept {
  const auto is_alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= 64 && is_alnum(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

// Needs no lock: writers replace the whole file.
ConnectionRegistry::Contents ConnectionRegistry::read() const {
  // It names commands to run and files to read, so nobody but the user may be able to write it.
  const auto text = loading::read_trusted_file(file_, kMaxBytes, Layer::store);
  if (!text) return {};
  std::string why;
  try {
    return {parse(*text, file_), {}};
  } catch (const Error& error) {
    if (error.layer() == Layer::store && error.needs_user_action()) throw;
    why = error.message();
  } catch (const Poco::JSON::JSONException& error) {
    why = "it is not JSON" + (error.message().empty() ? "" : ": " + printable(error.message()));
  } catch (const Poco::Exception&) {
    why = "a value in it has the wrong type";
  }
  return {{}, file_.string() + " cannot be used: " + why};
}

std::vector<ConnectionSettings> ConnectionRegistry::connections() const {
  auto contents = read();
  if (!contents.warning.empty()) {
    throw Error(Layer::store, contents.warning)
        .with_user_action()
        .with_hint(
            "Repair the file, or start a new one: pintle add NAME URL keeps a copy of this one.");
  }
  return std::move(contents.connections);
}

std::optional<ConnectionSettings> ConnectionRegistry::find(std::string_view name) const {
  for (auto& connection : connections()) {
    if (connection.name == name) return connection;
  }
  return std::nullopt;
}

std::string ConnectionRegistry::put(const ConnectionSettings& connection, bool replace) const {
  check_name(connection.name);
  const FileLock lock(lock_file(), kLockMs);
  auto contents = read();
  auto& connections = contents.connections;
  const auto place = std::lower_bound(
      connections.begin(), connections.end(), connection.name,
      [](const ConnectionSettings& c, const std::string& name) { return c.name < name; });
  if (place != connections.end() && place->name == connection.name) {
    if (!replace) {
      throw Error(Layer::config, "the connection " + connection.name + " already exists (" +
                                     place->url.text() + ")")
          .with_hint("Choose another name, or replace it: pintle add --replace " + connection.name +
                     " URL.");
    }
    *place = connection;
  } else {
    connections.insert(place, connection);
  }
  if (!contents.warning.empty()) {
    contents.warning += "; renamed it to " + set_aside(file_).string() + " and created a new one";
  }
  write(connections);
  return contents.warning;
}

void ConnectionRegistry::replace(const ConnectionSettings& before, const ConnectionSettings& after,
                                 const std::function<void()>& prepare) const {
  check_name(after.name);
  const FileLock lock(lock_file(), kLockMs);
  auto saved = connections();
  const auto place = std::ranges::find(saved, before.name, &ConnectionSettings::name);
  if (place == saved.end()) throw changed_meanwhile(before.name, "removed or renamed");
  if (*place != before) throw changed_meanwhile(before.name, "changed");
  if (after.name != before.name &&
      std::ranges::find(saved, after.name, &ConnectionSettings::name) != saved.end()) {
    throw Error(Layer::config, "the connection " + after.name + " already exists")
        .with_user_action()
        .with_hint("Choose another name.");
  }
  if (prepare) prepare();
  *place = after;
  std::ranges::sort(saved, {}, &ConnectionSettings::name);
  write(saved);
}

void ConnectionRegistry::remember_scheme(const ConnectionSettings& used,
                                         const loading::SchemeFacts& facts) const {
  if (used.name.empty() || (used.last_scheme == facts.id && used.last_strength == facts.strength)) {
    return;
  }
  // On what is saved, and not on `used`: a scheme that was named for this once is no new rule.
  const auto saved = find(used.name);
  if (!saved || saved->scheme != used.scheme || saved->url != used.url) return;
  auto after = *saved;
  after.last_scheme = facts.id;
  after.last_strength = facts.strength;
  try {
    replace(*saved, after);
  } catch (const Error& error) {
    if (error.layer() != Layer::config) throw;  // else it was changed in the meantime
  }
}

bool ConnectionRegistry::remove(std::string_view name) const {
  if (!std::filesystem::exists(file_)) return false;
  const FileLock lock(lock_file(), kLockMs);
  auto saved = connections();
  if (std::erase_if(saved, [&](const auto& c) { return c.name == name; }) == 0) return false;
  write(saved);
  return true;
}

void ConnectionRegistry::write(const std::vector<ConnectionSettings>& connections) const {
  std::string text = "{\n  \"version\": " + std::to_string(kVersion) + ",\n  \"connections\": [";
  const char* separator = "\n";
  for (const auto& connection : connections) {
    text += separator + connection_json(connection);
    separator = ",\n";
  }
  write_file_durably(file_, text + "\n  ]\n}\n");
}

}  // namespace pintle
