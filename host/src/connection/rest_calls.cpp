// SPDX-License-Identifier: Apache-2.0
#include "connection/rest_calls.h"

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

namespace pintle {
namespace {

constexpr std::string_view kTraceparent = "traceparent";

}  // namespace

std::optional<HttpResponse> RestCalls::check_credential(const std::stop_token& cancel) {
  const auto profile = gateway_.profile(cancel);
  if (profile->credential_check.empty()) return std::nullopt;
  return call({.target = profile->credential_check}, cancel);
}

bool RestCalls::may_repeat(const BodyStreams& streams, const HttpResponse& response) {
  if (streams.sink != nullptr && response.ok()) return false;
  return streams.source == nullptr || streams.source->rewind();
}

HttpResponse RestCalls::call(HttpRequest request, const std::stop_token& cancel,
                             const BodyStreams& streams) {
  auto bounds = context_.limits(cancel);
  bounds.body_hint =
      streams.sink != nullptr
          ? "Raise the limit with --max-body."
          : "Write the body to a file with --output, or raise the limit with --max-body "
            "(in the library: BodyStreams).";
  // The app's goes as it came; a repeat belongs to the same trace.
  if (!request.headers.has(kTraceparent)) {
    if (const auto made = context_.traceparent({}); !made.empty()) {
      request.headers.add(kTraceparent, made);
    }
  }
  const HttpRequest own{request.method, request.target, request.headers, {}};
  const auto to_sign = parts_of(context_.transport, request, false, streams);
  for (bool last_try = false;; last_try = true) {
    bool may_renew = true;
    request.headers = own.headers;
    request.target = own.target;
    const auto [instance, decorated] = credentials_.valid(
        {RequestKind::rest, own.method, own.target, &to_sign}, cancel, may_renew);
    for (const auto& header : decorated.headers) request.headers.add(header);
    request.target = with_query(own.target, decorated);
    auto response = context_.transport.exchange(request, bounds, streams);
    if (!decorated.query.empty()) wipe(request.target);
    auto observed = instance->auth().observe(RequestKind::rest, response, decorated.credential,
                                             context_.now_ms());
    if (observed.session_changed) instance->cache().store(*instance);
    if (observed.needs_sign_in) {
      // The end of an older session does not concern its successor.
      if (instance->cache().is_current(*instance)) {
        instance->latch(decorated.credential, *observed.needs_sign_in);
      }
      if (last_try || !may_repeat(streams, response)) throw *observed.needs_sign_in;
      // The next round looks for another credential, in the store and in the settings' sources, and
      // throws if there is none.
      continue;
    }
    if (observed.retry_once && !last_try && may_repeat(streams, response)) continue;
    return response;
  }
}

}  // namespace pintle
