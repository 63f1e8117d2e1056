// SPDX-License-Identifier: Apache-2.0
//
// The signed-in user of a connection, signing in and signing out.

#include <exception>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>

#include "connection/connection_context.h"
#include "connection/connection_impl.h"
#include "connection/front/front_choice.h"

namespace pintle {
namespace {

// Also of those that were not chosen in this process.
void forget_fronts(const ConnectionContext& context) {
  if (!context.store) return;
  for (const auto& id : front_ids(context.host->catalogue())) {
    context.store->erase(front_session_key(context.settings, id));
  }
}

}  // namespace

// Describes the current session: nothing is renewed, and nothing is sent.
SignInFacts Connection::Impl::facts(const std::stop_token& cancel) {
  auto& sessions = gateway_.session_cache(cancel);
  // Once more, as the store may be back.
  if (sessions.unread()) sessions.take_over();
  if (const auto unread = sessions.unread()) throw *unread;
  auto instance = sessions.current();
  SignInFacts made;
  made.scheme = instance->auth().scheme_id();
  const auto look = [&] {
    const auto decorated =
        instance->auth().decorate(RequestKind::rest, "GET", "/api/status", context_.now_ms());
    instance->check_latch(decorated.credential);
    made.signed_in = true;
  };
  try {
    try {
      look();
    } catch (const Error& error) {
      if (!error.needs_sign_in() || context_.settings.inputs.empty()) throw;
      credentials_.run(instance, {.kind = OperationKind::sign_in, .local_only = true}, cancel,
                       SessionCache::Writing::unless_newer);
      instance = sessions.current();
      look();
    }
  } catch (const Error& error) {
    if (!error.needs_sign_in() && error.layer() != Layer::config) throw;
    made.facts.emplace("why", error.message());
  }
  for (auto& [key, value] : instance->auth().describe()) made.facts.emplace(key, std::move(value));
  for (auto& fact : made.facts) fact.second = secrets().hide(std::move(fact.second));
  if (!instance->auth().session().empty()) made.kept_in = sessions.where();
  return made;
}

// On an auth of its own, so that nobody who has a live credential waits for a user. It is stored
// and used whatever another process stored meanwhile: the user was asked here.
SignInFacts Connection::Impl::sign_in(const SignInOptions& options, SignInUi& ui,
                                      const std::stop_token& cancel) {
  front_.sign_in(options, ui, cancel);
  if (options.front_only) {
    watch_.credential_changed();
    auto front = front_.facts();
    return {std::move(front.scheme), front.signed_in, std::move(front.facts),
            std::move(front.kept_in)};
  }
  gateway_.confirm(cancel);  // its offer may have changed
  auto& sessions = gateway_.session_cache(cancel);
  const auto guard = sign_in_.take(cancel, options.user_timeout_ms);
  const auto fresh = sessions.open_anew();
  OperationRunner operation(
      fresh->auth(), context_.origins, context_.settings, [this] { return context_.now_ms(); },
      [&] { sessions.store(*fresh, SessionCache::Writing::always); });
  const auto& log = context_.log();
  try {
    operation.run({.kind = OperationKind::sign_in,
                   .method = options.method,
                   .provider = options.provider,
                   .user = InteractiveUser{ui, options.user_timeout_ms, options.given,
                                           context_.host->options.paths.sessions.parent_path(),
                                           [this] { return front_.cookies(); }}},
                  cancel);
    log.write(LogLevel::info, "sign_in", "sign_in_finished", {});
  } catch (const Error& error) {
    log.write(LogLevel::warn, "sign_in", "sign_in_failed", {}, error);
    throw;
  }
  sessions.use_unless_stored(*fresh);
  watch_.credential_changed();
  return facts(cancel);
}

std::string Connection::Impl::sign_out(const std::stop_token& cancel) {
  context_.log().write(LogLevel::info, "sign_in", "signing_out", {});
  std::string stays_valid;
  std::exception_ptr failed;
  const auto end = [&](const auto& session) {
    try {
      const auto message = session();
      if (!message.empty()) stays_valid += (stays_valid.empty() ? "" : " ") + message;
    } catch (const Error&) {
      if (!failed) failed = std::current_exception();
    }
  };
  // The gateway first: it may be told only through its front. Each ends even if the other cannot.
  end([&] {
    return gateway_.is_chosen() ? sign_out_of_chosen(cancel) : sign_out_of_stored(cancel);
  });
  end([&] { return front_.sign_out(cancel); });
  end([&] {
    forget_fronts(context_);
    front_.take_over();
    return std::string();
  });
  if (failed) std::rethrow_exception(failed);
  return stays_valid;
}

std::string Connection::Impl::sign_out_of_chosen(const std::stop_token& cancel) {
  auto& sessions = gateway_.session_cache(cancel);
  try {
    return credentials_
        .run(sessions.current(), {.kind = OperationKind::sign_out}, cancel,
             SessionCache::Writing::always)
        .message;
  } catch (const Error&) {
    // The session must be gone here after a sign-out, even if a step failed.
    if (context_.store) {
      context_.store->erase(
          session_key_of(context_.settings, sessions.current()->auth().scheme_id()));
      sessions.take_over();
    }
    throw;
  }
}

}  // namespace pintle
