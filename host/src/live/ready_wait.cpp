// SPDX-License-Identifier: Apache-2.0
#include "live/ready_wait.h"

#include <simdjson.h>

#include <pintle/core/base/layer.h>
#include <pintle/core/text/printable.h>

namespace pintle::live {
namespace {

constexpr std::size_t kMaxKept = std::size_t{64} * 1024;
constexpr std::size_t kMaxShown = 60;

std::string place(const ProfileRule& rule) {
  return rule.at.empty() ? "as a whole" : "at \"" + printable(rule.at, kMaxShown) + "\"";
}

std::string awaited(const std::vector<ProfileRule>& rules) {
  std::string text;
  for (const auto& rule : rules) {
    text += text.empty() ? "a message with " : " and ";
    text += (rule.value.empty() ? "a value" : printable(rule.value, kMaxShown)) + " " + place(rule);
  }
  return text;
}

// What the message has where the first rule that does not hold looks.
std::string found_in(const std::string& json, const std::vector<ProfileRule>& rules,
                     const KnownSecrets& secrets) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (json.empty() || parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) {
    return "is not JSON, or too long";
  }
  for (const auto& rule : rules) {
    if (holds({rule}, json)) continue;
    simdjson::dom::element value;
    if (root.at_pointer(rule.at).get(value) != simdjson::SUCCESS)
      return "has nothing " + place(rule);
    return "has " + printable(secrets.hide(simdjson::minify(value)), kMaxShown) + " " + place(rule);
  }
  return "came too late";
}

}  // namespace

void ReadyWait::received(std::string_view text) {
  ++count_;
  last_ = text.size() <= kMaxKept ? text : std::string_view();
}

Error ReadyWait::timed_out(const GatewayProfile& profile, const KnownSecrets& secrets) const {
  const auto& rules = profile.ready_message;
  const auto came = count_ == 0
                        ? std::string("no message came")
                        : (count_ == 1 ? "one message came, which "
                                       : std::to_string(count_) + " messages came; the last ") +
                              found_in(last_, rules, secrets);
  return Error(Layer::websocket,
               "the gateway did not say within " + std::to_string(profile.ready_wait_ms) +
                   " ms that it is ready: awaited was " + awaited(rules) + ", but " + came)
      .with_retry()
      .with_hint("Compare \"ready\" of the profile " + profile.id +
                 " with the first messages of the gateway.");
}

}  // namespace pintle::live
