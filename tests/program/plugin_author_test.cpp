// SPDX-License-Identifier: Apache-2.0
//
// What the program tells the author of a scheme or of a profile.

#include "fixture.h"

namespace pintle::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

#define SKIP_WITHOUT_PYTHON \
  if (PYTHON3[0] == '\0') GTEST_SKIP() << "there is no python3"

class PluginAuthors : public WithGateway {
 protected:
  PluginAuthors() { fs::create_directories(pintle_.plugins()); }

  /// A copy of the Python example that says something on its standard error.
  fs::path talking_program() {
    const fs::path example = fs::path(EXAMPLES) / "scheme-python/api_key_scheme.py";
    auto text = read_text(example);
    const std::string place = "auths = {}\n";
    text.insert(text.find(place), "print(\"hello, \\x1bauthor\", file=sys.stderr, flush=True)\n");
    const auto file = pintle_.plugins() / "api_key_scheme.py";
    write_text(file, text);
    fs::permissions(file, fs::perms::owner_all);
    write_text(fs::path(file).replace_extension(".json"),
               read_text(fs::path(example).replace_extension(".json")));
    return file;
  }
};

TEST_F(PluginAuthors, CheckAProfileWhoseCopyIsInstalled) {
  const auto text = read_text(EXAMPLES "/node-red/node-red.profile.json");
  const auto own = pintle_.home() / "node-red.profile.json";
  write_text(own, text);
  write_text(pintle_.plugins() / "node-red.profile.json", text);
  auto checked = pintle_.run({"plugins", "check", own.string()});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(checked.out,
              AllOf(HasSubstr("node-red.profile.json, the same"),
                    HasSubstr("none is installed yet; one that is for it names node-red")));
  write_text(own, text + "\n");
  checked = pintle_.run({"plugins", "check", own.string()});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("another text: install this one"));
}

TEST_F(PluginAuthors, WriteAManifestToAFile) {
  SKIP_WITHOUT_PYTHON;
  const auto file = talking_program();
  const auto manifest = fs::path(file).replace_extension(".json");
  fs::remove(manifest);
  EXPECT_THAT(
      pintle_.run({"plugins", "check", file.string()}).err,
      HasSubstr("pintle plugins manifest " + file.string() + " --output " + manifest.string()));
  const auto written =
      pintle_.run({"plugins", "manifest", file.string(), "--output", manifest.string()});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(pintle_.run({"plugins", "check", file.string()}).code, 0);
}

TEST_F(PluginAuthors, SeeTheStandardErrorOfAProgramIfTheyWant) {
  SKIP_WITHOUT_PYTHON;
  const auto file = talking_program();
  const std::string shown = "api_key_scheme.py: hello, \\x1bauthor\n";
  const std::vector<std::string> test = {"plugins",
                                         "test",
                                         file.string(),
                                         "--seeds",
                                         "0",
                                         "--script",
                                         EXAMPLES "/scheme-cpp/answers.json"};
  auto showing = test;
  showing.emplace_back("--show-stderr");
  EXPECT_THAT(pintle_.run(test).err, Not(HasSubstr("author")));
  const auto ran = pintle_.run(showing);
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr(shown));

  const std::vector<std::string> check = {"plugins", "check", file.string()};
  EXPECT_THAT(pintle_.run(check).err, Not(HasSubstr("author")));
  pintle_.set("PINTLE_SHOW_SCHEME_STDERR", "1");
  EXPECT_THAT(pintle_.run(check).err, HasSubstr(shown));
  EXPECT_EQ(pintle_.run({"plugins", "test", TOKEN_PLUGIN, "--show-stderr"}).code, 2);
}

TEST_F(PluginAuthors, BeginNoSchemeThatIsThereAlready) {
  const auto folder = pintle_.home() / "new" / "token";
  const auto taken = pintle_.run({"plugins", "new", folder.string()});
  EXPECT_EQ(taken.code, 10);
  EXPECT_THAT(taken.err, HasSubstr("there is a scheme token already"));
  EXPECT_FALSE(fs::exists(folder));
  EXPECT_EQ(pintle_.run({"plugins", "new", ""}).code, 2);
}

TEST_F(PluginAuthors, AreGivenStepsThatWork) {
  SKIP_WITHOUT_PYTHON;
  const auto folder = pintle_.home() / "my way" / "mine";
  const auto made = pintle_.run(
      {"plugins", "new", folder.string() + "/", "--language", "python", "--profile", "my-gw"});
  EXPECT_EQ(made.code, 0) << made.err;
  // This program is not in PATH.
  EXPECT_THAT(made.out, AllOf(HasSubstr("sh '" + folder.string() + "/test.sh' " PINTLE_PROGRAM),
                              HasSubstr(PINTLE_PROGRAM " plugins check '" + folder.string()),
                              HasSubstr(PINTLE_PROGRAM " doctor URL --profile my-gw"),
                              HasSubstr("Delete practice_test.sh")));
  EXPECT_TRUE(fs::exists(folder / "mine.py"));
}

}  // namespace
}  // namespace pintle::test
