// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "parts.h"

namespace pintle::conformance {
namespace {

void play_with(Play& play, World& world, Rule rule, const std::string& otherwise) {
  Subject subject(play.scheme, world);
  Walk walk(subject, play.scenario, play.base_url);
  subject.match(play.scenario, play.base_url);
  const bool done = walk.open() && walk.run_all() == Ended::done;
  if (!done && play.finished && !otherwise.empty()) play.channel.finding(rule, otherwise);
  if (subject.is_open()) subject.describe();
}

// With 8 bytes of each struct: too small even for 1.0. Only what lies beyond must not be touched.
void play_too_small(Play& play) {
  struct Function {
    const char* name;
    void (*call)(Walk&, const Play&);
  };
  constexpr std::array kFunctions = {
      Function{
          "match",
          [](Walk& walk, const Play& from) { walk.subject().match(from.scenario, from.base_url); }},
      Function{"open", [](Walk& walk, const Play&) { walk.open(); }},
      Function{"decorate",
               [](Walk& walk, const Play&) {
                 walk.subject().decorate(PINTLE_REQUEST_REST, "/api/sessions");
               }},
      Function{"observe",
               [](Walk& walk, const Play&) {
                 walk.subject().observe(401, {}, "", walk.subject().decoration.credential);
               }},
      Function{"begin",
               [](Walk& walk, const Play&) {
                 walk.subject().begin({PINTLE_SIGN_IN, PINTLE_MAY_ASK});
               }},
      Function{"resume",
               [](Walk& walk, const Play&) { walk.subject().resume(walk.scripted_answer()); }},
  };
  for (const auto& function : kFunctions) {
    in_case(play, Rule::sizes, function.name, "with structs of 8 bytes", [&](World& world) {
      Subject subject(play.scheme, world);
      Walk walk(subject, play.scenario, play.base_url);
      if (!walk.open()) return;
      const bool is_resume = std::string_view(function.name) == "resume";
      if (is_resume && !subject.begin({PINTLE_SIGN_IN, PINTLE_MAY_ASK})) return;
      world.too_small = true;
      function.call(walk, play);
      world.too_small = false;
    });
  }
}

// Nothing but what must be there.
void play_empty(Play& play, World& world) {
  Scenario scenario;
  scenario.probe = {
      .auth_required = play.scenario.probe.auth_required, .status_json = "", .profile = ""};
  scenario.operations = play.scenario.operations;
  Subject subject(play.scheme, world);
  Walk walk(subject, scenario, play.base_url);
  subject.match(scenario, play.base_url);
  for (const bool has_probe : {true, false}) {
    scenario.has_probe = has_probe;
    if (!walk.open()) return;
    walk.run_all([](std::size_t, const Step& step, const Answer&) {
      Answer empty;
      empty.http_status = step.need == PINTLE_NEED_HTTP ? 200 : 0;
      empty.http_headers = {{"", ""}, {"Content-Type", ""}};
      empty.fields.assign(step.inputs.size() + step.browser_cookies.size(), {"", ""});
      empty.expires_ms.assign(empty.fields.size(), 0);
      empty.sources.assign(empty.fields.size(), "");
      return empty;
    });
    subject.end();
    subject.decorate(PINTLE_REQUEST_REST, "");
    subject.observe(401, {{"", ""}}, "", subject.decoration.credential);
    subject.describe();
  }
}

}  // namespace

void play_nothing_given(Play& play) {
  in_case(play, Rule::survives, "every call", "with empty texts and without a probe",
          [&](World& world) { play_empty(play, world); });
}

void play_layouts(Play& play) {
  in_case(play, Rule::sizes, "every call", "with the structs of 1.0", [&](World& world) {
    world.sizes = Sizes::v1_0;
    play_with(play, world, Rule::sizes, "");  // it works, or is refused
  });
  in_case(play, Rule::sizes, "every call", "with the structs of a later minor", [&](World& world) {
    world.sizes = Sizes::larger;
    play_with(play, world, Rule::sizes, "it does not work with larger structs");
  });
  play_too_small(play);
  for (const auto empty : {Memory::Empty::null, Memory::Empty::nowhere}) {
    const auto* variant =
        empty == Memory::Empty::null ? "with null views" : "with empty views that point nowhere";
    in_case(play, Rule::views, "every call", variant, [&](World& world) {
      play.memory.set_empty(empty);
      play_empty(play, world);
      play_with(play, world, Rule::views, "");
      play.memory.set_empty(Memory::Empty::readable);
    });
  }
  in_case(play, Rule::borrowed, "every call", "with input that is gone after the call",
          [&](World& world) {
            world.unmaps_input = true;
            play_with(play, world, Rule::borrowed, "it does not work if its input is gone");
            play.memory.restore();
          });
}

}  // namespace pintle::conformance
