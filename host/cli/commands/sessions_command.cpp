// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/settings.h>
#include <pintle/stored_sessions.h>

#include "commands.h"
#include "connection_options.h"
#include "interrupt.h"
#include "output.h"
#include "sessions_output.h"
#include "url_session.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

using State = SessionFacts::State;

// `connection` with the store that --to or --store names, and its settings.
ConnectionSettings with_store(const Invocation& invocation, ConnectionSettings connection) {
  if (const auto store = invocation.get("to")) use_store(connection, *store);
  apply_store(invocation, connection);
  return connection;
}

// `own`, and what a store needs besides its name.
std::vector<Option> with_store_options(std::vector<Option> own) {
  for (auto& option : connection_options()) {
    if (option.name.starts_with("store-")) own.push_back(std::move(option));
  }
  return own;
}

// What is typed in its place may be a URL with a secret in it, which is not repeated.
ConnectionSettings saved_connection(const UserHost& user, const std::string& name) {
  if (!is_connection_name(name)) {
    throw UsageError("sessions needs the NAME of a saved connection; pintle list shows them");
  }
  return user.saved_connection(name);
}

ExistingSession existing_session(const Invocation& invocation) {
  const auto choice = invocation.get("existing");
  if (!choice) return ExistingSession::refuse;
  if (*choice == "use") return ExistingSession::use;
  if (*choice == "replace") return ExistingSession::replace;
  throw UsageError("--existing is use or replace");
}

int list(const Invocation& invocation) {
  const UserHost user;
  const auto connections = user.saved_connections();
  int code = kOk;
  std::vector<std::string> objects;
  Table table({"CONNECTION", "SCHEME", "STORED IN", "STATE"});
  for (const auto& connection : connections) {
    for (const auto& facts : session_facts(user.host(), connection)) {
      if (interrupted().stop_requested()) return report_interrupted(invocation.json());
      objects.push_back(session_json(connection, facts));
      table.add(session_row(connection, facts));
      if (const int trouble = note_trouble(connection, facts); trouble != kOk) code = trouble;
    }
  }
  if (invocation.json()) {
    print_line(JsonObject().raw("sessions", json_list(objects)).str());
  } else if (connections.empty()) {
    print_line("No saved connections. Add one: pintle add NAME URL");
  } else {
    table.print();
  }
  return code;
}

int show(const Invocation& invocation, const std::string& name) {
  const UserHost user;
  const auto connection = saved_connection(user, name);
  const auto all = session_facts(user.host(), connection);
  int code = kOk;
  if (invocation.json()) {
    std::vector<std::string> objects;
    objects.reserve(all.size());
    for (const auto& facts : all) {
      objects.push_back(session_json(connection, facts));
      if (facts.trouble) code = exit_code(facts.trouble->layer());
    }
    JsonObject object;
    object.text("connection", connection.name).text("url", connection.url.text());
    print_line(
        object.text("store", store_text(connection)).raw("sessions", json_list(objects)).str());
    return code;
  }
  print_line(styled(Style::dim, padded("gateway", 10)) + connection.url.display_text());
  print_line(styled(Style::dim, padded("store", 10)) + store_text(connection));
  if (connection.shares_url_session) {
    print_line("It uses the session that is signed in to its URL.");
  }
  for (const auto& facts : all) {
    print_line("");
    print_session(connection, facts);
    if (!facts.trouble) continue;
    code = exit_code(facts.trouble->layer());
    if (const auto hint = hint_of(*facts.trouble); !hint.empty()) note("pintle: " + hint);
  }
  return code;
}

std::string moved_text(const std::string& name, const MovedSessions& moved) {
  const auto where = moved.where.empty() ? std::string() : " in " + moved.where;
  if (moved.used_existing) return name + " now uses the session that was stored" + where + ".";
  if (moved.moved == 0)
    return "No session was stored for " + name + "; a new one is stored" + where + ".";
  return "The session of " + name + " is now stored" + where + ".";
}

int move(const Invocation& invocation, const std::string& name) {
  if (!invocation.has("to")) throw UsageError("sessions move needs --to STORE");
  const auto existing = existing_session(invocation);
  const UserHost user;
  const auto before = saved_connection(user, name);
  const auto after = with_store(invocation, before);
  const auto moved = [&] {
    const Progress progress("moving the session of " + name);
    return move_sessions(user.host(), before, after, existing);
  }();
  const auto done = moved_text(name, moved);
  if (!moved.note.empty()) note("pintle: " + moved.note);
  if (!invocation.json()) {
    print_done(done, done);
    if (moved.erased_own) {
      print_done(
          "The session that was to be moved is erased here but stays valid at the gateway until "
          "it expires.",
          done);
    }
    return kOk;
  }
  JsonObject object;
  object.text("moved", name).number("sessions", moved.moved);
  if (moved.used_existing) object.boolean("used_existing", true);
  object.text("store", store_text(after)).text_if_any("where", moved.where);
  print_done(object.text_if_any("note", moved.note).str(), done);
  return kOk;
}

int forget(const Invocation& invocation, const std::string& name) {
  const UserHost user;
  const auto connection = with_store(invocation, saved_connection(user, name));
  const auto forgotten = forget_sessions(user.host(), connection);
  const bool had_any = std::ranges::any_of(
      forgotten, [](const SessionFacts& facts) { return facts.state != State::none; });
  const bool is_shared = had_any && std::ranges::any_of(forgotten, &SessionFacts::is_shared);
  const auto done = had_any ? "The session of " + name +
                                  " is erased here. It stays valid at the "
                                  "gateway until it expires."
                            : "No session was stored for " + name + ".";
  if (invocation.json()) {
    std::vector<std::string> objects;
    objects.reserve(forgotten.size());
    for (const auto& facts : forgotten) objects.push_back(session_json(connection, facts));
    JsonObject object;
    object.text("forgotten", name).boolean("had_session", had_any);
    print_done(object.raw("sessions", json_list(objects)).str(), done);
  } else {
    print_done(done, done);
  }
  if (is_shared) note("pintle: note: other machines that share this store are signed out too");
  if (connection.shares_url_session) note_connections_of_session(user, connection);
  return kOk;
}

// One of another action would be ignored, and its author would not know.
void check_options(const Invocation& invocation, const std::string& action) {
  const auto& command = invocation.command();
  const auto* chosen = find_action(command, action);
  if (chosen == nullptr) return;
  for (const auto& option : command.options) {
    const bool is_own =
        std::ranges::find(chosen->options, option.name, &Option::name) != chosen->options.end();
    if (!is_own && invocation.has(option.name)) {
      throw UsageError(chosen->name + " has no option --" + option.name);
    }
  }
}

int run(const Invocation& invocation) {
  const auto action = invocation.operand(0).value_or("list");
  const auto name = invocation.operand(1);
  check_options(invocation, action);
  if (action == "list" && !name) return list(invocation);
  if (action == "show" && name) return show(invocation, *name);
  if (action == "move" && name) return move(invocation, *name);
  if (action == "forget" && name) return forget(invocation, *name);
  throw UsageError("sessions needs list, show NAME, move NAME --to STORE or forget NAME");
}

std::vector<Command> actions() {
  return {
      {"sessions list",
       "",
       "List the sessions of the saved connections, and where they are stored",
       "A store that cannot be read is a line with the reason; the exit code is then that of the "
       "error. The gateways are not asked: pintle status does that.",
       {},
       run},
      {"sessions show",
       "NAME",
       "Show what is known of a connection's session, but no secret",
       "",
       {},
       run},
      {"sessions move", "NAME", "Move the session of a connection to another store",
       "It is stored in the new one first, then the connection is changed, then it is erased in "
       "the "
       "old one; a renewal that is in progress is waited for. If a step fails, the error says "
       "where "
       "the session is. A program that is running with the connection is signed out: start it "
       "again.",
       with_store_options(
           {{"to", "STORE", "The new store: file, secret-service or a Redis (its URL)"},
            {"existing", "use|replace",
             "If another session is stored there: use that one, or replace it"}}),
       run},
      {"sessions forget", "NAME",
       "Erase the session of a connection here, without asking the gateway",
       "It stays valid at the gateway until it expires: pintle sign-out ends it there too.",
       with_store_options(
           {{"store", "STORE", "Erase it in this store, not in that of the connection"}}),
       run}};
}

}  // namespace

Command sessions_command() {
  auto all = actions();
  std::vector<Option> options;
  for (const auto& action : all) {
    const auto label = action.name.substr(action.name.find(' ') + 1);
    for (auto option : action.options) {
      const auto same = std::ranges::find(options, option.name, &Option::name);
      if (same != options.end()) {
        same->help.insert(0, label + ", ");
        continue;
      }
      option.help.insert(0, label + ": ");
      options.push_back(std::move(option));
    }
  }
  return {"sessions",
          "[ACTION] [NAME]",
          "List the stored sessions, move one to another store, or forget it",
          "",
          std::move(options),
          run,
          std::move(all)};
}

}  // namespace pintle::cli
