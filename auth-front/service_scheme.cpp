// SPDX-License-Identifier: Apache-2.0
#include "service_scheme.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "given.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin

namespace {

constexpr std::array<std::string_view, 5> kKinds = {"cloudflare", "pomerium", "iap", "ngrok",
                                                    "headers"};

}  // namespace

ServiceScheme::ServiceScheme(const Opening& opening)
    : kind_(opening.setting("kind").value_or("")),
      header_(opening.setting("header").value_or("")),
      header2_(opening.setting("header2").value_or("")) {
  if (!kind_.empty() && std::ranges::find(kKinds, kind_) == kKinds.end()) {
    throw Error(Layer::config,
                "the front scheme service has no such kind; it is cloudflare, pomerium, iap, ngrok "
                "or headers")
        .with_user_action()
        .with_hint("Set one of them with --front-set kind=KIND.");
  }
}

ServiceScheme::Kind ServiceScheme::kind_for(const SignIn& how) const {
  if (!kind_.empty()) {
    return static_cast<Kind>(std::ranges::find(kKinds, kind_) - kKinds.begin());
  }
  if (!header_.empty()) return Kind::headers;
  if (how.has("token")) {
    throw Error(Layer::config, "a token for the front of the gateway is given without its kind")
        .with_user_action()
        .with_hint("Add --front-set kind=pomerium or --front-set kind=iap.");
  }
  return Kind::cloudflare;
}

std::vector<ServiceScheme::Wanted> ServiceScheme::wanted_for(Kind kind) const {
  switch (kind) {
    case Kind::cloudflare:
      return {{"CF-Access-Client-Id", "client_id"}, {"CF-Access-Client-Secret", "client_secret"}};
    case Kind::pomerium:
      // Not Authorization, which the gateway may need.
      return {{"X-Pomerium-Authorization", "token"}};
    case Kind::iap:
      return {{"Proxy-Authorization", "token", "Bearer "}};
    case Kind::ngrok:
      return {};
    case Kind::headers:
      break;
  }
  if (header_.empty()) {
    throw Error(Layer::config, "the front scheme service is given no header's name")
        .with_user_action()
        .with_hint("Set it with --front-set header=NAME.");
  }
  std::vector<Wanted> wanted = {{header_, "value"}};
  if (!header2_.empty()) wanted.push_back({header2_, "value2"});
  return wanted;
}

Decoration ServiceScheme::decorate(const Request&, const HeaderSink& headers) const {
  if (sent_.empty()) {
    throw front::missing("service credential",
                         "Provide it, such as with --front-secret-file client_id=FILE and "
                         "--front-secret-file client_secret=FILE.");
  }
  for (const auto& [name, value] : sent_) headers.add(name, value.reveal());
  return {.valid_until_ms = 0, .credential = version_};
}

Task<> ServiceScheme::sign_in(SignIn how) {
  const auto kind = kind_for(how);
  std::vector<std::pair<std::string, Secret>> made;
  if (kind == Kind::ngrok) {
    // It takes any value.
    made.emplace_back("ngrok-skip-browser-warning", Secret("pintle"));
    use(std::move(made));
    co_return;
  }
  const auto wanted = wanted_for(kind);
  auto ask = Ask("What stands in front of the gateway takes the headers of a service account.");
  for (const auto& one : wanted) ask = std::move(ask).secret(one.key, one.header + " (front)");
  auto answer = co_await std::move(ask);
  for (const auto& one : wanted) {
    const auto given = front::take_secret(answer, one.key);
    std::string value;
    value.reserve(one.prefix.size() + given.reveal().size());
    value.append(one.prefix).append(given.reveal());
    made.emplace_back(one.header, Secret::take(value));
  }
  use(std::move(made));
}

void ServiceScheme::use(std::vector<std::pair<std::string, Secret>> made) {
  const bool is_same = std::ranges::equal(made, sent_, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.equals(other.second);
  });
  if (!is_same) ++version_;
  sent_ = std::move(made);
}

Task<WsUrl> ServiceScheme::resolve_ws_url(WsTarget) {
  throw front::no_websocket();
  co_return WsUrl();
}

Task<std::string> ServiceScheme::sign_out() {
  sent_.clear();
  ++version_;
  co_return std::string();
}

void ServiceScheme::describe(const FactSink& sink) const {
  std::string names;
  for (const auto& sent : sent_) names += (names.empty() ? "" : ", ") + sent.first;
  if (!names.empty()) sink.add("credential", names);
}

}  // namespace pintle
