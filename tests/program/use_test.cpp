// SPDX-License-Identifier: Apache-2.0
//
// The gateway of a command that names none: that of the environment, or the current one,
// which `pintle use` sets.

#include <string>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Use : public WithGateway {
 protected:
  Use() { begin(); }

  int call_without_gateway() { return pintle_.run({"call", "GET", "/api/sessions"}).code; }
};

TEST_F(Use, SetsTheGatewayOfCommandsThatNameNone) {
  ASSERT_EQ(add_home().code, 0);
  const auto before = pintle_.run({"call", "GET", "/api/sessions"});
  EXPECT_EQ(before.code, 2);
  EXPECT_THAT(before.err, AllOf(HasSubstr("PINTLE_GATEWAY"), HasSubstr("pintle use")));
  const auto set = json_of(pintle_.run({"use", "home", "--json"}).out);
  EXPECT_EQ(set->getValue<std::string>("source"), "pintle use");
  EXPECT_EQ(call_without_gateway(), 0);
  EXPECT_EQ(pintle_.run({"probe"}).code, 0);
  EXPECT_EQ(pintle_.run({"rpc", "echo", R"({"a":1})"}).code, 0);
  EXPECT_EQ(pintle_.run({"rpc", "home", "echo"}).code, 0);
  EXPECT_THAT(pintle_.run({"use"}).out, HasSubstr("home"));
  EXPECT_THAT(pintle_.run({"list"}).out, HasSubstr("home (current)"));
  EXPECT_EQ(json_of(pintle_.run({"use", "--json"}).out)->getValue<std::string>("gateway"), "home");
  EXPECT_EQ(pintle_.run({"use", "--none"}).code, 0);
  EXPECT_EQ(pintle_.run({"use", "--json"}).out, "{}\n");
  EXPECT_EQ(call_without_gateway(), 2);
}

TEST_F(Use, SetsNothingThatIsNotThere) {
  EXPECT_EQ(pintle_.run({"use", "home"}).code, 10);
  EXPECT_EQ(pintle_.run({"use", "ftp://x"}).code, 10);
  EXPECT_EQ(pintle_.run({"use", url_, "--none"}).code, 2);
  EXPECT_THAT(pintle_.run({"use"}).out, HasSubstr("There is no current gateway"));
}

TEST_F(Use, EndsWithTheConnection) {
  ASSERT_EQ(add_home().code, 0);
  ASSERT_EQ(pintle_.run({"use", "home"}).code, 0);
  ASSERT_EQ(pintle_.run({"remove", "home"}).code, 0);
  EXPECT_EQ(call_without_gateway(), 2);
  EXPECT_THAT(pintle_.run({"rpc", "session.list"}).err, HasSubstr("pintle rpc NAME session.list"));
}

TEST_F(Use, TakesTheGatewayAndTokenOfTheEnvironment) {
  pintle_.set("PINTLE_GATEWAY", url_);
  pintle_.set("PINTLE_TOKEN_FILE", token_file_);
  EXPECT_EQ(call_without_gateway(), 0);
  EXPECT_THAT(pintle_.run({"use"}).out, HasSubstr("PINTLE_GATEWAY"));
}

TEST_F(Use, TakesThoseOfHermesDesktop) {
  pintle_.set("HERMES_DESKTOP_REMOTE_URL", url_);
  pintle_.set("HERMES_DESKTOP_REMOTE_TOKEN", kToken);
  EXPECT_EQ(call_without_gateway(), 0);
  // Its own variable comes first, and takes no other gateway's token.
  practice::Gateway other(token_gate("another-token-abcdefghijklmnop"));
  pintle_.set("PINTLE_GATEWAY", other.url());
  EXPECT_EQ(call_without_gateway(), 17);
  EXPECT_TRUE(other.request_log().requests_to("/api/sessions").empty()) << "no token was sent";
}

TEST_F(Use, SendsNoTokenOfTheEnvironmentToAGatewayOfTheCommandLine) {
  pintle_.set("PINTLE_GATEWAY", "https://gateway.invalid");
  pintle_.set("PINTLE_TOKEN_FILE", token_file_);
  EXPECT_EQ(pintle_.run({"call", url_, "GET", "/api/sessions"}).code, 17);
  EXPECT_EQ(requests("/api/sessions"), 0u);
}

TEST_F(Use, TakesTheTimeLimitOfTheEnvironmentBelowThatOfTheCommandLine) {
  pintle_.set("PINTLE_TIMEOUT", "soon");
  EXPECT_THAT(pintle_.run({"probe", url_}).err, HasSubstr("PINTLE_TIMEOUT"));
  EXPECT_EQ(pintle_.run({"probe", url_, "--timeout", "5"}).code, 0);
  pintle_.set("PINTLE_TIMEOUT", "5");
  EXPECT_EQ(pintle_.run({"probe", url_}).code, 0);
}

TEST_F(Use, SaysThatItsFileIsDamagedOnlyWhereItIsNeeded) {
  const auto file = pintle_.connections().parent_path() / "settings.json";
  ASSERT_EQ(pintle_.run({"use", url_}).code, 0);
  for (const char* damaged : {"", "[]", "{", R"({"version":9})", R"({"gateway":"x"})", "null"}) {
    SCOPED_TRACE(damaged);
    write_text(file, damaged);
    const auto ran = pintle_.run({"probe"});
    EXPECT_EQ(ran.code, 24) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("settings.json cannot be used"), HasSubstr("pintle use"),
                               Not(HasSubstr("xception"))));
    EXPECT_EQ(pintle_.run({"probe", url_}).code, 0);
  }
  EXPECT_EQ(pintle_.run({"use", url_}).code, 0);
  EXPECT_EQ(pintle_.run({"probe"}).code, 0);
}

TEST_F(Use, ReadsNoFileThatAnotherUserCouldWrite) {
  ASSERT_EQ(pintle_.run({"use", url_}).code, 0);
  const auto file = pintle_.connections().parent_path() / "settings.json";
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(pintle_.run({"probe"}).code, 24);
}

TEST_F(Use, TakesNoGatewaysNameForAMethod) {
  ASSERT_EQ(pintle_.run({"use", url_}).code, 0);
  const auto ran = pintle_.run({"call", "home", "/api/sessions"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("METHOD PATH"));
  EXPECT_EQ(pintle_.run({"call", url_, "GET"}).code, 2);
}

}  // namespace
}  // namespace pintle::test
