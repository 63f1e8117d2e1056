// SPDX-License-Identifier: Apache-2.0
#include "scheme/scheme_instance.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <utility>

#include <pintle/core/text/printable.h>
#include <pintle/loading/manifest.h>
#include <pintle/loading/probe_view.h>

#include "base/sha256.h"
#include "scheme/abi_error.h"
#include "scheme/abi_views.h"
#include "scheme/decoration_sinks.h"
#include "scheme/scheme_instance_state.h"
#include "scheme/session_report.h"

namespace pintle {
namespace {

constexpr std::size_t kMaxObservedBody = 64 * 1024;

}  // namespace

bool is_the_hosts_own(std::string_view name) noexcept {
  constexpr std::array kNames = {"Host",
                                 "Content-Length",
                                 "Transfer-Encoding",
                                 "Connection",
                                 "Upgrade",
                                 "Keep-Alive",
                                 "TE",
                                 "Trailer",
                                 "Expect",
                                 "Proxy-Authorization"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](const char* own) { return same_field_name(own, name); }) ||
         (name.size() > 14 && same_field_name(name.substr(0, 14), "Sec-WebSocket-"));
}

SchemeInstance::SchemeInstance(const pintle_scheme& scheme, const ConnectionSettings& settings,
                               const Probe* probe, const Secret& session)
    : authority_(settings.url.authority()) {
  std::string id(text(scheme.id));
  std::optional<loading::ProbeView> probe_view;
  if (probe != nullptr) probe_view.emplace(*probe, settings.url);
  const auto base_url = settings.url.text();
  std::vector<pintle_field> fields;
  fields.reserve(settings.scheme_settings.size());
  for (const auto& [name, value] : settings.scheme_settings) {
    fields.push_back({view(name), view(value)});
  }
  auto opening = sized<pintle_opening>();
  opening.probe = probe_view ? &probe_view->get() : nullptr;
  opening.base_url = view(base_url);
  opening.session = view(session.reveal());
  opening.settings = fields.data();
  opening.setting_count = fields.size();
  auto error = sized<pintle_error>();
  pintle_auth* opened = nullptr;
  const SessionReport new_session;
  const auto code = scheme.open(&opening, &opened, &error);
  if (code != PINTLE_OK) throw error_from(code, error, id);
  if (opened == nullptr) throw Error(Layer::plugin, "the scheme " + id + " returned no instance");
  state_ = std::make_shared<AuthState>(scheme, std::move(id), *opened);
  if (new_session.is_made()) ++state_->change;
}

const std::string& SchemeInstance::scheme_id() const noexcept { return state_->scheme_id; }

bool SchemeInstance::greets() const noexcept {
  return (state_->scheme.flags & PINTLE_SCHEME_GREETS) != 0;
}

bool SchemeInstance::signs() const noexcept {
  return (state_->scheme.flags & PINTLE_SCHEME_SIGNS) != 0;
}

bool SchemeInstance::is_front() const noexcept {
  const auto& scheme = state_->scheme;
  return scheme.struct_size >= offsetof(pintle_scheme, front) + sizeof(scheme.front) &&
         scheme.front.size != 0;
}

// A request without a body that is never sent.
SignedParts SchemeInstance::unsent() const {
  SignedParts parts{{}, sha256_of({})};
  parts.headers.add("Host", authority_);
  return parts;
}

SchemeInstance::Decorated SchemeInstance::decorate(RequestKind kind, std::string_view method,
                                                   std::string_view target, std::int64_t now_ms,
                                                   const ToSign* to_sign) const {
  auto request = sized<pintle_request>();
  request.kind = static_cast<std::uint32_t>(kind);
  request.method = view(method);
  request.target = view(target);
  request.now_ms = now_ms;
  SignedViews to_be_signed;
  if (signs()) {
    to_be_signed.parts = to_sign != nullptr ? (*to_sign)() : unsent();
    to_be_signed.put(request);
  }
  Decorated decorated;
  QueryTaker query_taker{decorated.query, scheme_id(), nullptr};
  auto query_sink = sized<pintle_sink>();
  query_sink.context = &query_taker;
  query_sink.put = &QueryTaker::put;
  if (kind == RequestKind::rest) request.query = &query_sink;
  HeaderTaker taker{decorated.headers, scheme_id(), is_front(), nullptr};
  auto sink = sized<pintle_sink>();
  sink.context = &taker;
  sink.put = &HeaderTaker::put;
  auto out = sized<pintle_decoration>();
  auto error = sized<pintle_error>();
  {
    const auto turn = state_->lock.take_shared();
    const SessionReport new_session;
    const auto code = state_->scheme.decorate(state_->handle, &request, &sink, &out, &error);
    if (new_session.is_made()) ++state_->change;
    if (code != PINTLE_OK) throw error_from(code, error, scheme_id());
    decorated.change = state_->change;
  }
  if (taker.failure) std::rethrow_exception(taker.failure);
  if (query_taker.failure) std::rethrow_exception(query_taker.failure);
  decorated.valid_until_ms = out.valid_until_ms;
  decorated.credential = out.credential;
  return decorated;
}

SchemeInstance::Observed SchemeInstance::observe(RequestKind kind, const HttpResponse& response,
                                                 std::uint64_t credential, std::int64_t now_ms) {
  if (!loading::observes(state_->scheme, response.status)) return {};
  std::vector<pintle_field> fields;
  fields.reserve(response.headers.size());
  for (const auto& header : response.headers) {
    fields.push_back({view(header.name()), view(header.value())});
  }
  auto given = sized<pintle_response>();
  given.kind = static_cast<std::uint32_t>(kind);
  given.status = response.status;
  given.credential = credential;
  given.headers = fields.data();
  given.header_count = fields.size();
  given.body = view(std::string_view(response.body).substr(0, kMaxObservedBody));
  given.now_ms = now_ms;
  std::uint32_t seen = PINTLE_OBSERVATION_NONE;
  auto error = sized<pintle_error>();
  {
    const auto turn = state_->lock.take_exclusive();
    const auto code = state_->scheme.observe(state_->handle, &given, &seen, &error);
    if (code != PINTLE_OK) throw error_from(code, error, scheme_id());
    if ((seen & PINTLE_OBSERVATION_SESSION_CHANGED) != 0) ++state_->change;
  }
  Observed observed;
  observed.session_changed = (seen & PINTLE_OBSERVATION_SESSION_CHANGED) != 0;
  observed.retry_once = (seen & PINTLE_OBSERVATION_RETRY_ONCE) != 0;
  if ((seen & PINTLE_OBSERVATION_NEEDS_SIGN_IN) != 0) {
    observed.needs_sign_in = error_from(PINTLE_LAYER_GATE, error, scheme_id()).with_sign_in();
  }
  return observed;
}

std::uint64_t SchemeInstance::change() const {
  const auto turn = state_->lock.take_shared();
  return state_->change;
}

Secret SchemeInstance::session() const {
  struct Taker {
    Secret bytes;
    bool failed = false;
  } taker;
  auto sink = sized<pintle_sink>();
  sink.context = &taker;
  sink.put = [](void* context, pintle_view, pintle_view value) {
    auto& self = *static_cast<Taker*>(context);
    try {
      self.bytes = Secret(text(value));
    } catch (...) {
      self.failed = true;
    }
  };
  auto error = sized<pintle_error>();
  const auto turn = state_->lock.take_exclusive();
  const auto code = state_->scheme.session(state_->handle, &sink, &error);
  if (code != PINTLE_OK) throw error_from(code, error, scheme_id());
  if (taker.failed) throw std::bad_alloc();
  return std::move(taker.bytes);
}

std::map<std::string, std::string> SchemeInstance::describe() const {
  std::map<std::string, std::string> facts;
  auto sink = sized<pintle_sink>();
  sink.context = &facts;
  sink.put = [](void* context, pintle_view name, pintle_view value) {
    try {
      (*static_cast<std::map<std::string, std::string>*>(context))[printable(text(name), 40)] =
          printable(text(value));
    } catch (...) {
      // Skip the fact: it is for display only.
    }
  };
  auto error = sized<pintle_error>();
  const auto turn = state_->lock.take_exclusive();
  const auto code = state_->scheme.describe(state_->handle, &sink, &error);
  if (code != PINTLE_OK) throw error_from(code, error, scheme_id());
  return facts;
}

}  // namespace pintle
