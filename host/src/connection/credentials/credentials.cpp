// SPDX-License-Identifier: Apache-2.0
#include "connection/credentials/credentials.h"

#include <optional>
#include <utility>

#include <pintle/core/base/error.h>

namespace pintle {

Credentials::Credentials(ConnectionContext& context, GatewayChoice& choice)
    : context_(context), choice_(choice), renewal_(context, choice) {}

OperationOutcome Credentials::run(const std::shared_ptr<CurrentInstance>& instance,
                                  const OperationArguments& arguments,
                                  const std::stop_token& cancel, SessionCache::Writing writing) {
  const auto turn = context_.take_operation(cancel);
  auto& sessions = instance->cache();
  sessions.before_use(*instance, instance->auth().change());
  OperationRunner operation(
      instance->auth(), context_.origins, context_.settings, [this] { return context_.now_ms(); },
      [&] { sessions.store(*instance, writing); });
  return operation.run(arguments, cancel);
}

void Credentials::sign_in_without_user(const std::shared_ptr<CurrentInstance>& instance,
                                       const std::stop_token& cancel) {
  try {
    run(instance, {.kind = OperationKind::sign_in}, cancel, SessionCache::Writing::unless_newer);
  } catch (const Error& error) {
    // A choice that the user must make at a sign-in is not an error of this request's caller.
    if (error.layer() != Layer::config || !error.needs_sign_in()) throw;
    throw Error(Layer::gate, "the gateway requires a sign-in: " + error.message())
        .with_sign_in()
        .with_hint("Sign in first (pintle sign-in), then try again.");
  }
}

Credential Credentials::current(const RequestLine& line, const std::stop_token& cancel) {
  auto& sessions = choice_.session_cache(cancel);
  const bool has_file = !context_.settings.headers_file.empty();
  const auto ready = [&](const std::shared_ptr<CurrentInstance>& instance) -> Credential {
    Credential made{instance, instance->auth().decorate(line.kind, line.method, line.target,
                                                        context_.now_ms(), line.to_sign)};
    auto& secrets = context_.secrets();
    for (const auto& header : made.decorated.headers) {
      if (has_file && !same_field_name(header.name(), "Cookie") &&
          context_.transport.has_another(header)) {
        throw header_conflict("the gateway's scheme " + instance->auth().scheme_id(), "",
                              header.name());
      }
      secrets.add_header(header);
    }
    for (const auto& parameter : made.decorated.query) secrets.add(parameter.second.reveal());
    return made;
  };
  std::optional<Error> why;
  do {
    auto instance = sessions.current();
    if (instance->is_latched()) continue;
    try {
      return ready(instance);
    } catch (const Error& error) {
      if (!error.needs_sign_in()) throw;
      why = error;
    }
    // None yet, or an invalid one: there may be a sign-in elsewhere on this machine.
  } while (sessions.take_over());
  // Whether anyone has signed in is not known: the user cannot help.
  if (const auto unread = sessions.unread()) throw *unread;
  auto instance = sessions.current();
  try {
    sign_in_without_user(instance, cancel);  // the settings' source may have a new one
  } catch (const Error& error) {
    if (!error.needs_sign_in()) throw;
    // The reason why the session ended matters more than the failed sign-in.
    instance->throw_if_latched();
    if (why && why->layer() == Layer::session) throw *why;
    throw;
  }
  instance = sessions.current();
  auto made = ready(instance);
  instance->check_latch(made.decorated.credential);
  return made;
}

Credential Credentials::valid(const RequestLine& line, const std::stop_token& cancel,
                              bool& may_renew) {
  auto ready = current(line, cancel);
  // A renewal that was joined may have begun before this credential was found to be due, and leave
  // it as it is: then there is another round.
  constexpr int kMaxRounds = 4;
  for (int round = 0; may_renew && round < kMaxRounds; ++round) {
    const auto how_soon = renewal_.due(ready, line.kind);
    if (how_soon == CredentialRenewal::Due::no) break;
    std::optional<Error> ended;
    try {
      if (!renewal_.renew(ready, how_soon, cancel)) break;
    } catch (const Error& error) {
      if (!error.needs_sign_in()) throw;
      ended = error;
    }
    // If the session has ended, the settings may say how to sign in without the user.
    auto renewed = current(line, cancel);
    may_renew = renewed.is(ready);
    if (may_renew && ended) throw *ended;
    ready = std::move(renewed);
  }
  ready.instance->cache().before_use(*ready.instance, ready.decorated.change);
  return ready;
}

bool Credentials::is_outdated(const Credential& used) const {
  if (!used.instance->cache().is_current(*used.instance)) return true;
  try {
    const auto now =
        used.instance->auth().decorate(RequestKind::upgrade, "GET", "/api/ws", context_.now_ms());
    return now.credential != used.decorated.credential ||
           (now.valid_until_ms != 0 && now.valid_until_ms <= context_.now_ms());
  } catch (const Error&) {
    return false;  // there is none
  }
}

}  // namespace pintle
