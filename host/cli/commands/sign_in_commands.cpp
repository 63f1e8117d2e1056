// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/text/printable.h>

#include "commands.h"
#include "connection_options.h"
#include "facts_output.h"
#include "interrupt.h"
#include "output.h"
#include "terminal_ui.h"
#include "url_session.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

using Kind = SecretSource::Kind;

// At most one, and it goes before what the connection keeps.
void apply_password(const Invocation& invocation, ConnectionSettings& settings) {
  constexpr std::array kOptions = {"password-file", "password-command", "password-stdin"};
  int given = 0;
  for (const char* option : kOptions) given += invocation.has(option) ? 1 : 0;
  if (given > 1) {
    throw UsageError(
        "only one of --password-file, --password-command and --password-stdin is read");
  }
  if (invocation.has("password-stdin") && invocation.has("token-stdin")) {
    throw UsageError("--password-stdin and --token-stdin both read standard input");
  }
  const auto put = [&](SecretSource source) {
    settings.inputs.insert_or_assign("password", std::move(source));
  };
  if (const auto file = invocation.get("password-file")) put(SecretSource::of(Kind::file, *file));
  if (const auto line = invocation.get("password-command")) {
    put(SecretSource::of(Kind::command, *line));
  }
  if (invocation.has("password-stdin")) put(SecretSource::standard_input());
}

// " as ada (provider basic)".
std::string who(const SignInFacts& facts) {
  const auto fact = [&](const char* key) {
    const auto found = facts.facts.find(key);
    return found == facts.facts.end() ? std::string() : found->second;
  };
  const auto user = fact("user");
  const auto provider = fact("provider");
  return (user.empty() ? "" : " as " + user) +
         (provider.empty() ? "" : " (provider " + provider + ")");
}

// The option of `add` that names where the credential is read from.
std::string option_for_input(const ConnectionSettings& settings, std::string key, bool of_front) {
  if (of_front) {
    return key == "password" ? "--front-password-file FILE"
                             : "--front-secret-file " + printable(key, 30) + "=FILE";
  }
  if (key.empty()) key = settings.inputs.empty() ? "token" : settings.inputs.begin()->first;
  return key == "token" ? "--token-file FILE" : "--secret-file " + printable(key, 30) + "=FILE";
}

// A secret that was typed and then refused: where to put the right one is easier than to type it.
Error with_option(const Error& error, const ConnectionSettings& settings, const std::string& key,
                  bool of_front) {
  auto hinted = error;
  const bool is_of_the_secret = error.needs_sign_in() || error.layer() == Layer::config;
  const auto option = option_for_input(settings, key, of_front);
  if (!is_of_the_secret || (key == "password" && !of_front) ||
      error.hint().find(option) != std::string::npos)
    return hinted;
  return hinted.with_hint(error.hint() + (error.hint().empty() ? "" : " ") +
                          "It can also be read from a file: " + option + ".");
}

// The scheme took what it was given, and has no use for it: an empty line.
Error nobody_signed_in(const SignInFacts& facts) {
  const auto why = facts.facts.find("why");
  return Error(Layer::gate,
               why == facts.facts.end() ? "the sign-in gave no credential" : why->second)
      .with_sign_in();
}

// Where a browser could not be seen, a password of the gateway's own does. Only a gateway without
// native sign-in needs a window here: with one, the address can be opened elsewhere.
std::string method_without_display(Connection& connection, const SignInOptions& how) {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  const auto& settings = connection.settings();
  // A password that is given says how already. What stands in front of the gateway has its own
  // ways.
  const bool is_said = how.front_only || !how.method.empty() || how.given.contains("username") ||
                       settings.inputs.contains("password") || settings.inputs.contains("username");
  if (is_said || settings.scheme_settings.contains("method") || is_set("DISPLAY") ||
      is_set("WAYLAND_DISPLAY") || connection.choose(interrupted()).facts.id != "oauth") {
    return how.method;
  }
  const auto probe = connection.probe(interrupted());
  const auto set = settings.scheme_settings.find("provider");
  const auto named = !how.provider.empty()                   ? how.provider
                     : set != settings.scheme_settings.end() ? set->second
                                                             : std::string();
  const bool takes_password = std::ranges::any_of(probe.providers, [&](const auto& provider) {
    return provider.supports_password && (named.empty() || provider.name == named);
  });
  if (probe.has_flow("native_pkce") || !takes_password) return how.method;
  note("There is no display for a browser window here: signing in with a password.");
  return "password";
}

// A token of the settings is not stored, so there is no other sign that it is of use.
// Returns false if the gateway has no request that tells.
bool check_with_gateway(Connection& connection) {
  const auto path = connection.profile(interrupted()).credential_check;
  if (path.empty()) return false;
  const Progress progress("asking " + connection.settings().url.text());
  const auto response = connection.call({.target = path}, interrupted());
  if (auto error =
          classify_response(response, connection.settings().url, RequestPurpose::rest, path)) {
    throw connection.without_secrets(*error);
  }
  return true;
}

void print_not_stored(const Connection& connection, const SignInFacts& facts, bool is_checked,
                      const std::string& typed) {
  const auto& settings = connection.settings();
  const auto fact = facts.facts.find("source");
  const bool has_source = fact != facts.facts.end() && typed.empty();
  const auto from = has_source ? " from " + fact->second : std::string();
  print_line(is_checked ? settings.url.text() + " accepts the credential" + from + "."
                        : "The credential for " + settings.url.text() + from +
                              " was read. The gateway has no request that tells whether it is "
                              "valid.");
  if (has_source) {
    note("It is read each time: there is nothing to sign in to, and nothing is stored.");
    return;
  }
  note("It is not stored. For a connection that reads it each time: pintle add " +
       (settings.name.empty() ? std::string("NAME") : "--replace " + settings.name) + " " +
       settings.url.text() + " " + option_for_input(settings, typed, false));
}

// What was given for the front alone.
void print_front_not_stored(const ConnectionSettings& settings, const std::string& typed) {
  std::string from;
  if (typed.empty()) {
    for (const auto& [key, source] : settings.front_inputs) {
      from += (from.empty() ? " from " : " and ") + source.text();
    }
  }
  print_line("The credential" + from + " for what stands in front of " + settings.url.text() +
             " was read.");
  if (typed.empty()) {
    note("It is read each time: there is nothing to sign in to, and nothing is stored.");
    return;
  }
  note("It is not stored. For a connection that reads it each time: pintle add " +
       (settings.name.empty() ? std::string("NAME") : "--replace " + settings.name) + " " +
       settings.url.text() + " " + option_for_input(settings, typed, true));
}

int run_sign_in(const Invocation& invocation) {
  const UserHost user;
  auto settings = user.settings_for(invocation);
  apply_password(invocation, settings);
  SignInOptions how;
  how.method = invocation.get("with").value_or("");
  how.provider = invocation.get("provider").value_or("");
  how.front_only = invocation.has("front-only");
  if (const auto username = invocation.get("username")) how.given["username"] = *username;
  if (const auto seconds = invocation.number("wait", 1, 86'400))
    how.user_timeout_ms = *seconds * 1000;
  auto connection = user.open(std::move(settings));
  const auto& url = connection.settings().url;
  how.method = method_without_display(connection, how);
  SignInFacts facts;
  std::string typed;
  bool checked = true;  // A session is made by the gateway.
  {
    TerminalUi ui;
    if (how.front_only) ui.ask_for_front();
    try {
      facts = connection.sign_in(how, ui, interrupted());
      if (facts.signed_in && facts.kept_in.empty()) {
        // With --front-only there may be nothing to sign in to the gateway itself with.
        checked = !how.front_only && check_with_gateway(connection);
      }
    } catch (const Error& error) {
      if (ui.typed_secret().empty() || interrupted().stop_requested()) throw;
      throw with_option(error, connection.settings(), ui.typed_secret(), ui.typed_for_front());
    }
    if (ui.typed_for_front() == how.front_only) typed = ui.typed_secret();
  }
  if (!facts.signed_in) {
    throw with_option(nobody_signed_in(facts), connection.settings(), typed, how.front_only);
  }
  if (!how.front_only) user.remember_scheme(connection);
  note_connections_without_session(user, connection.settings());
  const auto trouble = connection.store_trouble();
  if (const auto store_note = connection.store_note(); !store_note.empty())
    note("pintle: " + store_note);
  if (trouble) return report(*trouble, invocation.json());
  const auto done = facts.kept_in.empty() ? "Nothing was stored."
                                          : "The session is stored in " + facts.kept_in + ".";
  if (invocation.json()) {
    JsonObject object;
    object.text("url", url.text()).text("scheme", facts.scheme);
    object.boolean("signed_in", facts.signed_in);
    add_facts(object, facts, checked);
    print_done(object.str(), done);
    return kOk;
  }
  if (facts.kept_in.empty() && how.front_only) {
    print_front_not_stored(connection.settings(), typed);
    return kOk;
  }
  if (facts.kept_in.empty()) {
    print_not_stored(connection, facts, checked, typed);
    return kOk;
  }
  print_done(styled(Style::good, "Signed in") + " to " + url.text() + who(facts) + ".", done);
  note("Stored in " + facts.kept_in + ".");
  return kOk;
}

int run_sign_out(const Invocation& invocation) {
  const UserHost user;
  auto connection = user.open(invocation);
  const auto& url = connection.settings().url;
  std::string stays_valid;
  {
    const Progress progress("waiting for " + url.text());
    stays_valid = connection.sign_out(interrupted());
  }
  if (const auto trouble = connection.store_trouble()) return report(*trouble, invocation.json());
  const auto done = "The stored session is deleted.";
  if (invocation.json()) {
    JsonObject object;
    object.text("signed_out", url.text()).text_if_any("stays_valid", stays_valid);
    print_done(object.str(), done);
  } else {
    print_done("Signed out of " + url.text() + ".", done);
    if (!stays_valid.empty()) print_done(stays_valid, done);
  }
  note_connections_of_session(user, connection.settings());
  return kOk;
}

}  // namespace

Command sign_in_command() {
  return {"sign-in",
          "[NAME|URL]",
          "Sign in to a gateway, with a password or a browser",
          "Asks at the terminal for what is missing. A browser sign-in finishes by itself; with a "
          "browser on another machine, paste the address that it could not open. The session is "
          "stored for the other commands. A token that is read from a file or the like is checked "
          "with the gateway, and not stored.",
          with_connection_options(
              {{"with", "password|browser|paste|window|device",
                "The method: paste opens no browser here, window opens a separate browser window, "
                "device shows a code for one (if the scheme has it)"},
               {"provider", "NAME", "The provider to use; asked for if there are several"},
               {"front-only", "", "Sign in only to what stands in front of the gateway"},
               {"username", "NAME", "The user name, for a password"},
               {"password-file", "FILE", "Read the password from this file"},
               {"password-command", "COMMAND",
                "Read the password from the first line that this command prints"},
               {"password-stdin", "", "Read the password from the first line of standard input"},
               {"wait", "SECONDS", "How long to wait for the user at each step (600)"}}),
          run_sign_in};
}

Command sign_out_command() {
  return {"sign-out",
          "[NAME|URL]",
          "Sign out and delete the stored session",
          "Deletes the session on this machine, then tells the gateway to end it. Says what stays "
          "valid there, and until when. Files with a token or a password are left as they are.",
          with_connection_options({}),
          run_sign_out};
}

}  // namespace pintle::cli
