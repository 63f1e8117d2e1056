// SPDX-License-Identifier: Apache-2.0
#include "connection/profile_search.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include <pintle/core/base/error.h>

namespace pintle {
namespace {

// A browser opens as many connections to one server.
constexpr std::size_t kMaxAtOnce = 6;

using AnswersByPath = std::map<std::string, std::optional<HttpResponse>>;

AnswersByPath ask_all(net::Transport& transport, std::string_view prefix,
                      const std::vector<const GatewayProfile*>& profiles,
                      const net::ExchangeLimits& limits) {
  AnswersByPath answers;
  for (const auto* profile : profiles) {
    for (const auto& probe : profile->probes) answers[probe.path];
  }
  std::vector<AnswersByPath::value_type*> left;
  for (auto& answer : answers) left.push_back(&answer);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (auto at = next++; at < left.size(); at = next++) {
      try {
        left[at]->second = transport.get_below(prefix, {.target = left[at]->first}, limits);
      } catch (const Error&) {
        // No answer: no profile recognizes it.
      }
    }
  };
  std::vector<std::jthread> workers;
  for (std::size_t i = 1; i < std::min(left.size(), kMaxAtOnce); ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return answers;
}

}  // namespace

std::optional<ProbeAnswers> search_by_profiles(net::Transport& transport, std::string_view prefix,
                                               const std::vector<const GatewayProfile*>& profiles,
                                               const net::ExchangeLimits& limits) {
  auto answers = ask_all(transport, prefix, profiles, limits);
  if (limits.cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
  std::optional<ProbeAnswers> best;
  std::size_t most_rules = 0;
  std::optional<Error> unreadable;
  for (const auto* profile : profiles) {
    for (const auto& probe : profile->probes) {
      const auto& answer = answers[probe.path];
      if (!answer || probe.rules.size() <= most_rules) continue;
      try {
        if (!read_by_profile(*profile, probe, *answer)) continue;
      } catch (const Error& error) {
        if (!unreadable) unreadable = error;
        continue;
      }
      most_rules = probe.rules.size();
      best = ProbeAnswers{*answer, {}, profile->id, probe.path};
    }
  }
  if (!best && unreadable) throw *unreadable;
  return best;
}

Probe read_by_profile(const GatewayProfile& profile, const ProbeAnswers& answers) {
  for (const auto& probe : profile.probes) {
    if (probe.path != answers.path) continue;
    if (auto found = read_by_profile(profile, probe, answers.status)) return std::move(*found);
  }
  throw Error(Layer::protocol,
              "the answer to " + answers.path + " is not that of a " + profile.name + " gateway");
}

}  // namespace pintle
