// SPDX-License-Identifier: Apache-2.0
//
// The lines of the protocol, read and written without a program.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/text/json.h>

#include "program_scheme/json_line.h"
#include "program_scheme/line_splitter.h"
#include "program_scheme/replies.h"
#include "program_scheme/requests.h"
#include "program_scheme/restart_limit.h"
#include "support/error_of.h"
#include "support/scheme_driver.h"

namespace pintle::program {
namespace {

using test::error_of;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ProgramProtocol, KnowsAReplyByItsIdAndItsResultOrError) {
  EXPECT_EQ(id_of_reply(R"({"id":7,"result":{}})"), 7U);
  EXPECT_EQ(id_of_reply(R"( {"error":{},"id":9007199254740993} )"), 9'007'199'254'740'993U);
  for (const char* line : {"",
                           " ",
                           "{}",
                           "[]",
                           "1",
                           "null",
                           "{",
                           R"({"id":1})",
                           R"({"id":1,"result":null})",
                           R"({"id":0,"result":{}})",
                           R"({"id":-1,"result":{}})",
                           R"({"id":1.0,"result":{}})",
                           R"({"id":"1","result":{}})",
                           R"({"id":1,"result":[]})",
                           R"({"id":1,"result":"x"})",
                           R"({"id":1,"result":{},"error":{}})",
                           R"({"id":1,"result":{}} x)",
                           R"({"id":1,"result":{}}{"id":2,"result":{}})",
                           "{\"id\":1,\"result\":{\"a\":\"\xff\"}}",
                           R"({"id":18446744073709551617,"result":{}})",
                           R"({"id":1,"result":{"a":"\ud800"}})"}) {
    EXPECT_EQ(id_of_reply(line), std::nullopt) << line;
  }
  EXPECT_EQ(id_of_reply(std::string(5000, '[')), std::nullopt);
  EXPECT_EQ(id_of_reply(std::string("{\"id\":1,\"result\":{}}\0", 21)), std::nullopt);
}

std::string refusal_of_step(const std::string& members) {
  const JsonDocument document("{" + members + "}");
  return error_of([&] { return StepReply(document.root()).get().need; }).message();
}

TEST(ProgramProtocol, RefusesAStepOfTheWrongShape) {
  EXPECT_THAT(refusal_of_step(""), HasSubstr("\"need\" is \"\", which is unknown"));
  EXPECT_THAT(refusal_of_step(R"("need":5)"), HasSubstr("\"need\" is not a string"));
  EXPECT_THAT(refusal_of_step(R"("need":"sing")"), HasSubstr("\"sing\""));
  EXPECT_THAT(refusal_of_step(R"("need":"done","life":"long")"), HasSubstr("\"life\""));
  EXPECT_THAT(refusal_of_step(R"("need":"done","ws_url":"wss://a/b")"), HasSubstr("no \"life\""));
  EXPECT_THAT(refusal_of_step(R"("need":"done","ws_subprotocols":[1])"), HasSubstr("strings"));
  EXPECT_THAT(refusal_of_step(R"("need":"http","http_headers":{"a":"b"})"), HasSubstr("pairs"));
  EXPECT_THAT(refusal_of_step(R"("need":"http","http_headers":[["a"]])"), HasSubstr("pairs"));
  std::string many = R"("need":"http","http_headers":[["a","b"])";
  for (int i = 0; i < 64; ++i) many += R"(,["a","b"])";
  EXPECT_THAT(refusal_of_step(many + "]"), HasSubstr("more than 64"));
  EXPECT_THAT(refusal_of_step(R"("need":"http","http_headers":[["a","b","c"]])"),
              HasSubstr("pairs"));
  EXPECT_THAT(refusal_of_step(R"("need":"http","http_body":{})"), HasSubstr("\"http_body\""));
  EXPECT_THAT(refusal_of_step(R"("need":"http","http_body":"","http_body_base64":"")"),
              HasSubstr("both"));
  for (const char* bad :
       {"A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "A A=", "AA=A", "AAA-"}) {
    EXPECT_THAT(refusal_of_step(R"("need":"http","http_body_base64":")" + std::string(bad) + "\""),
                HasSubstr("is not base64"))
        << bad;
  }
  EXPECT_THAT(refusal_of_step(R"("need":"browser","browser_url":"x")"), HasSubstr("ends_with"));
  EXPECT_THAT(refusal_of_step(R"("need":"input","inputs":["key"])"), HasSubstr("objects"));
  EXPECT_THAT(refusal_of_step(R"("need":"wait","wait_ms":"1")"), HasSubstr("not an integer"));
  EXPECT_THAT(refusal_of_step(R"("need":"wait","wait_ms":1e300)"), HasSubstr("not an integer"));
  EXPECT_THAT(refusal_of_step(R"("need":"send","binary":1)"), HasSubstr("true or false"));
}

TEST(ProgramProtocol, ReadsEveryNeed) {
  const auto read = [](const std::string& members, auto check) {
    const JsonDocument document("{" + members + "}");
    const StepReply reply(document.root());
    check(reply.get());
  };
  read(R"("need":"http","http_method":"GET","http_url":"/a","http_headers":[["A","b"],["A","c"]],)"
       R"("http_body_base64":"AP8=","may_repeat":true)",
       [](const pintle_step& step) {
         EXPECT_EQ(text(step.http_method), "GET");
         ASSERT_EQ(step.http_header_count, 2U);
         EXPECT_EQ(text(step.http_headers[1].value), "c");
         EXPECT_EQ(text(step.http_body), std::string("\0\xff", 2));
         EXPECT_EQ(step.flags, std::uint32_t{PINTLE_STEP_MAY_REPEAT});
       });
  read(R"("need":"browser","browser_url":"https://a","browser_ends_with":"cookies",)"
       R"("browser_cookies":["a","b"])",
       [](const pintle_step& step) {
         EXPECT_EQ(step.browser_ends_with, std::uint32_t{PINTLE_BROWSER_COOKIES});
         ASSERT_EQ(step.browser_cookie_count, 2U);
         EXPECT_EQ(text(step.browser_cookies[1]), "b");
       });
  read(R"("need":"input","message":"m","inputs":[{"key":"k","label":"l","secret":true}])",
       [](const pintle_step& step) {
         ASSERT_EQ(step.input_count, 1U);
         EXPECT_EQ(text(step.inputs[0].label), "l");
         EXPECT_EQ(step.inputs[0].flags, std::uint32_t{PINTLE_INPUT_SECRET});
         EXPECT_EQ(text(step.message), "m");
       });
  read(R"("need":"wait","wait_ms":5,"message":null)",
       [](const pintle_step& step) { EXPECT_EQ(step.wait_ms, 5); });
  read(R"("need":"send","ws_message":"hi","binary":true)", [](const pintle_step& step) {
    EXPECT_EQ(step.need, std::uint32_t{PINTLE_NEED_SEND});
    EXPECT_EQ(text(step.ws_message), "hi");
    EXPECT_EQ(step.flags, std::uint32_t{PINTLE_STEP_BINARY});
  });
  read(R"("need":"receive")",
       [](const pintle_step& step) { EXPECT_EQ(step.need, std::uint32_t{PINTLE_NEED_RECEIVE}); });
  read(R"("need":"exec","exec_helper":"h","exec_arguments":["a"],"exec_input":"i")",
       [](const pintle_step& step) {
         EXPECT_EQ(text(step.exec_helper), "h");
         ASSERT_EQ(step.exec_argument_count, 1U);
         EXPECT_EQ(text(step.exec_input), "i");
       });
  read(
      R"("need":"done","ws_url":"wss://a","life":"until","keep_until_ms":9,"ws_subprotocols":["p"])",
      [](const pintle_step& step) {
        EXPECT_EQ(step.life, std::uint32_t{PINTLE_KEEP_UNTIL});
        EXPECT_EQ(step.keep_until_ms, 9);
        ASSERT_EQ(step.ws_subprotocol_count, 1U);
        EXPECT_EQ(text(step.ws_subprotocols[0]), "p");
      });
}

TEST(ProgramProtocol, ReadsAnErrorAndMakesItPrintable) {
  const Reply reply(Secret(R"({"id":1,"session_base64":"/w==","error":{"layer":"rate-limit",)"
                           R"("message":"slow\u001b[2J","hint":"wait","http_status":429,)"
                           R"("retry_after_ms":1500,"user_action":true}})"));
  const auto error = reply.error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->layer(), Layer::rate_limit);
  EXPECT_EQ(error->message(), "slow\\x1b[2J");
  EXPECT_EQ(error->http_status(), 429);
  EXPECT_EQ(error->retry_after_ms(), 1500);
  EXPECT_TRUE(error->can_retry());
  EXPECT_TRUE(error->needs_user_action());
  EXPECT_FALSE(error->needs_sign_in());
  EXPECT_EQ(reply.session()->reveal(), "\xff");
  const Reply unknown(Secret(R"({"id":1,"error":{"layer":"moon","message":"x"}})"));
  EXPECT_THAT(error_of([&] { return unknown.error(); }).message(), HasSubstr("no layer \"moon\""));
  EXPECT_EQ(Reply(Secret(R"({"id":1,"error":{}})")).error()->layer(), Layer::plugin);
  const Reply endless(Secret(R"({"id":1,"error":{"retry_after_ms":9223372036854775807}})"));
  EXPECT_EQ(endless.error()->retry_after_ms(), Error::kMaxRetryAfterMs);
}

TEST(ProgramProtocol, RefusesASessionThatTheNextOpenMayNotHold) {
  const auto reply_with = [](const std::string& session) {
    return Reply(Secret("{\"id\":1,\"result\":{},\"session\":" + json_string(session) + "}"));
  };
  EXPECT_EQ(reply_with(std::string(260'000, 'x')).session()->reveal().size(), 260'000U);
  for (const auto& session : {std::string(270'000, 'x'), std::string(50'000, '\x01')}) {
    EXPECT_THAT(error_of([&] { return reply_with(session).session(); }).message(),
                HasSubstr("more than 256 KiB"));
  }
}

TEST(ProgramProtocol, RefusesADecorationWhoseCredentialIsOutOfRange) {
  for (const char* credential : {"-1", "1099511627776", "\"1\"", "1.5"}) {
    const JsonDocument document("{\"credential\":" + std::string(credential) + "}");
    EXPECT_EQ(error_of([&] { return read_decoration(document.root()).credential; }).layer(),
              Layer::plugin)
        << credential;
  }
  const JsonDocument document(R"({"headers":[["A","b"]],"query":[["k","v"]],"credential":3})");
  const auto read = read_decoration(document.root());
  EXPECT_EQ(read.credential, 3U);
  EXPECT_EQ(read.query[0].second.reveal(), "v");
}

TEST(ProgramProtocol, WritesWhatAnyJsonReaderReads) {
  auto answer = test::sized<pintle_answer>();
  const pintle_field fields[] = {{test::view("a\"b"), test::view("\n\xff")}};
  const pintle_view sources[] = {test::view("typed")};
  const std::int64_t expires[] = {-5};
  answer.fields = fields;
  answer.field_count = 1;
  answer.sources = sources;
  answer.cookie_expires_ms = expires;
  answer.exec_output = test::view("\xff");
  JsonLine line;
  line.number("id", 1).begin_object("params");
  write_answer(line, answer);
  const auto written = line.end_object().finish();
  EXPECT_TRUE(is_json(written)) << written;
  EXPECT_EQ(written.find('\n'), std::string_view::npos);
  EXPECT_THAT(written,
              HasSubstr("\"fields\":[[\"a\\\"b\",\"\\n\xef\xbf\xbd\"]],\"sources\":[\"typed\"],"
                        "\"cookie_expires_ms\":[-5]"));
  EXPECT_THAT(written, HasSubstr(R"("exec_output_base64":"/w==")"));
}

TEST(ProgramProtocol, SplitsLinesUpToTheirLimit) {
  std::vector<std::string> lines;
  const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter;
  for (const char c : std::string("a\n\nbc\nd")) EXPECT_TRUE(splitter.add({&c, 1}, keep));
  EXPECT_THAT(lines, ElementsAre("a", "", "bc"));
  EXPECT_TRUE(splitter.add("e\nf\n", keep));
  EXPECT_THAT(lines, ElementsAre("a", "", "bc", "de", "f"));
  lines.clear();
  EXPECT_TRUE(splitter.add(std::string(kMaxLine, 'x'), keep));
  EXPECT_TRUE(splitter.add("\n", keep));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].size(), kMaxLine);
  EXPECT_FALSE(splitter.add(std::string(kMaxLine + 1, 'x'), keep));
}

TEST(ProgramProtocol, MayAllowNoRestart) {
  RestartLimit limit(0, std::chrono::seconds(60));
  EXPECT_EQ(limit.restart(RestartLimit::Clock::time_point()), std::chrono::seconds(60));
}

TEST(ProgramProtocol, CountsRestartsInAWindow) {
  using std::chrono::seconds;
  RestartLimit limit(3, seconds(60));
  const auto begin = RestartLimit::Clock::time_point() + std::chrono::hours(1);
  for (const int at : {0, 1, 2}) EXPECT_EQ(limit.restart(begin + seconds(at)).count(), 0);
  EXPECT_EQ(limit.restart(begin + seconds(10)), seconds(50));
  EXPECT_EQ(limit.restart(begin + seconds(60)).count(), 0);
  EXPECT_EQ(limit.restart(begin + seconds(60)), seconds(1));
}

}  // namespace
}  // namespace pintle::program
