// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

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

std::vector<Option> with_common(std::vector<Option> options) {
  options.insert(options.end(), common_options().begin(), common_options().end());
  return options;
}

// Of a command with actions: those that are its own, which here are none.
std::vector<Option> all_options(const Command& command) {
  return with_common(command.actions.empty() ? command.options : std::vector<Option>());
}

std::string option_words(const std::vector<Option>& options) {
  std::string words;
  for (const auto& option : options) words += (words.empty() ? "--" : " --") + option.name;
  return words;
}

// Those that take the next word.
std::string value_option_words(const Command& command) {
  std::string words = " ";
  for (const auto& option : with_common(command.options)) {
    if (!option.value.empty()) words += "--" + option.name + " ";
  }
  return words;
}

// A saved connection can only stand first.
bool begins_with_name(const Command& command) {
  return command.operands.starts_with("[NAME|URL]") || command.operands.starts_with("NAME");
}

// Its actions are for a saved connection, which stands second.
bool has_actions_for_name(const Command& command) { return command.name == "sessions"; }

// Within single quotes of a shell.
std::string zsh_quoted(const std::string& text) {
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

}  // namespace

std::string bash_completion(const std::vector<Command>& commands) {
  std::string names;
  std::string options_cases;
  std::string value_cases;
  std::string operand_cases;
  for (const auto& command : commands) {
    names += (names.empty() ? "" : " ") + command.name;
    for (const auto& option : with_common(command.options)) {
      if (option.value.empty()) continue;
      value_cases +=
          "    " + command.name + ":--" + option.name + ") " + bash_values(option) + " ;;\n";
    }
    for (const auto& action : command.actions) {
      options_cases += "    \"" + action.name + "\") options='" +
                       option_words(with_common(action.options)) + "' ;;\n";
    }
    options_cases += "    \"" + command.name + " \"*) options='" +
                     option_words(all_options(command)) + "' values='" +
                     value_option_words(command) + "' ;;\n";
    if (!command.actions.empty()) {
      operand_cases += "    " + command.name + ":0) COMPREPLY=($(compgen -W '" +
                       action_words(command) + "' -- \"$cur\")) ;;\n";
      if (has_actions_for_name(command)) {
        operand_cases += "    " + command.name +
                         ":1) COMPREPLY=($(compgen -W \"$(pintle list --names 2>/dev/null)\" -- "
                         "\"$cur\")) ;;\n";
      }
    } else if (command.name == "completion") {
      operand_cases +=
          "    completion:0) COMPREPLY=($(compgen -W 'bash zsh man' -- \"$cur\")) ;;\n";
    } else if (begins_with_name(command)) {
      operand_cases += "    " + command.name +
                       ":0) COMPREPLY=($(compgen -W \"$(pintle list --names 2>/dev/null)\" -- "
                       "\"$cur\")) ;;\n";
    }
  }
  return "# bash completion for pintle\n"
         "_pintle() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local options= values= operands=0 i\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         " help --help --version' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  if [ \"${COMP_WORDS[1]}\" = help ]; then\n"
         "    [ \"$COMP_CWORD\" -gt 2 ] || COMPREPLY=($(compgen -W '" +
         names +
         "' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n" +
         options_cases +
         "  esac\n"
         // What stands before the word: another program's command line, or how many operands.
         "  for ((i = 2; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      --) [ \"$i\" -lt \"$((COMP_CWORD - 1))\" ] || COMPREPLY=($(compgen -c -- "
         "\"$cur\"))\n"
         "        return ;;\n"
         "      =) i=$((i + 1)) ;;\n"
         "      -*) case $values in *\" ${COMP_WORDS[i]} \"*)\n"
         "          [ \"${COMP_WORDS[i+1]}\" != = ] || i=$((i + 1))\n"
         "          i=$((i + 1)) ;;\n"
         "        esac ;;\n"
         "      *) operands=$((operands + 1)) ;;\n"
         "    esac\n"
         "  done\n"
         // Bash takes KEY=FILE apart.
         "  [ \"$cur\" = = ] && cur= && prev==\n"
         "  if [ \"$prev\" = = ]; then\n"
         "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]}:$prev in\n" +
         value_cases +
         "  esac\n"
         "  case $cur in\n"
         "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
         "      return ;;\n"
         "  esac\n"
         "  case ${COMP_WORDS[1]}:$operands in\n" +
         operand_cases +
         "  esac\n"
         "}\n"
         "complete -o default -F _pintle pintle\n";
}

namespace {

// The specifications of the options, for _arguments.
std::string zsh_options(const std::vector<Option>& options) {
  std::string specs;
  for (const auto& option : options) {
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
    specs += " \\\n        " + zsh_quoted(spec);
  }
  return specs;
}

std::string zsh_operands(const Command& command) {
  const std::string next = " \\\n        ";
  if (command.name == "completion") return next + "'1:shell:(bash zsh man)'";
  if (!begins_with_name(command)) return "";
  const auto name = next + "'1:gateway:($(pintle list --names 2>/dev/null))'";
  return command.operands.find("-- ") == std::string::npos ? name
                                                           : name + next + "'*:command:_files'";
}

// What is offered depends on the action, which is the first word.
std::string zsh_actions(const Command& command) {
  std::string text = "      case $words[2] in\n";
  const std::string operands = has_actions_for_name(command)
                                   ? "'2:connection:($(pintle list --names 2>/dev/null))'"
                                   : "'*:file:_files'";
  for (const auto& action : command.actions) {
    text += "        " + action.name.substr(command.name.size() + 1) + ") _arguments" +
            zsh_options(with_common(action.options)) + " \\\n        " + operands + " ;;\n";
  }
  return text + "        *) _arguments" + zsh_options(all_options(command)) +
         " \\\n        '1:action:(" + action_words(command) + ")' ;;\n      esac ;;\n";
}

}  // namespace

std::string zsh_completion(const std::vector<Command>& commands) {
  std::string names;
  std::string cases;
  for (const auto& command : commands) {
    names += "    " + zsh_quoted(command.name + ":" + command.summary) + "\n";
    cases += "    " + command.name + ")\n";
    cases += command.actions.empty() ? "      _arguments" + zsh_options(all_options(command)) +
                                           zsh_operands(command) + " ;;\n"
                                     : zsh_actions(command);
  }
  return "#compdef pintle\n"
         "_pintle() {\n"
         "  local -a commands\n"
         "  commands=(\n" +
         names + "    " + zsh_quoted("help:Show the help of a command") +
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

}  // namespace pintle::cli
