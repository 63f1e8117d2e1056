// SPDX-License-Identifier: Apache-2.0
#include "commands/call/call_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/intermediary.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>

namespace pintle::cli {
namespace {

bool is_conditional(const HttpRequest& request) {
  const std::array names{"If-None-Match", "If-Modified-Since"};
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return request.headers.has(name); });
}

CallOutcome failed(Error error) {
  const int code = exit_code(error.layer());
  return {code, std::move(error)};
}

CallOutcome unwanted(const HttpResponse& answer, const std::string& what) {
  return failed(Error(Layer::protocol, what)
                    .with_status(answer.status)
                    .with_hint("Look for a broken cache or proxy in front of the gateway."));
}

CallOutcome redirected(const HttpResponse& answer, const GatewayUrl& gateway,
                       std::string_view path) {
  const auto to = own_redirect(answer, gateway, path);
  if (!to) return failed(redirect_error(answer, gateway, path));
  return {kRefusedByApp,
          Error(Layer::protocol, "the answer to " + printable(path) + " is a redirect to " + *to +
                                     ", and none is followed")
              .with_status(answer.status)
              .with_hint("Call the path that it leads to, if it is the right one.")};
}

}  // namespace

CallOutcome outcome_of(const HttpResponse& answer, const HttpRequest& request,
                       const GatewayUrl& gateway) {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (auto refused = classify_response(answer, gateway, RequestPurpose::rest, path)) {
    return failed(*std::move(refused));
  }
  const int status = answer.status;
  const auto answered = "the gateway answered " + printable(path);
  if (status == 206 && !request.headers.has("Range")) {
    return unwanted(answer, answered + " with a part, though the request asked for the whole");
  }
  if (status == 304) {
    if (is_conditional(request)) return {};
    return unwanted(answer,
                    answered + " with \"not modified\", though the request was not conditional");
  }
  if (status >= 300 && status < 400) return redirected(answer, gateway, path);
  return {status >= 400 ? kRefusedByApp : kOk, std::nullopt};
}

void add_body(JsonObject& object, const std::string& body) {
  if (is_valid_utf8(body)) {
    object.text("body", body);
  } else {
    object.text("body_base64", base64_of(body));
  }
}

}  // namespace pintle::cli
