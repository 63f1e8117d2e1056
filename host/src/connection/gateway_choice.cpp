// SPDX-License-Identifier: Apache-2.0
#include "connection/gateway_choice.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/printable.h>

#include "connection/declared_settings.h"
#include "connection/profile_search.h"
#include "scheme/scheme_instance.h"

namespace pintle {
namespace {

Probe read_hermes(const ProbeAnswers& answers, const GatewayUrl& url) {
  auto found = read_status(answers.status, url);
  if (found.auth_required) read_providers(answers.providers, url, found);
  return found;
}

// Not a gateway's answer, but one that another kind of gateway can have given.
bool may_be_of_another(const ProbeAnswers& answers, const GatewayUrl& url) {
  try {
    read_hermes(answers, url);
    return false;
  } catch (const Error& error) {
    return may_be_a_page(error);
  }
}

// What is known of a gateway that is not probed.
Probe unprobed(const ConnectionSettings& settings) {
  if (settings.scheme.empty()) {
    throw Error(Layer::config, "without a probe no scheme can be chosen")
        .with_user_action()
        .with_hint("Name one with --scheme, or omit --no-probe.");
  }
  Probe probe;
  if (!settings.profile.empty()) probe.profile = settings.profile;
  return probe;
}

Error no_such_profile(const std::string& id, const loading::Profiles& profiles) {
  std::string known;
  for (const auto& entry : profiles.entries()) {
    if (!entry.fault.empty() && entry.file.filename() == id + ".profile.json") {
      return Error(Layer::config, "the gateway profile \"" + id + "\" is refused: " + entry.fault)
          .with_user_action()
          .with_hint("Mend the file, and check it: pintle plugins check " + entry.file.string());
    }
    if (entry.fault.empty()) known += (known.empty() ? "" : ", ") + entry.profile.id;
  }
  return Error(Layer::config,
               "there is no gateway profile \"" + printable(id, 40) + "\"; available: " + known)
      .with_user_action();
}

Error no_websocket(const GatewayProfile& profile) {
  return Error(Layer::config, "this gateway has no WebSocket (profile " + profile.name + ")")
      .with_user_action()
      .with_hint("Send it REST requests: pintle call.");
}

void log_probe(const Log& log, const GatewayUrl& url, const Probe& found) {
  if (!log.is_on(LogLevel::info)) return;
  log.write(LogLevel::info, "probe", "probe_finished",
            {{"url", safe_text(url.display_text())},
             {"profile", safe_text(printable(found.profile, 40))},
             {"version", safe_text(printable(found.version, 40))},
             {"auth_required", found.auth_required},
             {"providers", found.providers.size()}});
}

bool signs_in_alike(const Probe& one, const Probe& other) {
  return one.profile == other.profile && one.auth_required == other.auth_required &&
         one.providers == other.providers && one.auth_flows == other.auth_flows;
}

}  // namespace

ProbeAnswers GatewayChoice::ask(const GatewayUrl& url, const std::stop_token& cancel,
                                std::optional<std::chrono::milliseconds> limit) {
  auto bounds = context_.limits(cancel);
  if (limit) bounds.total = bounds.first_byte = *limit;
  bounds.body_bytes = kMaxProbeAnswerBytes;
  bounds.may_repeat = true;
  bounds.first_contact = true;
  const auto deadline = net::Clock::now() + bounds.total;
  const auto& named = context_.settings.profile;
  std::optional<ProbeAnswers> answers;
  if (named.empty() || named == kHermesProfile) {
    answers = ask_hermes(url, bounds);
    if (!named.empty() || !may_be_of_another(*answers, url)) return *std::move(answers);
  }
  // Only now, as most gateways are known by then: it reads the plugin folders.
  const auto profiles = context_.host->profiles();
  if (!named.empty() && profiles.find(named) == nullptr) throw no_such_profile(named, profiles);
  std::vector<const GatewayProfile*> others;
  for (const auto& entry : profiles.entries()) {
    const auto& profile = entry.profile;
    const bool is_asked = entry.fault.empty() && (named.empty() || profile.id == named);
    if (is_asked && !profile.is_hermes()) others.push_back(&profile);
  }
  bounds.total =
      std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - net::Clock::now()),
               std::chrono::milliseconds(0));
  auto search = search_by_profiles(context_.transport, url, others, bounds);
  if (search.found) return *std::move(search.found);
  // Without an answer to each of them it may still be one of those gateways.
  if (search.failure && (!answers || search.failure->can_retry())) throw *search.failure;
  keep_asked(url, std::move(search.asked));
  if (answers && !search.is_refused_for_now) return *std::move(answers);
  return std::move(search.refused);
}

ProbeAnswers GatewayChoice::ask_hermes(const GatewayUrl& url, const net::ExchangeLimits& bounds) {
  // At once, so that it costs one round trip; without a gate there is nobody to sign in with, and
  // the second answer says nothing.
  ProbeAnswers answers;
  std::tie(answers.status, answers.providers) = context_.transport.exchange_both(
      {.target = "/api/status"}, {.target = "/api/auth/providers"}, bounds, url.prefix());
  return answers;
}

Probe GatewayChoice::to_probe(const ProbeAnswers& answers, const GatewayUrl& url) const {
  if (answers.profile == kHermesProfile) return read_hermes(answers, url);
  return read_by_profile(*profile_of(answers.profile), answers, url);
}

std::shared_ptr<const GatewayProfile> GatewayChoice::profile_of(const std::string& id) const {
  if (id == kHermesProfile) return {std::shared_ptr<void>(), &GatewayProfile::hermes()};
  const auto profiles = context_.host->profiles();
  const auto* profile = profiles.find(id);
  if (profile == nullptr) throw no_such_profile(id, profiles);
  return std::make_shared<GatewayProfile>(*profile);
}

Probe GatewayChoice::read(const ProbeAnswers& answers, const GatewayUrl& url) {
  try {
    auto found = to_probe(answers, url);
    if (auto* known = cache()) known->keep(url, context_.route, answers, context_.now_ms());
    log_probe(context_.log(), url, found);
    return found;
  } catch (const Error& error) {
    if (auto* known = cache()) known->forget(url);
    if (context_.log().is_on(LogLevel::warn)) {
      context_.log().write(LogLevel::warn, "probe", "probe_failed",
                           {{"url", safe_text(url.display_text())}}, error);
    }
    throw with_asked(error, url);
  }
}

void GatewayChoice::keep_asked(const GatewayUrl& url, std::string text) {
  const MutexLock lock(asked_mutex_);
  asked_ = {url.text(), std::move(text)};
}

// The author of a profile looks for the path or the rule that is wrong.
Error GatewayChoice::with_asked(const Error& error, const GatewayUrl& url) {
  const MutexLock lock(asked_mutex_);
  if (asked_.text.empty() || asked_.url != url.text() || !may_be_a_page(error)) return error;
  auto told = error;
  told.with_hint(error.hint() + (error.hint().empty() ? "" : " ") +
                 "Other profiles that were asked: " + asked_.text + ".");
  return told;
}

// Over plain http any intermediary can impersonate the gateway, a captive portal by accident. A
// fresh probe detects that before a credential is sent.
ProbeCache* GatewayChoice::cache() const {
  const bool is_usable = context_.settings.url.secure() || context_.settings.url.is_loopback();
  return is_usable ? context_.host->options.probe_cache.get() : nullptr;
}

loading::Choice GatewayChoice::choose_for(const Probe& found) {
  return choose_for(found, *profile_of(found.profile), context_.host->catalogue());
}

loading::Choice GatewayChoice::choose_for(const Probe& found, const GatewayProfile& profile,
                                          const loading::Catalogue& catalogue) {
  const loading::ChoicePolicy policy{.named = context_.settings.scheme,
                                     .least_strength = context_.settings.last_strength,
                                     .allow_plain_http = context_.settings.allow_plain_http,
                                     .needs_greeting = profile.ready == ProfileReady::greeting,
                                     .is_unprobed = context_.settings.no_probe};
  return loading::choose(catalogue, context_.host->loader, found, context_.settings.url, policy);
}

loading::Choice GatewayChoice::choose(const std::stop_token& cancel) {
  // Readers of the choice wait for no operation.
  if (const auto* ready = ready_.load(std::memory_order_acquire)) return ready->choice;
  const auto turn = context_.take_operation(cancel);
  return chosen(cancel).choice;
}

loading::Choice GatewayChoice::choose_by(Probe found, const std::stop_token& cancel) {
  const auto turn = context_.take_operation(cancel);
  if (!chosen_) {
    chosen_ = make_chosen(std::move(found));
    ready_.store(chosen_.get(), std::memory_order_release);
  }
  return chosen_->choice;
}

std::unique_ptr<GatewayChoice::Chosen> GatewayChoice::make_chosen(Probe found) {
  auto profile = profile_of(found.profile);
  const auto catalogue = context_.host->catalogue();
  auto choice = choose_for(found, *profile, catalogue);
  check_declared(choice.facts, catalogue, context_.settings);
  auto made =
      std::make_unique<Chosen>(Chosen{std::move(found), std::move(choice), std::move(profile)});
  made->session_cache = std::make_unique<SessionCache>(
      context_.store, session_key_of(context_.settings, made->choice.facts.id),
      [this, from = made.get()](const Secret& session) {
        return std::make_unique<SchemeInstance>(*from->choice.scheme, context_.settings,
                                                context_.settings.no_probe ? nullptr : &from->probe,
                                                session);
      },
      context_.log(), [this] { context_.saved_name.check(); }, context_.session_taken_over);
  return made;
}

// Null if nothing usable is remembered.
std::unique_ptr<GatewayChoice::Chosen> GatewayChoice::choose_from_cache() {
  const auto* known = cache();
  const auto answers = known == nullptr
                           ? std::nullopt
                           : known->find(context_.settings.url, context_.route, context_.now_ms());
  if (!answers) return nullptr;
  try {
    return make_chosen(to_probe(*answers, context_.settings.url));
  } catch (const Error&) {
    return nullptr;  // the gateway may answer differently now
  }
}

void GatewayChoice::log_choice(const Chosen& made) const {
  if (!context_.log().is_on(LogLevel::info)) return;
  context_.log().write(LogLevel::info, "scheme", "scheme_chosen",
                       {{"scheme", safe_text(made.choice.facts.id)},
                        {"library", safe_text(made.choice.where)},
                        {"from_cache", unconfirmed_.load() == &made}});
}

// Under the operation's lock.
GatewayChoice::Chosen& GatewayChoice::chosen(const std::stop_token& cancel) {
  if (!chosen_) {
    if (context_.settings.no_probe) {
      chosen_ = make_chosen(unprobed(context_.settings));
    } else {
      chosen_ = choose_from_cache();
      unconfirmed_.store(chosen_.get(), std::memory_order_release);
      if (!chosen_) chosen_ = make_chosen(probe(cancel));
    }
    log_choice(*chosen_);
    ready_.store(chosen_.get(), std::memory_order_release);
  }
  return *chosen_;
}

SessionCache& GatewayChoice::session_cache(const std::stop_token& cancel) {
  if (auto* ready = ready_.load(std::memory_order_acquire)) return *ready->session_cache;
  const auto turn = context_.take_operation(cancel);
  return *chosen(cancel).session_cache;
}

std::shared_ptr<const GatewayProfile> GatewayChoice::profile(const std::stop_token& cancel) {
  if (const auto* ready = ready_.load(std::memory_order_acquire)) return ready->profile;
  const auto turn = context_.take_operation(cancel);
  return chosen(cancel).profile;
}

std::shared_ptr<const GatewayProfile> GatewayChoice::ws_profile(const std::stop_token& cancel) {
  auto found = profile(cancel);
  if (found->has_websocket) return found;
  confirm(cancel);  // nothing would be sent that shows that the gateway has changed
  found = profile(cancel);
  if (!found->has_websocket) throw no_websocket(*found);
  return found;
}

SessionCache* GatewayChoice::session_cache_if_chosen() const noexcept {
  const auto* ready = ready_.load(std::memory_order_acquire);
  return ready == nullptr ? nullptr : ready->session_cache.get();
}

const GatewayChoice::Chosen* GatewayChoice::unconfirmed(const std::stop_token& cancel) {
  session_cache(cancel);
  return unconfirmed_.load(std::memory_order_acquire);
}

// True if the gateway is another than the one that `based_on` was chosen for: what failed can be
// tried with another scheme. Throws what the probe and the choice throw.
bool GatewayChoice::ask_again(const Chosen& based_on, const std::stop_token& cancel) {
  const auto turn = context_.take_operation(cancel);
  if (chosen_.get() != &based_on) return true;  // another thread found out
  if (unconfirmed_.load(std::memory_order_acquire) == nullptr) return false;
  auto fresh = make_chosen(probe(cancel));
  unconfirmed_.store(nullptr, std::memory_order_release);
  if (signs_in_alike(fresh->probe, chosen_->probe) &&
      fresh->choice.scheme == chosen_->choice.scheme) {
    return false;
  }
  outdated_ = std::exchange(chosen_, std::move(fresh));
  log_choice(*chosen_);
  ready_.store(chosen_.get(), std::memory_order_release);
  return true;
}

void GatewayChoice::confirm(const std::stop_token& cancel) {
  if (const auto* based_on = unconfirmed(cancel)) ask_again(*based_on, cancel);
}

void GatewayChoice::forget_answers() {
  if (auto* known = cache()) known->forget(context_.settings.url);
}

// Signs that the gateway, or an intermediary, has changed.
bool hints_at_change(const HttpResponse& response) {
  const auto type = response.headers.find("Content-Type").value_or("");
  return response.status >= 300 || type.starts_with("text/html");
}

bool hints_at_change(const Error& error) {
  switch (error.layer()) {
    case Layer::dns:
    case Layer::tcp:
    case Layer::proxy:
    case Layer::tls:
    case Layer::store:
      return false;
    default:
      return true;
  }
}

}  // namespace pintle
