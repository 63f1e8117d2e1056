// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <map>
#include <string>

#include <pintle/broker.h>

#include "child_program.h"
#include "commands.h"
#include "connection_options.h"
#include "credential_advice.h"
#include "interrupt.h"
#include "output.h"
#include "url_session.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

// A proxy of the environment must not see the local token.
std::string without_proxy(const char* variable) {
  const char* given = std::getenv(variable);
  const std::string hosts = "127.0.0.1,localhost";
  return given == nullptr || *given == '\0' ? hosts : std::string(given) + "," + hosts;
}

// The command would only see that its requests fail. Read from a file or the like, a credential is
// not read here: a command would be run twice.
void note_if_not_signed_in(const UserHost& user, Connection& connection) {
  const auto& settings = connection.settings();
  if (!settings.inputs.empty() && !missing_secret_file(settings)) return;
  if (has_stored_session(user, settings)) return;
  try {
    const auto facts = connection.sign_in_facts(interrupted());
    if (!facts.signed_in) note("pintle: note: " + lack_of_credential(connection, facts));
  } catch (const Error& error) {
    if (interrupted().stop_requested()) throw;
    note(std::string("pintle: note: ") + error.what());
  }
}

int run(const Invocation& invocation) {
  const UserHost user;
  auto connection = user.open(invocation);
  note_if_not_signed_in(user, connection);
  Broker broker(connection);
  std::string token(broker.token().reveal());
  std::map<std::string, std::string> variables = {{"PINTLE_URL", broker.url()},
                                                  {"PINTLE_TOKEN", token},
                                                  {"HERMES_DESKTOP_REMOTE_URL", broker.url()},
                                                  {"HERMES_DESKTOP_REMOTE_TOKEN", token},
                                                  // They would come before those of the broker.
                                                  {"PINTLE_GATEWAY", ""},
                                                  {"PINTLE_TOKEN_FILE", ""},
                                                  {"PINTLE_CA_FILE", ""}};
  for (const char* variable : {"NO_PROXY", "no_proxy"}) {
    variables.emplace(variable, without_proxy(variable));
  }
  // The command reaches the gateway without its credential.
  for (const auto& [key, source] : connection.settings().inputs) {
    if (source.kind() == SecretSource::Kind::environment) variables.emplace(source.where(), "");
  }
  const int code = run_program(invocation.program(), variables);
  for (auto& [name, value] : variables) wipe(value);
  wipe(token);
  broker.stop();
  return code;
}

}  // namespace

Command exec_command() {
  return {
      "exec",
      "[NAME|URL] -- COMMAND [ARGUMENT ...]",
      "Run a program that cannot sign in, with a local address of the gateway",
      "As pintle serve, for one command and as long as it runs. It finds the local address and "
      "token in the variables PINTLE_URL and PINTLE_TOKEN, and in HERMES_DESKTOP_REMOTE_URL and "
      "HERMES_DESKTOP_REMOTE_TOKEN. "
      "The exit code is that of the command, 128 + N if signal N ended it, 127 if it was not "
      "found, 126 if it cannot be run.",
      with_connection_options({}),
      run};
}

}  // namespace pintle::cli
