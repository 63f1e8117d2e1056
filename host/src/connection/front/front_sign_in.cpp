// SPDX-License-Identifier: Apache-2.0
//
// Signing in to what stands in front of the gateway: by what the settings give, or by the user.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/intermediary.h>

#include "connection/front/front.h"

namespace pintle {
namespace {

constexpr std::int64_t kMaxLockWaitMs = 30'000;

Error nothing_stands_there() {
  return Error(Layer::config, "nothing stands in front of this gateway")
      .with_user_action()
      .with_hint("Omit --front-only, or name the front with --front.");
}

Error not_accepted(int status) {
  return Error(Layer::access_proxy,
               "what stands in front of the gateway did not accept what was given for it")
      .with_status(status)
      .with_sign_in()
      .with_user_action()
      .with_hint("Sign in to it again.");
}

// A gateway that has moved, and no login page.
bool is_moved(const HttpResponse& response, const std::string& target) {
  const auto location = response.headers.get("Location");
  return location.substr(0, location.find('?')).ends_with(target);
}

}  // namespace

OperationOutcome Front::run(ChosenFront& front, const std::shared_ptr<CurrentInstance>& instance,
                            const OperationArguments& arguments, const std::function<void()>& store,
                            const net::CancelToken& cancel) {
  OperationRunner operation(
      instance->auth(), *front.origins, front.settings, [this] { return context_.now_ms(); },
      store);
  return operation.run(arguments, cancel);
}

// Returns true if it gave another credential than the one that was used.
bool Front::tries(ChosenFront& front, OperationKind kind, const net::FrontPass& used,
                  const net::CancelToken& cancel) {
  try {
    const auto instance = front.sessions->current();
    run(
        front, instance, {.kind = kind}, [&] { front.sessions->store(*instance); }, cancel);
  } catch (const Error& error) {
    if (cancel.stop_requested() || error.can_retry() || error.layer() == Layer::plugin) throw;
    // What cannot be read is an error of the settings, and no missing sign-in.
    if (!error.needs_sign_in() && error.layer() == Layer::config) throw;
    return false;
  }
  if (!is_new(front, used)) return false;
  ++signed_in_;
  context_.log().write(LogLevel::info, "front", "front_renewed", {});
  return true;
}

// Returns true if there is another credential than the one that was used.
bool Front::sign_in_without_user(ChosenFront& front, const net::FrontPass& used,
                                 const net::CancelToken& cancel) {
  const auto arrived = std::chrono::steady_clock::now();
  const auto turn = operations_.take(cancel, context_.settings.request_ms);
  auto& sessions = *front.sessions;
  if (is_new(front, used)) return true;  // another thread was faster
  const bool is_given = front.is_given() || !context_.settings.front.empty();
  // One attempt answers all who waited for it with the same refusal.
  if (used.issuer && failed_issuer_.lock() == used.issuer &&
      failed_credential_ == used.credential && failed_at_ >= arrived) {
    return false;
  }
  const auto lock_ms =
      static_cast<int>(std::min<std::int64_t>(context_.settings.request_ms, kMaxLockWaitMs));
  const auto machine = used.issuer || is_given ? sessions.lock(lock_ms) : nullptr;
  if (sessions.take_over() && is_new(front, used)) return true;  // another process was
  if (!used.issuer && !is_given) return false;
  if (used.issuer && tries(front, OperationKind::refresh, used, cancel)) return true;
  if (tries(front, OperationKind::sign_in, used, cancel)) return true;
  failed_issuer_ = used.issuer;
  failed_credential_ = used.credential;
  failed_at_ = std::chrono::steady_clock::now();
  return false;
}

// Its profile is read from its file.
HttpRequest Front::probe_request() {
  std::call_once(has_target_, [this] {
    target_ = "/api/status";
    const auto& id = context_.settings.profile;
    if (id.empty() || id == kHermesProfile) return;
    const auto profiles = context_.host->profiles();
    const auto* profile = profiles.find(id);
    if (profile != nullptr && !profile->probes.empty()) target_ = profile->probes.front().path;
  });
  return {.target = target_};
}

// As a browser asks: some fronts answer programs with a bare 401.
HttpResponse Front::ask(ChosenFront* front, net::FrontPass& used, const net::CancelToken& cancel) {
  auto request = probe_request();
  request.headers.add("Accept", "*/*");
  auto bounds = context_.limits(cancel);
  bounds.may_repeat = true;
  if (front != nullptr) {
    auto response = front->transport->exchange_as(request, bounds, used.headers);
    observe(*front, used, false, response);
    return response;
  }
  net::Transport direct(context_.transport.settings_for(context_.settings.url));
  direct.use_extra_headers(context_.transport.extra_headers());
  return direct.exchange(request, bounds);
}

bool Front::is_its_answer(const ChosenFront& front, const HttpResponse& response) const {
  return front.matches(response) || intermediary_error(response, context_.settings.url);
}

bool Front::is_refused_now(ChosenFront& front, net::FrontPass& used,
                           const net::CancelToken& cancel) {
  return is_its_answer(front, ask(&front, used, cancel));
}

// Returns true only if it is surely the gateway that answers; one may have no such path.
bool Front::is_let_through(ChosenFront& front, net::FrontPass used,
                           const net::CancelToken& cancel) {
  const auto response = ask(&front, used, cancel);
  if (is_its_answer(front, response)) return false;
  return (response.ok() && !is_web_page(response)) || response.status == 404;
}

void Front::check_accepted(ChosenFront& front, const std::shared_ptr<CurrentInstance>& fresh,
                           const net::CancelToken& cancel) {
  const auto request = probe_request();
  auto decorated =
      fresh->auth().decorate(RequestKind::rest, request.method, request.target, context_.now_ms());
  net::FrontPass given;
  add(front, request, {fresh, std::move(decorated)}, given);
  try {
    const auto response = ask(&front, given, cancel);
    if (front.matches(response) && !is_moved(response, request.target)) {
      throw not_accepted(response.status);
    }
  } catch (const Error& error) {
    if (!error.can_retry()) throw;  // else it could not be checked
  }
}

void Front::sign_in_with_user(ChosenFront& front, const SignInOptions& options, SignInUi& ui,
                              const net::CancelToken& cancel) {
  const auto guard = user_.take(cancel, options.user_timeout_ms);
  const auto fresh = front.sessions->open_anew();
  OperationArguments arguments{
      .kind = OperationKind::sign_in,
      .user = InteractiveUser{
          ui, options.user_timeout_ms, {}, context_.host->options.paths.sessions.parent_path()}};
  if (options.front_only) {
    arguments.method = options.method;
    arguments.user->given = options.given;
  }
  arguments.reaches_gateway = [&](const Secret& cookies) {
    net::FrontPass collected;
    collected.headers.add("Cookie", cookies.reveal());
    try {
      return is_let_through(front, std::move(collected), cancel);
    } catch (const Error& error) {
      if (!error.can_retry()) throw;
      return false;
    }
  };
  const auto& log = context_.log();
  try {
    // Not stored yet: what was typed may be wrong, and the session that is stored may be good.
    run(
        front, fresh, arguments, [] {}, cancel);
    check_accepted(front, fresh, cancel);
    log.write(LogLevel::info, "front", "front_sign_in_finished", {});
  } catch (const Error& error) {
    log.write(LogLevel::warn, "front", "front_sign_in_failed", {}, error);
    throw;
  }
  front.sessions->store(*fresh, SessionCache::Writing::always);
  front.sessions->use_unless_stored(*fresh);
  is_refused_ = false;
  ++signed_in_;
}

bool Front::sign_in(const SignInOptions& options, SignInUi& ui, const std::stop_token& cancel) {
  if (is_off()) {
    if (options.front_only) throw nothing_stands_there();
    return false;
  }
  auto* front = named();
  net::FrontPass used;
  HttpResponse response;
  try {
    used = pass(probe_request(), false, cancel);
    response = ask(front, used, cancel);
    const bool is_fronts =
        may_have_answered(response) && !is_moved(response, probe_request().target);
    if (front == nullptr && is_fronts) front = by(response);
  } catch (const Error& error) {
    if (!options.front_only || front == nullptr) throw;
  }
  if (front == nullptr) {
    if (options.front_only) throw nothing_stands_there();
    return false;
  }
  if (!options.front_only) {
    if (!front->matches(response)) return true;
    if (sign_in_without_user(*front, used, cancel)) {
      if (is_let_through(*front, pass(probe_request(), false, cancel), cancel)) return true;
    }
  }
  sign_in_with_user(*front, options, ui, cancel);
  return true;
}

std::string Front::sign_out(const std::stop_token& cancel) {
  auto* front = chosen();
  if (front == nullptr) return {};
  const auto turn = operations_.take(cancel, context_.settings.request_ms);
  auto& sessions = *front->sessions;
  const auto instance = sessions.current();
  const auto store = [&] { sessions.store(*instance, SessionCache::Writing::always); };
  return run(*front, instance, {.kind = OperationKind::sign_out}, store, cancel).message;
}

}  // namespace pintle
