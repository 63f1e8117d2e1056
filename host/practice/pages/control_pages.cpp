// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/control_pages.h"

#include <Poco/Exception.h>

#include <pintle/core/base/error.h>

namespace pintle::practice {
namespace {

constexpr std::string_view kBelow = "/practice/";

HttpResponse told(const std::string& secret) {
  auto done = ordered_object();
  done.set("ok", true);
  done.set("secret", secret);
  return json_response(200, done);
}

}  // namespace

HttpResponse ControlPages::steer(const Request& request, const std::string& what) {
  if (what == "reset") {
    state_.request_log.clear();
    state_.faults.clear();
  } else if (what == "faults") {
    state_.faults.set(faults_from_json(request.body));
  } else if (what == "clock") {
    const auto body = json_body(request);
    if (!body) return detail_response(400, "The body is not a JSON object");
    state_.clock_offset_ms += body->getValue<Poco::Int64>("advance_ms");
  } else if (what == "end-sessions") {
    state_.sessions.end_all();
  } else if (what == "expire-access") {
    state_.sessions.expire_access();
  } else if (what == "forget-tickets") {
    state_.tickets.forget_all();
  } else if (what == "rotate-wall") {
    wall_.rotate();
    return told(wall_.password());
  } else if (what == "revoke-wall") {
    wall_.revoke();
  } else if (what == "wall-session") {
    return told(wall_.open_session());
  } else if (what == "drop-connections") {
    cut_others_(request.connection);
  } else {
    return detail_response(404, "There is nothing of that name to steer");
  }
  auto done = ordered_object();
  done.set("ok", true);
  return json_response(200, done);
}

std::optional<HttpResponse> ControlPages::answer(const Request& request) {
  if (!request.full_path.starts_with(kBelow)) return std::nullopt;
  // Web pages in a browser on this machine are refused.
  if (request.headers.has("Origin")) return detail_response(403, "Not from a web page");
  const auto what = request.full_path.substr(kBelow.size());
  if (request.method == "GET" && what == "request-log") {
    return text_response(200, "application/json", state_.request_log.json());
  }
  if (request.method != "POST") return detail_response(405, "POST steers, GET request-log looks");
  try {
    return steer(request, what);
  } catch (const Error& wrong) {
    return detail_response(400, wrong.message());
  } catch (const Poco::Exception&) {
    return detail_response(400, "A field is missing or of another type");
  }
}

}  // namespace pintle::practice
