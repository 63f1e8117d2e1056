// SPDX-License-Identifier: Apache-2.0
//
// A plugin's manifest, compared with another JSON parser.

#include <set>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/loading/manifest.h>
#include <pintle/loading/status_rules.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle::loading {
namespace {

using fuzz::require;
using fuzz::require_same;

void check_numbers(const Manifest& manifest, std::string_view text) {
  const auto facts = fuzz::read_json(text);
  require(facts.is_json, "a manifest is JSON from end to end", text);
  if (facts.odd_key) return;
  try {
    const auto root =
        Poco::JSON::Parser().parse(std::string(text)).extract<Poco::JSON::Object::Ptr>();
    const auto schemes = root->getArray("schemes");
    require(root->getValue<Poco::Int64>("abi") == manifest.abi_major, "the ABI is not cut", text);
    for (std::size_t i = 0; i < manifest.schemes.size(); ++i) {
      const auto scheme = schemes->getObject(static_cast<unsigned>(i));
      require(scheme->getValue<Poco::Int64>("score") == manifest.schemes[i].score &&
                  scheme->getValue<Poco::Int64>("strength") == manifest.schemes[i].strength,
              "two readers read one score", text);
    }
  } catch (const Poco::Exception&) {
    // That one does not support all of JSON: NUL in a string, empty keys.
  }
}

void check_facts(const Manifest& manifest) {
  std::set<std::string> ids;
  for (const auto& scheme : manifest.schemes) {
    require(!scheme.id.empty() && ids.insert(scheme.id).second, "a scheme has an id of its own");
    require(
        scheme.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos,
        "an id can stand in a file's name", scheme.id);
    require(scheme.score >= 1 && scheme.score <= 100, "a score is from 1 to 100", scheme.id);
    require(scheme.strength >= 0 && scheme.strength <= 100, "a strength is from 0 to 100");
  }
  require(!ids.empty() && ids.size() <= 16, "the number of schemes has a limit");
}

void check(std::string_view bytes) {
  try {
    const auto manifest = parse_manifest(fuzz::Block(bytes).view());
    check_facts(manifest);
    check_numbers(manifest, bytes);
    const auto text = to_json(manifest);
    require(fuzz::read_json(text).is_json, "what is written is JSON", text);
    require(parse_manifest(text) == manifest, "a manifest reads back the same", text);
    Probe probe;
    probe.body = std::string(bytes);
    for (const auto& scheme : manifest.schemes) {
      const auto why = StatusRules(probe).broken_by(scheme);
      require(fuzz::is_one_line(why), "what does not hold is told on one line", why);
      require(!why.empty() || !scheme.rules.empty() || why.empty(), "no rule is broken by nothing");
    }
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::plugin, "the plugin is to blame", error.what());
  }
}

fuzz::Target target() {
  Manifest manifest{"pintle-oauth", "0.1.0", 1, {}};
  manifest.schemes.push_back({"oauth", "Ä \"x\"", 80, 90, "the gate is on", true, {}});
  manifest.schemes.back().rules.push_back({"auth_required", "true"});
  manifest.schemes.back().rules.push_back({"auth_flows", R"({"a":[1,-2.5e3,"x"]})"});
  manifest.schemes.push_back({"token-2", "", 0, 1, "", false, {}});
  return {
      check,
      {to_json(manifest),
       R"({"manifest":1,"name":"a","version":"1","abi":1,"schemes":[{"id":"a","name":"","strength":0,"score":100,"reason":"","sends_secret":false,"rules":[]}]})"},
      {"4294967297", "4294967386", "-1", "101", "1e1", "18446744073709551616", "\"rules\": [",
       "{\"field\": \"a\", \"value\": ", "null", "\"id\": ", "\\u0000", "\\ud83d\\ude00", "}",
       "]"}};
}

}  // namespace
}  // namespace pintle::loading

PINTLE_FUZZ_TARGET(ManifestFuzz, WhatIsReadIsWhatIsWritten, pintle::loading::target())
