// SPDX-License-Identifier: Apache-2.0
#include "broker/own_responses.h"

#include <string>

#include <pintle/core/text/json.h>

#include "base/sign_in_hint.h"

namespace pintle::broker {

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

HttpResponse json_response(int status, std::string_view json) {
  HttpResponse response{.status = status, .reason = std::string(reason_of(status))};
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-store");
  response.body = json;
  return response;
}

HttpResponse detail_response(int status, std::string_view detail) {
  return json_response(status, "{\"detail\":" + json_string(detail) + "}");
}

HttpResponse refusal(local::LocalAccess::Verdict verdict, bool is_upgrade) {
  using Verdict = local::LocalAccess::Verdict;
  if (is_upgrade) return {.status = 403, .reason = std::string(reason_of(403))};
  switch (verdict) {
    case Verdict::wrong_host:
      return detail_response(400, "Invalid Host header");
    case Verdict::no_token:
      return detail_response(401, "Unauthorized");
    default:
      return detail_response(403, "Forbidden");
  }
}

HttpResponse failure(const Error& error, std::string_view connection) {
  const bool must_wait = error.retry_after_ms() > 0 || error.layer() == Layer::rate_limit;
  const int status = error.needs_sign_in() || must_wait ? 503 : error.is_timeout() ? 504 : 502;
  std::string json = "{\"detail\":" + json_string(error.message());
  json += ",\"layer\":" + json_string(name_of(error.layer()));
  if (!error.hint().empty()) {
    json += ",\"hint\":" + json_string(with_sign_in_target(error.hint(), connection));
  }
  if (error.needs_sign_in()) json += ",\"sign_in\":true";
  auto response = json_response(status, json + "}");
  if (error.retry_after_ms() > 0) {
    response.headers.add("Retry-After", std::to_string((error.retry_after_ms() + 999) / 1000));
  }
  return response;
}

}  // namespace pintle::broker
