// SPDX-License-Identifier: Apache-2.0
//
// Responses to classify, and the requirements on a verdict. Header-only.

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/gateway/classify_response.h>

namespace pintle {

using Fields = std::vector<std::pair<const char*, const char*>>;

inline HttpResponse answer(int status, std::string body = "", const Fields& fields = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  for (const auto& [name, value] : fields) response.headers.add(name, value);
  return response;
}

inline std::optional<Error> classify(RequestPurpose purpose, const HttpResponse& response,
                                     const char* path,
                                     const char* url = "http://gateway.example/hermes") {
  return classify_response(response, GatewayUrl::parse(url), purpose, path);
}

inline const char* path_of(RequestPurpose purpose) {
  switch (purpose) {
    case RequestPurpose::public_endpoint:
      return "/api/status";
    case RequestPurpose::rest:
      return "/api/sessions";
    case RequestPurpose::ticket:
      return "/api/auth/ws-ticket";
    case RequestPurpose::password_sign_in:
      return "/auth/password-login";
    case RequestPurpose::native_token:
      return "/auth/native/token";
    case RequestPurpose::native_refresh:
      return "/auth/native/refresh";
    default:
      return "/api/ws";
  }
}

enum class After { nothing, retry, user_action, sign_in };

inline After after(const Error& error) {
  if (error.needs_sign_in()) return After::sign_in;
  if (error.needs_user_action()) return After::user_action;
  return error.can_retry() ? After::retry : After::nothing;
}

inline constexpr const char* kExpired =
    R"({"error":"session_expired","reason":"invalid_or_expired_session","login_url":"/login"})";
inline constexpr const char* kPage = "\n<!DOCTYPE HTML><html><title>\n Log in\x1b[31m </title>";

}  // namespace pintle
