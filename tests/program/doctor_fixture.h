// SPDX-License-Identifier: Apache-2.0
//
// Runs `pintle doctor --json` and reads what it found.

#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <Poco/JSON/Array.h>

#include "fixture.h"

namespace pintle::test {

/// A diagnosis, by the ids of its steps.
struct Diagnosed {
  struct Step {
    std::string verdict;
    std::string finding;
    std::string layer;
    std::string hint;
    std::string facts;  ///< "name: value" in lines.
  };

  int code = -1;
  bool ok = false;
  std::string failed;  ///< The id of the first failed step.
  std::string warned;  ///< The id of the first step with a warning.
  std::string json;
  std::vector<std::string> ids;
  std::map<std::string, Step> steps;

  const Step& operator[](const std::string& id) const { return steps.at(id); }
  std::string verdict(const std::string& id) const { return steps.at(id).verdict; }
};

inline Diagnosed diagnosed(const Ran& ran) {
  Diagnosed made;
  made.code = ran.code;
  made.json = ran.out + ran.err;
  const auto object = json_of(ran.out);
  made.ok = object->getValue<bool>("ok");
  made.failed = object->optValue<std::string>("failed", "");
  const auto list = object->getArray("steps");
  for (unsigned i = 0; i < list->size(); ++i) {
    const auto step = list->getObject(i);
    const auto id = step->getValue<std::string>("id");
    auto& to = made.steps[id];
    made.ids.push_back(id);
    to.verdict = step->getValue<std::string>("verdict");
    to.finding = step->getValue<std::string>("finding");
    if (to.verdict == "warning" && made.warned.empty()) made.warned = id;
    if (const auto error = step->getObject("error")) {
      to.layer = error->getValue<std::string>("layer");
      to.hint = error->optValue<std::string>("hint", "");
    }
    const auto facts = step->getArray("facts");
    for (unsigned j = 0; facts && j < facts->size(); ++j) {
      to.facts += facts->getObject(j)->getValue<std::string>("name") + ": " +
                  facts->getObject(j)->getValue<std::string>("value") + "\n";
    }
  }
  return made;
}

class WithDoctor : public WithGateway {
 protected:
  /// `pintle doctor URL MORE --json`
  Diagnosed doctor(const std::string& url, std::vector<std::string> more = {}) {
    std::vector<std::string> line = {"doctor", url, "--json"};
    line.insert(line.end(), more.begin(), more.end());
    return diagnosed(pintle_.run(line));
  }
  /// The same for the gateway, with its session token.
  Diagnosed doctor(std::vector<std::string> more = {}) {
    return doctor(url_, with_credential(std::move(more)));
  }

  /// Signs in to a gateway with the gate cookie or native.
  void sign_in(const std::vector<std::string>& more = {}) {
    std::vector<std::string> line = {
        "sign-in",         url_,
        "--with",          "password",
        "--provider",      "basic",
        "--username",      "ada",
        "--password-file", pintle_.secret_file("password", std::string(practice::kPassword))};
    line.insert(line.end(), more.begin(), more.end());
    const auto ran = pintle_.run(line);
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
};

class Doctor : public WithDoctor {
 protected:
  /// The gateway by another scheme or host: "http://localhost".
  std::string at_port(const std::string& scheme_and_host) const {
    return scheme_and_host + ":" + std::to_string(gateway_->port());
  }
};

}  // namespace pintle::test
