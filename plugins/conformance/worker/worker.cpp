// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <pintle/conformance/worker.h>
#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/loading/library.h>
#include <pintle/loading/load_check.h>

#include "parts.h"

namespace pintle::conformance {
namespace {

constexpr int kChannelFd = 3;
constexpr std::size_t kMaxScript = 1 << 20;

struct Arguments {
  std::string file;
  Script script;
  std::uint64_t seed = 1;
  int seeds = 0;
  int first_scenario = 0;
  int first_case = 0;
  bool memory_only = false;
};

template <class Number>
Number number_of(std::string_view text) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) {
    throw Error(Layer::config, "an argument is no number");
  }
  return number;
}

Arguments read(char** argv) {
  Arguments arguments;
  arguments.file = argv[1];
  if (std::string_view(argv[2]) == "-") {
    arguments.script = default_script();
  } else {
    const auto text = read_file(argv[2], kMaxScript);
    if (!text) throw Error(Layer::config, "there is no script");
    arguments.script = parse_script(*text);
  }
  arguments.seed = number_of<std::uint64_t>(argv[3]);
  arguments.seeds = number_of<int>(argv[4]);
  arguments.first_scenario = number_of<int>(argv[5]);
  arguments.first_case = number_of<int>(argv[6]);
  arguments.memory_only = std::string_view(argv[7]) == "memory";
  return arguments;
}

void play_all(Play& play, const Arguments& arguments) {
  play_as_scripted(play);
  if (play.reached.empty() && !play.finished) return;  // it cannot even be opened
  if (arguments.memory_only) {
    play_endings(play);
    play_sessions(play);
    return;
  }
  if (play.program == nullptr) {
    play_layouts(play);
  } else {
    play_nothing_given(play);
  }
  play_repetition(play);
  if (play.program == nullptr) play_speed(play);
  play_endings(play);
  play_responses(play);
  play_sessions(play);
  for (int i = 0; i < arguments.seeds; ++i) {
    play_random(play, arguments.seed + static_cast<std::uint64_t>(i));
  }
  play_hostile(play);
}

// A library in this process, or a program beside it.
struct Opened {
  const pintle_plugin_table* table = nullptr;
  std::optional<StartedProgram> program{};
};

Opened open(const Arguments& arguments, const StartProgram& start_program) {
  if (arguments.file.ends_with(".so")) {
    // As in a host: OpenSSL, which a scheme may use, has read its configuration.
    loading::digest_of(arguments.file);
    return {&loading::open_library(arguments.file)};
  }
  Opened opened{.program = start_program(arguments.file)};
  opened.table = opened.program->table.get();
  return opened;
}

void run(const Arguments& arguments, Channel& channel, const StartProgram& start_program) {
  const auto opened = open(arguments, start_program);
  const auto& table = *opened.table;
  if (opened.program) {
    channel.note(
        "not for a program: R4, R5, R6 and R23 (memory), R8 (the host sees to it), R18, R21");
  }
  Memory memory(channel.fd());
  std::optional<Sandbox> sandbox;
  // Not with a program: the host's own I/O with it would be noticed.
  if (!arguments.memory_only && !opened.program) sandbox.emplace(channel);
  int number = 0;
  for (std::size_t i = 0; i < table.scheme_count; ++i) {
    const auto& scheme = *table.schemes[i];
    for (const auto& scenario : arguments.script.scenarios) {
      const auto its = number++;
      if (its < arguments.first_scenario) continue;
      Play play{scheme,
                scenario,
                arguments.script.base_url,
                channel,
                memory,
                sandbox ? &*sandbox : nullptr,
                opened.program ? &*opened.program : nullptr};
      play.prefix = scenario.name + ": ";
      if (table.scheme_count > 1) {
        play.prefix = std::string(scheme.id.data, scheme.id.size) + ", " + play.prefix;
      }
      play.seed = arguments.seed;
      play.is_default = arguments.script.is_default;
      channel.scenario(its, its == arguments.first_scenario ? arguments.first_case : 0);
      play_all(play, arguments);
    }
  }
}

}  // namespace

int run_worker(int argc, char** argv, const StartProgram& start_program) {
  if (argc != 8) {
    std::fputs("pintle-scheme-test is started by: pintle plugins test FILE\n", stderr);
    return 2;
  }
  if (!Channel::read_mark(kChannelFd)) return 2;
  try {
    const auto arguments = read(argv);
    Channel channel(kChannelFd);
    run(arguments, channel, start_program);
    channel.end();
    if (arguments.memory_only) return 0;  // as usual, so that valgrind looks for leaks
  } catch (const Error& error) {
    Channel(kChannelFd).note(std::string("the test cannot be run: ") + error.message());
    ::_exit(1);
  }
  // Not exit(): the library's own destructors must not affect the verdict.
  ::_exit(0);
}

}  // namespace pintle::conformance
