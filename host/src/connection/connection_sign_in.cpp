// SPDX-License-Identifier: Apache-2.0
//
// The signed-in user of a connection, signing in and signing out.

#include <utility>

#include <pintle/core/base/error.h>

#include "connection/connection_impl.h"

namespace pintle {

// Describes the current session: nothing is renewed, and nothing is sent.
SignInFacts Connection::Impl::facts(const std::stop_token& cancel) {
  auto& keep = gateway_.keeper(cancel);
  auto held = keep.held();
  SignInFacts made;
  made.scheme = held->auth().scheme_id();
  const auto look = [&] {
    const auto decorated =
        held->auth().decorate(RequestKind::rest, "GET", "/api/status", context_.now_ms());
    held->check_latch(decorated.credential);
    made.signed_in = true;
  };
  try {
    try {
      look();
    } catch (const Error& error) {
      if (!error.needs_sign_in() || context_.settings.inputs.empty()) throw;
      credentials_.run(held, {.kind = OperationKind::sign_in, .local_only = true}, cancel,
                       SessionKeeper::Writing::unless_newer);
      held = keep.held();
      look();
    }
  } catch (const Error& error) {
    if (!error.needs_sign_in() && error.layer() != Layer::config) throw;
    made.facts.emplace("why", error.message());
  }
  for (auto& [key, value] : held->auth().describe()) made.facts.emplace(key, std::move(value));
  if (!held->auth().session().empty()) made.kept_in = keep.where();
  return made;
}

// On an auth of its own, so that nobody who has a live credential waits for a user. It is stored
// and used whatever another process stored meanwhile: the user was asked here.
SignInFacts Connection::Impl::sign_in(const SignInOptions& options, SignInUi& ui,
                                      const std::stop_token& cancel) {
  gateway_.confirm(cancel);  // its offer may have changed
  auto& keep = gateway_.keeper(cancel);
  const auto mine = sign_in_.take(cancel, options.user_timeout_ms);
  const auto fresh = keep.open_anew();
  OperationRunner operation(
      fresh->auth(), context_.transport, context_.settings, [this] { return context_.now_ms(); },
      [&] { keep.store(*fresh, SessionKeeper::Writing::always); });
  operation.run({.kind = OperationKind::sign_in,
                 .method = options.method,
                 .provider = options.provider,
                 .there = InteractiveUser{ui, options.user_timeout_ms, options.given,
                                          context_.host->options.paths.sessions.parent_path()}},
                cancel);
  keep.use_unless_stored(*fresh);
  watch_.credential_changed();
  return facts(cancel);
}

std::string Connection::Impl::sign_out(const std::stop_token& cancel) {
  if (!gateway_.is_chosen()) return sign_out_of_stored(cancel);
  auto& keep = gateway_.keeper(cancel);
  try {
    return credentials_
        .run(keep.held(), {.kind = OperationKind::sign_out}, cancel, SessionKeeper::Writing::always)
        .message;
  } catch (const Error&) {
    // The session must be gone here after a sign-out, even if a step failed.
    if (context_.store) {
      context_.store->erase(session_key_of(context_.settings, keep.held()->auth().scheme_id()));
      keep.take_over();
    }
    throw;
  }
}

}  // namespace pintle
