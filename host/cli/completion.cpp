// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>
#include <string>

#include "command_line.h"

namespace pintle::cli {
namespace {

std::string words_of(const std::string& value) {
  std::string words = value;
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

// "a|b" and not "FILE|-", where a name of the user's own can stand.
bool is_choice(const Option& option) {
  return option.value.find('|') != std::string::npos &&
         std::none_of(option.value.begin(), option.value.end(),
                      [](char c) { return c >= 'A' && c <= 'Z'; });
}
bool is_path(const Option& option) {
  return option.value.find("FILE") != std::string::npos ||
         option.value.find("FOLDER") != std::string::npos;
}

// "KEY=…": a setting or an input that a scheme declares.
bool has_key(const Option& option) { return option.value.starts_with("KEY="); }
// Prints the keys for the option.
std::string keys_command(const Option& option) {
  return "pintle plugins list --keys " + std::string(option.name == "set" ? "set" : "secret-file") +
         " 2>/dev/null";
}

std::string bash_values(const Option& option) {
  if (has_key(option)) {
    return "COMPREPLY=($(compgen -S = -W \"$(" + keys_command(option) +
           ")\" -- \"$cur\")); compopt -o nospace 2>/dev/null; return";
  }
  if (is_choice(option)) {
    return "COMPREPLY=($(compgen -W '" + words_of(option.value) + "' -- \"$cur\")); return";
  }
  return is_path(option) ? "COMPREPLY=($(compgen -f -- \"$cur\")); return" : "return";
}

std::string action_words(const Command& command) {
  std::string words;
  for (const auto& action : command.actions) {
    words += (words.empty() ? "" : " ") + action.name.substr(command.name.size() + 1);
  }
  return words;
}

std::vector<Option> all_options(const Command& command) {
  auto options = command.options;
  options.insert(options.end(), common_options().begin(), common_options().end());
  return options;
}

// Within single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Zsh's _arguments reads [] and : as its own.
std::string for_zsh(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

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

}  // namespace

std::string bash_completion(const std::vector<Command>& commands) {
  std::string names;
  std::string options_cases;
  std::string value_cases;
  for (const auto& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    std::string options;
    for (const auto& option : all_options(command)) {
      options += (options.empty() ? "--" : " --") + option.name;
      if (option.value.empty()) continue;
      value_cases +=
          "    " + command.name + ":--" + option.name + ") " + bash_values(option) + " ;;\n";
    }
    if (!command.actions.empty()) {
      value_cases += "    " + command.name + ":" + command.name +
                     ") [[ $cur == -* ]] || { COMPREPLY=($(compgen -W '" + action_words(command) +
                     "' -- \"$cur\")); return; } ;;\n";
    }
    options_cases += "    " + command.name + ") options='" + options + "' ;;\n";
  }
  return "# bash completion for pintle\n"
         "_pintle() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options=\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         " help --help --version' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  if [ \"${COMP_WORDS[1]}\" = help ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         "' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         // Bash takes KEY=FILE apart.
         "  [ \"$cur\" = = ] && cur= && prev==\n"
         "  if [ \"$prev\" = = ]; then\n"
         "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]}:$prev in\n" +
         value_cases +
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n" +
         options_cases +
         "  esac\n"
         "  case $cur in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
         "    *) COMPREPLY=($(compgen -W \"$(pintle list --names 2>/dev/null)\" -- \"$cur\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o default -F _pintle pintle\n";
}

std::string zsh_completion(const std::vector<Command>& commands) {
  std::string names;
  std::string cases;
  for (const auto& command : commands) {
    names += "    " + quoted(command.name + ":" + command.summary) + "\n";
    cases += "    " + command.name + ")\n      _arguments";
    for (const auto& option : all_options(command)) {
      std::string spec = "*--" + option.name + "[" + for_zsh(option.help) + "]";
      if (has_key(option)) {
        spec += ":" + for_zsh(option.value) + ":{if compset -P \"*=\"; then _files; " +
                "else compadd -S = -- $(" + keys_command(option) + "); fi}";
      } else if (is_choice(option)) {
        spec += ":value:(" + words_of(option.value) + ")";
      } else if (is_path(option)) {
        spec += ":file:_files";
      } else if (!option.value.empty()) {
        spec += ":" + for_zsh(option.value) + ": ";
      }
      cases += " \\\n        " + quoted(spec);
    }
    if (!command.actions.empty()) {
      cases += " \\\n        '1:action:(" + action_words(command) + ")'";
      cases += " \\\n        '*:file:_files' ;;\n";
      continue;
    }
    cases += " \\\n        '*:gateway:($(pintle list --names 2>/dev/null))' ;;\n";
  }
  return "#compdef pintle\n"
         "_pintle() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         names + "    " + quoted("help:Show the help of a command") +
         "\n"
         "  )\n"
         "  if (( CURRENT == 2 )); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words\n"
         "  (( CURRENT-- ))\n"
         "  case $command in\n"
         "    help) _describe command commands ;;\n" +
         cases +
         "  esac\n"
         "}\n"
         "_pintle \"$@\"\n";
}

std::string man_page(const std::vector<Command>& commands, std::string_view version) {
  std::string text = ".TH PINTLE 1 \"\" \"Pintle " + std::string(version) +
                     "\"\n"
                     ".SH NAME\npintle \\- connect to a gateway, however the gateway "
                     "authenticates its clients\n"
                     ".SH SYNOPSIS\n.B pintle\n.I COMMAND\n[\\fIOPTION\\fR ...]\n"
                     ".SH DESCRIPTION\n"
                     "A gateway is a URL or the name of a saved connection. Secrets are never "
                     "arguments: they are read from a file, a command, an environment variable or "
                     "standard input.\n"
                     ".SH COMMANDS\n";
  for (const auto& command : commands) {
    text += ".SS \"pintle " + command.name;
    if (!command.operands.empty()) text += " " + for_man(command.operands);
    text += "\"\n" + for_man(command.summary) + ".\n";
    if (!command.details.empty()) text += ".PP\n" + for_man(command.details) + "\n";
    for (const auto& action : command.actions) {
      text += ".TP\n.B " + for_man(action.name) + " \\fI" + for_man(action.operands) + "\\fR\n" +
              for_man(action.summary) + ". " + for_man(action.details) + "\n";
    }
    for (const auto& option : command.options) text += man_option(option);
  }
  text += ".SH OPTIONS OF EVERY COMMAND\n";
  for (const auto& option : common_options()) text += man_option(option);
  return text + man_section("EXIT STATUS", kExitCodes) + man_section("ENVIRONMENT", kVariables) +
         man_section("FILES", kFiles);
}

}  // namespace pintle::cli
