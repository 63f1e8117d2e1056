// SPDX-License-Identifier: Apache-2.0
#include "front_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/manifest.h>

namespace pintle::cli {
namespace {

std::vector<loading::SchemeFacts> installed_fronts(const UserHost& user) {
  std::vector<loading::SchemeFacts> fronts;
  const auto catalogue = user.host().catalogue();
  fronts.reserve(catalogue.entries().size());
  for (const auto& entry : catalogue.entries()) {
    if (entry.fault.empty() && entry.scheme.front) fronts.push_back(entry.scheme);
  }
  return fronts;
}

Error no_such_front(const std::string& id, const std::vector<loading::SchemeFacts>& fronts) {
  std::string list;
  for (const auto& front : fronts) list += ", " + front.id;
  return Error(Layer::config, "there is no front scheme \"" + printable(id, 40) +
                                  "\"; available: auto, none" + list)
      .with_user_action()
      .with_hint("pintle plugins list shows which are installed, and where from.");
}

}  // namespace

void check_front(const UserHost& user, const ConnectionSettings& connection) {
  const bool is_named = !connection.front.empty() && connection.front != kNoFront;
  if (!is_named && connection.front_settings.empty() && connection.front_inputs.empty()) return;
  const auto fronts = installed_fronts(user);
  const auto named = std::ranges::find(fronts, connection.front, &loading::SchemeFacts::id);
  if (is_named && named == fronts.end()) throw no_such_front(connection.front, fronts);
  const auto is_declared = [&](const std::string& key) {
    return std::ranges::any_of(fronts, [&](const auto& front) {
      return front.settings.empty() || front.find_setting(key) != nullptr;
    });
  };
  const auto is_secret = [&](const std::string& key) {
    const auto* own = is_named ? named->find_setting(key) : nullptr;
    if (own != nullptr) return own->is_secret;
    return std::ranges::any_of(fronts, [&](const auto& front) {
      const auto* declared = front.find_setting(key);
      return declared != nullptr && declared->is_secret;
    });
  };
  const auto refuse_unknown = [&](const std::string& key) {
    if (is_declared(key)) return;
    throw Error(Layer::config, "no front scheme has a setting \"" + printable(key, 40) + "\"")
        .with_user_action()
        .with_hint("pintle plugins list --json shows what they have.");
  };
  for (const auto& [key, value] : connection.front_settings) {
    if (is_secret(key)) {
      throw Error(Layer::config, "\"" + printable(key, 40) +
                                     "\" of a front scheme is a secret, which a setting is not")
          .with_user_action()
          .with_hint("Provide it with --front-secret-file " + printable(key, 40) + "=FILE.");
    }
    refuse_unknown(key);
  }
  for (const auto& [key, source] : connection.front_inputs) refuse_unknown(key);
}

}  // namespace pintle::cli
