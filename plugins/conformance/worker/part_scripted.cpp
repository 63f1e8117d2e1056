// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "parts.h"

namespace pintle::conformance {
namespace {

constexpr std::uint32_t kUnknownOperation = 99;

// Without a credential, decorate asks for one.
void check_unsigned(Subject& subject) {
  if (subject.decorate(PINTLE_REQUEST_REST, "/api/sessions")) return;
  if ((subject.error.flags & PINTLE_ERROR_SIGN_IN) == 0) {
    subject.world().channel.finding(
        Rule::results, "decorate fails without a credential, and does not ask for a sign-in");
  }
}

std::string shown(const Fields& facts) {
  std::string all;
  for (const auto& [key, text] : facts) all.append(key).append("=").append(text).append("\n");
  return all;
}

// What another process would find: it opens the stored session.
void check_round_trip(Play& play, Subject& subject) {
  const auto session = subject.session();
  if (session.empty()) return;
  auto& world = subject.world();
  if (subject.session() != session) {
    world.channel.finding(Rule::session, "session() gives other bytes the second time");
  }
  const auto before = shown(subject.describe());
  Subject second(play.scheme, world);
  if (!second.open(play.scenario, play.base_url, session)) {
    world.channel.finding(Rule::session, "open refuses the bytes of session()");
    return;
  }
  if (shown(second.describe()) != before) {
    world.channel.finding(Rule::session,
                          "an auth opened with session() describes itself otherwise");
  }
  const bool had = subject.decorate(PINTLE_REQUEST_REST, "/api/sessions");
  const bool has = second.decorate(PINTLE_REQUEST_REST, "/api/sessions");
  const bool signs = (play.scheme.flags & PINTLE_SCHEME_SIGNS) != 0;  // then the time is in it
  if (had != has || (!signs && subject.headers != second.headers)) {
    world.channel.finding(Rule::session, "an auth opened with session() decorates otherwise");
  }
}

void check_unknown_operation(Subject& subject) {
  if (subject.begin({kUnknownOperation})) {
    subject.world().channel.finding(Rule::results, "begin accepts an unknown operation");
  }
  subject.end();
}

void check_operation(Play& play, Walk& walk, const ScriptOperation& operation) {
  if (operation.kind != PINTLE_SIGN_IN) return;
  auto& subject = walk.subject();
  subject.describe();
  subject.decorate(PINTLE_REQUEST_UPGRADE, "/api/ws");
  check_round_trip(play, subject);
}

void check_greets(Play& play) {
  const auto& operations = play.scenario.operations;
  const bool is_played = std::any_of(operations.begin(), operations.end(),
                                     [](const auto& each) { return each.kind == PINTLE_GREET; });
  if ((play.scheme.flags & PINTLE_SCHEME_GREETS) != 0 && !is_played) {
    play.channel.note(play.prefix + "its greeting is not tested: add \"greet\" to \"operations\"");
  }
}

// All operations; `tells` reports a script that leads nowhere.
bool run_scripted(Play& play, Walk& walk, bool tells) {
  for (const auto& operation : play.scenario.operations) {
    const auto ended = walk.run(operation);
    if (ended == Ended::done) {
      if (tells) check_operation(play, walk, operation);
      walk.subject().end();
      continue;
    }
    auto& subject = walk.subject();
    const auto why = name_of_operation(operation.kind) + " is not done: " + subject.error.message;
    if (tells && play.is_default) play.channel.note(play.prefix + why + " (give a --script)");
    if (tells && !play.is_default) play.channel.finding(Rule::script, why);
    subject.end();
    return false;
  }
  return true;
}

}  // namespace

void in_case(Play& play, Rule fatal, const std::string& place, const std::string& variant,
             const std::function<void(World&)>& body) {
  if (!play.channel.begin(fatal, play.prefix + place, variant)) return;
  World world(play.channel, play.memory, play.program, play.seed);
  body(world);
  if (play.sandbox != nullptr) play.sandbox->check();
}

void play_as_scripted(Play& play) {
  in_case(play, Rule::survives, "as scripted", "", [&](World& world) {
    Subject subject(play.scheme, world);
    Walk walk(subject, play.scenario, play.base_url);
    subject.match(play.scenario, play.base_url);
    if (!walk.open()) {
      play.channel.finding(Rule::script, std::string("open failed: ") + subject.error.message);
      return;
    }
    subject.describe();
    check_unsigned(subject);
    check_unknown_operation(subject);
    check_greets(play);
    run_scripted(play, walk, true);
  });
  // The same without a case of its own: an earlier worker may have done that one.
  play.channel.mute(true);
  {
    World world(play.channel, play.memory, play.program, play.seed);
    Subject subject(play.scheme, world);
    Walk walk(subject, play.scenario, play.base_url);
    play.finished = walk.open() && run_scripted(play, walk, false);
    play.reached = walk.reached();
  }
  play.channel.mute(false);
}

}  // namespace pintle::conformance
