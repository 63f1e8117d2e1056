// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <pintle/core/text/printable.h>

#include "commands.h"
#include "connect_session.h"
#include "connection_options.h"
#include "program_log.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

// It cannot go on as if nothing was when the connection is lost, and is not there to watch a wait.
bool is_script(const Invocation& invocation) {
  return !invocation.has("no-input") && ::isatty(STDIN_FILENO) != 1;
}

int run(const Invocation& invocation) {
  if (invocation.has("token-stdin") && !invocation.has("no-input")) {
    throw UsageError(
        "--token-stdin uses standard input, so requests cannot be read from it: add --no-input");
  }
  ConnectSession::Options options;
  options.json = invocation.json();
  options.once = invocation.has("once");
  options.listens = !invocation.has("no-input");
  if (const auto seconds = invocation.number("for", 1, 86'400)) {
    options.limit = std::chrono::seconds(*seconds);
  }
  LiveOptions wanted;
  if (const auto path = invocation.get("path")) {
    wanted.path = RequestTarget::parse(*path).text();
    // What follows may be a secret.
    options.named_path = printable(wanted.path.substr(0, wanted.path.find('?')), 100);
  }
  if (const auto origin = invocation.get("origin")) wanted.origin = *origin;
  if (const auto bytes = max_message(invocation)) wanted.max_message_bytes = *bytes;
  wanted.reconnect = !invocation.has("no-reconnect") && !options.once && !is_script(invocation);
  ProgramLog::instance().leave_out({"scheme_chosen", "state_changed"});
  const UserHost user;
  auto connection = user.open(invocation);
  return ConnectSession(user, connection, options).run(wanted);
}

}  // namespace

Command connect_command() {
  return {
      "connect",
      "[NAME|URL]",
      "Connect and print events; typed lines are sent as requests",
      "A line is METHOD or METHOD PARAMS, where PARAMS is a JSON object or array; to a gateway "
      "that "
      "speaks no JSON-RPC it is a message. Ends at Ctrl-C, "
      "or when standard input ends and every request has been answered; with no requests it keeps "
      "listening. Reconnects with backoff after a failure, except with --once and in scripts. "
      "Exits with 3 if the gateway answered a script's request with an error.",
      with_connection_options(
          {{"once", "", "Close once the gateway is ready, or at the first failure"},
           {"for", "SECONDS", "Close after this time, ready or not"},
           {"no-input", "", "Do not read standard input"},
           {"no-reconnect", "", "Exit when the connection fails or is lost"},
           {"path", "PATH", "The path to connect to (the profile's: /api/ws)"},
           {"origin", "ORIGIN", "Send this Origin header (none)"},
           max_message_option()}),
      run};
}

}  // namespace pintle::cli
