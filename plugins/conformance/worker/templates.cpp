// SPDX-License-Identifier: Apache-2.0
#include "templates.h"

#include <charconv>
#include <optional>

#include <pintle/core/text/percent.h>

namespace pintle::conformance {
namespace {

std::optional<std::string> time_of(std::string_view name, std::int64_t now_ms) {
  for (const auto& [prefix, unit] :
       {std::pair<std::string_view, std::int64_t>{"now_s", 1000}, {"now_ms", 1}}) {
    if (!name.starts_with(prefix)) continue;
    auto rest = name.substr(prefix.size());
    if (rest.empty()) return std::to_string(now_ms / unit);
    if (rest.front() == '+') rest.remove_prefix(1);
    std::int64_t added = 0;
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), added);
    if (fault == std::errc() && end == rest.data() + rest.size()) {
      return std::to_string(now_ms / unit + added);
    }
  }
  return std::nullopt;
}

std::optional<std::string> value_of(std::string_view name, const TemplateValues& values,
                                    Secrets& secrets) {
  if (name == "state") return values.state;
  if (name == "redirect_uri") return values.redirect_uri;
  if (name.starts_with("secret.")) return secrets.make(name.substr(7));
  if (name.starts_with("query.")) {
    const auto found = values.query.find(std::string(name.substr(6)));
    return found == values.query.end() ? std::string() : found->second;
  }
  return time_of(name, values.now_ms);
}

}  // namespace

void TemplateValues::read_query(std::string_view url) {
  const auto mark = url.find('?');
  auto rest = mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    query[std::string(pair.substr(0, equals))] = decode_percent(pair.substr(equals + 1));
  }
}

std::string expand(std::string_view text, const TemplateValues& values, Secrets& secrets) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find('{', at);
    const auto close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      out.append(text.substr(at));
      break;
    }
    out.append(text.substr(at, open - at));
    const auto name = text.substr(open + 1, close - open - 1);
    const auto value = value_of(name, values, secrets);
    if (!value) {
      out += '{';
      at = open + 1;
      continue;
    }
    at = close + 1;
    const bool is_number = name.starts_with("now_");
    if (is_number && out.ends_with('"') && at < text.size() && text[at] == '"') {
      out.pop_back();
      ++at;
    }
    out.append(*value);
  }
  return out;
}

}  // namespace pintle::conformance
