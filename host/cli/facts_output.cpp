// SPDX-License-Identifier: Apache-2.0
#include "facts_output.h"

#include <charconv>

namespace pintle::cli {

bool is_checked(const SignInFacts& facts) { return !facts.kept_in.empty(); }

std::optional<std::int64_t> expires_ms(const SignInFacts& facts) {
  const auto found = facts.facts.find("expires_ms");
  if (found == facts.facts.end()) return std::nullopt;
  std::int64_t at = 0;
  const auto& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), at);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return at;
}

void add_facts(JsonObject& object, const SignInFacts& facts, bool checked) {
  if (facts.signed_in) object.boolean("checked", checked);
  JsonObject inner;
  for (const auto& [key, value] : facts.facts) {
    const auto at = key == "expires_ms" ? expires_ms(facts) : std::nullopt;
    if (at) {
      inner.number(key, *at);
    } else {
      inner.text(key, value);
    }
  }
  if (!facts.facts.empty()) object.raw("facts", inner.str());
  object.text_if_any("kept_in", facts.kept_in);
}

}  // namespace pintle::cli
