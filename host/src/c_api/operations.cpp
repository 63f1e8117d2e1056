// SPDX-License-Identifier: Apache-2.0
#include "c_api/operations.h"

#include <utility>

#include <pintle/core/base/error.h>

#include "c_api/descriptions.h"
#include "c_api/edge.h"
#include "c_api/sign_in_descriptions.h"

namespace pintle::c_api {
namespace {

// The scheme took what it was given and has no use for it: an empty answer.
Error nobody_signed_in(const SignInFacts& facts) {
  const auto why = facts.facts.find("why");
  return Error(Layer::gate,
               why == facts.facts.end() ? "the sign-in gave no credential" : why->second)
      .with_sign_in();
}

}  // namespace

HttpRequest http_request(const pintle_call* call) {
  const auto given = sized(call, "pintle_call");
  HttpRequest request;
  if (const auto method = text(given.method, "method"); !method.empty()) request.method = method;
  if (const auto target = text(given.target, "target"); !target.empty()) request.target = target;
  for (const auto& header : list(given.headers, given.header_count, "headers")) {
    request.headers.add(text(header.name, "headers"), text(header.value, "headers"));
  }
  request.body = text(given.body, "body");
  return request;
}

SignInOptions sign_in_options(const pintle_sign_in_options* options) {
  const auto given = sized_or_default(options, "pintle_sign_in_options");
  SignInOptions made;
  made.method = text(given.method, "method");
  made.provider = text(given.provider, "provider");
  for (const auto& one : list(given.given, given.given_count, "given")) {
    made.given.insert_or_assign(std::string(text(one.name, "given")),
                                std::string(text(one.value, "given")));
  }
  if (given.user_timeout_ms < 0) refuse("user_timeout_ms is negative");
  if (given.user_timeout_ms != 0) made.user_timeout_ms = given.user_timeout_ms;
  made.front_only = (given.flags & PINTLE_SIGN_IN_FRONT_ONLY) != 0;
  return made;
}

void call(Connection& connection, HttpRequest request, pintle_reply& reply,
          const std::stop_token& cancel) {
  auto response = connection.call(std::move(request), cancel);
  reply.status = response.status;
  reply.headers = std::move(response.headers);
  reply.body = std::move(response.body);
}

void ws_url(Connection& connection, const std::string& path, pintle_reply& reply,
            const std::stop_token& cancel) {
  const auto url = connection.ws_url(path, {}, cancel);
  reply.is_secret = true;
  reply.body = url.url.reveal();
  reply.status = url.single_use ? 1 : 0;
}

void probe(Connection& connection, pintle_reply& reply, const std::stop_token& cancel) {
  const auto probe = connection.probe(cancel);
  reply.status = probe.http_status;
  reply.body = describe(probe, connection.settings().url);
}

void sign_in(Connection& connection, const SignInOptions& options, SignInUi& ui,
             pintle_reply& reply, const std::stop_token& cancel) {
  const auto facts = connection.sign_in(options, ui, cancel);
  if (!facts.signed_in) throw nobody_signed_in(facts);
  reply.body = describe_signed_in(connection, facts);
}

}  // namespace pintle::c_api
