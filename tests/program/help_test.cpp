// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <sstream>
#include <string>
#include <sys/wait.h>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const char* const kCommands[] = {"probe",    "connect",    "call",   "rpc",    "ws-url",
                                 "add",      "list",       "status", "remove", "plugins",
                                 "practice", "completion", "serve",  "exec",   "doctor"};

TEST(Help, IsThereForEveryCommand) {
  Program pintle;
  const auto overview = pintle.run({"--help"});
  EXPECT_EQ(overview.code, 0);
  for (const char* command : kCommands) {
    EXPECT_THAT(overview.out, HasSubstr(command));
    const auto ran = pintle.run({command, "--help"});
    EXPECT_EQ(ran.code, 0) << command;
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("usage: pintle " + std::string(command)), HasSubstr("--json")));
  }
}

TEST(Help, IsACommandToo) {
  Program pintle;
  EXPECT_EQ(pintle.run({"help"}).out, pintle.run({"--help"}).out);
  const auto doctor = pintle.run({"help", "doctor"});
  EXPECT_EQ(doctor.code, 0);
  EXPECT_EQ(doctor.out, pintle.run({"doctor", "--help"}).out);
  const auto unknown = pintle.run({"help", "doctr"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean doctor?"));
  EXPECT_EQ(pintle.run({"help", "doctor", "probe"}).code, 2);
}

TEST(Help, BreaksItsDescriptionsIntoLines) {
  Program pintle;
  for (const char* command : kCommands) {
    std::istringstream lines(pintle.run({command, "--help"}).out);
    for (std::string line; std::getline(lines, line);) {
      const bool is_option = line.starts_with(' ');
      EXPECT_TRUE(is_option || line.size() < 100) << line;
    }
  }
}

TEST(Help, IsNotTakenForGivenIfItCannotBeWritten) {
  const std::string pintle = PINTLE_PROGRAM;
  for (const char* line : {" --help >&-", " --version >/dev/full", " list >&-"}) {
    const int status = std::system((pintle + line + " 2>/dev/null").c_str());
    EXPECT_EQ(WEXITSTATUS(status), 24) << line;
  }
}

TEST(Usage, IsToldWithoutRepeatingWhatMayBeASecret) {
  Program pintle;
  const std::vector<std::vector<std::string>> lines = {
      {},
      {"connct"},
      {"probe"},
      {"call", "x"},
      {"probe", "x", "y"},
      {"probe", "http://h", "--token=hunter22"},
      {"probe", "http://h", "--ca-file"},
      {"list", "hunter22"},
      {"call", "http://h", "GET", "/", "--header", "Authorization: hunter22"},
      {"probe", "http://h", "--timeout", "hunter22"},
      {"practice", "--certificate", "expired"},
      {"probe", "http://h", "--trace", "-"},
      {"add", "http://h", "x"}};
  for (const auto& line : lines) {
    const auto ran = pintle.run(line);
    EXPECT_EQ(ran.code, 2) << testing::PrintToString(line) << ran.err;
    EXPECT_THAT(ran.err + ran.out, Not(HasSubstr("hunter22")));
  }
  EXPECT_THAT(pintle.run({"connct"}).err, HasSubstr("did you mean connect?"));
}

TEST(Completion, IsAcceptedByItsShell) {
  Program pintle;
  const TemporaryFolder folder;
  const auto bash = pintle.run({"completion", "bash"});
  write_text(folder / "pintle.bash", bash.out);
  EXPECT_EQ(std::system(("bash -n " + (folder / "pintle.bash").string()).c_str()), 0);
  // The completions of "pintle pr".
  const auto script = "source " + (folder / "pintle.bash").string() +
                      "; COMP_WORDS=(pintle pr); COMP_CWORD=1; _pintle; "
                      "[ \"${COMPREPLY[*]}\" = \"probe practice\" ]";
  EXPECT_EQ(std::system(("bash -c '" + script + "'").c_str()), 0);
  EXPECT_THAT(pintle.run({"completion", "zsh"}).out, HasSubstr("#compdef pintle"));
  for (const char* command : kCommands) EXPECT_THAT(bash.out, HasSubstr(command));
}

TEST(ManPage, NamesEveryCommand) {
  Program pintle;
  const auto page = pintle.run({"completion", "man"});
  EXPECT_THAT(page.out, HasSubstr(".TH PINTLE 1"));
  for (const char* command : kCommands) {
    EXPECT_THAT(page.out, HasSubstr(".SS \"pintle " + std::string(command)));
  }
  for (const char* section : {".SH EXIT STATUS", ".SH ENVIRONMENT", ".SH FILES"}) {
    EXPECT_THAT(page.out, HasSubstr(section));
  }
}

TEST(Version, IsSaid) {
  Program pintle;
  for (const char* option : {"--version", "-V"}) {
    const auto ran = pintle.run({option});
    EXPECT_EQ(ran.code, 0) << option;
    EXPECT_THAT(ran.out, testing::StartsWith("pintle "));
  }
}

}  // namespace
}  // namespace pintle::test
