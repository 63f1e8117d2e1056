// SPDX-License-Identifier: Apache-2.0
//
// Programs that end, hang, or write what is no reply.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "program_fixture.h"

namespace pintle::program {
namespace {

using test::SchemeDriver;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ProgramEndTest : public WithProgram {};

void expect_gone(pid_t pid) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (::kill(pid, 0) == 0 || errno != ESRCH) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the process still runs";
    std::this_thread::yield();
  }
}

TEST_F(ProgramEndTest, StartsAKilledProgramAgainWithItsSession) {
  SchemeDriver driver(scripted(), "the session\nobserve={\"result\": {}, \"session\": \"newer\"}");
  const auto first = pid_of(driver);
  driver.observe(200);
  ASSERT_EQ(driver.session(), "newer");
  ASSERT_EQ(driver.decorate(), PINTLE_OK);
  const auto credential = driver.decoration.credential;
  ::kill(first, SIGKILL);
  const auto second = pid_of(driver);
  EXPECT_NE(second, first);
  EXPECT_EQ(driver.session(), "newer");
  EXPECT_THAT(fact(driver, "asked"), HasSubstr("hello open"));
  // Its response is to a request of the former run, whose credentials had other numbers.
  EXPECT_EQ(driver.observe(401), std::uint32_t{PINTLE_OBSERVATION_RETRY_ONCE});
  ASSERT_EQ(driver.decorate(), PINTLE_OK);
  EXPECT_NE(driver.decoration.credential, credential);
  EXPECT_EQ(driver.observe(401), std::uint32_t{PINTLE_OBSERVATION_NONE});
}

TEST_F(ProgramEndTest, StartsAProgramAgainNotMoreThanThreeTimes) {
  SchemeDriver driver(scripted());
  for (int i = 0; i < 4; ++i) ::kill(pid_of(driver), SIGKILL);
  driver.describe();
  EXPECT_EQ(driver.code, std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message,
              AllOf(HasSubstr("has ended 4 times within 60 s"), HasSubstr("killed by SIGKILL")));
  EXPECT_GT(driver.error.retry_after_ms, 0);
  EXPECT_LE(driver.error.retry_after_ms, 60'000);
}

TEST_F(ProgramEndTest, StartsItAgainAfterTheWindow) {
  limits_.max_restarts = 1;
  limits_.restart_window = std::chrono::milliseconds(200);
  SchemeDriver driver(scripted());
  for (int i = 0; i < 2; ++i) ::kill(pid_of(driver), SIGKILL);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do {
    driver.describe();
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << driver.error.message;
  } while (driver.code != PINTLE_OK);
}

TEST_F(ProgramEndTest, ReportsAnOperationThatWasLost) {
  SchemeDriver driver(scripted());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
  ::kill(pid_of(driver), SIGKILL);
  EXPECT_EQ(driver.answer_http(200), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("was killed by SIGKILL during an operation"));
  EXPECT_EQ(driver.error.flags, std::uint32_t{PINTLE_ERROR_RETRY});
  EXPECT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK) << "it may begin anew";
  EXPECT_EQ(driver.answer_http(200), PINTLE_OK);
}

TEST_F(ProgramEndTest, StopsAProgramThatHangs) {
  limits_.call = std::chrono::milliseconds(200);
  SchemeDriver driver(scripted(), "decorate=hang");
  const auto pid = pid_of(driver);
  EXPECT_EQ(driver.decorate(), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("did not answer \"decorate\" within 200 ms"));
  expect_gone(pid);
  EXPECT_NE(pid_of(driver), pid);
}

TEST_F(ProgramEndTest, StopsAProgramThatTriesToLeaveItsProcessGroup) {
  limits_.call = std::chrono::milliseconds(200);
  SchemeDriver driver(scripted(), "decorate=leave-the-group-and-hang");
  const auto pid = pid_of(driver);
  EXPECT_EQ(driver.decorate(), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("did not answer \"decorate\" within 200 ms"));
  expect_gone(pid);
}

TEST_F(ProgramEndTest, StopsAProgramThatWritesWhatIsNoReply) {
  limits_.max_restarts = 100;
  const auto& scheme = scripted();
  struct Row {
    const char* mood;
    const char* says;
  };
  for (const auto& row :
       {Row{"text", "no reply"}, Row{"text-and-reply", "no reply"}, Row{"bytes", "no reply"},
        Row{"empty", "no reply"}, Row{"list", "no reply"}, Row{"long", "more than 1 MiB"},
        Row{"endless", "more than 1 MiB"}, Row{"unknown", "a request that was not sent"},
        Row{"no-id", "no reply"}, Row{"text-id", "no reply"}, Row{"both", "no reply"},
        Row{"no-object", "no reply"}}) {
    SCOPED_TRACE(row.mood);
    SchemeDriver driver(scheme, std::string("decorate=") + row.mood);
    const auto pid = pid_of(driver);
    EXPECT_EQ(driver.decorate(), std::int32_t{PINTLE_LAYER_PLUGIN});
    EXPECT_THAT(driver.error.message, HasSubstr(row.says));
    EXPECT_THAT(driver.error.message, Not(HasSubstr("Hello"))) << "it may be a secret";
    EXPECT_NE(pid_of(driver), pid);
  }
}

TEST_F(ProgramEndTest, StopsAProgramThatAnswersTwice) {
  SchemeDriver driver(scripted(), "decorate=twice");
  const auto pid = pid_of(driver);
  driver.decorate();
  expect_gone(pid);
}

TEST_F(ProgramEndTest, StopsAProgramThatClosesItsOutput) {
  SchemeDriver driver(scripted(), "decorate=close");
  const auto pid = pid_of(driver);
  EXPECT_EQ(driver.decorate(), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("closed its output"));
  expect_gone(pid);
}

TEST_F(ProgramEndTest, NeverShowsWhatAProgramSaysOnceItHasASecret) {
  SchemeDriver driver(scripted(), "the-secret-of-it\ndecorate=die");
  EXPECT_EQ(driver.decorate(), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message,
              AllOf(HasSubstr("ended with exit code 3"), Not(HasSubstr("the-secret-of-it"))));
}

TEST_F(ProgramEndTest, NoticesTheEndDespiteAChildThatHasTheOutputOpen) {
  SchemeDriver driver(scripted(), "decorate=die-with-a-child");
  EXPECT_EQ(driver.decorate(), std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("ended with exit code 4"));
}

TEST_F(ProgramEndTest, DoesNotStartAProgramThatWasChanged) {
  SchemeDriver driver(scripted());
  const auto pid = pid_of(driver);
  test::write_text(file_, test::read_text(file_) + "# another\n");
  ::kill(pid, SIGKILL);
  driver.describe();
  EXPECT_EQ(driver.code, std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("has changed since it was loaded"));
}

TEST_F(ProgramEndTest, DoesNotWaitForeverForAProgramThatReadsNothing) {
  limits_.call = std::chrono::milliseconds(300);
  const auto& scheme = start(
      "#!/bin/sh\nread line\necho '{\"id\":1,\"result\":{\"protocol\":1,\"name\":\"x\","
      "\"version\":\"1\",\"schemes\":[{\"id\":\"x\",\"name\":\"X\",\"strength\":1,\"score\":1,"
      "\"reason\":\"\",\"sends_secret\":false,\"rules\":[]}]}}'\nsleep 600\n");
  SchemeDriver driver(scheme, std::string(300'000, 'x'));
  EXPECT_EQ(driver.code, std::int32_t{PINTLE_LAYER_PLUGIN});
  EXPECT_THAT(driver.error.message, HasSubstr("did not read its standard input"));
}

TEST_F(ProgramEndTest, EndsWithTheLastThatUsesIt) {
  pid_t pid = 0;
  {
    SchemeDriver driver(scripted());
    pid = pid_of(driver);
    plugin_.reset();
    EXPECT_EQ(pid_of(driver), pid) << "what was opened keeps it";
  }
  expect_gone(pid);
}

}  // namespace
}  // namespace pintle::program
