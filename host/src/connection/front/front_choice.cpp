// SPDX-License-Identifier: Apache-2.0
#include "connection/front/front_choice.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>
#include <pintle/core/text/printable.h>

#include "connection/declared_settings.h"
#include "scheme/scheme_instance.h"

namespace pintle {
namespace {

Error no_such_front(const std::string& id, const loading::Catalogue& catalogue) {
  std::string known;
  for (const auto& entry : catalogue.entries()) {
    if (entry.fault.empty() && entry.scheme.front) {
      known += (known.empty() ? "" : ", ") + entry.scheme.id;
    }
  }
  return Error(Layer::config, "there is no front scheme \"" + printable(id, 40) +
                                  "\"; available: " + (known.empty() ? "none" : known))
      .with_user_action()
      .with_hint("Name one of those with --front, or omit it to find out which one fits.");
}

}  // namespace

std::unique_ptr<ChosenFront> FrontChoice::make(const loading::Entry& entry,
                                               const loading::Catalogue* catalogue) const {
  const auto& own = context_.settings;
  if (entry.scheme.sends_secret && !own.allow_plain_http && is_exposed(own.url)) {
    throw plain_http_error("the secret of the front scheme " + entry.scheme.id, own.url);
  }
  auto settings = own;
  settings.scheme = entry.scheme.id;
  settings.inputs = own.front_inputs;
  settings.scheme_settings = own.front_settings;
  if (catalogue != nullptr) check_declared(entry.scheme, *catalogue, settings);
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
      context_.log(), [this] { context_.saved_name.check(); });
  return made;
}

std::unique_ptr<ChosenFront> FrontChoice::named() const {
  const auto& id = context_.settings.front;
  const auto catalogue = context_.host->catalogue();
  const auto* entry = catalogue.find(id);
  if (entry == nullptr || !entry->scheme.front) throw no_such_front(id, catalogue);
  return make(*entry, &catalogue);
}

const std::vector<loading::Entry>& FrontChoice::fronts() {
  if (!fronts_) {
    fronts_.emplace();
    const auto catalogue = context_.host->catalogue();
    for (const auto& entry : catalogue.entries()) {
      const auto& loader = context_.host->loader;
      if (!entry.fault.empty() || !entry.scheme.front) continue;
      const bool is_unsafe = entry.scheme.sends_secret && !context_.settings.allow_plain_http &&
                             is_exposed(context_.settings.url);
      if (!is_unsafe && loader.refusal(entry.scheme.id).empty()) fronts_->push_back(entry);
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
  return std::ranges::any_of(facts.settings, [&](const auto& declared) {
    return settings.inputs.contains(declared.key) ||
           settings.scheme_settings.contains(declared.key);
  });
}

bool FrontChoice::has_credential_for(const loading::SchemeFacts& facts) const {
  const auto& settings = context_.settings;
  const bool is_set = std::ranges::any_of(facts.settings, [&](const auto& declared) {
    return settings.front_inputs.contains(declared.key) ||
           settings.front_settings.contains(declared.key);
  });
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
  return best == nullptr ? nullptr : make(*best, nullptr);
}

}  // namespace pintle
