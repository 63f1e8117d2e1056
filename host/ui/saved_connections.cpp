// SPDX-License-Identifier: Apache-2.0
#include "ui/saved_connections.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "ui/saved_connection_json.h"

namespace pintle::ui {
namespace {

std::string answer_key(const ConnectionSettings& settings) {
  return settings.name + " " + settings.url.text();
}

bool has_session(const Host& host, const ConnectionSettings& connection) {
  try {
    return !host.stored_scheme(connection).empty();
  } catch (const Error&) {
    return false;  // the test of the connection reports it
  }
}

Error missing(const std::string& name) {
  return Error(Layer::config, "there is no connection " + printable(name, 70)).with_user_action();
}

void check_ca_file(const std::string& file) {
  if (file.empty()) return;
  // Relative to which folder, a page cannot know.
  const bool is_absolute = std::filesystem::path(file).is_absolute();
  std::error_code error;
  if (is_absolute && std::filesystem::is_regular_file(file, error)) return;
  throw Error(Layer::config,
              "cannot use the certificates: " +
                  std::string(is_absolute ? "there is no such file" : "the path is not absolute"))
      .with_user_action()
      .with_hint("Write the path of a PEM file, from the root: /etc/ssl/gateway.pem.");
}

}  // namespace

SavedConnections::SavedConnections(const Host& host, const UiOptions& options)
    : host_(host),
      options_(options),
      registry_(host.options().paths.connections),
      secrets_(host.options().paths.connections.parent_path() / "tokens") {}

JsonObject SavedConnections::to_json(const ConnectionSettings& connection,
                                     const std::string& current) const {
  auto object = settings_json(connection, secrets_);
  object.set("current", connection.name == current);
  object.set("session", has_session(host_, connection));
  const MutexLock lock(mutex_);
  const auto answer = answers_.find(answer_key(connection));
  if (answer != answers_.end()) object.set("answer", answer->second);
  return object;
}

void SavedConnections::list(JsonObject& state) const {
  std::string current;
  std::string warning;
  Poco::JSON::Array list;
  try {
    if (options_.current_gateway) current = options_.current_gateway();
  } catch (const Error& error) {
    warning = error.message();
  }
  try {
    const auto contents = registry_.read();
    if (!contents.warning.empty()) warning = contents.warning;
    for (const auto& connection : contents.connections) list.add(to_json(connection, current));
  } catch (const Error& error) {
    warning = error.message();
  }
  state.set("connections", list);
  state.set("warning", warning);
}

ConnectionSettings SavedConnections::find(const std::string& name) const {
  auto found = registry_.find(name);
  if (!found) throw missing(name);
  return std::move(*found);
}

ConnectionSettings SavedConnections::read_form(const JsonObject& form, GatewayUrl url) const {
  const auto name = string_member(form, "name");
  auto saved = registry_.find(name);
  auto settings = saved ? std::move(*saved) : ConnectionSettings{.url = url};
  settings.name = name;
  if (settings.url != url) {
    // The headers of an access proxy are credentials too.
    if (settings.url.origin() != url.origin()) settings.headers_file.clear();
    settings.url = std::move(url);
    settings.inputs.clear();
    settings.helpers.clear();  // what they print is for that gateway alone
    settings.last_scheme.clear();
    settings.last_strength = 0;
    settings.shares_url_session = false;
  }
  settings.ca_file = string_member(form, "ca_file");
  check_ca_file(settings.ca_file);
  const auto proxy = string_member(form, "proxy");
  if (!proxy.empty()) {
    check_proxy(proxy);
    settings.no_proxy = false;
  }
  settings.proxy = proxy;
  settings.allow_plain_http = bool_member(form, "allow_plain_http");
  return settings;
}

std::string SavedConnections::put(const JsonObject& form) const {
  auto settings = read_form(form, GatewayUrl::parse(string_member(form, "url")));
  if (!is_connection_name(settings.name)) {
    throw Error(Layer::config, "invalid connection name")
        .with_user_action()
        .with_hint("Use 1 to 64 letters, digits, \".\", \"_\" and \"-\".");
  }
  (void)host_.open(settings);  // throws for what cannot be used, such as a file that is missing
  const auto before = registry_.find(settings.name);
  const bool replace = bool_member(form, "replace");
  if (before && !replace) {
    throw Error(Layer::config, "there is a connection " + settings.name + " already")
        .with_user_action()
        .with_hint("Choose another name.");
  }
  std::string note;
  if (!before && options_.before_add) note = options_.before_add(settings);
  const auto set_aside = registry_.put(settings, replace);
  if (host_.options().probe_cache) host_.options().probe_cache->forget(settings.url);
  if (before && before->url != settings.url) {
    for (const auto& [key, source] : before->inputs) secrets_.remove(source);
  }
  if (before && before->headers_file != settings.headers_file) {
    note = "The headers of " + before->headers_file + " are no longer sent: they were for " +
           before->url.origin().text() + ".";
  }
  return set_aside.empty() ? note : set_aside;
}

void SavedConnections::put_secret(const std::string& name, const std::string& key,
                                  const Secret& secret) const {
  auto settings = find(name);
  settings.inputs.insert_or_assign(key, secrets_.put(name, key, secret));
  registry_.put(settings, true);
}

std::string SavedConnections::remove(const std::string& name) const {
  const auto removed = remove_connection(host_, name);
  if (!removed) throw missing(name);
  const auto& connection = removed->settings;
  for (const auto& [key, source] : connection.inputs) secrets_.remove(source);
  if (options_.current_gateway && options_.current_gateway() == name) make_current("");
  if (!removed->had_session) return "Removed " + name + ".";
  return "Removed " + name + ". " +
         (connection.shares_url_session
              ? "The session of " + connection.url.text() + " is still stored."
              : "Its session stays valid at the gateway until it expires.");
}

void SavedConnections::make_current(const std::string& name) const {
  if (!name.empty()) (void)find(name);
  if (options_.set_current_gateway) options_.set_current_gateway(name);
}

void SavedConnections::remember_scheme(Connection& connection) const {
  registry_.remember_scheme(connection.settings(), connection.choose().facts);
}

void SavedConnections::remember_answer(const ConnectionSettings& settings,
                                       const JsonObject& answer) {
  const MutexLock lock(mutex_);
  answers_[answer_key(settings)] = new JsonObject(answer);
}

}  // namespace pintle::ui
