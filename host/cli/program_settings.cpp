// SPDX-License-Identifier: Apache-2.0
#include "program_settings.h"

#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>

#include <Poco/AutoPtr.h>
#include <Poco/Exception.h>
#include <Poco/Util/JSONConfiguration.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/MapConfiguration.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/json.h>
#include <pintle/files/durable_file.h>
#include <pintle/loading/trusted_file.h>

#include "base/own_variable.h"

namespace pintle::cli {
namespace {

using Configuration = Poco::AutoPtr<Poco::Util::AbstractConfiguration>;
using Poco::Util::JSONConfiguration;
using Poco::Util::LayeredConfiguration;
using Poco::Util::MapConfiguration;

constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr int kVersion = 1;

// A program that runs with another user's rights ignores the environment.
std::string variable(const char* name) {
  const char* value = own_variable(name);
  return value == nullptr ? std::string() : std::string(value);
}

void set(MapConfiguration& layer, const char* key, const std::string& value) {
  if (!value.empty()) layer.setString(key, value);
}

Configuration of_command_line(const Invocation& invocation) {
  Poco::AutoPtr<MapConfiguration> layer(new MapConfiguration);
  set(*layer, "gateway", invocation.target().value_or(""));
  return layer;
}

// Of one family of variables alone: a token goes with its own gateway.
Configuration of_environment() {
  Poco::AutoPtr<MapConfiguration> layer(new MapConfiguration);
  for (const auto* name : {"PINTLE_GATEWAY", "HERMES_DESKTOP_REMOTE_URL"}) {
    const auto gateway = variable(name);
    if (gateway.empty()) continue;
    set(*layer, "gateway", gateway);
    set(*layer, "source", name);
    if (std::string_view(name) == "PINTLE_GATEWAY") {
      set(*layer, "token_file", variable("PINTLE_TOKEN_FILE"));
      set(*layer, "ca_file", variable("PINTLE_CA_FILE"));
    } else if (!variable("HERMES_DESKTOP_REMOTE_TOKEN").empty()) {
      set(*layer, "token_variable", "HERMES_DESKTOP_REMOTE_TOKEN");
    }
    break;
  }
  return layer;
}

Configuration of_file(const Paths& paths) {
  // It decides where requests are sent: whoever could write it would decide that.
  const auto text = loading::read_trusted_file(paths.settings, kMaxBytes, Layer::store);
  if (!text) return new MapConfiguration;
  const auto unusable = [&](const std::string& why) {
    return Error(Layer::store, paths.settings.string() + " cannot be used: " + why)
        .with_user_action()
        .with_hint("Run pintle use NAME to write it again.");
  };
  try {
    std::istringstream in(*text);
    Poco::AutoPtr<JSONConfiguration> layer(new JSONConfiguration(in));
    if (const int version = layer->getInt("version", 0); version != kVersion) {
      throw unusable("it has version " + std::to_string(version) + ", and this program knows " +
                     std::to_string(kVersion));
    }
    (void)layer->getString("gateway", "");
    return layer;
  } catch (const Poco::Exception&) {
    throw unusable("it is not a JSON object with settings");
  }
}

}  // namespace

DefaultGateway default_gateway(const Invocation& invocation, const Paths& paths) {
  // A file that is damaged is no trouble to a command that does not need it.
  const auto line = of_command_line(invocation);
  const auto environment = of_environment();
  const bool needs_file = !line->has("gateway") && !environment->has("gateway");
  Poco::AutoPtr<LayeredConfiguration> layers(new LayeredConfiguration);
  layers->add(line, 0, false);
  layers->add(environment, 1, false);
  if (needs_file) layers->add(of_file(paths), 2, false);

  DefaultGateway found;
  found.target = layers->getString("gateway", "");
  if (line->has("gateway")) {
    found.source = "the command line";
    return found;
  }
  found.source = environment->getString("source", "pintle use");
  found.ca_file = environment->getString("ca_file", "");
  using Kind = SecretSource::Kind;
  if (const auto file = environment->getString("token_file", ""); !file.empty()) {
    found.token = SecretSource::of(Kind::file, file);
  } else if (const auto name = environment->getString("token_variable", ""); !name.empty()) {
    found.token = SecretSource::of(Kind::environment, name);
  }
  return found;
}

std::optional<long long> timeout_seconds(const Invocation& invocation) {
  constexpr long long kMax = 3600;
  if (const auto seconds = invocation.number("timeout", 1, kMax)) return seconds;
  const auto text = variable("PINTLE_TIMEOUT");
  if (text.empty()) return std::nullopt;
  long long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > kMax) {
    throw UsageError("PINTLE_TIMEOUT must be a whole number from 1 to " + std::to_string(kMax));
  }
  return seconds;
}

std::string current_gateway(const Paths& paths) { return of_file(paths)->getString("gateway", ""); }

void set_current_gateway(const Paths& paths, const std::string& target) {
  std::string text = "{\"version\": " + std::to_string(kVersion);
  if (!target.empty()) text += ", \"gateway\": " + json_string(target);
  write_file_durably(paths.settings, text + "}\n");
}

}  // namespace pintle::cli
