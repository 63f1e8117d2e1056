// SPDX-License-Identifier: Apache-2.0
#include "connection/declared_settings.h"

#include <algorithm>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

// The connection may be for several schemes, of which the gateway decides.
bool is_of_another(const loading::Catalogue& catalogue, std::string_view key) {
  return std::any_of(
      catalogue.entries().begin(), catalogue.entries().end(),
      [&](const loading::Entry& entry) { return entry.scheme.find_setting(key) != nullptr; });
}

std::string keys_of(const loading::SchemeFacts& scheme) {
  std::string keys;
  for (const auto& setting : scheme.settings) keys += (keys.empty() ? "" : ", ") + setting.key;
  return keys;
}

Error unknown(const loading::SchemeFacts& scheme, const std::string& key) {
  return Error(Layer::config,
               "the scheme " + scheme.id + " has no setting \"" + printable(key, 40) + "\"")
      .with_user_action()
      .with_hint("It has: " + keys_of(scheme) + ".");
}

}  // namespace

void check_declared(const loading::SchemeFacts& scheme, const loading::Catalogue& catalogue,
                    const ConnectionSettings& settings) {
  if (scheme.settings.empty()) return;
  for (const auto& [key, value] : settings.scheme_settings) {
    const auto* declared = scheme.find_setting(key);
    if (declared == nullptr && !is_of_another(catalogue, key)) throw unknown(scheme, key);
    if (declared != nullptr && declared->is_secret) {
      throw Error(Layer::config, "\"" + key + "\" of the scheme " + scheme.id +
                                     " is a secret, which a setting is not")
          .with_user_action()
          .with_hint(std::string("Provide it with ") +
                     (scheme.front ? "--front-secret-file " : "--secret-file ") + key + "=FILE.");
    }
  }
  for (const auto& [key, source] : settings.inputs) {
    if (scheme.find_setting(key) == nullptr && !is_of_another(catalogue, key)) {
      throw unknown(scheme, key);
    }
  }
}

}  // namespace pintle
