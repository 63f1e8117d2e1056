// SPDX-License-Identifier: Apache-2.0

#include "commands.h"
#include "connection_options.h"
#include "output.h"
#include "program_settings.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

int show(const Invocation& invocation, const Paths& paths) {
  const auto current = default_gateway(invocation, paths);
  if (invocation.json()) {
    JsonObject object;
    object.text_if_any("gateway", current.target);
    if (!current.target.empty()) object.text("source", current.source);
    print_line(object.str());
  } else if (current.target.empty()) {
    print_line("There is no current gateway. Set one: pintle use NAME");
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
  std::string current;
  if (target) {
    // Only what can be used becomes current.
    current = is_connection_name(*target) ? *target : typed_gateway_url(*target).text();
    if (is_connection_name(current)) (void)user.saved_connection(current);
  }
  set_current_gateway(user.paths(), current);
  const auto done = current.empty() ? std::string("There is no current gateway any more.")
                                    : "The current gateway is " + current + ".";
  if (invocation.json()) {
    JsonObject object;
    object.text_if_any("gateway", current);
    if (!current.empty()) object.text("source", "pintle use");
    print_done(object.str(), done);
  } else if (current.empty()) {
    print_done("There is no current gateway any more.", done);
  } else {
    print_done("The current gateway is " + styled(Style::bold, current) +
                   ": commands that name none use it.",
               done);
  }
  return kOk;
}

}  // namespace

Command use_command() {
  return {"use",
          "[NAME|URL]",
          "Show or set the current gateway",
          "Commands that name no gateway use the current one. PINTLE_GATEWAY overrides it, and a "
          "gateway on the command line overrides both.",
          {{"none", "", "Unset it"}},
          run};
}

}  // namespace pintle::cli
