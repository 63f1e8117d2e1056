// SPDX-License-Identifier: Apache-2.0
#include "c_api/sign_in_descriptions.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

#include <pintle/core/base/error.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>

namespace pintle::c_api {
namespace {

class Object {
 public:
  Object& raw(std::string_view key, const std::string& json) {
    members_ += (members_.empty() ? "" : ",") + json_string(key) + ":" + json;
    return *this;
  }
  Object& text(std::string_view key, std::string_view value) {
    return raw(key, json_string(value));
  }
  Object& text_if_any(std::string_view key, std::string_view value) {
    return value.empty() ? *this : text(key, value);
  }
  Object& boolean(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
  std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_{};
};

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

void add_facts(Object& object, const SignInFacts& facts) {
  // A session is from the gateway itself; a token was only read.
  if (facts.signed_in) object.boolean("checked", !facts.kept_in.empty());
  Object inner;
  for (const auto& [key, value] : facts.facts) {
    const auto at = key == "expires_ms" ? number_in(value) : std::nullopt;
    if (at) {
      inner.raw(key, std::to_string(*at));
    } else {
      inner.text(key, value);
    }
  }
  if (!facts.facts.empty()) object.raw("facts", inner.str());
  object.text_if_any("kept_in", facts.kept_in);
}

void add_store(Object& object, const Connection& connection) {
  if (const auto trouble = connection.store_trouble()) {
    object.text("store_trouble", trouble->message());
  }
  object.text_if_any("store_note", connection.store_note());
}

}  // namespace

std::string describe_signed_in(const Connection& connection, const SignInFacts& facts) {
  Object object;
  object.text("url", connection.settings().url.text()).text("scheme", facts.scheme);
  object.boolean("signed_in", facts.signed_in);
  add_facts(object, facts);
  add_store(object, connection);
  return object.str();
}

std::string describe_signed_out(const Connection& connection, const std::string& stays_valid) {
  Object object;
  object.text("signed_out", connection.settings().url.text());
  object.text_if_any("stays_valid", stays_valid);
  return object.str();
}

std::string describe_status(Connection& connection, const std::stop_token& cancel) {
  const auto& settings = connection.settings();
  const auto probe = connection.probe(cancel);
  const auto scheme = connection.choose(cancel).facts.id;
  const auto facts = connection.sign_in_facts(cancel);
  Object object;
  object.text_if_any("name", settings.name).text("url", settings.url.text());
  object.text("gateway", (probe.version.empty() ? "reached" : printable(probe.version, 40)) +
                             (probe.auth_required ? ", gate on" : ", gate off"));
  object.text("scheme", scheme).boolean("credential", facts.signed_in);
  add_facts(object, facts);
  object.text_if_any("front", connection.front_facts().scheme);
  add_store(object, connection);
  return object.str();
}

}  // namespace pintle::c_api
