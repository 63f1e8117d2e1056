// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>

#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "program_settings.h"
#include "target.h"
#include "url_session.h"

namespace pintle::cli {
namespace {

std::string source_json(const SecretSource& source) {
  constexpr const char* kNames[] = {"file", "command", "environment", "standard_input"};
  return JsonObject().text(kNames[static_cast<int>(source.kind())], source.where()).str();
}

std::string connection_json(const ConnectionSettings& connection, bool chosen = false) {
  JsonObject inputs;
  for (const auto& [key, source] : connection.inputs) inputs.raw(key, source_json(source));
  JsonObject object;
  object.text("name", connection.name).text("url", connection.url.text());
  if (!connection.scheme.empty()) object.text("scheme", connection.scheme);
  object.raw("inputs", inputs.str());
  if (!connection.last_scheme.empty()) object.text("last_scheme", connection.last_scheme);
  if (connection.shares_url_session) object.boolean("shares_url_session", true);
  if (chosen) object.boolean("chosen", true);
  return object.str();
}

std::string inputs_text(const ConnectionSettings& connection) {
  std::string text;
  for (const auto& [key, source] : connection.inputs) {
    text += (text.empty() ? "" : ", ") + key + " from " + source.text();
  }
  return text.empty() ? "-" : text;
}

std::vector<ConnectionSettings> read_all(const ConnectionRegistry& registry) {
  auto contents = registry.read();
  if (!contents.warning.empty()) note("pintle: " + contents.warning);
  return std::move(contents.connections);
}

// The address of a page is easily copied in the place of the gateway's. Only a URL with a path may
// be one; a gateway that cannot be reached is added as it was typed.
GatewayUrl base_of(const HostOptions& options, ConnectionSettings connection) {
  const auto typed = connection.url;
  if (typed.prefix().empty()) return typed;
  connection.connect_ms = 3'000;
  connection.request_ms = 5'000;
  try {
    const Progress progress("asking " + typed.text());
    return Host(options).open(std::move(connection)).find_gateway(interrupted()).url;
  } catch (const Error&) {
    if (interrupted().stop_requested()) throw;
    return typed;
  }
}

int run_add(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const auto registry = registry_of(options);
  const auto& name = invocation.operands()[0];
  if (name.find("://") != std::string::npos) {
    throw UsageError("add needs NAME URL, in this order");
  }
  ConnectionSettings connection{.url = GatewayUrl::parse(invocation.operands()[1])};
  connection.name = name;
  connection = apply_options(invocation, std::move(connection));
  if (const auto base = base_of(options, connection); base != connection.url) {
    note("pintle: there is no gateway at " + connection.url.text() + ", but one at " + base.text());
    connection.url = base;
  }
  const auto session = share_url_session(Host(options), registry, connection);
  const auto set_aside = registry.put(connection, invocation.has("replace"));
  options.probe_cache->forget(connection.url);
  if (!set_aside.empty()) note("pintle: " + set_aside);
  for (const auto& [key, source] : connection.inputs) {
    if (source.is_readable_by_all()) {
      note("pintle: note: " + source.text() + " is readable by every user of this machine");
    }
  }
  if (invocation.json()) {
    print_line(connection_json(connection));
  } else {
    print_line("Added " + styled(Style::bold, name) + ", " + connection.url.shown() + "." +
               session + " Try: pintle connect " + name);
  }
  return kOk;
}

// A file that cannot be read chooses nothing; the commands that need it report it.
bool is_chosen(const Paths& paths, const std::string& name) {
  try {
    return chosen_gateway(paths) == name;
  } catch (const Error&) {
    return false;
  }
}

int run_list(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const auto registry = registry_of(options);
  if (invocation.has("names")) {
    for (const auto& connection : read_all(registry)) print_line(connection.name);
    return kOk;
  }
  const auto contents = registry.read();
  const auto& connections = contents.connections;
  if (invocation.json()) {
    std::vector<std::string> list;
    for (const auto& connection : connections) {
      list.push_back(connection_json(connection, is_chosen(options.paths, connection.name)));
    }
    JsonObject object;
    object.raw("connections", json_list(list));
    if (!contents.warning.empty()) object.text("warning", contents.warning);
    print_line(object.str());
    return kOk;
  }
  if (!contents.warning.empty()) {
    throw Error(Layer::store, contents.warning)
        .with_user_action()
        .with_hint(
            "Repair the file, or start a new one: pintle add NAME URL keeps a copy of this one.");
  }
  if (connections.empty()) {
    print_line("No connections are saved. Add one: pintle add NAME URL");
    return kOk;
  }
  Table table({"NAME", "GATEWAY", "SCHEME", "CREDENTIAL"});
  for (const auto& connection : connections) {
    const bool chosen = is_chosen(options.paths, connection.name);
    table.add({styled(Style::bold, connection.name) + (chosen ? " (in use)" : ""),
               connection.url.text(),
               !connection.scheme.empty()        ? connection.scheme
               : !connection.last_scheme.empty() ? connection.last_scheme
                                                 : "-",
               inputs_text(connection)});
  }
  table.print();
  return kOk;
}

// What cannot be read is forgotten all the same.
bool has_session(const HostOptions& options, const ConnectionSettings& connection) {
  try {
    return !Host(options).stored_scheme(connection).empty();
  } catch (const Error&) {
    return false;
  }
}

int run_remove(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const auto registry = registry_of(options);
  const auto& name = invocation.operands()[0];
  const auto connection = registry.find(name);
  if (!connection || !registry.remove(name)) {
    throw Error(Layer::config, "there is no connection \"" + printable(name, 70) + "\"")
        .with_user_action()
        .with_hint("See pintle list.");
  }
  // What it had stored is of no use to anyone, and a secret.
  const bool had_session = has_session(options, *connection);
  const bool shared = connection->shares_url_session && had_session;
  if (!connection->shares_url_session) {
    session_store_of(options, *connection)
        ->erase(session_key_of(*connection, connection->last_scheme));
  }
  options.probe_cache->forget(connection->url);
  if (is_chosen(options.paths, name)) choose_gateway(options.paths, "");
  if (invocation.json()) {
    print_line(JsonObject().text("removed", name).str());
  } else {
    print_line("Removed " + name + ".");
    if (had_session && !shared) {
      print_line("Its session is deleted here but stays valid at the gateway until it expires.");
    }
    if (shared) {
      const auto url = connection->url.text();
      print_line("The session of " + url + " is still stored: pintle sign-out " + url +
                 " deletes it.");
    }
  }
  return kOk;
}

// One connection's state, found out without asking a user and without a credential leaving.
struct Status {
  std::string gateway;
  std::string scheme;
  SignInFacts facts;
  std::optional<Error> store_trouble;
  std::string store_note;
  std::optional<Error> failure;
};

Status status_of(const Host& host, const ConnectionSettings& settings) {
  Status status;
  try {
    auto quick = settings;
    quick.request_ms = std::min<std::int64_t>(quick.request_ms, 10'000);
    auto connection = host.open(std::move(quick));
    const Progress progress("asking " + settings.url.text());
    const auto probe = connection.probe(interrupted());
    status.gateway = (probe.version.empty() ? "reached" : printable(probe.version, 40)) +
                     (probe.auth_required ? ", gate on" : ", gate off");
    status.scheme = connection.choose(interrupted()).facts.id;
    status.facts = connection.sign_in_facts(interrupted());
    status.store_trouble = connection.store_trouble();
    status.store_note = connection.store_note();
  } catch (const Error& error) {
    status.failure = error;
  }
  return status;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// "2026-11-23 18:04 (in 3 h)", by this machine's clock and zone.
std::string time_text(std::int64_t at_ms) {
  const auto seconds = static_cast<std::time_t>(at_ms / 1000);
  std::tm local{};
  std::array<char, 32> text{};
  if (::localtime_r(&seconds, &local) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &local) == 0) {
    return "an unknown time";
  }
  const auto away_s = (at_ms - now_ms()) / 1000;
  const auto size = away_s < 0 ? -away_s : away_s;
  const auto [unit, name] = size < 120         ? std::pair<std::int64_t, const char*>(1, " s")
                            : size < 120 * 60  ? std::pair<std::int64_t, const char*>(60, " min")
                            : size < 48 * 3600 ? std::pair<std::int64_t, const char*>(3600, " h")
                                               : std::pair<std::int64_t, const char*>(86400, " d");
  const auto distance = std::to_string(size / unit) + name;
  return std::string(text.data()) +
         (away_s < 0 ? " (" + distance + " ago)" : " (in " + distance + ")");
}

std::optional<std::int64_t> expires_ms(const SignInFacts& facts) {
  const auto found = facts.facts.find("expires_ms");
  if (found == facts.facts.end()) return std::nullopt;
  std::int64_t at = 0;
  const auto& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), at);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return at;
}

std::string facts_text(const Status& status) {
  if (status.failure) {
    return std::string(name_of(status.failure->layer())) + ": " + status.failure->message();
  }
  const auto& facts = status.facts.facts;
  const auto fact = [&](const char* key) {
    const auto found = facts.find(key);
    return found == facts.end() ? std::string() : found->second;
  };
  if (!status.facts.signed_in) {
    const auto why = fact("why");
    return why.empty() ? "needs sign-in" : "needs sign-in: " + why;
  }
  std::string text = fact("user");
  const auto add = [&](const std::string& before, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : before) + value;
  };
  add(" with ", fact("provider"));
  add(", ", fact("credential"));
  if (const auto source = fact("source"); !source.empty()) add(" ", "from " + source);
  // What has lapsed is renewed at the next request, and never by asking.
  if (const auto at = expires_ms(status.facts)) {
    add(", ", (*at < now_ms() ? "to be renewed since " : "until ") + time_text(*at));
  }
  return text.empty() ? "signed in" : text;
}

int run_status(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  std::vector<ConnectionSettings> targets;
  if (!invocation.target()) {
    for (auto& connection : read_all(registry)) {
      targets.push_back(apply_options(invocation, std::move(connection)));
    }
  } else {
    targets.push_back(target_of(invocation, options));
  }
  int code = kOk;
  std::vector<std::string> list;
  Table table({"NAME", "GATEWAY", "SCHEME", "SESSION STORED IN", "SIGNED IN"});
  for (const auto& target : targets) {
    if (interrupted().stop_requested()) return kInterrupted;
    const auto status = status_of(host, target);
    if (status.failure) code = exit_code(status.failure->layer());
    const auto name = target.name.empty() ? target.url.text() : target.name;
    JsonObject object;
    object.text("name", target.name).text("url", target.url.text());
    if (status.failure) {
      object.raw("error", error_members(*status.failure));
    } else {
      JsonObject facts;
      for (const auto& [key, value] : status.facts.facts) facts.text(key, value);
      object.text("gateway", status.gateway).text("scheme", status.scheme);
      object.boolean("credential", status.facts.signed_in).raw("facts", facts.str());
      if (!status.facts.kept_in.empty()) object.text("kept_in", status.facts.kept_in);
      if (status.store_trouble) object.text("store_trouble", status.store_trouble->message());
      if (!status.store_note.empty()) object.text("store_note", status.store_note);
    }
    list.push_back(object.str());
    const auto ok = status.failure || !status.facts.signed_in ? Style::bad : Style::good;
    table.add({styled(Style::bold, name), status.gateway.empty() ? "-" : status.gateway,
               status.scheme.empty() ? "-" : status.scheme,
               status.facts.kept_in.empty() ? "-" : status.facts.kept_in,
               styled(ok, facts_text(status))});
    if (status.store_trouble) {
      note("pintle: " + name + ": " + status.store_trouble->what());
      if (!status.store_trouble->hint().empty()) note("  " + status.store_trouble->hint());
    }
    if (!status.store_note.empty()) note("pintle: " + name + ": " + status.store_note);
  }
  if (invocation.json()) {
    print_line(JsonObject().raw("connections", json_list(list)).str());
  } else if (targets.empty()) {
    print_line("No connections are saved. Add one: pintle add NAME URL");
  } else {
    table.print();
  }
  return code;
}

}  // namespace

Command add_command() {
  auto options = connection_options();
  options.insert(options.begin(), {"replace", "", "Replace the connection with this name"});
  return {"add",
          "NAME URL",
          "Save a connection under a name",
          "Saves where the credential is, never the credential itself. Sends nothing.",
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

Command status_command() {
  return {
      "status",
      "[NAME|URL]",
      "Show whether each connection is reachable and who is signed in",
      "Probes without a credential and checks the stored one without sending it. Renews nothing.",
      with_connection_options({}),
      run_status};
}

}  // namespace pintle::cli
