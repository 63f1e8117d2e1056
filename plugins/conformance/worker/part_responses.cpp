// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "hostile.h"
#include "hostile_text.h"
#include "parts.h"

namespace pintle::conformance {
namespace {

constexpr const char* kPath = "/api/sessions";

// Signs in as the script says. Returns false if it does not.
bool sign_in(Walk& walk) { return walk.run({PINTLE_SIGN_IN, 0}) == Ended::done; }

bool signs_in(const Play& play) {
  const auto& operations = play.scenario.operations;
  return play.finished && std::any_of(operations.begin(), operations.end(),
                                      [](const auto& each) { return each.kind == PINTLE_SIGN_IN; });
}

// A refusal of the credential that another sign-in has replaced says nothing of the new one.
void check_older_credential(Play& play, World& world) {
  Subject subject(play.scheme, world);
  Walk walk(subject, play.scenario, play.base_url);
  if (!walk.open() || !sign_in(walk)) return;
  subject.end();
  if (!subject.decorate(PINTLE_REQUEST_REST, kPath)) return;
  const auto older = subject.decoration.credential;
  const auto older_headers = subject.headers;
  Walk again(subject, play.scenario, play.base_url);
  if (!sign_in(again)) return;
  subject.end();
  if (!subject.decorate(PINTLE_REQUEST_REST, kPath) || subject.headers == older_headers) return;
  if (subject.decoration.credential == older) {
    play.channel.finding(Rule::observing,
                         "another credential has the same number, so that nothing tells which one "
                         "a response refuses");
    return;
  }
  const auto seen = subject.observe(401, {{"Content-Type", "application/json"}},
                                    R"({"detail":"Unauthorized"})", older);
  if ((seen & PINTLE_OBSERVATION_NEEDS_SIGN_IN) != 0) {
    play.channel.finding(Rule::observing,
                         "observe requires a sign-in for a refusal of an older credential");
  }
}

}  // namespace

void play_responses(Play& play) {
  if (!signs_in(play)) return;
  in_case(play, Rule::survives, "observe", "a 401 to an older credential",
          [&](World& world) { check_older_credential(play, world); });
  for (const auto& mutation : mutations_for(PINTLE_NEED_HTTP)) {
    in_case(play, Rule::survives, "observe", mutation.name, [&](World& world) {
      Subject subject(play.scheme, world);
      Walk walk(subject, play.scenario, play.base_url);
      if (!walk.open() || !sign_in(walk)) return;
      subject.end();
      // As if the gateway quoted the request.
      subject.decorate(PINTLE_REQUEST_REST, kPath);
      Step sent;
      sent.http_url = kPath;
      sent.http_headers = subject.headers;
      const auto response =
          mutation.apply({.http_status = 200,
                          .http_headers = {{"Content-Type", "application/json"},
                                           {"Set-Cookie", "session=value; Path=/"}},
                          .http_body = R"({"detail":"text","number":1})"},
                         sent);
      if (response.failure != PINTLE_OK) return;
      for (const auto kind : {PINTLE_REQUEST_REST, PINTLE_REQUEST_UPGRADE}) {
        subject.decorate(kind, kPath);
        subject.observe(response.http_status, response.http_headers, response.http_body,
                        subject.decoration.credential, kind);
      }
      subject.describe();
    });
  }
}

void play_sessions(Play& play) {
  std::string session;
  play.channel.mute(true);
  if (signs_in(play)) {
    World world(play.channel, play.memory, play.program, play.seed);
    Subject subject(play.scheme, world);
    Walk walk(subject, play.scenario, play.base_url);
    if (walk.open() && sign_in(walk)) session = subject.session();
  }
  play.channel.mute(false);
  std::vector<std::pair<std::string, std::string>> stored = hostile_bodies();
  for (const auto& text : hostile_strings()) stored.push_back(text);
  for (std::size_t part = 1; part < 16 && !session.empty(); ++part) {
    stored.emplace_back("cut at " + std::to_string(part) + "/16",
                        session.substr(0, session.size() * part / 16));
    auto flipped = session;
    flipped[session.size() * part / 16] ^= 0x15;
    stored.emplace_back("with another byte at " + std::to_string(part) + "/16", flipped);
  }
  for (const auto& each : stored) {
    in_case(play, Rule::survives, "open", "with a session that is " + each.first,
            [&](World& world) {
              Subject subject(play.scheme, world);
              Walk walk(subject, play.scenario, play.base_url);
              if (!walk.open(each.second)) return;
              subject.describe();
              subject.decorate(PINTLE_REQUEST_REST, kPath);
              walk.run({PINTLE_REFRESH, 0});
              subject.end();
              subject.session();
            });
  }
}

void play_speed(Play& play) {
  if (!signs_in(play)) return;
  in_case(play, Rule::survives, "decorate", "5000 times", [&](World& world) {
    Subject subject(play.scheme, world);
    Walk walk(subject, play.scenario, play.base_url);
    if (!walk.open() || !sign_in(walk)) return;
    subject.end();
    constexpr int kCalls = 200;
    std::array<double, 25> batches{};
    for (auto& batch : batches) batch = subject.time_decorate(kPath, kCalls);
    std::sort(batches.begin(), batches.end());
    const auto median_ns = batches[batches.size() / 2];
    play.channel.measure(static_cast<long long>(median_ns));
    if (median_ns > 10'000) {
      play.channel.finding(Rule::fast, "decorate takes " +
                                           std::to_string(static_cast<long long>(median_ns)) +
                                           " ns, the median of 25 batches");
    }
  });
}

}  // namespace pintle::conformance
