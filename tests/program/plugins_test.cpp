// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

#include <pintle/loading/load_check.h>

#include "fixture.h"

namespace pintle::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Plugins : public WithGateway {
 protected:
  Plugins() { fs::create_directories(pintle_.plugins()); }

  // Puts one of the libraries of tests/plugins/fixtures into the user's plugin folder.
  fs::path drop_in(const std::string& name) {
    return pintle_.install(fs::path(FIXTURES) / (name + ".so"));
  }
};

TEST_F(Plugins, AreListedWithTheFoldersThatWereSearched) {
  drop_in("same-names-a");
  drop_in("good");  // Without a manifest.
  const auto ran = pintle_.run({"plugins"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("token"), HasSubstr("same-names-a"),
                             HasSubstr("no manifest"), HasSubstr(pintle_.plugins().string())));
  const auto object = json_of(pintle_.run({"plugins", "--json"}).out);
  EXPECT_GE(object->getArray("plugins")->size(), 3U);
  const auto hermes = object->getArray("profiles")->getObject(0);
  EXPECT_EQ(hermes->getValue<std::string>("profile"), "hermes");
  EXPECT_FALSE(hermes->has("file")) << "it is built in";
}

TEST_F(Plugins, RunWhereTheSettingsSay) {
  begin();
  drop_in("same-names-a");
  const auto rules = pintle_.connections().parent_path() / "plugins.json";
  fs::create_directories(rules.parent_path());
  const auto runs = [&](const std::string& scheme) {
    const auto list = json_of(pintle_.run({"plugins", "--json"}).out)->getArray("plugins");
    for (unsigned i = 0; i < list->size(); ++i) {
      const auto plugin = list->getObject(i);
      if (plugin->optValue<std::string>("scheme", "") == scheme) {
        return plugin->getValue<std::string>("runs");
      }
    }
    return std::string("nowhere");
  };
  EXPECT_EQ(runs("token"), "host");
  EXPECT_EQ(runs("same-names-a"), "cage");
  write_text(rules, R"({"cage": "never"})");
  EXPECT_EQ(runs("same-names-a"), "host");
  write_text(rules, R"({"cage": "always"})");
  EXPECT_EQ(runs("token"), "cage");
  const auto called = pintle_.run(with_credential({"call", url_, "GET", "/api/sessions"}));
  EXPECT_EQ(called.code, 0) << called.err;
  write_text(rules, R"({"cage": "maybe"})");
  const auto ran = pintle_.run({"plugins"});
  EXPECT_EQ(ran.code, 10);
  EXPECT_THAT(ran.err, HasSubstr("\"cage\" is not"));
}

TEST_F(Plugins, AreCheckedAsTheLoaderWould) {
  const auto good = drop_in("same-names-a");
  EXPECT_EQ(pintle_.run({"plugins", "check", good.string()}).code, 0);
  const auto as_json = pintle_.run({"plugins", "check", good.string(), "--json"}).out;
  EXPECT_EQ(as_json.find('\n'), as_json.size() - 1) << as_json;
  EXPECT_TRUE(json_of(as_json)->getObject("manifest"));
  struct Row {
    const char* fixture;
    const char* says;
  };
  for (const auto& row : {Row{"throws", "was killed by SIGABRT"}, Row{"newer-major", "ABI 2"},
                          Row{"no-symbol", "exports no symbol"}, Row{"good", "no manifest"}}) {
    const auto ran = pintle_.run({"plugins", "check", drop_in(row.fixture).string()});
    EXPECT_EQ(ran.code, 23) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(row.says));
  }
}

TEST_F(Plugins, AreGivenTheirManifestByTheProgram) {
  const auto file = drop_in("good");
  const auto ran = pintle_.run({"plugins", "manifest", file.string()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  write_text(fs::path(file).replace_extension(".json"), ran.out);
  EXPECT_EQ(pintle_.run({"plugins", "check", file.string()}).code, 0);
}

TEST_F(Plugins, ThatCrashDoNotTakeTheProgramDown) {
  begin();
  drop_in("crashes");
  // Its manifest announces a higher score than the token scheme's, so it is tried first.
  auto manifest = read_text(fs::path(TOKEN_PLUGIN).replace_extension(".json"));
  manifest.replace(manifest.find("\"token\""), 7, "\"crashes\"");
  manifest.replace(manifest.find("\"score\": 60"), 11, "\"score\": 99");
  write_text(pintle_.plugins() / "crashes.json", manifest);
  const auto ran = pintle_.run({"probe", url_});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("token: "), HasSubstr("the caged library was killed by SIGABRT")));
}

// With a library that ends or hangs the process from one of its destructors.
TEST_F(Plugins, HaveNoPartInHowTheProgramEnds) {
  for (const char* fixture : {"exits-at-end", "hangs-at-end"}) {
    SCOPED_TRACE(fixture);
    const auto file = drop_in(fixture);
    const auto ran = pintle_.run({"plugins", "check", file.string()});
    EXPECT_EQ(ran.code, 23) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("no manifest"));
    const auto manifest = pintle_.run({"plugins", "manifest", file.string()});
    EXPECT_EQ(manifest.code, 0) << manifest.err;
    EXPECT_THAT(manifest.out, HasSubstr("\"fixture\""));
  }
}

// With a library that does not return from the first step of an operation.
class PluginsThatSpin : public Plugins {
 protected:
  PluginsThatSpin() {
    begin();
    const auto file = drop_in("spins");
    write_text(fs::path(file).replace_extension(".json"),
               pintle_.run({"plugins", "manifest", file.string()}).out);
  }

  std::vector<std::string> call(const std::string& timeout) const {
    return {"call", url_, "GET", "/api/sessions", "--scheme", "spins", "--timeout", timeout};
  }
};

TEST_F(PluginsThatSpin, AreReportedAfterTheTimeLimit) {
  const auto ran = pintle_.run(call("1"));
  EXPECT_EQ(ran.code, 23) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("the scheme spins did not return within the operation's time "
                                 "limit of 1 s"));
  EXPECT_GE(ran.duration, std::chrono::seconds(1));
  EXPECT_EQ(requests("/api/sessions"), 0U);
}

TEST_F(PluginsThatSpin, DoNotKeepTheProgramFromBeingInterrupted) {
  Running running(pintle_, call("3600"));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (requests("/api/status") == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  running.signal(SIGINT);
  EXPECT_EQ(running.finish().code, 130);
}

TEST_F(Plugins, AreNotGoodBecauseTheySaySo) {
  const auto ran = pintle_.run({"plugins", "check", drop_in("forges").string()});
  EXPECT_EQ(ran.code, 23) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("before its reply to \"hello\""));
}

TEST_F(Plugins, AreHeldToRulesThatNobodyElseMayWrite) {
  begin();
  const auto rules = pintle_.connections().parent_path() / "plugins.json";
  fs::create_directories(rules.parent_path());
  write_text(rules, R"({"allow": ["token"]})");
  for (const auto& path : {rules, rules.parent_path()}) {
    fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
    const auto ran = pintle_.run({"probe", url_});
    EXPECT_EQ(ran.code, 10) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr(path.string() + " is writable by everyone"),
                               HasSubstr("chmod o-w")));
    fs::permissions(path, fs::perms::others_write, fs::perm_options::remove);
  }
  EXPECT_EQ(pintle_.run({"probe", url_}).code, 0);
}

TEST_F(Plugins, AreHeldToTheRulesOfTheSettings) {
  begin();
  const auto rules = pintle_.connections().parent_path() / "plugins.json";
  fs::create_directories(rules.parent_path());
  const auto probe = [&](const std::string& text) {
    write_text(rules, text);
    return pintle_.run({"probe", url_});
  };
  EXPECT_EQ(probe(R"({"allow": ["token"]})").code, 0);
  EXPECT_THAT(probe(R"({"allow": ["oauth"]})").err, HasSubstr("do not allow"));
  const auto other = "sha256:" + std::string(64, '0');
  EXPECT_THAT(probe(R"({"pins": {"token": ")" + other + R"("}})").err, HasSubstr("pin " + other));
  EXPECT_EQ(
      probe(R"({"pins": {"token": "sha256:)" + loading::digest_of(TOKEN_PLUGIN) + R"("}})").code,
      0);
  for (const char* bad : {"{", "[]", R"({"allow": []})", R"({"alow": ["token"]})",
                          R"({"pins": {"token": "sha256:00"}})"}) {
    EXPECT_EQ(probe(bad).code, 10) << bad;
  }
}

TEST_F(Plugins, BeginWithATemplate) {
  for (const std::string language : {"cpp", "c", "rust", "python"}) {
    SCOPED_TRACE(language);
    const auto folder = pintle_.home() / ("my-" + language);
    const auto made = pintle_.run({"plugins", "new", folder.string(), "--language", language});
    EXPECT_EQ(made.code, 0) << made.err;
    const bool has_cmake = language[0] == 'c';
    EXPECT_THAT(made.out,
                AllOf(HasSubstr("install -D -t"), HasSubstr(has_cmake ? "ctest" : "test.sh")));
    const auto extension = language == "rust" ? "rs" : language == "python" ? "py" : language;
    const auto source = read_text(folder / ("my-" + language + "." + extension));
    EXPECT_THAT(source, AllOf(HasSubstr("\"my-" + language + "\""), HasSubstr("api_key"),
                              Not(HasSubstr("pintle-api-key"))));
    EXPECT_TRUE(fs::exists(folder / (has_cmake ? "CMakeLists.txt" : "test.sh")));
    EXPECT_TRUE(fs::exists(folder / "practice_test.sh"));
    EXPECT_EQ(pintle_.run({"plugins", "new", folder.string()}).code, 10);
  }
  EXPECT_EQ(pintle_.run({"plugins", "new", "Bad_Id"}).code, 10);
  const auto other = (pintle_.home() / "other").string();
  EXPECT_EQ(pintle_.run({"plugins", "new", other, "--language", "cobol"}).code, 10);
}

// Each with a gateway profile of its own. C and C++ are built by tests/install, for they need the
// installed package.
TEST_F(Plugins, OfATemplatePassTheirTests) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the limits of the test leave no room for a sanitizer's own";
#endif
  for (const std::string language : {"python", "rust"}) {
    SCOPED_TRACE(language);
    const auto folder = pintle_.home() / ("my-" + language);
    const auto made = pintle_.run(
        {"plugins", "new", folder.string(), "--language", language, "--profile", "my-gateway"});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("my-gateway.profile.json"));
    const auto log = pintle_.home() / (language + ".log");
    // Not another HOME: rustup has its toolchains there.
    const auto command = "cd " + pintle_.home().path().string() +
                         " && XDG_CONFIG_HOME=$PWD XDG_DATA_HOME=$PWD XDG_STATE_HOME=$PWD sh " +
                         (folder / "test.sh").string() + " " PINTLE_PROGRAM " >" + log.string() +
                         " 2>&1";
    const int status = std::system(command.c_str());
    if (WEXITSTATUS(status) == 77) {
      std::cout << language << " was not tested: " << read_text(log);
      continue;
    }
    EXPECT_EQ(status, 0) << read_text(log);
    EXPECT_THAT(read_text(log), AllOf(HasSubstr("my-gateway"), HasSubstr("gateway.ready")));
  }
}

TEST_F(Plugins, OfATemplateForAProfileNameIt) {
  for (const std::string language : {"cpp", "c", "rust", "python"}) {
    SCOPED_TRACE(language);
    const auto folder = pintle_.home() / ("for-" + language);
    pintle_.run({"plugins", "new", folder.string(), "--language", language, "--profile", "my-gw"});
    const auto extension = language == "rust" ? "rs" : language == "python" ? "py" : language;
    EXPECT_THAT(read_text(folder / ("for-" + language + "." + extension)), HasSubstr("\"my-gw\""));
    EXPECT_THAT(read_text(folder / "answers.json"), HasSubstr(R"("profile": "my-gw")"));
  }
  const auto folder = (pintle_.home() / "none").string();
  for (const char* profile : {"hermes", "No_Id", ""}) {
    EXPECT_NE(pintle_.run({"plugins", "new", folder, "--profile", profile}).code, 0) << profile;
  }
  EXPECT_FALSE(fs::exists(folder));
}

TEST_F(Plugins, AreCheckedAsTheHostWouldIfTheyAreProfiles) {
  const auto file = pintle_.plugins() / "node-red.profile.json";
  const auto text = read_text(EXAMPLES "/node-red/node-red.profile.json");
  write_text(file, text);
  const auto good = pintle_.run({"plugins", "check", file.string()});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, AllOf(HasSubstr("good"), HasSubstr("node-red, Node-RED"),
                              HasSubstr("GET /auth/login"), HasSubstr("none is installed yet")));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto changed = text;
    changed.replace(changed.find(from), from.size(), to);
    write_text(file, changed);
    return pintle_.run({"plugins", "check", file.string()});
  };
  const auto field = with("\"is\"", "\"iss\"");
  EXPECT_EQ(field.code, 10);
  EXPECT_THAT(field.err, HasSubstr(file.string() + ": probe 1 has the unknown field \"iss\""));
  EXPECT_THAT(with("\"id\":", "\"id\"").err, HasSubstr("it is not JSON: line 3, column"));
  write_text(file, text);
  const auto second = pintle_.plugins() / "second.profile.json";
  write_text(second, text);
  const auto twice = pintle_.run({"plugins", "check", second.string()});
  EXPECT_EQ(twice.code, 10);
  EXPECT_THAT(twice.err, HasSubstr("the profile node-red is already in " + file.string()));
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(pintle_.run({"plugins", "check", file.string()}).code, 23);
  EXPECT_EQ(pintle_.run({"plugins", "check", "/nowhere.profile.json"}).code, 10);
}

TEST_F(Plugins, AreCheckedAgainstTheSettings) {
  const auto file = drop_in("same-names-a");
  fs::create_directories(pintle_.connections().parent_path());
  const auto check = [&](const std::string& rules) {
    write_text(pintle_.connections().parent_path() / "plugins.json", rules);
    return pintle_.run({"plugins", "check", file.string()});
  };
  EXPECT_EQ(check(R"({"allow": ["same-names-a"]})").code, 0);
  const auto refused = check(R"({"allow": ["token"]})");
  EXPECT_EQ(refused.code, 23);
  EXPECT_THAT(refused.err, HasSubstr("do not allow the scheme same-names-a"));
  const auto pinned =
      check(R"({"pins": {"same-names-a": "sha256:)" + std::string(64, '0') + "\"}}");
  EXPECT_EQ(pinned.code, 23);
  EXPECT_THAT(pinned.err, HasSubstr("the settings pin"));
  EXPECT_EQ(check(R"({"pins": {"same-names-a": "sha256:)" + loading::digest_of(file) + "\"}}").code,
            0);
}

TEST_F(Plugins, AreNotOpenedForTheirManifestNorForATestIfAHostWouldNotOpenThem) {
  const auto pipe = pintle_.plugins() / "pipe.so";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto open_to_all = drop_in("good");
  fs::permissions(open_to_all, fs::perms::others_write, fs::perm_options::add);
  const auto forbidden = drop_in("same-names-a");
  fs::create_directories(pintle_.connections().parent_path());
  write_text(pintle_.connections().parent_path() / "plugins.json", R"({"allow": ["token"]})");
  struct Row {
    fs::path file;
    const char* says;
  };
  for (const auto& row : {Row{pipe, "is not a regular file"}, Row{"/dev/zero", "regular file"},
                          Row{open_to_all, "is writable by everyone"},
                          Row{forbidden, "do not allow the scheme same-names-a"}}) {
    SCOPED_TRACE(row.file);
    for (const char* action : {"manifest", "test"}) {
      const auto ran = pintle_.run({"plugins", action, row.file.string()});
      EXPECT_EQ(ran.code, 23) << ran.err;
      EXPECT_THAT(ran.out + ran.err, HasSubstr(row.says));
    }
  }
}

TEST_F(Plugins, AreTestedAgainstTheRules) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the limits of the test leave no room for a sanitizer's own";
#endif
  const auto good =
      pintle_.run({"plugins", "test", TOKEN_PLUGIN, "--seeds", "2", "--script", KIT "/token.json"});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_THAT(good.out, AllOf(HasSubstr("good"), HasSubstr("cases")));

  const auto script = pintle_.home() / "answers.json";
  auto text = read_text(fs::path(KIT) / "faulty.json");
  text.replace(text.find("FAULT"), 5, "5xx-asks");
  write_text(script, text);
  const std::vector<std::string> command = {"plugins",       "test",    FAULTY, "--script",
                                            script.string(), "--seeds", "2"};
  const auto bad = pintle_.run(command);
  EXPECT_EQ(bad.code, 23) << bad.err;
  EXPECT_THAT(bad.out, AllOf(HasSubstr("R9"), HasSubstr("sign-in, POST /login, answered 500"),
                             HasSubstr("finding")));
  auto as_json = command;
  as_json.emplace_back("--json");
  const auto object = json_of(pintle_.run(as_json).out);
  EXPECT_FALSE(object->getValue<bool>("good"));
  EXPECT_EQ(object->getArray("findings")->getObject(0)->getValue<std::string>("rule"), "R9");

  const auto crashing = pintle_.run({"plugins", "test", drop_in("crashes").string()});
  EXPECT_EQ(crashing.code, 23);
  EXPECT_THAT(crashing.out, AllOf(HasSubstr("R1"), HasSubstr("was killed by SIGABRT")));

  write_text(script, "{");
  const auto broken = pintle_.run(command);
  EXPECT_EQ(broken.code, 10);
  EXPECT_THAT(broken.err, HasSubstr(script.string() + ": it is not JSON: it ends too early"));
  EXPECT_EQ(pintle_.run({"plugins", "test", "/nowhere.so"}).code, 23);
}

}  // namespace
}  // namespace pintle::test
