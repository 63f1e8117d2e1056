// SPDX-License-Identifier: Apache-2.0
#include "c_api/loading_rules.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include <pintle/core/text/printable.h>

#include "c_api/edge.h"
#include "settings/checked_pin.h"

namespace pintle::c_api {
namespace {

loading::Cage cage_of(std::uint32_t given) {
  switch (given) {
    case PINTLE_CAGE_THIRD_PARTY:
      return loading::Cage::third_party;
    case PINTLE_CAGE_ALWAYS:
      return loading::Cage::always;
    case PINTLE_CAGE_NEVER:
      return loading::Cage::never;
    default:
      refuse("cage is " + std::to_string(given) + ", not a PINTLE_CAGE_* value");
  }
}

}  // namespace

void apply_loading_rules(const pintle_host_options& given, loading::LoadingRules& rules) {
  const auto allowed = list(given.allowed_schemes, given.allowed_scheme_count, "allowed_schemes");
  if (!allowed.empty()) rules.allowed.clear();
  rules.allowed.reserve(rules.allowed.size() + allowed.size());
  for (const auto& one : allowed) {
    const auto id = text(one, "allowed_schemes");
    if (id.empty()) refuse("an id in allowed_schemes is empty");
    rules.allowed.emplace_back(id);
  }
  const auto pins = list(given.pins, given.pin_count, "pins");
  if (!pins.empty()) rules.pins.clear();
  for (const auto& one : pins) {
    const std::string id(text(one.name, "pins"));
    rules.pins.insert_or_assign(id, checked_pin(id, std::string(text(one.value, "pins"))));
  }
  const auto trusted =
      list(given.trusted_libraries, given.trusted_library_count, "trusted_libraries");
  rules.trusted.reserve(rules.trusted.size() + trusted.size());
  for (const auto& one : trusted) {
    std::filesystem::path path(text(one, "trusted_libraries"));
    if (!path.is_absolute()) {
      refuse("trusted_libraries has \"" + printable(path.string(), 100) +
             "\", which is not an absolute path");
    }
    rules.trusted.push_back(std::move(path));
  }
  if (given.cage != 0) rules.cage = cage_of(given.cage);
}

}  // namespace pintle::c_api
