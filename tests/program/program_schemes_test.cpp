// SPDX-License-Identifier: Apache-2.0
//
// Schemes that are programs: the examples in Python and node, and what is wrong with others.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include <pintle/loading/load_check.h>

#include "fixture.h"
#include "support/other_gateway.h"

namespace pintle::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKey = "an-api-key-of-the-practice-gateway";

class ProgramSchemes : public WithGateway {
 protected:
  ProgramSchemes() { fs::create_directories(pintle_.plugins()); }

  /// Puts a program with this text and the manifest of the example into the plugin folder.
  fs::path put(const std::string& name, const std::string& text, const fs::path& manifest) {
    const auto file = pintle_.plugins() / name;
    write_text(file, text);
    fs::permissions(file, fs::perms::owner_all);
    write_text(fs::path(file).replace_extension(".json"), read_text(manifest));
    return file;
  }

  fs::path put_example(const fs::path& example) {
    return put(example.filename(), read_text(example),
               fs::path(example).replace_extension(".json"));
  }

  /// The Python example with one text replaced.
  fs::path put_python(const std::string& from, const std::string& to) {
    if (PYTHON3[0] == '\0') return {};
    const fs::path example = fs::path(EXAMPLES) / "scheme-python/api_key_scheme.py";
    auto text = read_text(example);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return put(example.filename(), text, fs::path(example).replace_extension(".json"));
  }

  std::vector<std::string> with_key(std::vector<std::string> arguments) {
    arguments.emplace_back("--secret-file");
    arguments.push_back("api_key=" + pintle_.secret_file("key", std::string(kKey) + "\n"));
    return arguments;
  }

  std::vector<std::string> call() { return with_key({"call", url_, "GET", "/api/sessions"}); }

  void expect_gone(pid_t pid) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (::kill(pid, 0) == 0 || errno != ESRCH) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the process still runs";
      std::this_thread::yield();
    }
  }
};

#define SKIP_WITHOUT_PYTHON \
  if (PYTHON3[0] == '\0') GTEST_SKIP() << "there is no python3"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SKIP_UNDER_A_SANITIZER GTEST_SKIP() << "the test's own limits leave no room for it"
#else
#define SKIP_UNDER_A_SANITIZER static_cast<void>(0)
#endif

struct Example {
  const char* name;
  const char* file;
  const char* interpreter;
};

class ExamplePrograms : public ProgramSchemes, public testing::WithParamInterface<Example> {
 protected:
  void SetUp() override {
    if (GetParam().interpreter[0] == '\0') GTEST_SKIP() << "its interpreter is not installed";
    file_ = put_example(fs::path(EXAMPLES) / GetParam().file);
    begin(api_key_gate(kKey));
  }

  fs::path file_;
};

TEST_P(ExamplePrograms, AreCheckedAndListedLikeLibraries) {
  const auto checked = pintle_.run({"plugins", "check", file_.string()});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(checked.out, AllOf(HasSubstr("good"), HasSubstr("api-key, API key")));
  const auto manifest = pintle_.run({"plugins", "manifest", file_.string()});
  EXPECT_EQ(manifest.code, 0) << manifest.err;
  EXPECT_EQ(manifest.out, read_text(fs::path(file_).replace_extension(".json")));
  const auto listed = pintle_.run({"plugins", "list"});
  EXPECT_THAT(listed.out, AllOf(HasSubstr("api-key"), HasSubstr(file_.string())));
}

TEST_P(ExamplePrograms, AreChosenSignInAndCall) {
  const auto probed = pintle_.run({"probe", url_});
  EXPECT_EQ(probed.code, 0) << probed.err;
  EXPECT_THAT(probed.out, AllOf(HasSubstr("api-key"), HasSubstr(file_.string())));
  const auto called = pintle_.run(call());
  EXPECT_EQ(called.code, 0) << called.err;
  const auto connected = pintle_.run(with_key({"connect", url_, "--once"}));
  EXPECT_EQ(connected.code, 0) << connected.err;
  EXPECT_THAT(connected.out, HasSubstr("gateway.ready"));
  EXPECT_THAT(called.out + called.err + connected.out + connected.err, Not(HasSubstr(kKey)));
}

TEST_P(ExamplePrograms, ReportARefusedKeyAsTheGates) {
  const auto ran =
      pintle_.run({"call", url_, "GET", "/api/sessions", "--secret-file",
                   "api_key=" + pintle_.secret_file("wrong", "another-key-than-that")});
  EXPECT_EQ(ran.code, 17) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("the gateway refused the API key"),
                             HasSubstr("--secret-file api_key=FILE"),
                             Not(HasSubstr("another-key-than-that"))));
}

TEST_P(ExamplePrograms, NameTheOptionForAKeyThatWasNotTyped) {
  for (const char* nothing : {"\n", "\x04"}) {
    AtTerminal pintle(pintle_, {"sign-in", url_});
    pintle.wait_for("API key: ");
    pintle.type(nothing);
    const auto ran = pintle.finish();
    EXPECT_NE(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("--secret-file api_key=FILE"));
  }
}

TEST_P(ExamplePrograms, FollowTheRules) {
  SKIP_UNDER_A_SANITIZER;
  const auto ran = pintle_.run({"plugins", "test", file_.string(), "--seeds", "2", "--script",
                                EXAMPLES "/scheme-cpp/answers.json"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("good"), HasSubstr("cases"),
                             HasSubstr("not for a program: R4, R5, R6")));
}

INSTANTIATE_TEST_SUITE_P(
    , ExamplePrograms,
    testing::Values(Example{"Python", "scheme-python/api_key_scheme.py", PYTHON3},
                    Example{"Node", "scheme-node/api_key_scheme.mjs", NODE}),
    [](const testing::TestParamInfo<Example>& example) { return example.param.name; });

// Each response is shown to the scheme, so that each request needs it.
class ServedPrograms : public ProgramSchemes {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_PYTHON;
    begin(api_key_gate(kKey));
    const auto file = put_python(R"("observed_statuses": [401]})", "}");
    auto text = read_text(file);
    const std::string after = "import sys\n";
    text.insert(text.find(after) + after.size(),
                "import os\nopen(\"" + pid_file_.string() + "\", \"w\").write(str(os.getpid()))\n");
    write_text(file, text);
    serve_.emplace(pintle_, with_key({"serve", url_, "--json"}));
    const auto said = json_of(serve_->wait_for("\n"));
    served_url_ = said->getValue<std::string>("url");
    served_token_ = said->getValue<std::string>("token_file");
    ASSERT_EQ(call_served().code, 0);
  }

  Ran call_served() {
    return pintle_.run(
        {"call", served_url_, "GET", "/api/sessions", "--token-file", served_token_});
  }

  pid_t scheme() const { return std::stoi(read_text(pid_file_)); }

  const fs::path pid_file_ = pintle_.home() / "pid";
  std::optional<Running> serve_;
  std::string served_url_;
  std::string served_token_;
};

TEST_F(ServedPrograms, AreStartedAgainIfTheyAreKilledBetweenRequests) {
  const auto first = scheme();
  ::kill(first, SIGKILL);
  const auto called = call_served();
  EXPECT_EQ(called.code, 0) << called.err;
  EXPECT_NE(scheme(), first);
  EXPECT_EQ(::kill(scheme(), 0), 0);
  serve_->signal(SIGTERM);
  EXPECT_EQ(serve_->finish().code, 0);
  expect_gone(scheme());
}

TEST_F(ServedPrograms, EndWithTheProgramThatStartedThemHoweverItEnds) {
  ::kill(scheme(), SIGSTOP);  // it cannot notice the end of its input
  serve_->signal(SIGKILL);
  serve_->finish();
  expect_gone(scheme());
}

TEST_F(ProgramSchemes, ThatHangAreStoppedAfterASecond) {
  SKIP_WITHOUT_PYTHON;
  begin(api_key_gate(kKey));
  put_python("    def decorate(self, _):\n",
             "    def decorate(self, _):\n        sys.stdin.read()\n");
  const auto ran = pintle_.run(call());
  EXPECT_EQ(ran.code, 23) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("did not answer \"decorate\" within 1 s"));
  EXPECT_EQ(requests("/api/sessions"), 0U);
}

TEST_F(ProgramSchemes, ThatHangInAStepAreLeftAtTheOperationsLimit) {
  SKIP_WITHOUT_PYTHON;
  begin(api_key_gate(kKey));
  put_python("    def resume(self, answer):\n",
             "    def resume(self, answer):\n        sys.stdin.read()\n");
  auto arguments = call();
  arguments.insert(arguments.end(), {"--timeout", "1"});
  const auto ran = pintle_.run(arguments);
  EXPECT_EQ(ran.code, 23) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("did not return within the operation's time limit of 1 s"));
}

TEST_F(ProgramSchemes, ThatPrintWhatIsNoReplyAreReported) {
  SKIP_WITHOUT_PYTHON;
  begin(api_key_gate(kKey));
  put_python("    def decorate(self, _):\n",
             "    def decorate(self, _):\n        print(\"key:\", self.key, flush=True)\n");
  const auto ran = pintle_.run(call());
  EXPECT_EQ(ran.code, 23) << ran.err;
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("wrote a line that is no reply"),
                    HasSubstr("standard output is for replies alone"), Not(HasSubstr(kKey))));
}

TEST_F(ProgramSchemes, ThatEndAtOnceSayWhy) {
  SKIP_WITHOUT_PYTHON;
  begin(api_key_gate(kKey));
  const auto file = put_python("import json\n", "import json\nimport no_such_module\n");
  for (const auto& arguments :
       {call(), std::vector<std::string>{"plugins", "check", file.string()}}) {
    const auto ran = pintle_.run(arguments);
    EXPECT_EQ(ran.code, 23) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("ended with exit code 1, before its reply to \"hello\""),
                               HasSubstr("ModuleNotFoundError: No module named 'no_such_module'")));
  }
}

struct PlantedFault {
  const char* name;
  const char* from;
  const char* to;
  const char* rule;
  const char* what;
};

class FaultyPrograms : public ProgramSchemes, public testing::WithParamInterface<PlantedFault> {};

TEST_P(FaultyPrograms, BreakTheRule) {
  SKIP_UNDER_A_SANITIZER;
  SKIP_WITHOUT_PYTHON;
  const auto file = put_python(GetParam().from, GetParam().to);
  const auto ran = pintle_.run({"plugins", "test", file.string(), "--json", "--seeds", "1",
                                "--script", EXAMPLES "/scheme-cpp/answers.json"});
  EXPECT_EQ(ran.code, 23) << ran.err;
  const auto findings = json_of(ran.out)->getArray("findings");
  bool is_found = false;
  for (std::size_t i = 0; i < findings->size(); ++i) {
    const auto finding = findings->getObject(static_cast<unsigned>(i));
    is_found = is_found ||
               (finding->getValue<std::string>("rule") == GetParam().rule &&
                finding->getValue<std::string>("what").find(GetParam().what) != std::string::npos);
  }
  EXPECT_TRUE(is_found) << ran.out;
}

INSTANTIATE_TEST_SUITE_P(
    , FaultyPrograms,
    testing::Values(
        PlantedFault{"DoNotStart", "import json\n", "import no_such_module\n", "R1",
                     "No module named 'no_such_module'"},
        PlantedFault{"End", R"(dict(answer.get("fields", [])).get("api_key", ""))",
                     R"(dict(answer["fields"])["api_key"])", "R2",
                     "the program ended with exit code 1: KeyError: 'fields'"},
        PlantedFault{
            "Hang", "        if operation[\"kind\"] == \"sign-out\":\n",
            "        if operation[\"kind\"] == \"sign-out\":\n            sys.stdin.read()\n", "R3",
            "did not answer \"begin\" within 2 s"},
        PlantedFault{"ReplyWhatIsNoStep", R"("need": "done", "ws_url")",
                     R"("need": "ready", "ws_url")", "R7",
                     "its reply to \"begin\" is invalid: \"need\" is \"ready\", which is unknown"},
        PlantedFault{"TakeAnyKey", R"(    if not re.fullmatch("[!-~]+", key):)", "    if False:",
                     "R11", "decorate: the header X-Api-Key has a control character"},
        PlantedFault{"ShowTheKey", R"([["credential", "API key"]])",
                     R"([["credential", self.key]])", "R12", "the description has the secret"}),
    [](const testing::TestParamInfo<PlantedFault>& fault) { return fault.param.name; });

TEST_F(ProgramSchemes, AreTrustedAsLibrariesAre) {
  SKIP_WITHOUT_PYTHON;
  begin(api_key_gate(kKey));
  const auto file = put_python("import json\n", "import json\n");
  const auto rules = pintle_.connections().parent_path() / "plugins.json";
  fs::create_directories(rules.parent_path());
  write_text(rules, R"({"pins": {"api-key": "sha256:)" + std::string(64, '0') + R"("}})");
  auto ran = pintle_.run(call());
  EXPECT_EQ(ran.code, 23) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("the settings pin sha256:000"));
  write_text(rules, R"({"pins": {"api-key": "sha256:)" + loading::digest_of(file) + R"("}})");
  EXPECT_EQ(pintle_.run(call()).code, 0);
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  for (const auto& arguments :
       {call(), std::vector<std::string>{"plugins", "check", file.string()}}) {
    ran = pintle_.run(arguments);
    EXPECT_EQ(ran.code, 23) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("is writable by everyone"));
  }
}

TEST_F(ProgramSchemes, AreRefusedIfTheManifestIsNotTheirs) {
  SKIP_WITHOUT_PYTHON;
  begin(api_key_gate(kKey));
  const auto file = put_python(R"("score": 90)", R"("score": 91)");
  EXPECT_THAT(pintle_.run(call()).err, HasSubstr("differently from the manifest beside it"));
  const auto checked = pintle_.run({"plugins", "check", file.string()});
  EXPECT_EQ(checked.code, 23);
  EXPECT_THAT(checked.err, HasSubstr("is not what the program says of itself"));
  EXPECT_THAT(pintle_.run({"plugins", "check", fs::path(file).replace_extension(".json")}).err,
              HasSubstr("is a manifest"));
}

TEST_F(ProgramSchemes, FindNoWebSocketAtAGatewayWhoseProfileHasNone) {
  SKIP_WITHOUT_PYTHON;
  OtherGateway gateway;
  gateway.change([&] { gateway.pages = {{"/ledger", R"({"ledger":1})"}, {"/me", R"({"id":7})"}}; });
  write_text(pintle_.plugins() / "rest.profile.json", kRestProfile);
  const std::string hermes = R"({"field": "auth_flows", "value": "api_key"})";
  const auto file =
      put_python("\"rules\": [" + hermes + "]", "\"rules\": [], \"profiles\": [\"rest\"]");
  const auto manifest = fs::path(file).replace_extension(".json");
  auto text = read_text(manifest);
  const auto rules = "\"rules\": [" + hermes + "]";
  write_text(manifest, text.replace(text.find(rules), rules.size(),
                                    "\"rules\": [], \"profiles\": [\"rest\"]"));
  const auto connected = pintle_.run(with_key({"connect", gateway.url()}));
  EXPECT_EQ(connected.code, 10) << connected.out;
  EXPECT_THAT(connected.err, HasSubstr("this gateway has no WebSocket (profile Ledger)"));
  EXPECT_THAT(connected.err, HasSubstr("pintle call"));
  EXPECT_THAT(connected.out, Not(HasSubstr("dialling")));
  EXPECT_EQ(pintle_.run(with_key({"ws-url", gateway.url()})).code, 10);
  EXPECT_THAT(pintle_.run(with_key({"add", "ledger", gateway.url()})).out,
              HasSubstr("Try: pintle call ledger GET /me\n"));
  const auto called = pintle_.run(with_key({"call", gateway.url(), "GET", "/me"}));
  EXPECT_EQ(called.code, 0) << called.err;
  const auto healthy = pintle_.run(with_key({"doctor", gateway.url()}));
  EXPECT_EQ(healthy.code, 0) << healthy.out;
  EXPECT_THAT(healthy.out, HasSubstr("this gateway has no WebSocket"));
  gateway.change([&] { gateway.pages.erase("/me"); });
  const auto unchecked = pintle_.run(with_key({"doctor", gateway.url()}));
  EXPECT_EQ(unchecked.code, 0) << unchecked.out;
  EXPECT_THAT(unchecked.out, AllOf(HasSubstr("the gateway returned HTTP 404 for /me"),
                                   HasSubstr("\"credential_check\" of the profile rest")));
}

}  // namespace
}  // namespace pintle::test
