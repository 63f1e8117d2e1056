// SPDX-License-Identifier: Apache-2.0
#include "connection/session_keys.h"

#include <algorithm>
#include <string>

#include <pintle/host.h>

#include "connection/front/front_choice.h"

namespace pintle {
namespace {

void add_once(std::vector<std::string>& ids, const std::string& id) {
  if (!id.empty() && std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
}

}  // namespace

std::vector<SessionKey> gateway_session_keys(const ConnectionSettings& settings,
                                             const loading::Catalogue& catalogue) {
  std::vector<std::string> ids;
  add_once(ids, settings.scheme);
  add_once(ids, settings.last_scheme);
  for (const auto& entry : catalogue.entries()) {
    if (entry.fault.empty() && !entry.scheme.front) add_once(ids, entry.scheme.id);
  }
  std::vector<SessionKey> keys;
  keys.reserve(ids.size());
  for (const auto& id : ids) keys.push_back(session_key_of(settings, id));
  return keys;
}

std::vector<SessionKey> front_session_keys(const ConnectionSettings& settings,
                                           const loading::Catalogue& catalogue) {
  std::vector<std::string> ids;
  if (settings.front != kNoFront) add_once(ids, settings.front);
  for (const auto& id : front_ids(catalogue)) add_once(ids, id);
  std::vector<SessionKey> keys;
  keys.reserve(ids.size());
  for (const auto& id : ids) keys.push_back(front_session_key(settings, id));
  return keys;
}

}  // namespace pintle
