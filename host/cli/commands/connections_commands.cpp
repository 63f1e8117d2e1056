// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "commands.h"
#include "connection_options.h"
#include "credential_advice.h"
#include "front_check.h"
#include "interrupt.h"
#include "output.h"
#include "program_settings.h"
#include "url_session.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

std::string source_json(const SecretSource& source) {
  constexpr const char* kNames[] = {"file",           "command", "environment",
                                    "standard_input", "memory",  "function"};
  return JsonObject().text(kNames[static_cast<int>(source.kind())], source.where()).str();
}

std::string connection_json(const ConnectionSettings& connection, bool is_current = false) {
  JsonObject object;
  object.text("name", connection.name).text("url", connection.url.text());
  if (!connection.scheme.empty()) object.text("scheme", connection.scheme);
  if (!connection.inputs.empty()) {
    JsonObject inputs;
    for (const auto& [key, source] : connection.inputs) inputs.raw(key, source_json(source));
    object.raw("inputs", inputs.str());
  }
  object.text_if_any("front", connection.front);
  if (!connection.front_inputs.empty()) {
    JsonObject front;
    for (const auto& [key, source] : connection.front_inputs) front.raw(key, source_json(source));
    object.raw("front_inputs", front.str());
  }
  object.text_if_any("session_store", connection.session_store);
  if (!connection.store_inputs.empty()) {
    JsonObject store;
    for (const auto& [key, source] : connection.store_inputs) store.raw(key, source_json(source));
    object.raw("store_inputs", store.str());
  }
  if (!connection.helpers.empty()) {
    JsonObject helpers;
    for (const auto& [name, command] : connection.helpers) helpers.text(name, command);
    object.raw("helpers", helpers.str());
  }
  if (!connection.last_scheme.empty()) object.text("last_scheme", connection.last_scheme);
  if (connection.shares_url_session) object.boolean("shares_url_session", true);
  if (is_current) object.boolean("current", true);
  return object.str();
}

std::string inputs_text(const ConnectionSettings& connection) {
  std::string text;
  for (const auto& [key, source] : connection.inputs) {
    text += (text.empty() ? "" : ", ") + key + " from " + source.text();
  }
  return text.empty() ? "-" : text;
}

// A file of connections that cannot be read is replaced by `put`, which says so.
std::optional<ConnectionSettings> find_or_none(const UserHost& user, const std::string& name) {
  try {
    return user.registry().find(name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Nobody waits long for what is only advice.
ConnectionSettings asked_briefly(ConnectionSettings connection) {
  connection.connect_ms = 3'000;
  connection.request_ms = 5'000;
  return connection;
}

// A misspelt scheme would be found out only by the first command that uses the connection.
void check_scheme(const UserHost& user, const std::string& id) {
  if (id.empty()) return;
  std::set<std::string> known;
  const auto catalogue = user.host().catalogue();
  for (const auto& entry : catalogue.entries()) {
    if (entry.scheme.id == id) return;
    if (entry.fault.empty()) known.insert(entry.scheme.id);
  }
  std::string list;
  for (const auto& one : known) list += (list.empty() ? "" : ", ") + one;
  throw Error(Layer::config, "there is no scheme \"" + printable(id, 40) + "\"; available: " + list)
      .with_user_action()
      .with_hint("pintle plugins list shows which are installed, and where from.");
}

// `add --replace` without a credential keeps that of the same gateway: it is easily forgotten that
// the connection had one. Another URL takes none along.
void keep_inputs(const UserHost& user, ConnectionSettings& connection) {
  const auto before = find_or_none(user, connection.name);
  if (!before) return;
  const bool is_same = before->url == connection.url;
  if (is_same && connection.front.empty() && connection.front_inputs.empty() &&
      connection.front_settings.empty()) {
    connection.front = before->front;
    connection.front_inputs = before->front_inputs;
    connection.front_settings = before->front_settings;
  }
  if (!connection.inputs.empty() || before->inputs.empty()) return;
  const auto from = inputs_text(*before);
  if (!is_same) {
    note("pintle: note: the URL is another one, so it no longer has " + from);
    return;
  }
  connection.inputs = before->inputs;
  note("pintle: note: it still has " + from);
}

void note_secret_files(const ConnectionSettings& connection) {
  if (const auto missing = missing_secret_file(connection)) {
    note("pintle: note: there is no " + missing->text() + " yet");
  }
  for (const auto& [key, source] : connection.inputs) {
    if (source.is_readable_by_all()) {
      note("pintle: note: " + source.text() + " is readable by every user of this machine");
    }
  }
}

// Only for a user who reads it: it asks the gateway.
std::string step_after_add(const UserHost& user, const ConnectionSettings& connection) {
  try {
    const Progress progress("asking " + connection.url.text());
    auto opened = user.open(asked_briefly(connection));
    return next_step(opened, has_stored_session(user, connection));
  } catch (const Error& error) {
    if (interrupted().stop_requested()) throw;
    return not_usable(error, connection.name);
  }
}

// The address of a page is easily copied in the place of the gateway's. Only a URL with a path may
// be one; a gateway that cannot be reached is added as it was typed.
GatewayUrl base_of(const UserHost& user, const ConnectionSettings& connection) {
  auto typed = connection.url;
  if (typed.prefix().empty()) return typed;
  try {
    const Progress progress("asking " + typed.text());
    return user.open(asked_briefly(connection)).find_gateway(interrupted()).url;
  } catch (const Error&) {
    if (interrupted().stop_requested()) throw;
    return typed;
  }
}

int run_add(const Invocation& invocation) {
  const UserHost user;
  const auto& name = invocation.operands()[0];
  if (name.find("://") != std::string::npos) {
    throw UsageError("add needs NAME URL, in this order");
  }
  ConnectionSettings connection{.url = typed_gateway_url(invocation.operands()[1])};
  connection.name = name;
  connection = apply_options(invocation, std::move(connection));
  check_scheme(user, connection.scheme);
  check_front(user, connection);
  if (const auto base = base_of(user, connection); base != connection.url) {
    note("pintle: there is no gateway at " + connection.url.text() + ", but one at " + base.text());
    connection.url = base;
  }
  if (invocation.has("replace")) keep_inputs(user, connection);
  auto session = share_url_session(user, connection);
  if (!session.empty()) session.insert(0, " ");
  const auto set_aside = user.registry().put(connection, invocation.has("replace"));
  user.options().probe_cache->forget(connection.url);
  if (!set_aside.empty()) note("pintle: " + set_aside);
  note_secret_files(connection);
  const auto done = "The connection " + name + " is saved.";
  if (invocation.json()) {
    print_done(connection_json(connection), done);
    return kOk;
  }
  print_done((invocation.has("replace") ? "Saved " : "Added ") + styled(Style::bold, name) + ", " +
                 connection.url.display_text() + "." + session,
             done);
  print_done(step_after_add(user, connection), done);
  return kOk;
}

// A file that cannot be read has none; the commands that need it report it.
std::string current_or_none(const Paths& paths) {
  try {
    return current_gateway(paths);
  } catch (const Error&) {
    return {};
  }
}

int run_list(const Invocation& invocation) {
  const UserHost user;
  if (invocation.has("names")) {
    for (const auto& connection : user.saved_connections()) print_line(connection.name);
    return kOk;
  }
  const auto current = current_or_none(user.paths());
  const auto connections = user.saved_connections();
  if (invocation.json()) {
    std::vector<std::string> list;
    list.reserve(connections.size());
    for (const auto& connection : connections) {
      list.push_back(connection_json(connection, connection.name == current));
    }
    JsonObject object;
    object.raw("connections", json_list(list));
    print_line(object.str());
    return kOk;
  }
  if (connections.empty()) {
    print_line("No saved connections. Add one: pintle add NAME URL");
    return kOk;
  }
  Table table({"NAME", "GATEWAY", "SCHEME", "CREDENTIAL"});
  for (const auto& connection : connections) {
    table.add(
        {styled(Style::bold, connection.name) + (connection.name == current ? " (current)" : ""),
         connection.url.text(),
         !connection.scheme.empty()        ? connection.scheme
         : !connection.last_scheme.empty() ? connection.last_scheme
                                           : "-",
         inputs_text(connection)});
  }
  table.print();
  return kOk;
}

int run_remove(const Invocation& invocation) {
  const UserHost user;
  const auto& name = invocation.operands()[0];
  const auto removed = remove_connection(user.host(), name);
  if (!removed) {
    throw Error(Layer::config, "there is no connection " + printable(name, 70))
        .with_user_action()
        .with_hint("See pintle list.");
  }
  const bool was_current = current_or_none(user.paths()) == name;
  if (was_current) set_current_gateway(user.paths(), "");
  const auto done = "The connection " + name + " is removed.";
  if (invocation.json()) {
    JsonObject object;
    object.text("removed", name);
    if (was_current) object.boolean("was_current", true);
    print_done(object.str(), done);
  } else {
    print_done("Removed " + name + ".", done);
    if (was_current) {
      print_done("It was the current gateway; there is none now. To set one: pintle use NAME",
                 done);
    }
    if (removed->had_session && !removed->leaves_session) {
      print_line("Its session is deleted here but stays valid at the gateway until it expires.");
    } else if (removed->had_session && !removed->settings.shares_url_session) {
      print_line("Its session is still stored, for the other machines: " +
                 removed->settings.session_store + ".");
    } else if (removed->had_session) {
      const auto url = removed->settings.url.text();
      print_line("The session of " + url + " is still stored: pintle sign-out " + url +
                 " deletes it.");
    }
  }
  return kOk;
}

}  // namespace

Command add_command() {
  auto options = connection_options();
  options.insert(options.begin(), {"replace", "", "Replace the connection with this name"});
  return {"add",
          "NAME URL",
          "Save a connection under a name",
          "Saves where the credential is, never the credential itself. Probes the gateway without "
          "a credential to say what to do next; one that does not answer is saved all the same. "
          "With --json only a URL with a path is probed, because the gateway may be at a shorter "
          "path. --replace keeps the token of the same URL, unless another one is given.",
          options,
          run_add};
}

Command list_command() {
  return {"list",  "", "List the saved connections", "", {{"names", "", "Print only the names"}},
          run_list};
}

Command remove_command() {
  return {"remove",
          "NAME",
          "Remove a saved connection and its stored session",
          "The file with its token is not touched.",
          {},
          run_remove};
}

}  // namespace pintle::cli
