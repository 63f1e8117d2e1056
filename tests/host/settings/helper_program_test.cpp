// SPDX-License-Identifier: Apache-2.0
//
// Helper programs: what they get, what is taken of them, and that nothing remains of a killed one.

#include "settings/helper_program.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <stop_token>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "support/temporary_folder.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class AHelperProgram : public testing::Test {
 protected:
  // Writes a script and names it "h" in the settings.
  void script(const std::string& text, const std::string& arguments = {}) {
    const auto file = folder_ / "helper";
    write_text(file, "#!/bin/sh\n" + text + "\n");
    ASSERT_EQ(::chmod(file.c_str(), 0700), 0);
    settings_.helpers["h"] = file.string() + arguments;
  }
  CommandOutput run(std::vector<std::string> arguments = {}, std::string_view input = {},
                    std::int64_t timeout_ms = 20'000, const std::stop_token& cancel = {}) {
    return run_helper(settings_, "h", std::move(arguments), input, timeout_ms, cancel);
  }

  TemporaryFolder folder_;
  ConnectionSettings settings_{.url = GatewayUrl::parse("https://gateway.example")};
};

TEST_F(AHelperProgram, GetsItsArgumentsAndItsInputAndReturnsItsOutput) {
  script("printf '<%s>' \"$@\"; cat", " own 'two words'");
  const auto output = run({"of; the scheme", "$(x)"}, "in\nput");
  EXPECT_EQ(output.exit_code, 0);
  EXPECT_EQ(output.text, "<own><two words><of; the scheme><$(x)>in\nput");
}

TEST_F(AHelperProgram, MayFailByItsOwnAccount) {
  script("echo no; echo hidden >&2; exit 3");
  testing::internal::CaptureStderr();
  const auto output = run();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(output.exit_code, 3);
  EXPECT_EQ(output.text, "no\n");
}

TEST_F(AHelperProgram, WithoutInputReadsNothing) {
  script("cat; echo end");
  EXPECT_EQ(run().text, "end\n");
}

TEST_F(AHelperProgram, TakesInputThatIsLongerThanAPipe) {
  script("wc -c | tr -d ' '");
  EXPECT_EQ(run({}, std::string(1 << 20, 'x')).text, "1048576\n");
  script("exit 0");  // that does not read it
  EXPECT_EQ(run({}, std::string(1 << 20, 'x')).exit_code, 0);
}

TEST_F(AHelperProgram, MayPrint64KiB) {
  script("head -c 65536 /dev/zero | tr '\\0' x");
  EXPECT_EQ(run().text.size(), 65'536U);
  script("head -c 65537 /dev/zero | tr '\\0' x");
  EXPECT_THAT(error_of([&] { return run(); }).message(), HasSubstr("longer than 64 KiB"));
}

TEST_F(AHelperProgram, HasNoTerminalAndNoDescriptorOfOurs) {
  script("(: </dev/tty) 2>/dev/null && echo terminal; ls /proc/self/fd | tr '\\n' ' '");
  std::FILE* leaked = std::fopen("/dev/null", "r");  // not close-on-exec
  const auto text = run().text;
  std::fclose(leaked);
  EXPECT_EQ(text, "0 1 2 3 ");  // 3: of ls itself
}

TEST_F(AHelperProgram, IsKilledAtItsTimeLimitWithItsChildren) {
  const auto file = folder_ / "pid";
  script("sleep 600 & echo $! >" + file.string() + "; wait");
  const auto error = error_of([&] { return run({}, {}, 1'000); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("did not exit in time"));
  const auto child = std::stoi(read_text(file));
  // Reaped by init, or a zombie of it for a moment.
  for (int i = 0; i < 1'000 && ::kill(child, 0) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(::kill(child, 0), -1);
}

TEST_F(AHelperProgram, IsCancelled) {
  script("sleep 600");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(error_of([&] { return run({}, {}, 60'000, stop.get_token()); }).message(),
              HasSubstr("it was cancelled"));
}

TEST_F(AHelperProgram, IsRefusedWithAHintIfTheSettingsDoNotNameIt) {
  const auto error = error_of([&] { return run(); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("needs the helper program \"h\""));
  EXPECT_EQ(error.hint(), "Name its command: --helper h=COMMAND.");
  EXPECT_TRUE(error.needs_user_action());
}

TEST_F(AHelperProgram, ThatCannotRunIsNamedWithoutItsOutput) {
  struct Row {
    std::string command;
    const char* why;
  };
  script("echo secret; kill -9 $$");
  for (const auto& row :
       {Row{"no-such-program-of-pintle", "there is no program"},
        Row{"/etc/hostname", "there is no program"}, Row{"a | b", "runs without a shell"},
        Row{settings_.helpers["h"], "killed by a signal"}}) {
    SCOPED_TRACE(row.command);
    settings_.helpers["h"] = row.command;
    const auto error = error_of([&] { return run(); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), HasSubstr("cannot run the helper program \"h\""));
    EXPECT_THAT(error.message(), HasSubstr(row.why));
    EXPECT_THAT(error.message(), Not(HasSubstr("secret")));
  }
}

TEST_F(AHelperProgram, GetsNoNulAndNotTooManyArguments) {
  script("echo ran");
  EXPECT_THAT(error_of([&] { return run({std::string("a\0b", 3)}); }).message(),
              HasSubstr("contains a NUL"));
  EXPECT_THAT(error_of([&] { return run(std::vector<std::string>(65, "a")); }).message(),
              HasSubstr("too many arguments"));
}

}  // namespace
}  // namespace pintle::test
