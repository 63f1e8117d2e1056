// SPDX-License-Identifier: Apache-2.0
#include "command_line.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include <pintle/core/text/printable.h>

namespace pintle::cli {
namespace {

const Option* find_option(const Command& command, std::string_view name) {
  for (const auto* list : {&command.options, &common_options()}) {
    const auto found = std::find_if(list->begin(), list->end(),
                                    [&](const Option& option) { return option.name == name; });
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

constexpr std::string_view kProgram = "-- ";

bool takes_program(const Command& command) {
  return command.operands.find(kProgram) != std::string::npos;
}

// Without another program's command line.
std::string_view own_operands(const Command& command) {
  return std::string_view(command.operands).substr(0, command.operands.find(kProgram));
}

// The switch that "-v" or "-vv" stands for.
const Option* find_letter(const Command& command, std::string_view argument) {
  const char letter = argument.size() < 2 ? '\0' : argument[1];
  if (letter == '\0' || argument.find_first_not_of(letter, 1) != std::string_view::npos) {
    return nullptr;
  }
  for (const auto* list : {&command.options, &common_options()}) {
    const auto found = std::find_if(list->begin(), list->end(),
                                    [&](const Option& option) { return option.letter == letter; });
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

// How many operands there must and may be, counted from "NAME URL [FILE]".
struct Arity {
  std::size_t min = 0;
  std::size_t max = 0;
};

Arity arity_of(const Command& command) {
  Arity arity;
  bool in_word = false;
  bool optional = false;
  for (const char c : own_operands(command)) {
    if (c == '[') optional = true;
    if (c == ' ' || c == ']' || c == '[') {
      in_word = false;
    } else if (!in_word) {
      in_word = true;
      ++arity.max;
      if (!optional) ++arity.min;
    }
    if (c == ']') optional = false;
  }
  return arity;
}

// Whether the first operand is the gateway. What can be read both ways is a METHOD with PARAMS, or
// a gateway and a METHOD: parameters are JSON, or - for standard input.
bool begins_with_target(const std::vector<std::string>& given, const Arity& arity) {
  if (given.empty()) return false;
  if (given.size() >= arity.max || given.front().find("://") != std::string::npos) return true;
  if (given.size() <= arity.min) return false;
  const auto& last = given.back();
  return last != "-" && !last.starts_with('{') && !last.starts_with('[');
}

std::string label_of(const Option& option) {
  const auto letter = option.letter == 0 ? "" : std::string("-") + option.letter + ", ";
  return letter + "--" + option.name + (option.value.empty() ? "" : " " + option.value);
}

std::string option_lines(const std::vector<Option>& options, std::size_t width) {
  std::string text;
  for (const auto& option : options) {
    auto label = label_of(option);
    label.resize(std::max(width, label.size()), ' ');
    text += "  " + label + "  " + option.help + "\n";
  }
  return text;
}

std::string action_lines(const Command& command) {
  const auto label_of = [&](const Command& action) {
    return action.name.substr(command.name.size() + 1) +
           (action.operands.empty() ? "" : " " + action.operands);
  };
  std::size_t width = 0;
  for (const auto& action : command.actions) width = std::max(width, label_of(action).size());
  std::string text;
  for (const auto& action : command.actions) {
    auto label = label_of(action);
    label.resize(width, ' ');
    text += "  " + label + "  " + action.summary + "\n";
  }
  return text + "\nMore of one: pintle help " + command.name + " ACTION\n";
}

std::size_t widest(const Command& command) {
  std::size_t width = 0;
  for (const auto* list : {&command.options, &common_options()}) {
    for (const auto& option : *list) width = std::max(width, label_of(option).size());
  }
  return width;
}

UsageError no_such_option(const Command& command, const std::string& name, bool has_operands) {
  return UsageError(
      command.name + " has no option " + printable(name, 40) +
      (takes_program(command) && has_operands ? "; the command comes after \"--\"" : ""));
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool Invocation::has(std::string_view option) const { return options_.contains(option); }

std::optional<std::string> Invocation::get(std::string_view option) const {
  const auto found = options_.find(option);
  if (found == options_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Invocation::all(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? std::vector<std::string>() : found->second;
}

std::optional<long long> Invocation::number(std::string_view option, long long min,
                                            long long max) const {
  const auto text = get(option);
  if (!text) return std::nullopt;
  long long value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < min || value > max) {
    throw UsageError("--" + std::string(option) + " must be a whole number from " +
                     std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

std::optional<std::uint64_t> Invocation::bytes(std::string_view option, std::uint64_t max) const {
  const auto text = get(option);
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const std::string_view suffix(end, static_cast<std::size_t>(text->data() + text->size() - end));
  const int shift = suffix.empty()                   ? 0
                    : suffix == "K" || suffix == "k" ? 10
                    : suffix == "M" || suffix == "m" ? 20
                    : suffix == "G" || suffix == "g" ? 30
                                                     : -1;
  if (error != std::errc() || shift < 0 || value == 0 || value > max >> shift) {
    throw UsageError("--" + std::string(option) +
                     " must be a size such as 500K, 64M or 2G, at most " +
                     std::to_string(max >> 20) + "M");
  }
  return value << shift;
}

std::optional<std::string> Invocation::operand(std::size_t place) const {
  if (place >= operands_.size()) return std::nullopt;
  return operands_[place];
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> kOptions = {
      {"json", "", "Print JSON: one object, or one per line for a stream"},
      {"verbose", "", "Show on standard error what happens; -vv and -vvv show more", 'v'},
      {"trace", "FILE", "Write what happens to this file, as JSON lines"},
      {"help", "", "Print this help", 'h'}};
  return kOptions;
}

Invocation parse(const Command& command, const std::vector<std::string>& arguments) {
  Invocation invocation;
  invocation.command_ = &command;
  bool options_ended = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (options_ended || argument == "-" || !argument.starts_with('-')) {
      invocation.operands_.push_back(argument);
      continue;
    }
    if (argument == "--" && takes_program(command)) {
      invocation.program_.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                 arguments.end());
      break;
    }
    if (argument == "--") {
      options_ended = true;
      continue;
    }
    if (const auto* option = find_letter(command, argument)) {
      auto& given = invocation.options_[option->name];
      given.resize(given.size() + argument.size() - 1);
      continue;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const auto* option =
        name.starts_with("--") ? find_option(command, std::string_view(name).substr(2)) : nullptr;
    if (option == nullptr) {
      throw no_such_option(command, name, !invocation.operands_.empty());
    }
    if (option->value.empty()) {
      if (equals != std::string::npos) throw UsageError(name + " takes no value");
      invocation.options_[option->name].emplace_back();
    } else if (equals != std::string::npos) {
      invocation.options_[option->name].push_back(argument.substr(equals + 1));
    } else if (i + 1 < arguments.size()) {
      invocation.options_[option->name].push_back(arguments[++i]);
    } else {
      throw UsageError(name + " needs " + option->value);
    }
  }
  if (invocation.has("help")) return invocation;
  invocation.settle_operands();
  return invocation;
}

void Invocation::settle_operands() {
  const auto& command = *command_;
  auto arity = arity_of(command);
  if (command.operands.starts_with("[NAME|URL]")) {
    if (begins_with_target(operands_, arity)) {
      target_ = operands_.front();
      operands_.erase(operands_.begin());
    }
    --arity.max;
  }
  if (takes_program(command) && program_.empty()) {
    throw UsageError(command.name + " needs \"--\" before the command: " + command.operands);
  }
  if (operands_.size() < arity.min) {
    throw UsageError(command.name + " needs " + command.operands);
  }
  if (operands_.size() > arity.max) {
    throw UsageError(command.name + (command.operands.empty() ? " takes no arguments"
                                                              : " takes only " + command.operands));
  }
}

std::string overview(const std::vector<Command>& commands) {
  std::string text =
      "pintle connects to a gateway, however the gateway authenticates its clients.\n\n"
      "usage: pintle COMMAND [OPTION ...]\n\n";
  std::size_t width = 0;
  for (const auto& command : commands) width = std::max(width, command.name.size());
  for (const auto& command : commands) {
    auto name = command.name;
    name.resize(width, ' ');
    text += "  " + name + "  " + command.summary + "\n";
  }
  return text +
         "\nRun pintle help COMMAND for more. A gateway is a URL or the name of a saved "
         "connection.\nWithout one it is PINTLE_GATEWAY, or the current one (pintle use).\n"
         "Secrets are never arguments: they are read from a file, a command, an environment "
         "variable\nor "
         "standard input.\n";
}

std::string synopsis(const Command& command) {
  std::string text(own_operands(command));
  if (!text.empty() && !text.ends_with(' ')) text += ' ';
  text += "[OPTION ...]";
  if (takes_program(command)) {
    text += " " + command.operands.substr(command.operands.find(kProgram));
  }
  return text;
}

namespace {

// Breaks lines at blanks, for a terminal.
std::string wrapped(std::string_view text) {
  constexpr std::size_t kWidth = 79;
  std::string out;
  while (text.size() > kWidth) {
    auto end = text.rfind(' ', kWidth);
    if (end == std::string_view::npos) end = text.find(' ');
    if (end == std::string_view::npos) break;
    out.append(text.substr(0, end)).append("\n");
    text.remove_prefix(end + 1);
  }
  return out.append(text);
}

}  // namespace

const Command* find_action(const Command& command, std::string_view name) {
  const auto full = command.name + " " + std::string(name);
  const auto found = std::find_if(command.actions.begin(), command.actions.end(),
                                  [&](const Command& action) { return action.name == full; });
  return found == command.actions.end() ? nullptr : &*found;
}

std::string help(const Command& command) {
  std::string text =
      command.summary + "\n\nusage: pintle " + command.name + " " + synopsis(command) + "\n";
  if (!command.details.empty()) text += "\n" + wrapped(command.details) + "\n";
  const auto width = widest(command);
  if (!command.actions.empty()) text += "\n" + action_lines(command);
  text += "\n" + option_lines(command.options, width);
  return text + option_lines(common_options(), width);
}

std::string nearest(std::string_view typed, const std::vector<Command>& commands) {
  std::string best;
  constexpr std::size_t kLettersPerMistake = 3;  // with more mistakes it is another word
  std::size_t shortest = 3;
  for (const auto& command : commands) {
    const auto allowed = std::max(typed.size(), command.name.size()) / kLettersPerMistake;
    if (const auto d = distance(typed, command.name); d < shortest && d <= allowed) {
      shortest = d;
      best = command.name;
    }
  }
  return best;
}

}  // namespace pintle::cli
