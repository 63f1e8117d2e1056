// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <sys/wait.h>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const char* const kCommands[] = {"probe", "connect", "call",   "rpc",     "ws-url",   "add",
                                 "list",  "status",  "remove", "plugins", "practice", "completion",
                                 "serve", "exec",    "doctor", "sessions"};

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
  EXPECT_EQ(pintle.run({"help", "plugins", "check", "x"}).code, 2);
}

TEST(Help, IsThereForTheActionsOfACommand) {
  Program pintle;
  const auto all = pintle.run({"help", "plugins"});
  for (const char* action : {"list", "check", "test", "manifest", "new"}) {
    const auto one = pintle.run({"help", "plugins", action});
    EXPECT_EQ(one.code, 0) << action;
    EXPECT_THAT(one.out, HasSubstr(std::string("usage: pintle plugins ") + action));
    EXPECT_THAT(all.out, HasSubstr(std::string("\n  ") + action));
    EXPECT_EQ(pintle.run({"plugins", action, "--help"}).out, one.out);
  }
  EXPECT_THAT(pintle.run({"help", "plugins", "new"}).out,
              AllOf(HasSubstr("--language"), Not(HasSubstr("--seeds"))));
  const auto unknown = pintle.run({"help", "plugins", "nwe"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("plugins has no action \"nwe\""));
}

TEST(Help, SuggestsACommandForASmallMistakeOnly) {
  Program pintle;
  for (const auto& [typed, meant] : {std::pair{"stauts", "status"}, std::pair{"cal", "call"},
                                     std::pair{"us", "use"}, std::pair{"sing-in", "sign-in"}}) {
    EXPECT_THAT(pintle.run({typed}).err, HasSubstr("did you mean " + std::string(meant) + "?"));
  }
  for (const char* other : {"rn", "exit", "get", "x", "login"}) {
    EXPECT_THAT(pintle.run({other}).err, Not(HasSubstr("did you mean"))) << other;
  }
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
      {"practice", "--client-certificate"},
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

TEST(Completion, OffersTheSettingsThatSchemesDeclare) {
  Program pintle;
  std::filesystem::create_directories(pintle.plugins());
  const auto file = pintle.plugins() / "declares.py";
  write_text(file, "");
  write_text(pintle.plugins() / "declares.json", R"({"manifest": 1, "name": "declares",
    "version": "1", "abi": 1, "program": "declares.py", "schemes": [{"id": "declares",
    "name": "Declares", "strength": 1, "score": 1, "reason": "it", "sends_secret": true,
    "rules": [], "settings": [
      {"key": "region", "label": "Region", "default": "eu", "secret": false},
      {"key": "api_key", "label": "API key", "default": "", "secret": true}]}]})");
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const auto keys = pintle.run({"plugins", "list", "--keys", "set"}).out;
  EXPECT_THAT(keys, AllOf(HasSubstr("region\n"), Not(HasSubstr("api_key"))));
  const auto secrets = pintle.run({"plugins", "list", "--keys", "secret-file"}).out;
  EXPECT_THAT(secrets, AllOf(HasSubstr("api_key\n"), Not(HasSubstr("region"))));
  EXPECT_EQ(pintle.run({"plugins", "list", "--keys", "all"}).code, 2);
  write_text(pintle.home() / "pintle.bash", pintle.run({"completion", "bash"}).out);
  const auto offered = [&](const std::string& words, int at) {
    const auto script =
        "pintle() { XDG_DATA_HOME=" + (pintle.home() / "data").string() + " " + PINTLE_PROGRAM +
        " \"$@\"; }; source " + (pintle.home() / "pintle.bash").string() + "; COMP_WORDS=(" +
        words + "); COMP_CWORD=" + std::to_string(at) + "; _pintle; echo \"${COMPREPLY[*]}\" >" +
        (pintle.home() / "offered").string();
    write_text(pintle.home() / "script", script);
    EXPECT_EQ(std::system(("bash " + (pintle.home() / "script").string()).c_str()), 0);
    return read_text(pintle.home() / "offered");
  };
  EXPECT_EQ(offered("pintle call --set r", 3), "region=\n");
  EXPECT_EQ(offered("pintle add --secret-file a", 3), "api_key=\n");
  EXPECT_EQ(offered("pintle plugins ch", 2), "check\n");
  // Each word where it applies.
  EXPECT_EQ(offered("pintle plugins check --s", 3), "\n");
  EXPECT_EQ(offered("pintle plugins test --see", 3), "--seeds --seed\n");
  EXPECT_EQ(offered("pintle sessions mo", 2), "move\n");
  EXPECT_EQ(offered("pintle sessions move home --existing u", 5), "use\n");
  EXPECT_EQ(offered("pintle completion b", 2), "bash\n");
  EXPECT_EQ(pintle.run({"add", "home", "http://127.0.0.1:1", "--json"}).code, 0);
  pintle.set("XDG_CONFIG_HOME", (pintle.home() / "config").string());
  const auto config = "export XDG_CONFIG_HOME=" + (pintle.home() / "config").string() + "\n";
  const auto with_names = [&](const std::string& words, int at) {
    return offered(words + "); " + config + "COMP_WORDS=(" + words, at);
  };
  EXPECT_EQ(with_names("pintle call ho", 2), "home\n");
  EXPECT_EQ(with_names("pintle call --timeout 5 ho", 4), "home\n");
  EXPECT_EQ(with_names("pintle call home ho", 3), "\n");
  EXPECT_EQ(with_names("pintle sessions move ho", 3), "home\n");
  EXPECT_EQ(with_names("pintle practice ho", 2), "\n");
  EXPECT_THAT(with_names("pintle exec home -- bas", 4), HasSubstr("bash"));
}

TEST(Help, NamesAnActionOnceForEachOption) {
  Program pintle;
  EXPECT_THAT(pintle.run({"plugins", "--help"}).out, Not(HasSubstr("test: test:")));
  EXPECT_THAT(pintle.run({"sign-in", "--help"}).out, HasSubstr("|device"));
}

TEST(ManPage, NamesThePageOfEveryCommand) {
  Program pintle;
  const auto page = pintle.run({"completion", "man"});
  EXPECT_THAT(page.out, HasSubstr(".TH PINTLE 1"));
  for (const char* command : kCommands) {
    std::string name = command;
    if (const auto dash = name.find('-'); dash != std::string::npos) name.insert(dash, "\\");
    EXPECT_THAT(page.out, HasSubstr(".BR pintle\\-" + name + " (1)\n"));
  }
  for (const char* section : {".SH EXIT STATUS", ".SH ENVIRONMENT", ".SH FILES"}) {
    EXPECT_THAT(page.out, HasSubstr(section));
  }
}

TEST(ManPage, OfACommandIsComplete) {
  Program pintle;
  const auto page = pintle.run({"completion", "man", "sessions"});
  EXPECT_EQ(page.code, 0);
  EXPECT_THAT(page.out, AllOf(HasSubstr(".TH PINTLE\\-SESSIONS 1"),
                              HasSubstr("pintle\\-sessions \\- list the stored sessions"),
                              HasSubstr(".SS \"pintle sessions move"), HasSubstr("\\-\\-existing"),
                              HasSubstr("\\-\\-json"), HasSubstr(".BR pintle (1)")));
  EXPECT_EQ(pintle.run({"completion", "man", "nothing"}).code, 2);
  EXPECT_EQ(pintle.run({"completion", "bash", "call"}).code, 2);
}

TEST(ManPage, OfEachCommandIsWrittenIntoAFolder) {
  Program pintle;
  const auto folder = pintle.home() / "man";
  std::filesystem::create_directory(folder);
  EXPECT_EQ(pintle.run({"completion", "man", "--folder", folder.string()}).code, 0);
  EXPECT_THAT(read_text(folder / "pintle.1"), HasSubstr(".SH FILES"));
  for (const char* command : kCommands) {
    EXPECT_THAT(read_text(folder / ("pintle-" + std::string(command) + ".1")),
                HasSubstr(".SH NAME"));
  }
  const auto missing = pintle.run({"completion", "man", "--folder", (folder / "no").string()});
  EXPECT_EQ(missing.code, 24);
  EXPECT_THAT(missing.err, HasSubstr("cannot write"));
}

TEST(Version, IsSaidWithTheLibraries) {
  Program pintle;
  for (const char* option : {"--version", "-V"}) {
    const auto ran = pintle.run({option});
    EXPECT_EQ(ran.code, 0) << option;
    EXPECT_THAT(ran.out, AllOf(testing::StartsWith("pintle "), HasSubstr("\nlibraries  Poco 1."),
                               HasSubstr("OpenSSL ")));
  }
  const auto json = pintle.run({"--version", "--json"});
  EXPECT_THAT(json.out, AllOf(testing::StartsWith("{\"version\":\""), HasSubstr("\"api\":\"0."),
                              HasSubstr("\"scheme_abi\":\"1."), HasSubstr("\"zlib\":\"1."),
                              HasSubstr("\"features\":[")));
  EXPECT_EQ(pintle.run({"--version", "home"}).code, 2);
}

}  // namespace
}  // namespace pintle::test
