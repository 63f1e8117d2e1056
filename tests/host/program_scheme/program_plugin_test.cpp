// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <pintle/core/text/json.h>
#include <pintle/loading/manifest.h>

#include "program_fixture.h"
#include "scheme/scheme_instance.h"
#include "support/error_of.h"

namespace pintle::program {
namespace {

using test::Fields;
using test::SchemeDriver;
using test::text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class ProgramPluginTest : public WithProgram {};

TEST_F(ProgramPluginTest, HasTheTableOfALibrary) {
  const auto& scheme = scripted();
  const auto manifest = loading::manifest_of(plugin_->table());
  EXPECT_EQ(manifest.name, "scripted");
  ASSERT_EQ(manifest.schemes.size(), 1U);
  EXPECT_EQ(manifest.schemes[0].profiles, (std::vector<std::string>{"hermes", "other"}));
  EXPECT_EQ(manifest.schemes[0].settings[0].default_value, "1");
  EXPECT_EQ(manifest.schemes[0].rules[0].value, "true");
  EXPECT_EQ(scheme.flags, std::uint32_t{PINTLE_SCHEME_GREETS});
  auto probe = test::sized<pintle_probe>();
  probe.profile = test::view("other");
  auto match = test::sized<pintle_match>();
  auto error = test::sized<pintle_error>();
  ASSERT_EQ(scheme.match(&probe, &match, &error), PINTLE_OK) << error.message;
  EXPECT_EQ(match.score, 1);
  EXPECT_STREQ(match.reason, "it is other");
}

TEST_F(ProgramPluginTest, GivesTheProgramNothingOfThisProcess) {
  SchemeDriver driver(scripted());
  EXPECT_EQ(fact(driver, "descriptors"), "[0, 1, 2]");
  EXPECT_EQ(fact(driver, "folder"), "/");
  EXPECT_EQ(fact(driver, "leads_group"), "True");
  EXPECT_EQ(fact(driver, "leads_session"), "True");
}

TEST_F(ProgramPluginTest, GivesTheProgramAnEnvironmentOfTwoVariables) {
  // Of an interpreter that changes neither, before it reads the file.
  test::error_if_any(
      [&] { return start("#!/bin/sh\ncat /proc/$$/environ >\"$0.environment\"").flags; });
  auto environment = test::read_text(folder_ / "program.environment");
  std::size_t variables = 0;
  for (const char c : environment) variables += c == '\0' ? 1 : 0;
  EXPECT_EQ(variables, 2U) << environment;
  EXPECT_TRUE(environment.starts_with("PATH="));
  EXPECT_THAT(environment, HasSubstr(std::string("\0LANG=", 6)));
}

TEST_F(ProgramPluginTest, KeepsADecorationUntilItLapsesOrTheCredentialMayHaveChanged) {
  SchemeDriver driver(scripted(),
                      R"(decorate={"result": {"headers": [["X-Key", "é"]], "credential": 7,)"
                      R"( "valid_until_ms": 1000000000500}})");
  const auto asked = [&] {
    const auto all = fact(driver, "asked");
    std::size_t count = 0;
    for (auto at = all.find("decorate"); at != std::string::npos;
         at = all.find("decorate", at + 1)) {
      ++count;
    }
    return count;
  };
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(driver.decorate(), PINTLE_OK) << driver.error.message;
    EXPECT_THAT(driver.headers, ElementsAre(Pair("X-Key", "é")));
  }
  EXPECT_EQ(driver.decoration.valid_until_ms, 1'000'000'000'500);
  EXPECT_EQ(asked(), 1U);
  driver.decorate(PINTLE_REQUEST_UPGRADE);
  EXPECT_EQ(asked(), 2U) << "an upgrade may be decorated differently";
  EXPECT_EQ(driver.observe(200), std::uint32_t{PINTLE_OBSERVATION_NONE});
  driver.decorate();
  EXPECT_EQ(asked(), 2U);
  EXPECT_EQ(driver.observe(401), std::uint32_t{PINTLE_OBSERVATION_RETRY_ONCE});
  driver.decorate();
  EXPECT_EQ(asked(), 3U);
  driver.begin(PINTLE_REFRESH);
  driver.end();
  driver.decorate();
  EXPECT_EQ(asked(), 4U);
  driver.now_ms += 500;
  driver.decorate();
  driver.decorate();
  EXPECT_EQ(asked(), 6U) << "it has lapsed";
}

TEST_F(ProgramPluginTest, PassesOnTheStepsAndTheAnswers) {
  SchemeDriver driver(scripted());
  driver.given = {test::view("key")};
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK, "password", "ldap"), PINTLE_OK);
  EXPECT_EQ(driver.step.need, std::uint32_t{PINTLE_NEED_HTTP});
  EXPECT_EQ(text(driver.step.http_url), "/x");
  ASSERT_EQ(driver.answer_http(200, std::string("\xff\0a", 3), {{"Set-Cookie", "a=1"}}), PINTLE_OK);
  EXPECT_EQ(driver.step.need, std::uint32_t{PINTLE_NEED_DONE});
  EXPECT_THAT(text(driver.step.message),
              AllOf(HasSubstr(R"("http_body_base64": "/wBh")"), HasSubstr(R"("http_status": 200)"),
                    HasSubstr(R"("http_headers": [["Set-Cookie", "a=1"]])"),
                    HasSubstr(R"("failure": null)")));
  driver.begin(PINTLE_REFRESH);
  ASSERT_EQ(driver.answer_failure(PINTLE_LAYER_DNS, "no such host"), PINTLE_OK);
  EXPECT_THAT(text(driver.step.message),
              AllOf(HasSubstr(R"("layer": "dns")"), HasSubstr("no such host")));
}

TEST_F(ProgramPluginTest, TakesANewSessionFromAnyReply) {
  SchemeDriver driver(
      scripted(),
      "observe={\"result\": {}, \"session\": \"begin={\\\"error\\\": {\\\"layer\\\": \\\"gate\\\","
      " \\\"message\\\": \\\"no\\\", \\\"sign_in\\\": true}, \\\"session\\\": \\\"third\\\"}\"}");
  EXPECT_EQ(driver.observe(200), std::uint32_t{PINTLE_OBSERVATION_SESSION_CHANGED});
  EXPECT_THAT(driver.session(), HasSubstr("\"gate\""));
  EXPECT_EQ(driver.begin(PINTLE_REFRESH), std::int32_t{PINTLE_LAYER_GATE});
  EXPECT_STREQ(driver.error.message, "no");
  EXPECT_EQ(driver.step.flags, std::uint32_t{PINTLE_STEP_SESSION_CHANGED});
  EXPECT_EQ(driver.session(), "third");
}

TEST_F(ProgramPluginTest, ReportsASessionOfTheReplyToOpen) {
  const auto opened_as = [](const std::string& session) {
    return "open={\"result\": {}, \"session\": " + json_string(session) + "}";
  };
  const auto second = opened_as("third");
  const SchemeInstance instance(scripted(), {.url = GatewayUrl::parse("https://gateway.example")},
                                nullptr, Secret(opened_as(second)));
  EXPECT_EQ(instance.change(), 2U);
  EXPECT_EQ(instance.session().reveal(), second);
  ::kill(std::stoi(instance.describe().at("pid")), SIGKILL);
  // It is opened again with the second one.
  EXPECT_EQ(instance.decorate(RequestKind::rest, "GET", "/x", 0).change, 3U);
  EXPECT_EQ(instance.session().reveal(), "third");
  EXPECT_EQ(instance.decorate(RequestKind::rest, "GET", "/x", 0).change, 3U);
}

TEST_F(ProgramPluginTest, ServesManyAuthsAtOnceFromOneProcess) {
  const auto& scheme = scripted();
  std::vector<std::jthread> threads;
  std::vector<std::string> pids(4);
  for (auto& pid : pids) {
    threads.emplace_back([&] {
      SchemeDriver driver(scheme);
      for (int i = 0; i < 20; ++i) pid = fact(driver, "pid");
    });
  }
  threads.clear();
  EXPECT_EQ(pids, std::vector<std::string>(4, pids[0]));
}

TEST_F(ProgramPluginTest, NamesWhatIsWrongWithAProgramThatCannotBeLoaded) {
  struct Row {
    const char* text;
    const char* says;
  };
  for (const auto& row :
       {Row{"#!/bin/sh\necho first >&2; echo 'no module \033[2Jx' >&2; exit 3",
            "ended with exit code 3, before its reply to \"hello\": no module \\x1b[2Jx"},
        Row{"#!/bin/sh\nkill -SEGV $$", "was killed by SIGSEGV"},
        Row{"#!/nonexistent/interpreter\n", "cannot be started: No such file or directory"},
        Row{"no interpreter\n", "cannot be started: Exec format error"},
        Row{"#!/bin/sh\nread line; echo hello", "wrote a line that is no reply"},
        Row{"#!/bin/sh\nsleep 60", "did not answer \"hello\" within 300 ms"},
        Row{"#!/bin/sh\nread line; echo '{\"id\":1,\"result\":{\"protocol\":2}}'; read line",
            "speaks version 2 of the protocol, but this program speaks 1"},
        Row{"#!/bin/sh\nread line; echo '{\"id\":1,\"result\":{\"protocol\":1}}'; read line",
            "has no \"schemes\""},
        Row{"#!/bin/sh\nread line; echo '{\"id\":1,\"error\":{\"message\":\"not today\"}}'; read "
            "line",
            "not today"}}) {
    limits_.hello = std::chrono::milliseconds(
        std::string(row.says).find("300") == std::string::npos ? 10'000 : 300);
    const auto error = test::error_of([&] { return start(row.text).flags; });
    EXPECT_EQ(error.layer(), Layer::plugin);
    EXPECT_THAT(error.message(), AllOf(HasSubstr(file_.string()), HasSubstr(row.says)));
  }
  std::filesystem::permissions(file_, std::filesystem::perms::owner_read);
  EXPECT_THAT(test::error_of([&] { return start().flags; }).hint(), HasSubstr("chmod u+x"));
}

std::string replying_to_hello(const std::string& scheme) {
  return R"(#!/bin/sh
read line; echo '{"id":1,"result":{"protocol":1,"name":"x","version":"1","schemes":[)" +
         scheme + "]}}'; read line; echo '{\"id\":2,\"result\":{}}'; read line; " +
         "echo '{\"id\":3,\"result\":{\"need\":\"redo\"}}'; read line";
}

TEST_F(ProgramPluginTest, NamesTheMemberThatIsWrongInTheReplyToHello) {
  struct Row {
    const char* scheme;
    const char* says;
  };
  for (const auto& row :
       {Row{R"({"id":"x","score":"high"})", R"("score" of the scheme "x" is not a whole number)"},
        Row{R"({"id":"x"},{"name":"Y"})", R"("id" of scheme 2 is missing)"},
        Row{R"({"id":"x","settings":[{"key":"a"},{"label":"B"}]})",
            R"("key" of setting 2 of the scheme "x" is missing)"},
        Row{R"({"id":"x","rules":[{"value":"v"}]})",
            R"("field" of rule 1 of the scheme "x" is missing)"},
        Row{R"({"id":"x","observed_status":[401]})",
            R"(the scheme "x" has the unknown member "observed_status")"},
        Row{R"({"id":"x","settings":[{"key":"a","secrets":true}]})",
            R"(a setting of the scheme "x" has the unknown member "secrets")"},
        Row{R"({"id":"x","observed_statuses":[4010]})", "has 4010, which is no HTTP status"}}) {
    SCOPED_TRACE(row.scheme);
    const auto error = test::error_of([&] { return start(replying_to_hello(row.scheme)).flags; });
    EXPECT_THAT(error.message(), AllOf(HasSubstr(file_.string()), HasSubstr("reply to \"hello\""),
                                       HasSubstr(row.says)));
  }
}

TEST_F(ProgramPluginTest, IsShownOnlyTheResponsesThatItInspects) {
  struct Row {
    const char* member;
    bool is_shown;
  };
  for (const auto& row : {Row{"", true}, Row{R"(,"observed_statuses":[])", false},
                          Row{R"(,"observed_statuses":[401])", false},
                          Row{R"(,"observed_statuses":[401,200])", true}}) {
    SCOPED_TRACE(row.member);
    const auto hello = std::string(R"({"id":1,"result":{"protocol":1,"name":"x","version":"1",)") +
                       R"("schemes":[{"id":"x")" + row.member + "}]}}";
    SchemeInstance instance(start("#!/bin/sh\nread line; echo '" + hello +
                                  "'; read line; echo '{\"id\":2,\"result\":{}}'; read line"),
                            {.url = GatewayUrl::parse("https://gateway.example")}, nullptr, {});
    const auto error = test::error_if_any(
        [&] { return instance.observe(RequestKind::rest, {.status = 200}, 0, 0).retry_once; });
    EXPECT_EQ(error.has_value(), row.is_shown);  // it ends when it is
  }
}

TEST_F(ProgramPluginTest, NeedsOnlyAnIdAndNamesTheRequestOfAnInvalidReply) {
  const auto& scheme = start(replying_to_hello(R"({"id":"x"})"));
  EXPECT_EQ(text(scheme.name), "x");
  EXPECT_EQ(scheme.flags & PINTLE_SCHEME_SENDS_SECRET, std::uint32_t{PINTLE_SCHEME_SENDS_SECRET});
  SchemeDriver driver(scheme);
  EXPECT_EQ(driver.begin(PINTLE_SIGN_IN), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_EQ(std::string(driver.error.message),
            file_.string() +
                ": its reply to \"begin\" is invalid: \"need\" is \"redo\", which is unknown");
}

TEST_F(ProgramPluginTest, FreesTheSlotOfAProgramThatIsNoLongerUsed) {
  const std::string hello =
      R"({"id":1,"result":{"protocol":1,"name":"x","version":"1","schemes":[{"id":"x","name":"X",)"
      R"("strength":1,"score":1,"reason":"","sends_secret":false,"rules":[]}]}})";
  for (std::size_t i = 0; i < kSlots + 2; ++i) {
    start("#!/bin/sh\nread line; echo '" + hello + "'; read line");
  }
  auto opening = test::sized<pintle_opening>();
  auto error = test::sized<pintle_error>();
  pintle_auth* auth = nullptr;
  const auto open = plugin_->table().schemes[0]->open;
  plugin_.reset();
  EXPECT_EQ(open(&opening, &auth, &error), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_STREQ(error.message, "the scheme's program is no longer loaded");
}

}  // namespace
}  // namespace pintle::program
