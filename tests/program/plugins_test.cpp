// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
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
}

TEST_F(Plugins, AreCheckedAsTheLoaderWould) {
  const auto good = drop_in("same-names-a");
  EXPECT_EQ(pintle_.run({"plugins", "check", good.string()}).code, 0);
  struct Row {
    const char* fixture;
    const char* says;
  };
  for (const auto& row : {Row{"throws", "crashed"}, Row{"newer-major", "ABI 2"},
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
  EXPECT_THAT(ran.out, AllOf(HasSubstr("token: "), HasSubstr("crashed while it was opened")));
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
  EXPECT_THAT(ran.err, HasSubstr("before it could be checked"));
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
  for (const std::string language : {"cpp", "c"}) {
    SCOPED_TRACE(language);
    const auto folder = pintle_.home() / ("my-" + language);
    const auto made = pintle_.run({"plugins", "new", folder.string(), "--language", language});
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.out, AllOf(HasSubstr("install -D -t"), HasSubstr("ctest")));
    const auto source = read_text(folder / ("my-" + language + "." + language));
    EXPECT_THAT(source, AllOf(HasSubstr("\"my-" + language + "\""), HasSubstr("api_key"),
                              Not(HasSubstr("pintle-api-key"))));
    EXPECT_TRUE(fs::exists(folder / "CMakeLists.txt"));
    EXPECT_TRUE(fs::exists(folder / "practice_test.sh"));
    EXPECT_EQ(pintle_.run({"plugins", "new", folder.string()}).code, 10);
  }
  EXPECT_EQ(pintle_.run({"plugins", "new", "Bad_Id"}).code, 10);
  const auto other = (pintle_.home() / "other").string();
  EXPECT_EQ(pintle_.run({"plugins", "new", other, "--language", "cobol"}).code, 10);
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
  EXPECT_THAT(crashing.out, AllOf(HasSubstr("R1"), HasSubstr("crashed while it was opened")));

  write_text(script, "{");
  const auto broken = pintle_.run(command);
  EXPECT_EQ(broken.code, 10);
  EXPECT_THAT(broken.err, HasSubstr("is not JSON"));
  EXPECT_EQ(pintle_.run({"plugins", "test", "/nowhere.so"}).code, 23);
}

}  // namespace
}  // namespace pintle::test
