// SPDX-License-Identifier: Apache-2.0
//
// The commands of the program as one table: parsing, help, completion and the man page are made
// from it, so that none can say what another does not.
//
// Threads: values.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::cli {

struct Option {
  std::string name;   ///< Without the dashes.
  std::string value;  ///< "FILE", "SECONDS"; empty for a switch. "a|b|c" completes to those.
  std::string help;
  char letter = 0;  ///< Of a switch: "-v" is "--verbose", and "-vv" is that twice. 0: none.
};

class Invocation;

struct Command {
  std::string name;
  /// "[NAME|URL] METHOD PATH", with [] for what may be left out. A first "[NAME|URL]" is the
  /// gateway that the command is for. After a "--" stands another program's command line.
  std::string operands;
  std::string summary;  ///< One line.
  std::string details;  ///< More, for --help and the man page; may be empty.
  std::vector<Option> options;
  std::function<int(const Invocation&)> run;
  /// What its first operand chooses, for help, completion and the man page: "plugins check" with
  /// the operands and options that only it has. The command's own table has all options.
  std::vector<Command> actions{};
};

/// The command line as it was typed, checked against the command's table.
class Invocation {
 public:
  bool has(std::string_view option) const;
  /// The last value given; nothing where the option was not.
  std::optional<std::string> get(std::string_view option) const;
  std::vector<std::string> all(std::string_view option) const;
  /// How often the option was given.
  std::size_t count(std::string_view option) const { return all(option).size(); }
  /// Throws UsageError where it is no whole number from `min` to `max`.
  std::optional<long long> number(std::string_view option, long long min, long long max) const;

  /// A number of bytes, written as "500", "16K", "64M" or "2G" (of 1024). Throws UsageError if it
  /// is none, 0, or above `max`.
  std::optional<std::uint64_t> bytes(std::string_view option, std::uint64_t max) const;

  /// The gateway that the command line names; nothing if it was left out.
  const std::optional<std::string>& target() const noexcept { return target_; }
  /// Without the target.
  const std::vector<std::string>& operands() const noexcept { return operands_; }
  /// The operand of that place; nothing where it was left out.
  std::optional<std::string> operand(std::size_t place) const;

  /// What stands after "--", of a command that takes another program's command line.
  const std::vector<std::string>& program() const noexcept { return program_; }

  bool json() const { return has("json"); }
  const Command& command() const noexcept { return *command_; }

 private:
  friend Invocation parse(const Command& command, const std::vector<std::string>& arguments);

  /// Tells the target from the operands. Throws UsageError unless the rest are the command's.
  void settle_operands();

  const Command* command_ = nullptr;
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::optional<std::string> target_;
  std::vector<std::string> operands_;
  std::vector<std::string> program_;
};

/// The command line does not fit the command. Its text never repeats a value: it may be a secret
/// that was put where none belongs.
class UsageError : public std::exception {
 public:
  explicit UsageError(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/// Options may stand anywhere; "--" ends them; "--name=value" and "--name value" are the same.
/// Throws UsageError.
Invocation parse(const Command& command, const std::vector<std::string>& arguments);

/// The options that every command has.
const std::vector<Option>& common_options();

/// The command's operands and options in one line: "[NAME|URL] METHOD [OPTION ...]".
std::string synopsis(const Command& command);

/// The action of that name: "check" of plugins. Null if there is none.
const Command* find_action(const Command& command, std::string_view name);

/// What `pintle --help` and `pintle COMMAND --help` print.
std::string overview(const std::vector<Command>& commands);
std::string help(const Command& command);

std::string bash_completion(const std::vector<Command>& commands);
std::string zsh_completion(const std::vector<Command>& commands);
/// pintle(1), which names the pages of the commands, and pintle-COMMAND(1); in man(7) format.
std::string man_page(const std::vector<Command>& commands, std::string_view version);
std::string man_page_of(const Command& command, std::string_view version);

/// The nearest command's name, for "did you mean"; empty where none is near.
std::string nearest(std::string_view typed, const std::vector<Command>& commands);

}  // namespace pintle::cli
