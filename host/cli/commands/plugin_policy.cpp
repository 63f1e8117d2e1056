// SPDX-License-Identifier: Apache-2.0
#include "plugin_policy.h"

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/loading/load_check.h>
#include <pintle/loading/trusted_file.h>

namespace pintle::cli {

void check_policy(const loading::LoadingRules& rules, const std::filesystem::path& file,
                  const loading::Manifest& manifest, const std::string& digest) {
  const loading::Loader loader(rules, loading::LoadCheck({}, {}));
  const auto refuse = [&](const std::string& why) {
    return Error(Layer::plugin, file.string() + ": " + why)
        .with_user_action()
        .with_hint("Change plugins.json if you trust it.");
  };
  for (const auto& scheme : manifest.schemes) {
    if (const auto why = loader.refusal(scheme.id); !why.empty()) throw refuse(why);
    const auto pin = rules.pins.find(scheme.id);
    if (pin != rules.pins.end() && pin->second != "sha256:" + digest) {
      throw refuse("has the digest sha256:" + digest + ", but the settings pin " + pin->second +
                   " for the scheme " + scheme.id);
    }
  }
}

std::string check_before_opening(const loading::LoadingRules& rules,
                                 const std::filesystem::path& file) {
  loading::check_trusted_folder(file.parent_path());
  loading::check_trusted_file(file);
  auto digest = loading::digest_of(file);
  const auto text = read_file(std::filesystem::path(file).replace_extension(".json"), 64 * 1024);
  if (!text) return digest;
  loading::Manifest manifest;
  try {
    manifest = loading::parse_manifest(*text);
  } catch (const Error&) {
    return digest;  // broken: it says nothing of the file
  }
  check_policy(rules, file, manifest, digest);
  return digest;
}

}  // namespace pintle::cli
