// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/text/ascii.h>

#include "command_line.h"

namespace pintle::cli {
namespace {

std::string for_man(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  // A line that begins with a dot or an apostrophe would be a request to troff.
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

struct ManEntry {
  const char* name;
  const char* text;
};

// docs/command-line.md explains them.
constexpr ManEntry kExitCodes[] = {
    {"0", "Success"},
    {"1", "An internal error"},
    {"2", "An invalid command line"},
    {"3", "The gateway accepted the request and responded with an error"},
    {"10", "config: invalid settings or arguments"},
    {"11", "dns: the host name has no address"},
    {"12", "tcp: no connection, or it was lost or timed out"},
    {"13", "proxy: the forward proxy failed"},
    {"14", "tls: an invalid certificate or a failed handshake"},
    {"15", "access-proxy: an intermediary answered in place of the gateway"},
    {"16", "host-guard: the gateway rejects the host name of the request"},
    {"17", "gate: the gateway requires a sign-in, or refused the credential"},
    {"18", "provider: the identity provider behind the gateway failed"},
    {"19", "session: a stored session has ended"},
    {"20", "ticket: a WebSocket ticket could not be minted, or was refused"},
    {"21", "websocket: the upgrade failed or violated the WebSocket protocol"},
    {"22", "protocol: an answer that violates the gateway's contract"},
    {"23", "plugin: a scheme could not be loaded or chosen, or violated its contract"},
    {"24", "store: a file could not be read or written"},
    {"25", "rate-limit: too many requests"},
    {"130", "Interrupted with Ctrl-C"}};

constexpr ManEntry kVariables[] = {
    {"PINTLE_GATEWAY", "The current gateway, a URL or a name, instead of that of pintle use"},
    {"PINTLE_TOKEN_FILE", "The file with its session token"},
    {"PINTLE_CA_FILE", "The certificates (PEM) to trust for it"},
    {"PINTLE_TIMEOUT", "The request timeout in seconds, unless --timeout is given"},
    {"PINTLE_PLUGIN_PATH", "Folders with scheme libraries, separated by colons, before the others"},
    {"HERMES_DESKTOP_REMOTE_URL, HERMES_DESKTOP_REMOTE_TOKEN",
     "The gateway and its token, unless PINTLE_GATEWAY is set"},
    {"http_proxy, HTTPS_PROXY, ALL_PROXY, NO_PROXY", "The forward proxy"},
    {"BROWSER", "The browser of a sign-in"},
    {"NO_COLOR", "No colours on a terminal"}};

constexpr ManEntry kFiles[] = {
    {"$XDG_CONFIG_HOME/pintle/", "The settings and the saved connections; no secrets"},
    {"$XDG_STATE_HOME/pintle/sessions/", "The sessions"},
    {"$XDG_DATA_HOME/pintle/plugins/", "Scheme libraries of this user"}};

std::string man_section(const char* title, std::span<const ManEntry> entries) {
  std::string text = std::string(".SH ") + title + "\n";
  for (const auto& [name, meaning] : entries) {
    text += ".TP\n.B " + for_man(name) + "\n" + for_man(meaning) + ".\n";
  }
  return text;
}

std::string man_option(const Option& option) {
  std::string text = ".TP\n.B ";
  if (option.letter != 0) text += std::string("\\-") + option.letter + ", ";
  text += "\\-\\-" + for_man(option.name);
  if (!option.value.empty()) text += " \\fI" + for_man(option.value) + "\\fR";
  return text + "\n" + for_man(option.help) + ".\n";
}

std::string man_options(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) text += man_option(option);
  return text;
}

std::string man_head(const std::string& title, std::string_view version,
                     const std::string& summary) {
  std::string name = title;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return ".TH " + for_man(name) + " 1 \"\" \"Pintle " + std::string(version) +
         "\" \"User Commands\"\n.SH NAME\n" + for_man(title) + " \\- " + for_man(summary) + "\n";
}

// The paragraphs of a text whose lines are broken for a terminal.
std::string man_paragraphs(const std::string& text) {
  return text.empty() ? "" : ".PP\n" + for_man(text) + "\n";
}

std::string with_small_first(std::string text) {
  if (!text.empty()) text[0] = ascii::lower(text[0]);
  return text;
}

}  // namespace

std::string man_page(const std::vector<Command>& commands, std::string_view version) {
  std::string text =
      man_head("pintle", version,
               "connect to a gateway, however the gateway authenticates its clients") +
      ".SH SYNOPSIS\n.B pintle\n.I COMMAND\n[\\fIOPTION\\fR ...]\n"
      ".SH DESCRIPTION\n"
      "A gateway is a URL or the name of a saved connection. Secrets are never arguments: they are "
      "read from a file, a command, an environment variable or standard input.\n"
      ".PP\nEach command has a page of its own.\n"
      ".SH COMMANDS\n";
  for (const auto& command : commands) {
    text +=
        ".TP\n.BR pintle\\-" + for_man(command.name) + " (1)\n" + for_man(command.summary) + ".\n";
  }
  return text + ".SH OPTIONS OF EVERY COMMAND\n" + man_options(common_options()) +
         ".TP\n.B \\-V, \\-\\-version\nPrint the version, and those of the libraries; as JSON with "
         "\\-\\-json.\n" +
         man_section("EXIT STATUS", kExitCodes) + man_section("ENVIRONMENT", kVariables) +
         man_section("FILES", kFiles);
}

std::string man_page_of(const Command& command, std::string_view version) {
  std::string text =
      man_head("pintle-" + command.name, version, with_small_first(command.summary)) +
      ".SH SYNOPSIS\n.B pintle " + for_man(command.name) + "\n" + for_man(synopsis(command)) +
      "\n.SH DESCRIPTION\n" + for_man(command.summary) + ".\n" + man_paragraphs(command.details);
  if (!command.actions.empty()) text += ".SH ACTIONS\n";
  for (const auto& action : command.actions) {
    text += ".SS \"pintle " + for_man(action.name) + " " + for_man(synopsis(action)) + "\"\n" +
            for_man(action.summary) + ".\n" + man_paragraphs(action.details) +
            man_options(action.options);
  }
  text += ".SH OPTIONS\n";
  if (command.actions.empty()) text += man_options(command.options);
  return text + man_options(common_options()) +
         ".SH EXIT STATUS\n0 for success; the other codes are in\n.BR pintle (1).\n"
         ".SH SEE ALSO\n.BR pintle (1)\n";
}

}  // namespace pintle::cli
