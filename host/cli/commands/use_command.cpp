// SPDX-License-Identifier: Apache-2.0

#include "commands.h"
#include "output.h"
#include "program_settings.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

int show(const Invocation& invocation, const Paths& paths) {
  const auto current = default_gateway(invocation, paths);
  if (invocation.json()) {
    JsonObject object;
    object.text("gateway", current.target);
    if (!current.target.empty()) object.text("source", current.source);
    print_line(object.str());
  } else if (current.target.empty()) {
    print_line("No default gateway is set. Set one: pintle use NAME");
  } else {
    print_line(styled(Style::bold, current.target) + ", from " + current.source);
  }
  return kOk;
}

int run(const Invocation& invocation) {
  const UserHost user;
  const auto& target = invocation.target();
  if (target && invocation.has("none")) throw UsageError("--none takes no NAME");
  if (!target && !invocation.has("none")) return show(invocation, user.paths());
  std::string chosen;
  if (target) {
    // Only what can be used is chosen.
    chosen = is_connection_name(*target) ? *target : GatewayUrl::parse(*target).text();
    if (is_connection_name(chosen)) (void)user.saved_connection(chosen);
  }
  choose_gateway(user.paths(), chosen);
  if (invocation.json()) {
    JsonObject object;
    object.text("gateway", chosen);
    if (!chosen.empty()) object.text("source", "pintle use");
    print_line(object.str());
  } else if (chosen.empty()) {
    print_line("The default gateway is no longer set.");
  } else {
    print_line("Commands without a gateway use " + styled(Style::bold, chosen) + " from now on.");
  }
  return kOk;
}

}  // namespace

Command use_command() {
  return {"use",
          "[NAME|URL]",
          "Set the gateway that commands use by default",
          "Without an argument, shows it. PINTLE_GATEWAY overrides it, and a gateway on the "
          "command line overrides both.",
          {{"none", "", "Unset it"}},
          run};
}

}  // namespace pintle::cli
