// SPDX-License-Identifier: Apache-2.0
#include "connection/profile_search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>

#include "net/watchdog.h"

namespace pintle {
namespace {

// A browser opens as many connections to one server.
constexpr std::size_t kMaxAtOnce = 6;
constexpr std::size_t kMaxShown = 8;

struct Answer {
  std::optional<HttpResponse> response{};
  std::optional<Error> failure{};  ///< Why there is no response.
};
using AnswersByPath = std::map<std::string, Answer>;

Error too_late(const std::string& path) {
  return Error(Layer::tcp, "the time limit was reached before GET " + path + " was sent")
      .with_retry()
      .with_timeout()
      .with_hint("Allow more time with --timeout, or try again later.");
}

Answer ask(net::Transport& transport, std::string_view prefix, const std::string& path,
           net::ExchangeLimits limits, net::TimePoint deadline) {
  using std::chrono::milliseconds;
  try {
    const auto left = std::chrono::ceil<milliseconds>(deadline - net::Clock::now());
    if (left <= milliseconds(0)) return {.failure = too_late(path)};
    limits.first_byte = limits.total = left;
    return {.response = transport.get_below(prefix, {.target = path}, limits)};
  } catch (const Error& error) {
    return {.failure = error};
  }
}

// Up to kMaxAtOnce at once, and within `limits.total` all of them.
AnswersByPath ask_all(net::Transport& transport, std::string_view prefix,
                      const std::vector<const GatewayProfile*>& profiles,
                      const net::ExchangeLimits& limits) {
  AnswersByPath answers;
  for (const auto* profile : profiles) {
    for (const auto& probe : profile->probes) answers[probe.path];
  }
  std::vector<AnswersByPath::value_type*> left;
  for (auto& answer : answers) left.push_back(&answer);
  const auto deadline = net::Clock::now() + limits.total;
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (auto at = next++; at < left.size(); at = next++) {
      auto& [path, answer] = *left[at];
      answer = ask(transport, prefix, path, limits, deadline);
    }
  };
  std::vector<std::jthread> workers;
  for (std::size_t i = 1; i < std::min(left.size(), kMaxAtOnce); ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return answers;
}

std::optional<ProbeAnswers> recognized(const std::vector<const GatewayProfile*>& profiles,
                                       const AnswersByPath& answers) {
  std::optional<ProbeAnswers> best;
  std::size_t most_rules = 0;
  std::optional<Error> unreadable;
  for (const auto* profile : profiles) {
    for (const auto& probe : profile->probes) {
      const auto& response = answers.at(probe.path).response;
      if (!response || probe.rules.size() <= most_rules) continue;
      try {
        if (!read_by_profile(*profile, probe, *response)) continue;
      } catch (const Error& error) {
        if (!unreadable) unreadable = error;
        continue;
      }
      most_rules = probe.rules.size();
      best = ProbeAnswers{*response, {}, profile->id, probe.path};
    }
  }
  if (!best && unreadable) throw *unreadable;
  return best;
}

// The error of whoever gave an answer that is not that of such a gateway.
Error refusal(const GatewayProfile& profile, const ProbeAnswers& answers, const GatewayUrl& url) {
  const auto path = std::string_view(answers.path).substr(0, answers.path.find('?'));
  auto why = classify_response(answers.status, url, RequestPurpose::public_endpoint, path);
  // The rest says only that another program answered.
  if (why && (why->can_retry() || why->layer() != Layer::protocol)) return *std::move(why);
  return Error(Layer::protocol, "there is no " + profile.name + " gateway at " + url.text())
      .with_user_action()
      .with_hint("Check the port and the path prefix of the URL, or the profile " + profile.id +
                 ".");
}

// A server or a proxy that fails for now. 500 is also how another program answers to a path that it
// does not know.
bool is_not_now(const Error& error) {
  const int status = error.http_status();
  return error.can_retry() && (status == 0 || status == 429 || status >= 502);
}

void add_refusals(const std::vector<const GatewayProfile*>& profiles, const GatewayUrl& url,
                  AnswersByPath& answers, ProfileSearch& search) {
  int most = -1;
  for (const auto* profile : profiles) {
    for (const auto& probe : profile->probes) {
      auto& [response, failure] = answers.at(probe.path);
      if (failure && (!search.failure || (failure->can_retry() && !search.failure->can_retry()))) {
        search.failure = failure;
      }
      if (!response) continue;
      ProbeAnswers refused{*response, {}, profile->id, probe.path};
      const auto why = refusal(*profile, refused, url);
      const int says = is_not_now(why) ? 2 : why.layer() != Layer::protocol ? 1 : 0;
      if (says <= most) continue;
      most = says;
      search.refused = std::move(refused);
      search.is_refused_for_now = says == 2;
    }
  }
}

// Why the answer is not that of such a gateway.
std::string answer_text(const ProfileProbe& probe, const Answer& answer) {
  if (!answer.response) return "no answer";
  const int status = answer.response->status;
  const auto& body = answer.response->body;
  auto text = "HTTP " + std::to_string(status);
  const auto& statuses = probe.statuses;
  if (std::find(statuses.begin(), statuses.end(), status) == statuses.end()) return text;
  if (!is_json(body)) return text + ", not JSON";
  for (const auto& rule : probe.rules) {
    if (holds({rule}, body)) continue;
    const auto at =
        rule.at.empty() ? std::string("the answer") : "\"" + printable(rule.at, 60) + "\"";
    const bool is_there = holds({{rule.at, {}}}, body);
    return text.append(is_there ? ", " + at + " is not " + printable(rule.value, 60)
                                : ", nothing at " + at);
  }
  return text + ", no \"auth_required\"";
}

std::string asked_text(const std::vector<const GatewayProfile*>& profiles,
                       const AnswersByPath& answers) {
  std::string text;
  std::size_t count = 0;
  for (const auto* profile : profiles) {
    if (++count > kMaxShown) {
      return text + " and " + std::to_string(profiles.size() - kMaxShown) + " more";
    }
    text += (text.empty() ? "" : ", ") + profile->id + " (";
    const char* separator = "";
    for (const auto& probe : profile->probes) {
      text += separator + ("GET " + printable(probe.path, 60)) + ": " +
              answer_text(probe, answers.at(probe.path));
      separator = "; ";
    }
    text += ")";
  }
  return text;
}

}  // namespace

ProfileSearch search_by_profiles(net::Transport& transport, const GatewayUrl& url,
                                 const std::vector<const GatewayProfile*>& profiles,
                                 const net::ExchangeLimits& limits) {
  auto answers = ask_all(transport, url.prefix(), profiles, limits);
  if (limits.cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
  ProfileSearch search;
  search.found = recognized(profiles, answers);
  if (!search.found) {
    search.asked = asked_text(profiles, answers);
    add_refusals(profiles, url, answers, search);
  }
  return search;
}

Probe read_by_profile(const GatewayProfile& profile, const ProbeAnswers& answers,
                      const GatewayUrl& url) {
  for (const auto& probe : profile.probes) {
    if (probe.path != answers.path) continue;
    if (auto found = read_by_profile(profile, probe, answers.status)) return std::move(*found);
  }
  throw refusal(profile, answers, url);
}

}  // namespace pintle
