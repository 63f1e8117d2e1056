// SPDX-License-Identifier: Apache-2.0
//
// The conformance test of schemes, against a scheme with one planted fault at a time, and against
// the bundled schemes and the examples.

#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/conformance/rules.h>
#include <pintle/conformance/script.h>
#include <pintle/conformance/tester.h>
#include <pintle/core/base/error.h>

#include "support/temporary_folder.h"

namespace pintle::conformance {

void PrintTo(const Finding& finding, std::ostream* out) {
  *out << name_of(finding.rule) << " " << finding.where << ": " << finding.what << " ("
       << finding.times << ")";
}

namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

TestOptions options(const fs::path& script) {
  TestOptions made;
  made.worker = SCHEME_TEST;
  made.script = script;
  made.call_limit_ms = 30'000;
  return made;
}

// Without optimisation nothing is fast.
std::vector<Finding> findings_of(TestReport report) {
#ifndef __OPTIMIZE__
  std::erase_if(report.findings, [](const Finding& found) { return found.rule == Rule::fast; });
#endif
  return report.findings;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kUnderValgrind = false;  // a sanitizer and valgrind exclude each other
#else
constexpr bool kUnderValgrind = true;
#endif

struct Planted {
  const char* fault;
  Rule rule;
};

void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.fault; }

class PlantedFault : public testing::TestWithParam<Planted> {
 protected:
  // The script of the faulty scheme, with that fault.
  fs::path script(const std::string& fault) {
    auto text = test::read_text(fs::path(KIT) / "faulty.json");
    text.replace(text.find("FAULT"), 5, fault);
    const auto file = folder_.path() / "answers.json";
    test::write_text(file, text);
    return file;
  }

  test::TemporaryFolder folder_;
};

TEST_P(PlantedFault, IsFoundUnderItsRule) {
  if (GetParam().rule == Rule::memory && !kUnderValgrind) GTEST_SKIP() << "not with a sanitizer";
  auto how = options(script(GetParam().fault));
  how.seeds = 4;
  how.valgrind = GetParam().rule == Rule::memory;
  if (GetParam().rule == Rule::returns) how.call_limit_ms = 1'500;
  const auto report = test_plugin(FAULTY, how);
  if (how.valgrind && report.notes != std::vector<std::string>{}) {
    GTEST_SKIP() << report.notes.front();
  }
  EXPECT_THAT(report.findings, Contains(Field(&Finding::rule, GetParam().rule)));
  // A crash hides what would come after it, and what is wrong in every call breaks more rules.
  const std::set<Rule> alone = {Rule::messages,  Rule::no_sign_in_for_5xx, Rule::secrets,
                                Rule::session,   Rule::session_changed,    Rule::finishes,
                                Rule::no_io,     Rule::observing,          Rule::asking,
                                Rule::cancelling};
  if (alone.contains(GetParam().rule)) {
    EXPECT_THAT(findings_of(report), Each(Field(&Finding::rule, GetParam().rule)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfAScheme, PlantedFault,
    testing::Values(
        Planted{"crashes", Rule::survives}, Planted{"exits", Rule::survives},
        Planted{"hangs", Rule::returns}, Planted{"writes-beyond-step", Rule::sizes},
        Planted{"reads-beyond-request", Rule::sizes}, Planted{"reads-as-c-string", Rule::views},
        Planted{"reads-null-view", Rule::views}, Planted{"keeps-input", Rule::borrowed},
        Planted{"throws", Rule::results}, Planted{"strange-code", Rule::results},
        Planted{"no-sign-in-asked", Rule::results}, Planted{"no-message", Rule::messages},
        Planted{"quotes-body", Rule::messages}, Planted{"5xx-asks", Rule::no_sign_in_for_5xx},
        Planted{"lost-asks", Rule::no_sign_in_for_5xx},
        Planted{"5xx-in-observe", Rule::no_sign_in_for_5xx},
        Planted{"takes-anything", Rule::done_means_done}, Planted{"no-url", Rule::done_means_done},
        Planted{"breaks-header", Rule::valid_output}, Planted{"secret-in-error", Rule::secrets},
        Planted{"describes-secret", Rule::secrets}, Planted{"stays-busy", Rule::cancelling},
        Planted{"resumes-after-the-end", Rule::after_the_end},
        Planted{"loses-session", Rule::session},
        Planted{"unreported-session", Rule::session_changed},
        Planted{"retries-for-ever", Rule::finishes}, Planted{"writes-output", Rule::no_io},
        Planted{"opens-file", Rule::no_io}, Planted{"removes-file", Rule::no_io},
        Planted{"counts-globally", Rule::deterministic},
        Planted{"older-credential", Rule::observing},
        Planted{"one-credential-number", Rule::observing},
        Planted{"success-is-refused", Rule::observing}, Planted{"slow-decorate", Rule::fast},
        Planted{"asks-in-refresh", Rule::asking}, Planted{"leaks", Rule::memory}),
    [](const auto& each) {
      std::string name = each.param.fault;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

class NoFault : public PlantedFault {};

TEST_F(NoFault, NoFinding) {
  auto how = options(script("none"));
  how.valgrind = kUnderValgrind;
  const auto report = test_plugin(FAULTY, how);
  EXPECT_THAT(findings_of(report), IsEmpty());
  EXPECT_GT(report.cases, 500);
  EXPECT_GE(report.decorate_ns, 0);
}

// Only the worker's own lines count, and nothing that a library writes in their place.
TEST_F(NoFault, IsBelievedOfALibraryThatSpeaksForTheTest) {
  for (const char* library : {"/ends-the-test.so", "/floods-the-test.so"}) {
    const auto report = test_plugin(std::string(FIXTURES) + library, options(script("none")));
    EXPECT_EQ(report.cases, 0) << library;
    EXPECT_THAT(report.findings, Contains(Field(&Finding::rule, Rule::no_io))) << library;
  }
}

struct Good {
  const char* name;
  const char* library;
  const char* script;
};

class GoodScheme : public testing::TestWithParam<Good> {};

TEST_P(GoodScheme, HasNoFinding) {
  const auto script = GetParam().script;
  const auto report = test_plugin(GetParam().library, options(script));
  EXPECT_THAT(findings_of(report), IsEmpty());
  EXPECT_GT(report.cases, 200);
}

INSTANTIATE_TEST_SUITE_P(Bundled, GoodScheme,
                         testing::Values(Good{"token", TOKEN_PLUGIN, KIT "/token.json"},
                                         Good{"oauth", OAUTH_PLUGIN, KIT "/oauth.json"}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(Rules, AreDocumentedWithTheSameNumbersAndWords) {
  const auto document = test::read_text(RULES_DOCUMENT);
  int number = 0;
  for (const auto& rule : all_rules()) {
    ++number;
    EXPECT_EQ(name_of(rule.rule), "R" + std::to_string(number));
    EXPECT_EQ(rule_from_number(number), rule.rule);
    EXPECT_THAT(document,
                HasSubstr("| R" + std::to_string(number) + " | " + std::string(rule.text) + " |"));
  }
  EXPECT_EQ(document.find("| R" + std::to_string(number + 1) + " |"), std::string::npos);
}

TEST(Scripts, AreRefusedWithTheReason) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      parse_script(text);
    } catch (const Error& error) {
      return error.message();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal("{\n \"probe\" 1}"), HasSubstr("is not JSON: line 2, column 10"));
  EXPECT_THAT(refusal("{}"), HasSubstr("has no \"scenarios\""));
  EXPECT_THAT(refusal(R"({"scenarios":[]})"), HasSubstr("has no scenario"));
  EXPECT_THAT(refusal(R"({"scenarios":[{}]})"), HasSubstr("no \"name\""));
  EXPECT_THAT(refusal(R"({"scenarios":[{"name":"a","metod":"b"}]})"),
              HasSubstr("scenario 1 has the unknown member \"metod\""));
  EXPECT_THAT(
      refusal(R"({"scenarios":[{"name":"a","answers":[{"wait":"*"},{"http":"*","stauts":1}]}]})"),
      HasSubstr("answer 2 of scenario 1 has the unknown member \"stauts\""));
  EXPECT_THAT(refusal(R"({"answers":[{"http":5}],"scenarios":[{"name":"a"}]})"),
              HasSubstr("\"http\" of answer 1 is not a text"));
  EXPECT_THAT(refusal(R"({"scenarios":[{"name":"a","operations":["dance"]}]})"),
              HasSubstr("operation 1 of scenario 1: there is no operation \"dance\""));
  EXPECT_THAT(refusal(R"({"answers":[{"status":200}],"scenarios":[{"name":"a"}]})"),
              HasSubstr("for no need"));
  EXPECT_THAT(refusal(R"({"answers":[{"http":"*","status":99999}],"scenarios":[{"name":"a"}]})"),
              HasSubstr("not a whole number"));
  EXPECT_EQ(refusal(R"({"scenarios":[{"name":"a"}]})"), "accepted");
}

// A script that leads nowhere tests nothing, so it is a finding.
TEST(Scripts, ThatDoNotReachTheirEndAreAFinding) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "answers.json";
  test::write_text(file, R"({"probe":{"providers":["basic"],"password_providers":["basic"]},
    "scenarios":[{"name":"lost","method":"password"}]})");
  auto how = options(file);
  how.seeds = 1;
  const auto report = test_plugin(OAUTH_PLUGIN, how);
  EXPECT_THAT(report.findings, Contains(Field(&Finding::rule, Rule::script)));
}

}  // namespace
}  // namespace pintle::conformance
