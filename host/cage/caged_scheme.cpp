// SPDX-License-Identifier: Apache-2.0
#include "caged_scheme.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>

#include "checked_call.h"
#include "request_structs.h"
#include "result_members.h"
#include "scheme/abi_views.h"

namespace pintle::cage {

using program::has;
using program::integer_in;
using program::JsonLine;
using program::text_in;
using Use = CheckedSink::Use;

void CagedPlugin::answer(const Members& request, Line& reply) {
  session_.reset();
  const bool has_reply = has(request, "id");
  JsonLine result;
  std::optional<Error> failure;
  try {
    call(text_in(request, "method"), program::object_in(request, "params"), result);
  } catch (const Error& error) {
    failure = error;
  }
  if (!has_reply) return;
  reply.number("id", integer_in(request, "id"));
  reply.begin_object(failure ? "error" : "result");
  if (failure) {
    write_error(reply, *failure);
  } else if (!result.written_members().empty()) {
    reply.members(result.written_members());
  }
  reply.end_object();
  if (session_) reply.bytes("session", session_->reveal());
}

void CagedPlugin::call(std::string_view method, const Members& params, Line& result) {
  if (method == "decorate") return decorate(params, result);
  if (method == "observe") return observe(params, result);
  if (method == "begin") return begin(params, result);
  if (method == "resume") return resume(params, result);
  if (method == "end") return end(params);
  if (method == "open") return open(params);
  if (method == "close") return close(params);
  if (method == "describe") return describe(params, result);
  if (method == "match") return match(params, result);
  if (method == "hello") return write_hello(result, manifest_, table_);
  throw Error(Layer::plugin, "the cage does not know this request");
}

const pintle_scheme& CagedPlugin::scheme_named(std::string_view id) const {
  const auto& schemes = manifest_.schemes;
  const auto found = std::find_if(schemes.begin(), schemes.end(),
                                  [&](const auto& facts) { return facts.id == id; });
  if (found == schemes.end()) throw Error(Layer::plugin, "the library has no such scheme");
  return *table_.schemes[static_cast<std::size_t>(found - schemes.begin())];
}

CagedPlugin::Auth& CagedPlugin::auth_of(const Members& params) {
  const auto found = auths_.find(integer_in(params, "auth"));
  if (found == auths_.end()) throw Error(Layer::plugin, "the scheme was not opened");
  return found->second;
}

void CagedPlugin::match(const Members& params, Line& result) {
  const auto& scheme = scheme_named(text_in(params, "scheme"));
  const ProbeStruct probe(program::object_in(params, "probe"));
  auto match = sized<pintle_match>();
  auto error = sized<pintle_error>();
  const auto code = checked_call([&] { return scheme.match(&probe.c, &match, &error); });
  if (code != PINTLE_OK) throw error_of(code, error);
  const auto* reason_end = std::find(std::begin(match.reason), std::end(match.reason), '\0');
  result.number("score", match.score)
      .text("reason", {match.reason, static_cast<std::size_t>(reason_end - match.reason)});
}

void CagedPlugin::open(const Members& params) {
  const auto& scheme = scheme_named(text_in(params, "scheme"));
  const OpeningStruct opening(params);
  pintle_auth* handle = nullptr;
  auto error = sized<pintle_error>();
  const auto code = checked_call([&] { return scheme.open(&opening.c, &handle, &error); });
  if (code != PINTLE_OK) throw error_of(code, error);
  if (handle == nullptr) throw Error(Layer::plugin, "the scheme returned no instance");
  auths_.insert_or_assign(integer_in(params, "auth"), Auth{&scheme, handle});
}

void CagedPlugin::close(const Members& params) {
  const auto& auth = auth_of(params);
  checked_call([&] { auth.scheme->close(auth.handle); });
  auths_.erase(integer_in(params, "auth"));
}

void CagedPlugin::decorate(const Members& params, Line& result) {
  auto& auth = auth_of(params);
  RequestStruct request(params);
  CheckedSink headers(Use::first);
  CheckedSink query(Use::second);
  if (request.c.kind == PINTLE_REQUEST_REST) request.c.query = &query.get();
  auto decoration = sized<pintle_decoration>();
  auto error = sized<pintle_error>();
  const auto code = checked_call([&] {
    return auth.scheme->decorate(auth.handle, &request.c, &headers.get(), &decoration, &error);
  });
  if (code != PINTLE_OK) throw error_of(code, error);
  write_pairs(result, "headers", headers.take());
  write_pairs(result, "query", query.take());
  result.number("valid_until_ms", decoration.valid_until_ms)
      .number("credential", auth.credentials.number_of(decoration.credential));
}

void CagedPlugin::observe(const Members& params, Line& result) {
  auto& auth = auth_of(params);
  ResponseStruct response(params);
  response.c.credential = auth.credentials.credential_of(integer_in(params, "credential"));
  std::uint32_t seen = PINTLE_OBSERVATION_NONE;
  auto error = sized<pintle_error>();
  const auto code =
      checked_call([&] { return auth.scheme->observe(auth.handle, &response.c, &seen, &error); });
  // The host reads the flags even after a failure.
  if ((seen & PINTLE_OBSERVATION_SESSION_CHANGED) != 0) read_session(auth);
  if (code != PINTLE_OK) throw error_of(code, error);
  result.boolean("retry_once", (seen & PINTLE_OBSERVATION_RETRY_ONCE) != 0);
  if ((seen & PINTLE_OBSERVATION_NEEDS_SIGN_IN) == 0) return;
  result.begin_object("needs_sign_in");
  write_error(result, error_of(PINTLE_LAYER_GATE, error));
  result.end_object();
}

// The reply to a request has the session that it made: the host asks for it in no other way.
void CagedPlugin::read_session(const Auth& auth) {
  CheckedSink bytes(Use::first);
  auto error = sized<pintle_error>();
  const auto code =
      checked_call([&] { return auth.scheme->session(auth.handle, &bytes.get(), &error); });
  if (code != PINTLE_OK) throw error_of(code, error);
  std::string session;
  for (const auto& [name, value] : bytes.take()) session.append(value.reveal());
  session_ = Secret::take(session);
}

void CagedPlugin::finish_step(const Auth& auth, std::int32_t code, const pintle_step& step,
                              const pintle_error& error, Line& result) {
  if ((step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) read_session(auth);
  if (code != PINTLE_OK) throw error_of(code, error);
  write_step(result, step);
}

void CagedPlugin::begin(const Members& params, Line& result) {
  auto& auth = auth_of(params);
  const BeginStruct begin(params);
  pintle_operation* operation = nullptr;
  auto step = sized<pintle_step>();
  auto error = sized<pintle_error>();
  const auto code = checked_call(
      [&] { return auth.scheme->begin(auth.handle, &begin.c, &operation, &step, &error); });
  if (code == PINTLE_OK && operation == nullptr) {
    throw Error(Layer::plugin, "the scheme did not begin the operation");
  }
  if (code == PINTLE_OK)
    auth.operations.insert_or_assign(integer_in(params, "operation"), operation);
  finish_step(auth, code, step, error, result);
}

void CagedPlugin::resume(const Members& params, Line& result) {
  auto& auth = auth_of(params);
  const auto operation = auth.operations.find(integer_in(params, "operation"));
  if (operation == auth.operations.end()) {
    throw Error(Layer::plugin, "the scheme did not begin the operation");
  }
  const AnswerStruct answer(params);
  auto step = sized<pintle_step>();
  auto error = sized<pintle_error>();
  const auto code = checked_call(
      [&] { return auth.scheme->resume(operation->second, &answer.c, &step, &error); });
  finish_step(auth, code, step, error, result);
}

void CagedPlugin::end(const Members& params) {
  auto& auth = auth_of(params);
  const auto found = auth.operations.find(integer_in(params, "operation"));
  if (found == auth.operations.end()) return;
  auto* operation = found->second;
  auth.operations.erase(found);
  checked_call([&] { auth.scheme->end(operation); });
}

void CagedPlugin::describe(const Members& params, Line& result) {
  const auto& auth = auth_of(params);
  CheckedSink facts(Use::first);
  auto error = sized<pintle_error>();
  const auto code =
      checked_call([&] { return auth.scheme->describe(auth.handle, &facts.get(), &error); });
  if (code != PINTLE_OK) throw error_of(code, error);
  write_pairs(result, "facts", facts.take());
}

}  // namespace pintle::cage
