// SPDX-License-Identifier: Apache-2.0
#include "hostile.h"
#include "parts.h"

namespace pintle::conformance {
namespace {

// A host goes on with the auth, whatever came of the operation.
void use(Play& play, Subject& subject) {
  subject.end();
  subject.decorate(PINTLE_REQUEST_REST, "/api/sessions");
  const auto credential = subject.decoration.credential;
  subject.describe();
  subject.observe(200, {{"Content-Type", "application/json"}}, "{}", credential);
  subject.observe(503, {}, "", credential);
  subject.observe(401, {{"Content-Type", "application/json"}}, R"({"detail":"Unauthorized"})",
                  credential);
  const auto session = subject.session();
  Subject second(play.scheme, subject.world());
  if (second.open(play.scenario, play.base_url, session)) second.describe();
}

bool has_sign_in(const Scenario& scenario) {
  for (const auto& operation : scenario.operations) {
    if (operation.kind == PINTLE_SIGN_IN) return true;
  }
  return false;
}

// Lets the need of that number fail. Returns true if its operation has failed then.
bool run_to_failure(Play& play, Walk& walk, std::size_t at) {
  for (const auto& operation : play.scenario.operations) {
    const auto ended =
        walk.run(operation, [&](std::size_t number, const Step&, const Answer& answer) {
          return number < at ? answer
                             : Answer{.failure = PINTLE_LAYER_TCP,
                                      .error_message = "the connection was lost"};
        });
    if (ended == Ended::failed) return walk.subject().has_operation();
    walk.subject().end();
  }
  return false;
}

void check_sign_in_works(Play& play, Subject& subject, Rule rule) {
  Walk again(subject, play.scenario, play.base_url);
  if (again.run({PINTLE_SIGN_IN, 0}) != Ended::done) {
    play.channel.finding(rule, std::string("a sign-in afterwards fails: ") + subject.error.message);
  }
}

void play_mutation(Play& play, std::size_t at, const Mutation& mutation, World& world) {
  Subject subject(play.scheme, world);
  Walk walk(subject, play.scenario, play.base_url);
  if (!walk.open()) return;
  const auto need = play.reached[at].step.need;
  const auto ended = walk.run_all([&](std::size_t number, const Step& step, Answer answer) {
    const bool later = mutation.lasts && number > at && step.need == need;
    return number == at || later ? mutation.apply(std::move(answer), step) : std::move(answer);
  });
  use(play, subject);
  if (ended != Ended::failed || !mutation.is_outage || !play.finished) return;
  if (has_sign_in(play.scenario)) check_sign_in_works(play, subject, Rule::after_the_end);
}

void play_end_at(Play& play, std::size_t at, World& world) {
  Subject subject(play.scheme, world);
  Walk walk(subject, play.scenario, play.base_url);
  if (!walk.open()) return;
  walk.run_all([&](std::size_t number, const Step&, Answer answer) {
    return number == at ? std::nullopt : std::optional<Answer>(std::move(answer));
  });
  subject.describe();
  if (!play.finished || !has_sign_in(play.scenario)) return;
  check_sign_in_works(play, subject, Rule::cancelling);
}

void play_resume_after_failure(Play& play, std::size_t at, World& world) {
  Subject subject(play.scheme, world);
  Walk walk(subject, play.scenario, play.base_url);
  if (!walk.open() || !run_to_failure(play, walk, at)) return;
  if (subject.resume(play.reached[at].answer)) {
    play.channel.finding(Rule::after_the_end, "a resume after a failure succeeds");
  }
}

void play_resume_after_done(Play& play, World& world) {
  Subject subject(play.scheme, world);
  Walk walk(subject, play.scenario, play.base_url);
  if (!walk.open()) return;
  for (const auto& operation : play.scenario.operations) {
    if (walk.run(operation) != Ended::done) return;
    if (subject.resume({})) {
      play.channel.finding(Rule::after_the_end, "a resume of an operation that is done succeeds");
    }
    subject.end();
  }
}

}  // namespace

void play_hostile(Play& play) {
  for (std::size_t at = 0; at < play.reached.size(); ++at) {
    for (const auto& mutation : mutations_for(play.reached[at].step.need)) {
      in_case(play, Rule::survives, play.reached[at].place, mutation.name,
              [&](World& world) { play_mutation(play, at, mutation, world); });
    }
  }
}

void play_endings(Play& play) {
  for (std::size_t at = 0; at < play.reached.size(); ++at) {
    in_case(play, Rule::cancelling, play.reached[at].place, "was ended",
            [&](World& world) { play_end_at(play, at, world); });
    in_case(play, Rule::after_the_end, play.reached[at].place, "resumed after a failure",
            [&](World& world) { play_resume_after_failure(play, at, world); });
  }
  in_case(play, Rule::after_the_end, "every operation", "resumed after it was done",
          [&](World& world) { play_resume_after_done(play, world); });
}

}  // namespace pintle::conformance
