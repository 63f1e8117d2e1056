// SPDX-License-Identifier: Apache-2.0
//
// Parses the text of a gateway profile, and checks all of it.

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/json_place.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr std::size_t kMaxProbes = 4;
constexpr std::size_t kMaxRules = 16;
constexpr std::size_t kMaxTextBytes = 256;
constexpr std::int64_t kMaxWaitMs = 60'000;

Error broken(const std::string& why) { return Error(Layer::config, why); }

// An object whose fields are all known and there once.
class Object {
 public:
  Object(dom::element element, std::string where, const std::set<std::string_view>& known)
      : where_(std::move(where)) {
    if (element.get(object_) != simdjson::SUCCESS) throw broken(where_ + " is not an object");
    std::set<std::string_view> seen;
    for (const auto field : object_) {
      if (!known.contains(field.key)) {
        throw broken(where_ + " has the unknown field \"" + printable(field.key, 40) + "\"");
      }
      if (!seen.insert(field.key).second) {
        throw broken(where_ + " has \"" + std::string(field.key) + "\" twice");
      }
    }
  }

  std::optional<dom::element> find(std::string_view name) const {
    dom::element found;
    if (object_.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
  }
  dom::element need(std::string_view name) const {
    const auto found = find(name);
    if (!found) throw broken(where_ + " has no \"" + std::string(name) + "\"");
    return *found;
  }
  std::string path_of(std::string_view name) const {
    return "\"" + std::string(name) + "\" of " + where_;
  }

 private:
  std::string where_;
  dom::object object_;
};

std::string read_text(dom::element element, const std::string& what) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) throw broken(what + " is not a text");
  if (text.empty() || text.size() > kMaxTextBytes) {
    throw broken(what + " is empty or longer than 256 bytes");
  }
  return std::string(text);
}

bool read_bool(dom::element element, const std::string& what) {
  bool value = false;
  if (element.get(value) != simdjson::SUCCESS) throw broken(what + " is neither true nor false");
  return value;
}

std::int64_t read_integer(dom::element element, const std::string& what, std::int64_t least,
                          std::int64_t most) {
  std::int64_t value = 0;
  if (element.get(value) != simdjson::SUCCESS || value < least || value > most) {
    throw broken(what + " is not a whole number from " + std::to_string(least) + " to " +
                 std::to_string(most));
  }
  return value;
}

dom::array read_list(dom::element element, const std::string& what, std::size_t most) {
  dom::array list;
  if (element.get(list) != simdjson::SUCCESS) throw broken(what + " is not a list");
  if (list.size() == 0 || list.size() > most) {
    throw broken(what + " has not from 1 to " + std::to_string(most) + " entries");
  }
  return list;
}

std::string read_path(dom::element element, const std::string& what) {
  const auto text = read_text(element, what);
  try {
    return RequestTarget::parse(text).text();
  } catch (const Error& error) {
    throw broken(what + ": " + error.message());
  }
}

// RFC 6901: empty, or segments that each begin with a slash.
std::string read_pointer(dom::element element, const std::string& what) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS || text.size() > kMaxTextBytes ||
      (!text.empty() && text.front() != '/')) {
    throw broken(what + " is not a JSON pointer, such as \"/version\"");
  }
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) {
      throw broken(what + " is not a JSON pointer: a ~ must be followed by 0 or 1");
    }
  }
  return std::string(text);
}

std::vector<int> read_statuses(dom::element element, const std::string& what) {
  std::vector<int> statuses;
  for (const auto item : read_list(element, what, kMaxRules)) {
    statuses.push_back(static_cast<int>(read_integer(item, what, 200, 599)));
  }
  return statuses;
}

std::vector<ProfileRule> read_rules(dom::element element, const std::string& what) {
  std::vector<ProfileRule> rules;
  for (const auto item : read_list(element, what, kMaxRules)) {
    const Object object(item, "rule " + std::to_string(rules.size() + 1) + " in " + what,
                        {"at", "value"});
    ProfileRule rule{read_pointer(object.need("at"), object.path_of("at"))};
    if (const auto value = object.find("value")) rule.value = simdjson::minify(*value);
    rules.push_back(std::move(rule));
  }
  return rules;
}

// A fact that the answer holds is written {"at": "/pointer"}.
std::optional<ProfilePointer> read_reference(dom::element element, const std::string& what) {
  if (!element.is_object()) return std::nullopt;
  const Object object(element, what, {"at"});
  return ProfilePointer{read_pointer(object.need("at"), object.path_of("at"))};
}

std::vector<Provider> read_providers(dom::element element, const std::string& what) {
  std::vector<Provider> providers;
  for (const auto item : read_list(element, what, kMaxRules)) {
    const Object object(item, "provider " + std::to_string(providers.size() + 1) + " in " + what,
                        {"name", "display_name", "supports_password"});
    Provider provider;
    provider.name = read_text(object.need("name"), object.path_of("name"));
    provider.display_name = provider.name;
    if (const auto name = object.find("display_name")) {
      provider.display_name = read_text(*name, object.path_of("display_name"));
    }
    if (const auto supports = object.find("supports_password")) {
      provider.supports_password = read_bool(*supports, object.path_of("supports_password"));
    }
    providers.push_back(std::move(provider));
  }
  return providers;
}

std::vector<std::string> read_texts(dom::element element, const std::string& what) {
  std::vector<std::string> texts;
  for (const auto item : read_list(element, what, kMaxRules)) {
    texts.push_back(read_text(item, what));
  }
  return texts;
}

template <class Fact, class Read>
void read_fact(const Object& object, std::string_view name, Fact& fact, Read read) {
  const auto found = object.find(name);
  if (!found) return;
  const auto what = object.path_of(name);
  if (auto pointer = read_reference(*found, what)) {
    fact = std::move(*pointer);
  } else {
    fact = read(*found, what);
  }
}

ProfileProbe read_probe(dom::element element, std::size_t number) {
  const Object object(
      element, "probe " + std::to_string(number),
      {"path", "statuses", "is", "auth_required", "version", "providers", "auth_flows"});
  ProfileProbe probe;
  probe.path = read_path(object.need("path"), object.path_of("path"));
  if (const auto statuses = object.find("statuses")) {
    probe.statuses = read_statuses(*statuses, object.path_of("statuses"));
  }
  probe.rules = read_rules(object.need("is"), object.path_of("is"));
  // By such rules any server that answers with JSON would be such a gateway.
  const auto says_nothing = [](const auto& rule) { return rule.at.empty() && rule.value.empty(); };
  if (std::all_of(probe.rules.begin(), probe.rules.end(), says_nothing)) {
    throw broken(object.path_of("is") + " holds for any JSON");
  }
  object.need("auth_required");
  read_fact(object, "auth_required", probe.auth_required, read_bool);
  read_fact(object, "version", probe.version, read_text);
  read_fact(object, "providers", probe.providers, read_providers);
  read_fact(object, "auth_flows", probe.auth_flows, read_texts);
  return probe;
}

void read_ready(dom::element element, GatewayProfile& profile) {
  std::string_view word;
  if (element.get(word) == simdjson::SUCCESS) {
    if (word != "upgrade" && word != "greeting") {
      throw broken(R"("ready" is neither "upgrade" nor "greeting" nor an object)");
    }
    profile.ready = word == "upgrade" ? ProfileReady::upgrade : ProfileReady::greeting;
    return;
  }
  const Object object(element, "\"ready\"", {"message", "wait_ms", "optional"});
  profile.ready = ProfileReady::message;
  profile.ready_message = read_rules(object.need("message"), object.path_of("message"));
  if (const auto wait = object.find("wait_ms")) {
    profile.ready_wait_ms = read_integer(*wait, object.path_of("wait_ms"), 1, kMaxWaitMs);
  }
  if (const auto optional = object.find("optional")) {
    profile.ready_is_optional = read_bool(*optional, object.path_of("optional"));
  }
}

void read_websocket(dom::element element, GatewayProfile& profile) {
  const Object object(element, "\"websocket\"", {"path", "content", "ready", "refused"});
  if (const auto path = object.find("path")) {
    profile.ws_path = read_path(*path, object.path_of("path"));
  }
  const auto content = read_text(object.need("content"), object.path_of("content"));
  if (content != "json-rpc" && content != "messages") {
    throw broken(R"("content" is neither "json-rpc" nor "messages")");
  }
  profile.content = content == "json-rpc" ? ProfileContent::json_rpc : ProfileContent::messages;
  if (const auto ready = object.find("ready")) read_ready(*ready, profile);
  if (const auto refused = object.find("refused")) {
    profile.refused_upgrade = read_statuses(*refused, object.path_of("refused"));
  }
}

std::string read_id(dom::element element) {
  const auto id = read_text(element, "\"id\"");
  const bool is_id = id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                     });
  if (!is_id) {
    throw broken("\"" + printable(id, 40) +
                 "\" is not a valid profile id (at most 32 of a-z, 0-9 and \"-\")");
  }
  if (id == kHermesProfile) throw broken("the profile hermes is built in");
  return id;
}

}  // namespace

GatewayProfile parse_profile(std::string_view json) {
  dom::parser parser;
  dom::element root;
  if (json.size() > kMaxBytes) throw broken("it is longer than 64 KiB");
  if (const auto place = json_fault_place(json)) throw broken("it is not JSON: " + *place);
  // Within simdjson's limits on numbers and depth.
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    throw broken(std::string("it is not JSON: ") + simdjson::error_message(error));
  }
  const Object object(root, "the profile",
                      {"profile", "id", "name", "probes", "websocket", "credential_check"});
  std::int64_t format = 0;
  if (object.need("profile").get(format) != simdjson::SUCCESS || format != kFormat) {
    throw broken("its format is not 1, the one that this program reads");
  }
  GatewayProfile profile;
  profile.id = read_id(object.need("id"));
  profile.name = read_text(object.need("name"), "\"name\"");
  if (printable(profile.name) != profile.name) throw broken("\"name\" cannot be displayed");
  for (const auto probe : read_list(object.need("probes"), "\"probes\"", kMaxProbes)) {
    profile.probes.push_back(read_probe(probe, profile.probes.size() + 1));
  }
  const auto websocket = object.find("websocket");
  profile.has_websocket = websocket.has_value();
  if (websocket) read_websocket(*websocket, profile);
  if (const auto check = object.find("credential_check")) {
    profile.credential_check = read_path(*check, "\"credential_check\"");
  }
  return profile;
}

}  // namespace pintle
