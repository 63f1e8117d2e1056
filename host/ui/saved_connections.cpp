// SPDX-License-Identifier: Apache-2.0
#include "ui/saved_connections.h"

#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "ui/connection_form.h"
#include "ui/saved_connection_json.h"

namespace pintle::ui {
namespace {

// The file of a secret for what stands in front is that of this, and its input's name.
constexpr const char* kFrontFile = "front-";

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

PageError out_of_date(const std::string& name, const char* how) {
  return PageError::out_of_date(
      Error(Layer::config, printable(name, 70) + " was " + how + " in another tab or program")
          .with_user_action()
          .with_hint("Look at it as it is now, then make your change again."));
}

}  // namespace

SavedConnections::SavedConnections(const Host& host, const UiOptions& options)
    : host_(host),
      options_(options),
      registry_(host.options().paths.connections),
      secrets_(host.options().paths.typed_secrets()) {}

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

ConnectionSettings SavedConnections::find_shown(const std::string& name,
                                                const std::string& version) const {
  auto found = registry_.find(name);
  if (!found) throw out_of_date(name, "removed or renamed");
  if (version_of(*found, secrets_) != version) throw out_of_date(name, "changed");
  return std::move(*found);
}

ConnectionSettings SavedConnections::read_form(const JsonObject& form, GatewayUrl url) const {
  const auto was = string_member(form, "was");
  auto saved = was.empty() ? std::nullopt : registry_.find(was);
  auto base = saved ? std::move(*saved) : ConnectionSettings{.url = url};
  return apply_form(form, std::move(base), std::move(url));
}

void SavedConnections::check_name(const std::string& name, const std::string& was) const {
  if (!is_connection_name(name)) {
    throw PageError::of_field(
        Error(Layer::config, name.empty() ? "the name is missing" : "invalid connection name")
            .with_user_action()
            .with_hint("Use 1 to 64 letters, digits, \".\", \"_\" and \"-\"."),
        "name");
  }
  if (name != was && registry_.find(name)) {
    throw PageError::of_field(Error(Layer::config, "there is a connection " + name + " already")
                                  .with_user_action()
                                  .with_hint("Choose another name."),
                              "name");
  }
}

JsonObject SavedConnections::put(const JsonObject& form) const {
  const auto was = string_member(form, "was");
  std::optional<ConnectionSettings> before;
  if (!was.empty()) before = find_shown(was, string_member(form, "version"));
  check_no_secret(form, host_.catalogue());
  auto settings = read_form(form, url_of_form(form));
  check_name(settings.name, was);
  (void)host_.open(settings);  // throws for what cannot be used, such as a file that is missing
  std::string note;
  if (before) {
    note = replace(*before, settings);
  } else {
    if (options_.before_add) note = options_.before_add(settings);
    const auto set_aside = registry_.put(settings, false);
    if (!set_aside.empty()) note = set_aside;
  }
  if (host_.options().probe_cache) host_.options().probe_cache->forget(settings.url);
  auto answer = ordered_object();
  answer.set("note", note);
  answer.set("version", version_of(find(settings.name), secrets_));
  return answer;
}

std::string SavedConnections::replace(const ConnectionSettings& before,
                                      ConnectionSettings after) const {
  const bool is_renamed = before.name != after.name;
  if (is_renamed) {
    after.inputs = secrets_.copy_to(after.name, after.inputs);
    after.front_inputs = secrets_.copy_to(after.name, after.front_inputs, kFrontFile);
  }
  const auto remove_unless_in = [&](const ConnectionSettings& obsolete,
                                    const ConnectionSettings& used) {
    for (const auto inputs : {&ConnectionSettings::inputs, &ConnectionSettings::front_inputs}) {
      for (const auto& [key, source] : obsolete.*inputs) {
        const auto kept = (used.*inputs).find(key);
        if (kept == (used.*inputs).end() || kept->second != source) secrets_.remove(source);
      }
    }
  };
  std::string note;
  try {
    note = replace_connection(host_, before, after);
  } catch (const Error&) {
    remove_unless_in(after, before);
    throw;
  }
  remove_unless_in(before, after);
  if (is_renamed && is_current(before.name)) make_current(after.name);
  const auto add_note = [&](const std::string& what) {
    note += (note.empty() ? "" : " ") + what + ": that was for " + before.url.origin().text() + ".";
  };
  if (before.url.origin() != after.url.origin()) {
    if (before.headers_file != after.headers_file) {
      add_note("The headers of " + before.headers_file + " are no longer sent");
    }
    if (!before.client_certificate.empty() && after.client_certificate.empty()) {
      add_note("The client certificate " + before.client_certificate + " is no longer shown");
    }
    if (!before.front_inputs.empty()) add_note("What was saved for its front is no longer sent");
  }
  return note;
}

ConnectionSettings SavedConnections::find_typed_for(const ConnectionSettings& typed_for) const {
  auto now = registry_.find(typed_for.name);
  // Another tab may have given the name to another gateway while the user typed.
  if (!now || now->url != typed_for.url || now->scheme != typed_for.scheme) {
    throw Error(Layer::config, "the connection " + typed_for.name +
                                   " was changed during the sign-in, so the secret was not saved")
        .with_user_action()
        .with_hint("Sign in again.");
  }
  return std::move(*now);
}

void SavedConnections::put_secret(const ConnectionSettings& typed_for, const std::string& key,
                                  const Secret& secret) const {
  save_secret(find_typed_for(typed_for), &ConnectionSettings::inputs, key, secret);
}

void SavedConnections::put_front(const ConnectionSettings& typed_for,
                                 const std::map<std::string, Secret>& secrets,
                                 const std::map<std::string, std::string>& settings) const {
  for (const auto& [key, secret] : secrets) {
    save_secret(find_typed_for(typed_for), &ConnectionSettings::front_inputs, key, secret);
  }
  if (settings.empty()) return;
  const auto before = find_typed_for(typed_for);
  auto after = before;
  for (const auto& [key, value] : settings) after.front_settings.insert_or_assign(key, value);
  registry_.replace(before, after);
}

ConnectionSettings SavedConnections::without_typed_front(ConnectionSettings connection) const {
  const auto is_typed = [&](const auto& input) { return secrets_.owns(input.second); };
  if (std::erase_if(connection.front_inputs, is_typed) > 0) {
    connection.front_settings.erase("username");  // it was asked for with the password
  }
  return connection;
}

std::string SavedConnections::put_secret(const std::string& name, const std::string& version,
                                         const std::string& key, const Secret& secret) const {
  save_secret(find_shown(name, version), &ConnectionSettings::inputs, key, secret);
  return version_of(find(name), secrets_);
}

void SavedConnections::save_secret(const ConnectionSettings& before, Inputs inputs,
                                   const std::string& key, const Secret& secret) const {
  auto after = before;
  bool is_written = false;
  try {
    const auto file = (inputs == &ConnectionSettings::front_inputs ? kFrontFile : "") + key;
    (after.*inputs).insert_or_assign(key, secrets_.place_of(before.name, file));
    registry_.replace(before, after, [&] {
      secrets_.put(before.name, file, secret);
      is_written = true;
    });
  } catch (const Error& error) {
    if (is_written && !(before.*inputs).contains(key)) secrets_.remove((after.*inputs).at(key));
    throw PageError::of_field(error, key);
  }
}

std::string SavedConnections::remove(const std::string& name, const std::string& version) const {
  (void)find_shown(name, version);
  const auto removed = remove_connection(host_, name);
  if (!removed) throw missing(name);
  const auto& connection = removed->settings;
  for (const auto* inputs : {&connection.inputs, &connection.front_inputs}) {
    for (const auto& [key, source] : *inputs) secrets_.remove(source);
  }
  if (is_current(name)) make_current("");
  if (!removed->had_session) return "Removed " + name + ".";
  return "Removed " + name + ". " +
         (connection.shares_url_session
              ? "The session of " + connection.url.text() + " is still stored."
              : "Its session stays valid at the gateway until it expires.");
}

bool SavedConnections::is_current(const std::string& name) const {
  try {
    return options_.current_gateway && options_.current_gateway() == name;
  } catch (const Error&) {
    return false;  // the list shows what is wrong with its file
  }
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
