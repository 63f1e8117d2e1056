// SPDX-License-Identifier: Apache-2.0
#include "hostile.h"
#include "parts.h"

namespace pintle::conformance {
namespace {

std::vector<std::string> texts_of(const std::vector<Reached>& reached) {
  std::vector<std::string> texts;
  texts.reserve(reached.size());
  for (const auto& each : reached) texts.push_back(text_of(each.step));
  return texts;
}

void compare(Play& play, const std::vector<Reached>& steps, const std::string& what) {
  const auto first = texts_of(play.reached);
  const auto second = texts_of(steps);
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (i < second.size() && first[i] == second[i]) continue;
    play.channel.finding(Rule::deterministic, what + ": another step at " + play.reached[i].place);
    return;
  }
}

// One random call after the other, on one of two auths.
class RandomOrder {
 public:
  RandomOrder(Play& play, World& world, std::uint64_t seed)
      : play_(play), world_(world), numbers_(seed) {}

  void run() {
    Subject first(play_.scheme, world_);
    Subject second(play_.scheme, world_);
    Walk first_walk(first, play_.scenario, play_.base_url);
    Walk second_walk(second, play_.scenario, play_.base_url);
    if (!first_walk.open() || !second_walk.open()) return;
    for (int calls = 0; calls < 80; ++calls)
      call(numbers_.below(4) != 0 ? first_walk : second_walk);
  }

 private:
  void call(Walk& walk) {
    auto& subject = walk.subject();
    world_.now_ms +=
        static_cast<std::int64_t>(numbers_.below(2) == 0 ? 0 : numbers_.below(2'000'000));
    switch (numbers_.below(8)) {
      case 0:
      case 1:
        if (subject.decorate(kind(), "/api/sessions"))
          credentials_.push_back(subject.decoration.credential);
        break;
      case 2:
        observe(subject);
        break;
      case 3:
        subject.describe();
        break;
      case 4:
        if (numbers_.below(6) == 0) walk.open(subject.session());
        break;
      default:
        operate(walk);
    }
  }

  std::uint32_t kind() {
    return numbers_.below(3) == 0 ? PINTLE_REQUEST_UPGRADE : PINTLE_REQUEST_REST;
  }

  void observe(Subject& subject) {
    const auto& mutations = mutations_for(PINTLE_NEED_HTTP);
    const auto response = mutations[numbers_.below(mutations.size())].apply(
        {.http_status = 200,
         .http_headers = {{"Content-Type", "application/json"}},
         .http_body = "{\"detail\":\"Unauthorized\"}"},
        {});
    const auto credential = credentials_.empty() || numbers_.below(5) == 0
                                ? numbers_.next()
                                : credentials_[numbers_.below(credentials_.size())];
    subject.observe(response.http_status, response.http_headers, response.http_body, credential,
                    kind());
  }

  void operate(Walk& walk) {
    const bool greets = (play_.scheme.flags & PINTLE_SCHEME_GREETS) != 0;
    const auto operation =
        static_cast<std::uint32_t>(PINTLE_SIGN_IN + numbers_.below(greets ? 5 : 4));
    const auto hostile = numbers_.below(4);  // which of its needs gets a hostile answer
    std::size_t needs = 0;
    walk.run({operation, 0},
             [&](std::size_t, const Step& step, Answer answer) -> std::optional<Answer> {
               if (numbers_.below(12) == 0) return std::nullopt;
               if (needs++ != hostile) return answer;
               const auto& mutations = mutations_for(step.need);
               return mutations[numbers_.below(mutations.size())].apply(std::move(answer), step);
             });
    walk.subject().end();
  }

  Play& play_;
  World& world_;
  Numbers numbers_;
  std::vector<std::uint64_t> credentials_;
};

}  // namespace

void play_repetition(Play& play) {
  in_case(play, Rule::deterministic, "every operation", "played once more", [&](World& world) {
    Subject subject(play.scheme, world);
    Walk walk(subject, play.scenario, play.base_url);
    if (!walk.open()) return;
    walk.run_all();
    compare(play, walk.reached(), "the same answers lead elsewhere");
  });
  in_case(play, Rule::deterministic, "every operation", "beside another auth", [&](World& world) {
    World elsewhere(play.channel, play.memory, play.program, play.seed + 1);
    Subject subject(play.scheme, world);
    Subject other(play.scheme, elsewhere);
    Walk walk(subject, play.scenario, play.base_url);
    Walk other_walk(other, play.scenario, play.base_url);
    if (!walk.open() || !other_walk.open()) return;
    std::size_t turn = 0;
    walk.run_all([&](std::size_t, const Step&, Answer answer) {
      const auto& operations = play.scenario.operations;
      other_walk.run(operations[turn++ % operations.size()]);
      other.end();
      return answer;
    });
    compare(play, walk.reached(), "another auth changes what this one does");
  });
}

void play_random(Play& play, std::uint64_t seed) {
  in_case(play, Rule::survives, "random order", "seed " + std::to_string(seed),
          [&](World& world) { RandomOrder(play, world, seed).run(); });
}

}  // namespace pintle::conformance
