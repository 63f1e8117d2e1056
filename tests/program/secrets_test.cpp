// What must never be: a credential on a probe, or a secret where someone else could read it.

#include <fstream>

#include "fixture.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Secrets : public WithGateway {};

TEST_F(Secrets, AreNotSentByTheProbeOfAnyCommand) {
  begin();
  const std::vector<std::vector<std::string>> lines = {{"probe", "home"},
                                                       {"status"},
                                                       {"connect", "home", "--once"},
                                                       {"call", "home", "GET", "/api/sessions"},
                                                       {"rpc", "home", "echo"},
                                                       {"ws-url", "home"}};
  for (const auto& line : lines) {
    SCOPED_TRACE(line[0]);
    // Adding it anew forgets what the gateway said to the command before.
    pintle_.run(with_credential({"add", "home", url_, "--replace"}));
    gateway_->witness().clear();
    EXPECT_EQ(pintle_.run(line).code, 0);
    const auto seen = gateway_->witness().sightings();
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen[0].path, "/api/status");
    for (const auto& request : seen) {
      const bool is_probe = request.path == "/api/status" || request.path == "/api/auth/providers";
      if (is_probe) {
        EXPECT_TRUE(request.credentials.none()) << request.path;
      }
    }
  }
}

TEST_F(Secrets, AreInNoOutputOfAnyCommandButTheOneThatIsAskedForIt) {
  begin();
  pintle_.run(with_credential({"add", "home", url_}));
  const std::vector<std::vector<std::string>> lines = {
      {"probe", "home"},
      {"status"},
      {"status", "--json"},
      {"list", "--json"},
      {"connect", "home", "--once"},
      {"connect", "home", "--once", "--json"},
      {"call", "home", "POST", "/api/echo", "--json"},
      {"plugins", "--json"}};
  for (const auto& line : lines) {
    const auto ran = pintle_.run(line);
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(kToken))) << line[0];
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("abcdefghij"))) << line[0];
  }
  // Nor in any file that the program wrote.
  for (const auto& file : std::filesystem::recursive_directory_iterator(pintle_.home().path())) {
    if (!file.is_regular_file() || file.path() == token_file_) continue;
    EXPECT_THAT(read_text(file.path()), Not(HasSubstr(kToken))) << file.path();
  }
}

TEST_F(Secrets, DoNotTravelOverPlainHttpToAnotherMachine) {
  begin();
  // 192.0.2.0/24 is for documentation: nothing answers there, and nothing is asked before the
  // probe, which carries no secret. A proxy's own machine stands in for the other one.
  const auto ran =
      pintle_.run(with_credential({"call", "http://gateway.invalid", "GET", "/api/sessions"}));
  EXPECT_EQ(ran.code, 11) << ran.err;
  EXPECT_THAT(ran.err, Not(HasSubstr(kToken)));
}

TEST_F(Secrets, AreNotWrittenToTheTerminalByAHostileGateway) {
  auto options = with_token(kToken);
  options.version = "1.0\033]0;owned\007\033[2J";
  begin(std::move(options));
  const auto ran = pintle_.run({"probe", url_});
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("\033")));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("\007")));
}

}  // namespace
}  // namespace pintle::test
