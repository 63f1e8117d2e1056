// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/text/printable.h>

#include "commands.h"
#include "connection_options.h"
#include "counters_output.h"
#include "credential_advice.h"
#include "doctor/time_text.h"
#include "facts_output.h"
#include "interrupt.h"
#include "output.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

// One connection's state, found out without asking a user and without a credential leaving.
struct Status {
  std::string gateway;
  std::string scheme;
  SignInFacts facts;
  std::optional<Error> store_trouble;
  std::string store_note;
  std::string front;  // the id of its scheme
  std::optional<Error> failure;
  std::string lacks;    // "needs sign-in"; empty if it has a credential
  std::string command;  // that gives it one
  ConnectionCounters counters;
};

// What keeps a secret from being read is no matter of signing in.
std::optional<Error> unreadable_secret(const ConnectionSettings& settings, const Status& status) {
  const auto missing = missing_secret_file(settings);
  const auto why = status.facts.facts.find("why");
  if (!missing || why == status.facts.facts.end()) return std::nullopt;
  return Error(Layer::config, why->second).with_user_action().with_hint(hint_for_missing(*missing));
}

void ask(Connection& connection, Status& status) {
  const Progress progress("asking " + connection.settings().url.text());
  const auto probe = connection.probe(interrupted());
  status.gateway = (probe.version.empty() ? "reached" : printable(probe.version, 40)) +
                   (probe.auth_required ? ", gate on" : ", gate off");
  const auto scheme = connection.choose(interrupted()).facts;
  status.scheme = scheme.id;
  status.facts = connection.sign_in_facts(interrupted());
  status.front = connection.front_facts().scheme;
  if (!status.facts.signed_in) {
    status.failure = unreadable_secret(connection.settings(), status);
    status.lacks = takes_only_token(scheme) ? "needs a token" : "needs sign-in";
    status.command = command_for_credential(connection.settings(), scheme);
  }
  status.store_trouble = connection.store_trouble();
  status.store_note = connection.store_note();
}

Status status_of(const UserHost& user, const ConnectionSettings& settings) {
  Status status;
  try {
    auto quick = settings;
    quick.request_ms = std::min<std::int64_t>(quick.request_ms, 10'000);
    auto connection = user.open(std::move(quick));
    try {
      ask(connection, status);
    } catch (const Error& error) {
      status.failure = error;
    }
    status.counters = connection.counters();
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
    return status.lacks + (why.empty() ? "" : ": " + why);
  }
  std::string text = fact("user");
  const auto add = [&](const std::string& before, const std::string& value) {
    if (!value.empty()) text += (text.empty() ? "" : before) + value;
  };
  if (const auto provider = fact("provider"); !provider.empty()) {
    add(" ", "(provider " + provider + ")");
  }
  add(", ", fact("credential"));
  if (const auto source = fact("source"); !source.empty()) add(" ", "from " + source);
  // What has lapsed is renewed at the next request, and never by asking.
  if (const auto at = expires_ms(status.facts)) {
    const auto now = now_ms();
    add(", ", (*at < now ? "due for renewal since " : "until ") + doctor::time_text(*at, now));
  }
  if (is_checked(status.facts)) return text.empty() ? "signed in" : text;
  return (text.empty() ? "a credential" : text) + " (not checked with the gateway)";
}

std::string status_json(const ConnectionSettings& target, const Status& status, bool has_counters) {
  JsonObject object;
  object.text_if_any("name", target.name).text("url", target.url.text());
  if (has_counters) object.raw("counters", counters_json(status.counters));
  object.text_if_any("gateway", status.gateway).text_if_any("scheme", status.scheme);
  if (status.failure) return object.raw("error", error_members(*status.failure)).str();
  object.boolean("credential", status.facts.signed_in);
  add_facts(object, status.facts, is_checked(status.facts));
  object.text_if_any("front", status.front);
  if (status.store_trouble) object.text("store_trouble", status.store_trouble->message());
  object.text_if_any("store_note", status.store_note);
  return object.str();
}

std::vector<std::string> status_row(const std::string& name, const Status& status) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  const auto style = status.failure || !status.facts.signed_in ? Style::bad
                     : is_checked(status.facts)                ? Style::good
                                                               : Style::plain;
  return {styled(Style::bold, name), or_dash(status.gateway), or_dash(status.scheme),
          or_dash(status.facts.kept_in), styled(style, facts_text(status))};
}

void note_store(const std::string& name, const Status& status) {
  if (status.store_trouble) {
    note("pintle: " + name + ": " + status.store_trouble->what());
    if (!status.store_trouble->hint().empty()) note("  " + status.store_trouble->hint());
  }
  if (!status.store_note.empty()) note("pintle: " + name + ": " + status.store_note);
}

// What to do: the table has no room for it. Empty if there is nothing.
std::string advice_of(const std::string& name, const Status& status) {
  if (status.failure) {
    const auto hint = hint_of(*status.failure);
    return hint.empty() ? hint : "pintle: " + name + ": " + hint;
  }
  return status.command.empty() ? std::string() : "pintle: " + name + ": try " + status.command;
}

int run_status(const Invocation& invocation) {
  const UserHost user;
  std::vector<ConnectionSettings> targets;
  if (!invocation.target()) {
    for (auto& connection : user.saved_connections()) {
      targets.push_back(apply_options(invocation, std::move(connection)));
    }
  } else {
    targets.push_back(user.settings_for(invocation));
  }
  int code = kOk;
  const bool has_counters = invocation.has("verbose");
  std::vector<std::string> list;
  std::vector<std::string> advice;
  std::vector<NamedCounters> counters;
  Table table({"NAME", "GATEWAY", "SCHEME", "SESSION STORED IN", "CREDENTIAL"});
  for (const auto& target : targets) {
    const auto status = status_of(user, target);
    if (interrupted().stop_requested()) return report_interrupted(invocation.json());
    if (status.failure) code = exit_code(status.failure->layer());
    const auto name = target.name.empty() ? target.url.text() : target.name;
    if (auto text = advice_of(name, status); !text.empty()) advice.push_back(std::move(text));
    list.push_back(status_json(target, status, has_counters));
    counters.push_back({name, status.counters});
    table.add(status_row(name, status));
    note_store(name, status);
  }
  if (invocation.json()) {
    print_line(JsonObject().raw("connections", json_list(list)).str());
  } else if (targets.empty()) {
    print_line("No saved connections. Add one: pintle add NAME URL");
  } else {
    table.print();
    for (const auto& text : advice) note(text);
    if (has_counters) print_counters(counters);
  }
  return code;
}

}  // namespace

Command status_command() {
  return {
      "status",
      "[NAME|URL]",
      "Show whether each connection is reachable and who is signed in",
      "Probes without a credential, and looks at the stored one without sending it: a token from a "
      "file is shown as not checked. Renews nothing. To check a credential: pintle doctor.",
      with_connection_options({}),
      run_status};
}

}  // namespace pintle::cli
