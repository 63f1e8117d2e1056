// SPDX-License-Identifier: Apache-2.0
#include "settings/helper_program.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/spawn.h"
#include "settings/command_words.h"

namespace pintle {
namespace {

constexpr std::size_t kMaxArguments = 64;
constexpr std::size_t kMaxArgumentBytes = 32 * 1024;

// The scheme's: they come from another side than the user's.
void check(const std::vector<std::string>& arguments) {
  std::size_t bytes = 0;
  for (const auto& word : arguments) {
    bytes += word.size();
    if (word.find('\0') != std::string::npos) {
      throw Error(Layer::config, "an argument of the scheme contains a NUL");
    }
  }
  if (arguments.size() > kMaxArguments || bytes > kMaxArgumentBytes) {
    throw Error(Layer::config, "the scheme passes too many arguments");
  }
}

}  // namespace

void check_helper(std::string_view name, std::string_view command) {
  if (!is_connection_name(name)) {
    throw Error(Layer::config, "invalid name of a helper program: \"" + printable(name, 70) + "\"")
        .with_hint("Use at most 64 letters, digits, \".\", \"_\" and \"-\".");
  }
  (void)command_words(command);
}

CommandOutput run_helper(const ConnectionSettings& settings, const std::string& name,
                         std::vector<std::string> arguments, std::string_view input,
                         std::int64_t timeout_ms, const std::stop_token& cancel) {
  const auto shown = printable(name, 40);
  const auto found = settings.helpers.find(name);
  if (found == settings.helpers.end()) {
    throw Error(Layer::config, "the scheme needs the helper program \"" + shown +
                                   "\", which the connection's settings do not name")
        .with_user_action()
        .with_hint("Name its command: --helper " + shown + "=COMMAND.");
  }
  try {
    check(arguments);
    auto words = command_words(found->second);
    const auto program = find_program(words.front());
    if (!program)
      throw Error(Layer::config, "there is no program " + printable(words.front(), 200));
    std::move(arguments.begin(), arguments.end(), std::back_inserter(words));
    return run_command(
        {.program = *program, .words = std::move(words), .input = input, .timeout_ms = timeout_ms},
        cancel);
  } catch (const Error& error) {
    throw Error(Layer::config, "cannot run the helper program \"" + shown + "\" (" +
                                   printable(found->second, 200) + "): " + error.message())
        .with_user_action()
        .with_hint("Try the command in a terminal, or name another one: --helper " + shown +
                   "=COMMAND.");
  }
}

}  // namespace pintle
