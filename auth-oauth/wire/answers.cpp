// SPDX-License-Identifier: Apache-2.0
#include "wire/answers.h"

#include <pintle/core/base/error.h>

namespace pintle::oauth {
namespace {

void add(HttpResponse& to, std::string_view name, std::string_view value) {
  // Credentials, which do not affect the meaning of a refusal.
  if (same_field_name(name, "Set-Cookie")) return;
  try {
    to.headers.add(name, value);
  } catch (const Error&) {
    // One that is no valid field is none that a rule of core reads.
  }
}

}  // namespace

HttpResponse core_response(const plugin::Response& response) {
  HttpResponse made;
  made.status = response.status();
  for (const auto& field : response.headers()) {
    add(made, plugin::text(field.name), plugin::text(field.value));
  }
  made.body = response.body();
  return made;
}

HttpResponse core_response(const plugin::HttpAnswer& answer) {
  HttpResponse made;
  made.status = answer.status();
  for (const auto& field : answer.headers()) add(made, field.name, field.value);
  // The body of a success may contain a ticket or a token, and no rule of core reads it.
  const bool is_object = answer.body().starts_with('{');
  if (!made.ok() || !is_object) made.body = answer.body();
  return made;
}

std::vector<std::string_view> set_cookies(const plugin::Response& response) {
  std::vector<std::string_view> values;
  for (const auto& field : response.headers()) {
    if (plugin::same_name(plugin::text(field.name), "Set-Cookie")) {
      values.push_back(plugin::text(field.value));
    }
  }
  return values;
}

std::vector<std::string_view> set_cookies(const plugin::HttpAnswer& answer) {
  std::vector<std::string_view> values;
  for (const auto& field : answer.headers()) {
    if (plugin::same_name(field.name, "Set-Cookie")) values.emplace_back(field.value);
  }
  return values;
}

bool leads_home(std::string_view location, const GatewayUrl& gateway) {
  if (location.starts_with('/')) return !location.starts_with("//");
  try {
    return AbsoluteUrl::parse(location).origin == gateway.origin();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace pintle::oauth
