// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <sys/resource.h>
#include <unistd.h>

#include <pintle/broker.h>

#include "commands.h"
#include "connection_options.h"
#include "credential_advice.h"
#include "interrupt.h"
#include "output.h"
#include "token_file.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

BrokerOptions options_of(const Invocation& invocation) {
  BrokerOptions options;
  if (const auto listen = invocation.get("listen")) options.listen = *listen;
  const auto as = invocation.get("as").value_or("token");
  if (as != "token" && as != "open") throw UsageError("--as must be token or open");
  if (as == "open") options.as = BrokerOptions::As::open;
  options.allow_other_machines = invocation.has("i-know");
  return options;
}

// It serves all the same: a sign-in or the gateway's return is noticed with the next request.
void note_what_is_missing(const UserHost& user, Connection& connection) {
  try {
    const Progress progress("asking " + connection.settings().url.text());
    const auto facts = connection.sign_in_facts(interrupted());
    user.remember_scheme(connection);
    if (!facts.signed_in) note("pintle: note: " + lack_of_credential(connection, facts));
  } catch (const Error& error) {
    if (interrupted().stop_requested()) return;
    note(std::string("pintle: note: ") + error.what());
  }
}

void print_json(const Broker& broker, const std::optional<TokenFile>& token) {
  JsonObject object;
  object.text("url", broker.url());
  if (!broker.socket_path().empty()) object.text("socket", broker.socket_path());
  if (token) object.text("token_file", token->path().string());
  object.number("pid", ::getpid());
  print_line(object.str());
}

// The line that does the same for one command. Options that are not saved would be missing in it.
std::string exec_line(const ConnectionSettings& settings) {
  const bool is_url = settings.name.empty();
  return "  pintle exec " + (is_url ? settings.url.text() : settings.name) +
         (is_url && !settings.inputs.empty() ? " OPTION ..." : "") + " -- COMMAND";
}

void print_text(const Connection& connection, const Broker& broker,
                const std::optional<TokenFile>& token) {
  print_line("A broker to " + connection.settings().url.display_text());
  const bool is_unix = !broker.socket_path().empty();
  print_line((is_unix ? "Socket      " : "PINTLE_URL  ") +
             styled(Style::bold, is_unix ? broker.socket_path() : broker.url()));
  if (token) {
    print_line("Token in    " + token->path().string());
  } else {
    print_line("Every program of this user may use it, without a token.");
  }
  if (is_unix) {
    print_line("  curl --unix-socket " + broker.socket_path() + " http://localhost/api/status");
  }
  if (token) {
    print_line(styled(Style::dim, "Clients send it as X-Hermes-Session-Token or ?token=."));
  }
  if (token && !is_unix) {
    print_line(styled(Style::dim, "The same for one command, as long as it runs:"));
    print_line(exec_line(connection.settings()));
  }
  print_line(styled(Style::dim, "Ctrl-C ends it."));
}

// Each WebSocket has two descriptors, and the usual limit is 1,024.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Invocation& invocation) {
  allow_many_files();
  const UserHost user;
  const auto options = options_of(invocation);
  auto connection = user.open(invocation);
  Broker broker(connection, options);
  std::optional<TokenFile> token;
  if (options.as == BrokerOptions::As::token) token.emplace(broker.token());
  if (options.allow_other_machines) {
    note("pintle: warning: everything, the token included, can be read on the network");
  }
  if (invocation.json()) {
    print_json(broker, token);
  } else {
    print_text(connection, broker, token);
  }
  note_what_is_missing(user, connection);
  wait_until_interrupted();
  broker.stop();
  return kOk;
}

}  // namespace

Command serve_command() {
  return {"serve",
          "[NAME|URL]",
          "Give programs that cannot sign in a local address of the gateway",
          "Such a program uses this address as the gateway, with a local token that is new at each "
          "start; Pintle adds the gateway's credential and passes requests of any size, event "
          "streams and WebSockets on. Runs until Ctrl-C. docs/broker.md has more.",
          with_connection_options(
              {{"listen", "ADDRESS",
                "Listen on 127.0.0.1:PORT, [::1]:PORT or unix:PATH (127.0.0.1 and a free port)"},
               {"as", "token|open",
                "Require the local token, or admit every program of this user "
                "(token)"},
               {"i-know", "", "Allow an address that other machines can reach"}}),
          run};
}

}  // namespace pintle::cli
