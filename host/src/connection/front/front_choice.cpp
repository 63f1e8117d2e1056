// SPDX-License-Identifier: Apache-2.0
#include "connection/front/front_choice.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>
#include <pintle/core/text/printable.h>

#include "connection/declared_settings.h"
#include "scheme/scheme_instance.h"

namespace pintle {
namespace {

// For one of the keys that the scheme declares.
bool has_value(const loading::SchemeFacts& facts, const std::map<std::string, SecretSource>& inputs,
               const std::map<std::string, std::string>& settings) {
  return std::ranges::any_of(facts.settings, [&](const auto& declared) {
    return inputs.contains(declared.key) || settings.contains(declared.key);
  });
}

Error no_such_front(const std::string& id, const loading::Catalogue& catalogue) {
  std::string known;
  for (const auto& one : front_ids(catalogue)) known += (known.empty() ? "" : ", ") + one;
  return Error(Layer::config, "there is no front scheme \"" + printable(id, 40) +
                                  "\"; available: " + (known.empty() ? "none" : known))
      .with_user_action()
      .with_hint("Name one of those with --front, or omit it to find out which one fits.");
}

}  // namespace

std::vector<std::string> front_ids(const loading::Catalogue& catalogue) {
  std::vector<std::string> ids;
  for (const auto& entry : catalogue.entries()) {
    if (entry.fault.empty() && entry.scheme.front) ids.push_back(entry.scheme.id);
  }
  return ids;
}

// It would send its secret over plain http to another machine.
bool FrontChoice::is_unsafe(const loading::SchemeFacts& facts) const {
  const auto& settings = context_.settings;
  return facts.sends_secret && !settings.allow_plain_http && is_exposed(settings.url);
}

std::unique_ptr<ChosenFront> FrontChoice::make(const loading::Entry& entry,
                                               const loading::Catalogue& catalogue) const {
  const auto& own = context_.settings;
  if (is_unsafe(entry.scheme)) {
    throw plain_http_error("the secret of the front scheme " + entry.scheme.id, own.url);
  }
  auto settings = own;
  settings.scheme = entry.scheme.id;
  settings.inputs = own.front_inputs;
  settings.scheme_settings = own.front_settings;
  check_declared(entry.scheme, catalogue, settings);
  const auto& scheme = context_.host->loader.load(entry);
  auto made = std::make_unique<ChosenFront>(ChosenFront{entry.scheme, std::move(settings)});
  made->transport = std::make_unique<net::Transport>(context_.transport.settings_for(own.url));
  made->transport->use_extra_headers(context_.transport.extra_headers());
  made->origins = std::make_unique<OriginTransports>(*made->transport, made->settings);
  made->sessions = std::make_unique<SessionCache>(
      context_.store, front_session_key(own, entry.scheme.id),
      [&scheme, &settings_of = made->settings](const Secret& session) {
        return std::make_unique<SchemeInstance>(scheme, settings_of, nullptr, session);
      },
      context_.log(), [this] { context_.saved_name.check(); }, context_.session_taken_over);
  return made;
}

std::unique_ptr<ChosenFront> FrontChoice::named() const {
  const auto& id = context_.settings.front;
  const auto catalogue = context_.host->catalogue();
  const auto* entry = catalogue.find(id);
  if (entry == nullptr || !entry->scheme.front) throw no_such_front(id, catalogue);
  return make(*entry, catalogue);
}

const std::vector<loading::Entry>& FrontChoice::fronts() {
  if (!fronts_) {
    fronts_.emplace();
    const auto catalogue = context_.host->catalogue();
    for (const auto& entry : catalogue.entries()) {
      const auto& loader = context_.host->loader;
      if (!entry.fault.empty() || !entry.scheme.front || is_unsafe(entry.scheme)) continue;
      if (loader.refusal(entry.scheme.id).empty()) fronts_->push_back(entry);
    }
  }
  return *fronts_;
}

bool FrontChoice::may_match(const HttpResponse& head) {
  return std::ranges::any_of(fronts(), [&](const loading::Entry& entry) {
    return entry.scheme.front->may_match(head, context_.settings.url);
  });
}

bool ChosenFront::is_given() const {
  return has_value(facts, settings.inputs, settings.scheme_settings);
}

bool FrontChoice::has_credential_for(const loading::SchemeFacts& facts) const {
  const auto& settings = context_.settings;
  const bool is_set = has_value(facts, settings.front_inputs, settings.front_settings);
  if (is_set || !context_.store) return is_set;
  try {
    return context_.store->load(front_session_key(settings, facts.id)).session.has_value();
  } catch (const Error&) {
    return false;  // it is reported when the session is used
  }
}

std::unique_ptr<ChosenFront> FrontChoice::by(const HttpResponse& response) {
  const loading::Entry* best = nullptr;
  const auto rank = [this](const loading::Entry& entry) {
    const auto& facts = entry.scheme;
    return std::make_tuple(!has_credential_for(facts), -facts.score, -facts.strength, facts.id);
  };
  for (const auto& entry : fronts()) {
    if (!entry.scheme.front->match(response, context_.settings.url)) continue;
    if (best == nullptr || rank(entry) < rank(*best)) best = &entry;
  }
  return best == nullptr ? nullptr : make(*best, context_.host->catalogue());
}

}  // namespace pintle
