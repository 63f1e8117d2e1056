// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <thread>
#include <unistd.h>

#include "base/cancel_event.h"
#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "program_settings.h"
#include "terminal_ui.h"
#include "ui/ui_server.h"
#include "url_session.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

ui::UiOptions options_for(const UserHost& user, const Invocation& invocation) {
  ui::UiOptions options;
  options.port = static_cast<std::uint16_t>(invocation.number("port", 0, 65535).value_or(0));
  options.version = PINTLE_VERSION;
  options.current_gateway = [&user] { return current_gateway(user.paths()); };
  options.set_current_gateway = [&user](const std::string& name) {
    set_current_gateway(user.paths(), name);
  };
  options.before_add = [&user](ConnectionSettings& connection) {
    return share_url_session(user, connection);
  };
  return options;
}

// Returns true if the browser was opened; otherwise says why not.
bool open_page(const std::string& address) {
  try {
    const Progress progress("opening the browser");
    TerminalUi().open_browser(address, interrupted());
    return true;
  } catch (const Error& error) {
    if (interrupted().stop_requested()) throw;
    note(std::string("pintle: ") + error.what());
    return false;
  }
}

void print_address(const std::string& address) {
  print_line("Open this address in a browser of this machine, within a minute; it works once:");
  print_line("  " + styled(Style::bold, address));
}

// In the background a read from the terminal would stop the whole program.
bool is_at_terminal() {
  return ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

// Prints a new address for each Enter: the first may have been used up, or be too old.
void renew_for_enter(ui::UiServer& server, const std::stop_token& stop) {
  constexpr int kBetweenLooksMs = 1'000;
  const CancelEvent stopped(stop);
  while (!stop.stop_requested()) {
    pollfd waiting[2] = {{stopped.fd(), POLLIN, 0},
                         {is_at_terminal() ? STDIN_FILENO : -1, POLLIN, 0}};
    if (::poll(waiting, 2, kBetweenLooksMs) <= 0 || waiting[1].revents == 0) continue;
    char typed[256];
    if (::read(STDIN_FILENO, typed, sizeof typed) <= 0) return;
    try {
      print_address(server.new_address());
      note(styled_note(Style::dim, "The earlier address is no longer valid."));
    } catch (const Error&) {
      return;  // nobody reads it any more
    }
  }
}

int run(const Invocation& invocation) {
  const UserHost user;
  ui::UiServer server(user.host(), options_for(user, invocation));
  const auto address = server.new_address();
  const bool opens = !invocation.has("no-browser");
  if (invocation.json()) {
    print_line(JsonObject().text("address", address).number("pid", ::getpid()).str());
    if (opens) open_page(address);
  } else {
    if (opens && open_page(address)) {
      print_line("The settings page is open in your browser.");
    } else {
      print_address(address);
    }
    note(styled_note(Style::dim, is_at_terminal()
                                     ? "Enter prints a new address. Ctrl-C ends the page."
                                     : "Ctrl-C ends the page."));
  }
  const std::jthread renewal([&](const std::stop_token& stop) {
    if (!invocation.json()) renew_for_enter(server, stop);
  });
  if (server.run(interrupted())) note("pintle: no page was open for 15 minutes");
  return kOk;
}

}  // namespace

Command ui_command() {
  return {"ui",
          "",
          "Open the settings page in a browser",
          "Adds, changes, tests and removes connections, signs in and out, and shows what a live "
          "connection does. The page is served on loopback, to this user's browser alone. It ends "
          "with Ctrl-C, or 15 minutes after the last page was closed.",
          {{"no-browser", "", "Print the address instead of opening a browser"},
           {"port", "NUMBER", "Listen on this port (a free one)"}},
          run};
}

}  // namespace pintle::cli
