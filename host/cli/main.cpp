// SPDX-License-Identifier: Apache-2.0
//
// The program `pintle`: libpintle for a user at a terminal, and for scripts.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/process_memory.h>

#include "commands/commands.h"
#include "interrupt.h"
#include "output.h"
#include "program_log.h"
#include "terminal_ui.h"
#include "version.h"

namespace pintle::cli {
namespace {

// pintle.1 and the page of each command, for a package.
void write_man_pages(const std::filesystem::path& folder) {
  const auto write = [&](const std::string& name, const std::string& page) {
    const auto path = folder / (name + ".1");
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    if (!file.flush()) throw Error(Layer::store, "cannot write " + printable(path.string()));
  };
  write("pintle", man_page(all_commands(), PINTLE_VERSION));
  for (const auto& command : all_commands()) {
    write("pintle-" + command.name, man_page_of(command, PINTLE_VERSION));
  }
}

// Null if there is none of that name.
const Command* find_command(std::string_view name) {
  const auto& commands = all_commands();
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string man_page_named(const std::string& name) {
  const auto* command = find_command(name);
  if (command == nullptr) throw UsageError("completion man: there is no such command");
  return man_page_of(*command, PINTLE_VERSION);
}

int run_completion(const Invocation& invocation) {
  const auto& shell = invocation.operands()[0];
  const auto command = invocation.operand(1);
  const auto folder = invocation.get("folder");
  if (shell != "man" && (command || folder)) {
    throw UsageError("only completion man takes a command or --folder");
  }
  if (shell == "bash") {
    print_line(bash_completion(all_commands()));
  } else if (shell == "zsh") {
    print_line(zsh_completion(all_commands()));
  } else if (shell != "man") {
    throw UsageError("completion needs bash, zsh or man");
  } else if (folder) {
    if (command) throw UsageError("--folder takes the pages of all commands");
    write_man_pages(*folder);
  } else {
    print_line(command ? man_page_named(*command) : man_page(all_commands(), PINTLE_VERSION));
  }
  return kOk;
}

int usage(const std::string& what, const std::string& next, bool json) {
  if (json) {
    JsonObject error;
    error.text("layer", "usage").text("message", what).text("hint", next);
    print_line(JsonObject().raw("error", error.str()).str());
  } else {
    note("pintle: " + what);
    note("  " + next);
  }
  return kUsage;
}

bool is_json_requested(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--json") return true;
  }
  return false;
}

int no_such_command(const std::string& name, bool json) {
  const auto near = nearest(name, all_commands());
  return usage("there is no command \"" + printable(name, 40) + "\"" +
                   (near.empty() ? "" : "; did you mean " + near + "?"),
               "See pintle --help.", json);
}

// The help of a command, or of its action if `words` begin with one.
int print_help(const Command& command, const std::vector<std::string>& words, bool json) {
  const auto* action = words.empty() ? nullptr : find_action(command, words.front());
  if (action == nullptr && !words.empty() && !command.actions.empty()) {
    return usage(command.name + " has no action \"" + printable(words.front(), 40) + "\"",
                 "See pintle help " + command.name + ".", json);
  }
  print_line(help(action == nullptr ? command : *action));
  return kOk;
}

// `pintle help [COMMAND [ACTION]]`
int run_help(const std::vector<std::string>& arguments) {
  const bool json = is_json_requested(arguments);
  if (arguments.size() > 3) {
    return usage("help takes only [COMMAND [ACTION]]", "See pintle --help.", json);
  }
  if (arguments.size() < 2 || arguments[1] == "help") {
    print_line(overview(all_commands()));
    return kOk;
  }
  const auto* command = find_command(arguments[1]);
  if (command == nullptr) return no_such_command(arguments[1], json);
  if (arguments.size() > 2 && command->actions.empty()) {
    return usage(command->name + " has no actions", "See pintle help " + command->name + ".", json);
  }
  return print_help(*command, {arguments.begin() + 2, arguments.end()}, json);
}

int run_version(const std::vector<std::string>& arguments) {
  const bool json = is_json_requested(arguments);
  if (arguments.size() > (json ? 2u : 1u)) {
    return usage("--version takes only --json", "See pintle --help.", json);
  }
  print_line(version_text(json));
  return kOk;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    print_line(overview(all_commands()));
    return arguments.empty() ? kUsage : kOk;
  }
  if (arguments[0] == "help") return run_help(arguments);
  if (arguments[0] == "--version" || arguments[0] == "-V") return run_version(arguments);
  const auto* command = find_command(arguments[0]);
  if (command == nullptr) return no_such_command(arguments[0], is_json_requested(arguments));
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  const bool json = is_json_requested(rest);
  try {
    const auto invocation = parse(*command, rest);
    if (invocation.target()) name_gateway_in_hints(*invocation.target());
    if (invocation.has("help")) return print_help(*command, invocation.operands(), json);
    ProgramLog::instance().begin(invocation);
    return command->run(invocation);
  } catch (const UsageError& error) {
    return usage(error.what(), "See pintle " + command->name + " --help.", json);
  } catch (const Error& error) {
    if (interrupted().stop_requested()) return report_interrupted(json);
    return report(error, json);
  } catch (const std::filesystem::filesystem_error& error) {
    return report(
        Error(Layer::store, printable(error.path1().string()) + ": " + error.code().message()),
        json);
  }
}

}  // namespace

// PINTLE_DEBUGGABLE=1 leaves debuggers and core files to whoever looks for a fault of Pintle.
void keep_memory_private() {
  const char* debuggable = std::getenv("PINTLE_DEBUGGABLE");
  if (debuggable == nullptr || std::string_view(debuggable) != "1") pintle::keep_memory_private();
}

// If descriptor 0, 1 or 2 is closed, the next socket would take its place, and what is printed
// would go to the gateway. Reading from the one, or writing to the other, stays an error.
void fill_closed_descriptors() {
  constexpr int kModes[] = {O_WRONLY, O_RDONLY, O_RDWR};
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", kModes[fd]);
  }
}

Command completion_command() {
  return {
      "completion",
      "SHELL [COMMAND]",
      "Print the shell completion for bash or zsh, or the man page (man)",
      "man with a COMMAND prints the page of that command.",
      {{"folder", "FOLDER", "man: Write the page of pintle and of each command into this folder"}},
      run_completion};
}

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands = {
      probe_command(),   sign_in_command(), sign_out_command(), connect_command(),
      call_command(),    rpc_command(),     ws_url_command(),   serve_command(),
      exec_command(),    add_command(),     list_command(),     use_command(),
      status_command(),  doctor_command(),  sessions_command(), remove_command(),
      plugins_command(), ui_command(),      practice_command(), completion_command()};
  return kCommands;
}

}  // namespace pintle::cli

int main(int argc, char** argv) {
  int code = pintle::cli::kUnexpected;
  try {
    pintle::cli::keep_memory_private();
    pintle::cli::fill_closed_descriptors();
    pintle::cli::watch_interrupts();
    code = pintle::cli::run(std::vector<std::string>(argv + 1, argv + argc));
    code = pintle::cli::ProgramLog::instance().finish(code);
  } catch (const pintle::Error& error) {
    code = pintle::cli::report(error, false);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pintle: unexpected: %s\n", pintle::printable(error.what()).c_str());
  }
  // Not exit(): the destructors and exit handlers of a scheme's library have no part in how the
  // program ends.
  pintle::cli::restore_terminal();
  std::fflush(nullptr);
  if (pintle::cli::is_reader_gone()) pintle::cli::end_by_sigpipe();
  ::_exit(code);
}
