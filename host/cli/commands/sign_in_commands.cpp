// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

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
std::string option_for_input(const ConnectionSettings& settings, std::string key) {
  if (key.empty()) key = settings.inputs.empty() ? "token" : settings.inputs.begin()->first;
  return key == "token" ? "--token-file FILE" : "--secret-file " + printable(key, 30) + "=FILE";
}

// A secret that was typed and then refused: where to put the right one is easier than to type it.
Error with_option(const Error& error, const ConnectionSettings& settings, const std::string& key) {
  auto hinted = error;
  const bool is_of_the_secret = error.needs_sign_in() || error.layer() == Layer::config;
  const auto option = option_for_input(settings, key);
  if (!is_of_the_secret || key == "password" || error.hint().find(option) != std::string::npos)
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
  SignInFacts facts;
  std::string typed;
  {
    TerminalUi ui;
    try {
      facts = connection.sign_in(how, ui, interrupted());
    } catch (const Error& error) {
      if (ui.typed_secret().empty() || interrupted().stop_requested()) throw;
      throw with_option(error, connection.settings(), ui.typed_secret());
    }
    typed = ui.typed_secret();
  }
  if (!facts.signed_in) throw with_option(nobody_signed_in(facts), connection.settings(), typed);
  if (!how.front_only) user.remember_scheme(connection);
  note_connections_without_session(user, connection.settings());
  const auto trouble = connection.store_trouble();
  if (const auto store_note = connection.store_note(); !store_note.empty())
    note("pintle: " + store_note);
  if (trouble) return report(*trouble, invocation.json());
  if (invocation.json()) {
    JsonObject object;
    object.text("url", url.text()).text("scheme", facts.scheme);
    object.boolean("signed_in", facts.signed_in);
    add_facts(object, facts);
    print_line(object.str());
    return kOk;
  }
  if (facts.kept_in.empty()) {
    print_line("The credential for " + url.text() + " was read but not tried yet.");
    if (connection.settings().name.empty()) {
      note("It is not stored. For a connection that reads it each time: pintle add NAME URL " +
           option_for_input(connection.settings(), typed));
    }
    return kOk;
  }
  print_line(styled(Style::good, "Signed in") + " to " + url.text() + who(facts) + ".");
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
  if (invocation.json()) {
    JsonObject object;
    object.text("signed_out", url.text()).text_if_any("stays_valid", stays_valid);
    print_line(object.str());
  } else {
    print_line("Signed out of " + url.text() + ".");
    if (!stays_valid.empty()) print_line(stays_valid);
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
          "stored for the other commands.",
          with_connection_options(
              {{"with", "password|browser|paste|window",
                "The method: paste opens no browser here, window opens a separate browser window"},
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
