// SPDX-License-Identifier: Apache-2.0
//
// Who is signed in on a connection, and how one signs in and out.

#include <utility>

#include <pintle/core/base/error.h>

#include "connection/connection_parts.h"

namespace pintle {

void Connection::Parts::sign_in_quietly(const std::shared_ptr<CurrentInstance>& held,
                                        const std::stop_token& cancel) {
  try {
    run(held, {.kind = OperationKind::sign_in}, cancel, SessionKeeper::Writing::unless_newer);
  } catch (const Error& error) {
    // What a user would have to choose at a sign-in is no fault of who made this request.
    if (error.layer() != Layer::config || !error.needs_sign_in()) throw;
    throw Error(Layer::gate, "the gateway wants a sign-in: " + error.message())
        .with_sign_in()
        .with_hint("Sign in first (pintle sign-in), then try again.");
  }
}

// What is held is described as it is: nothing is renewed, and nothing leaves.
SignInFacts Connection::Parts::facts(const std::stop_token& cancel) {
  auto& keep = keeper(cancel);
  auto held = keep.held();
  SignInFacts made;
  made.scheme = held->auth().scheme_id();
  const auto look = [&] {
    const auto decorated = held->auth().decorate(RequestKind::rest, "GET", "/api/status", now_ms());
    held->check_latch(decorated.credential);
    made.signed_in = true;
  };
  try {
    try {
      look();
    } catch (const Error& error) {
      if (!error.needs_sign_in() || settings.inputs.empty()) throw;
      run(held, {.kind = OperationKind::sign_in, .local_only = true}, cancel,
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
SignInFacts Connection::Parts::sign_in(const SignInOptions& options, SignInUi& ui,
                                       const std::stop_token& cancel) {
  confirm(cancel);  // what it offers, it may have changed
  auto& keep = keeper(cancel);
  const auto mine = sign_in_mutex_.take(cancel, options.user_timeout_ms);
  const auto fresh = keep.open_anew();
  OperationRunner operation(
      fresh->auth(), transport_, settings, [this] { return now_ms(); },
      [&] { keep.store(*fresh, SessionKeeper::Writing::always); });
  operation.run({.kind = OperationKind::sign_in,
                 .method = options.method,
                 .provider = options.provider,
                 .there = InteractiveUser{ui, options.user_timeout_ms, options.given,
                                          host_->options.paths.sessions.parent_path()}},
                cancel);
  keep.use_unless_stored(*fresh);
  credential_changed();
  return facts(cancel);
}

std::string Connection::Parts::sign_out(const std::stop_token& cancel) {
  if (!is_chosen()) return sign_out_of_stored(cancel);
  auto& keep = keeper(cancel);
  try {
    return run(keep.held(), {.kind = OperationKind::sign_out}, cancel,
               SessionKeeper::Writing::always)
        .message;
  } catch (const Error&) {
    // Whoever signs out does not want to find the session here again, wherever it failed.
    if (store_) {
      store_->erase(session_key_of(settings, keep.held()->auth().scheme_id()));
      keep.take_over();
    }
    throw;
  }
}

}  // namespace pintle
