// SPDX-License-Identifier: Apache-2.0
//
// -v, --trace, the counters of `status -v`, and --traceparent.

#include <filesystem>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "practice/state/random.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Lines = std::vector<Poco::JSON::Object::Ptr>;

constexpr const char* kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class Watching : public WithGateway {
 protected:
  std::string trace_file() const { return (pintle_.home() / "trace").string(); }

  Ran call(std::vector<std::string> more, const std::string& path = "/api/sessions") {
    auto line = with_credential({"call", url_, "GET", path});
    line.insert(line.end(), more.begin(), more.end());
    return pintle_.run(line);
  }

  // Fails the test if a line is no JSON object.
  Lines traced() const {
    Lines lines;
    std::istringstream in(read_text(trace_file()));
    for (std::string line; std::getline(in, line);) lines.push_back(json_of(line));
    return lines;
  }
  Lines traced(const std::string& event) const {
    auto lines = traced();
    std::erase_if(lines, [&](const auto& line) {
      return line->template getValue<std::string>("event") != event;
    });
    return lines;
  }
};

mode_t mode_of(const std::string& file) {
  struct stat facts {};
  EXPECT_EQ(::stat(file.c_str(), &facts), 0) << file;
  return facts.st_mode & 0777;
}

TEST_F(Watching, SaysNothingUnlessItIsAskedTo) {
  begin();
  const auto ran = call({});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST_F(Watching, ShowsMoreWithEachV) {
  begin();
  const auto plain = call({});
  struct Case {
    const char* option;
    bool shows_exchanges;
    bool shows_steps;
  };
  for (const auto& one :
       {Case{"-v", false, false}, Case{"--verbose", false, false}, Case{"-vv", true, false},
        Case{"-vvv", true, true}, Case{"-vvvvv", true, true}}) {
    SCOPED_TRACE(one.option);
    std::filesystem::remove_all(pintle_.home() / "cache");  // or the gateway is not probed
    const auto ran = call({one.option});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, plain.out);  // a pipe has the answer alone
    EXPECT_THAT(ran.err, HasSubstr(" info  scheme   scheme_chosen      scheme=token"));
    EXPECT_EQ(ran.err.find("exchange_finished") != std::string::npos, one.shows_exchanges);
    EXPECT_EQ(ran.err.find("resolving") != std::string::npos, one.shows_steps);
    EXPECT_THAT(ran.err, Not(HasSubstr("\033")));
  }
  EXPECT_THAT(call({"-v", "-v"}).err, HasSubstr("exchange_finished"));
}

TEST_F(Watching, AlignsWhatItShows) {
  begin();
  std::istringstream lines(call({"-vvv"}).err);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_THAT(line,
                testing::MatchesRegex(
                    "[0-9:]+\\.[0-9]+ (error|warn |info |debug|trace) [a-z_ ]{8} [a-z_ ]+.*"));
  }
  EXPECT_GT(count, 5);
}

TEST_F(Watching, KnowsNoOtherLetters) {
  begin();
  for (const char* option : {"-x", "-vx", "-hv", "-"}) {
    const auto ran = call({option});
    EXPECT_EQ(ran.code, 2) << option;
    EXPECT_THAT(ran.err, Not(IsEmpty()));
  }
  EXPECT_EQ(pintle_.run({"call", "-h"}).code, 0);
}

TEST_F(Watching, WritesOneLineForEachExchangeWithItsTimes) {
  begin();
  ASSERT_EQ(call({"--trace", trace_file()}, "/api/sessions?limit=1").code, 0);
  const auto exchanges = traced("exchange_finished");
  const auto seen = gateway_->request_log().requests();
  ASSERT_EQ(exchanges.size(), seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto& line = *exchanges[i];
    EXPECT_EQ(line.getValue<std::string>("method"), "GET");
    EXPECT_EQ(line.getValue<std::string>("path"), seen[i].path);
    EXPECT_EQ(line.getValue<int>("status"), seen[i].status);
    EXPECT_EQ(line.getValue<std::string>("area"), "http");
    EXPECT_EQ(line.getValue<std::string>("connection"), url_);
    EXPECT_EQ(line.getValue<bool>("reused"), i > 0);
    EXPECT_EQ(line.has("connect_ms"), i == 0);
    EXPECT_GE(line.getValue<double>("total_ms"), line.getValue<double>("first_byte_ms"));
    // The probe sends both of its requests at once: the first has the bytes of both, and of the
    // responses as far as they came together.
    const bool second = seen[i].path == "/api/auth/providers";
    EXPECT_EQ(line.getValue<int>("bytes_sent") > 0, !second);
    if (!second) {
      EXPECT_GT(line.getValue<int>("bytes_received"), 0);
    }
    EXPECT_THAT(line.getValue<std::string>("time"),
                testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:]+\\.[0-9][0-9][0-9]Z"));
  }
  EXPECT_THAT(read_text(trace_file()), Not(HasSubstr("limit")));
}

TEST_F(Watching, WritesADialAndEachStateOfALiveConnection) {
  begin();
  ASSERT_EQ(pintle_.run(with_credential({"connect", url_, "--once", "--trace", trace_file()})).code,
            0);
  EXPECT_EQ(traced("dial_finished").size(), 1u);
  std::vector<std::string> states;
  for (const auto& line : traced("state_changed")) {
    states.push_back(line->getValue<std::string>("state"));
  }
  EXPECT_THAT(states, testing::ElementsAre("probing", "dialling", "ready", "closed"));
}

TEST_F(Watching, TellsThePhasesOfTheConnectionThatADialOpened) {
  begin();
  ASSERT_EQ(call({}).code, 0);  // so that the next one need not probe
  ASSERT_EQ(pintle_.run(with_credential({"rpc", url_, "echo", "--trace", trace_file()})).code, 0);
  const auto exchanges = traced("exchange_finished");
  ASSERT_EQ(exchanges.size(), 1u);
  EXPECT_FALSE(exchanges[0]->getValue<bool>("reused"));
  EXPECT_TRUE(exchanges[0]->has("dns_ms"));
  EXPECT_TRUE(exchanges[0]->has("connect_ms"));
}

TEST_F(Watching, ShowsEachStepOfAConnectOnceInOnePlace) {
  begin();
  const auto line = with_credential({"connect", url_, "--once", "-v", "--trace", trace_file()});
  const auto apart = pintle_.run(line);
  EXPECT_EQ(apart.code, 0);
  EXPECT_THAT(apart.err, HasSubstr("state_changed"));
  AtTerminal terminal(pintle_, line);
  const auto together = terminal.finish();
  EXPECT_EQ(together.code, 0);
  EXPECT_THAT(together.out, HasSubstr("scheme     token"));
  EXPECT_THAT(together.out, HasSubstr("dial_finished"));
  EXPECT_THAT(together.out, Not(HasSubstr("state_changed")));
  EXPECT_THAT(together.out, Not(HasSubstr("scheme_chosen")));
  EXPECT_FALSE(traced("state_changed").empty()) << "a file has everything";
}

TEST_F(Watching, WritesNoTraceToStandardOutput) {
  begin();
  const auto ran = call({"--trace", "-"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("/dev/stderr"));
  EXPECT_TRUE(gateway_->request_log().requests().empty());
  EXPECT_THAT(call({"--trace", "/dev/stderr"}).err, HasSubstr("\"event\":\"exchange_finished\""));
}

TEST_F(Watching, WritesAFailureToo) {
  begin();
  gateway_->stop();
  EXPECT_EQ(call({"--trace", trace_file()}).code, 12);
  const auto failed = traced("exchange_failed");
  ASSERT_FALSE(failed.empty());
  EXPECT_EQ(failed[0]->getValue<std::string>("layer"), "tcp");
  EXPECT_EQ(failed[0]->getValue<std::string>("level"), "warn");
}

TEST_F(Watching, LetsNobodyElseReadTheFile) {
  begin();
  ASSERT_EQ(call({"--trace", trace_file()}).code, 0);
  EXPECT_EQ(mode_of(trace_file()), 0600u);
  // Not even one that was there before, and what was in it goes.
  write_text(trace_file(), "old\n");
  std::filesystem::permissions(trace_file(), std::filesystem::perms(0666));
  ASSERT_EQ(call({"--trace=" + trace_file()}).code, 0);
  EXPECT_EQ(mode_of(trace_file()), 0600u);
  EXPECT_THAT(read_text(trace_file()), Not(HasSubstr("old")));
}

TEST_F(Watching, TouchesNoFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  begin();
  const auto file = pintle_.home() / "foreign";
  write_text(file, "kept");
  std::filesystem::permissions(file, std::filesystem::perms::all);
  ASSERT_EQ(::chown(file.c_str(), 65534, 65534), 0);
  const auto link = pintle_.home() / "link";
  std::filesystem::create_symlink(pintle_.home() / "mine", link);
  write_text(pintle_.home() / "mine", "kept");
  ASSERT_EQ(::lchown(link.c_str(), 65534, 65534), 0);
  for (const auto& path : {file, link}) {
    const auto ran = pintle_.run({"probe", url_, "--trace", path.string()});
    EXPECT_EQ(ran.code, 24) << ran.err;
    EXPECT_EQ(read_text(path), "kept");
  }
}

TEST_F(Watching, SendsNothingIfTheFileCannotBeCreated) {
  begin();
  for (const auto& file :
       {pintle_.home().path().string(), (pintle_.home() / "none/trace").string()}) {
    const auto ran = call({"--trace", file});
    EXPECT_EQ(ran.code, 24) << ran.err;
    EXPECT_THAT(ran.err, HasSubstr("store: cannot create the trace file " + file));
    EXPECT_THAT(ran.err, HasSubstr("--trace"));
    EXPECT_EQ(json_of(call({"--trace", file, "--json"}).out)
                  ->getObject("error")
                  ->getValue<std::string>("layer"),
              "store");
  }
  EXPECT_TRUE(gateway_->request_log().requests().empty());
}

TEST_F(Watching, GivesTheResultWhereTheDiskIsFullAndSaysSo) {
  begin();
  const auto plain = call({});
  const auto ran = call({"--trace", "/dev/full"});
  EXPECT_EQ(ran.code, 24);
  EXPECT_EQ(ran.out, plain.out);
  EXPECT_THAT(ran.err, HasSubstr("store: cannot write the trace file /dev/full: No space left"));
  // One object on standard output stays one.
  const auto as_json = call({"--trace", "/dev/full", "--json"});
  EXPECT_EQ(as_json.code, 24);
  EXPECT_EQ(json_of(as_json.out)->getValue<int>("status"), 200);
  // What the command itself says counts more.
  const auto refused = call({"--trace", "/dev/full"}, "/api/none");
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("No space left"));
}

TEST_F(Watching, ShowsCountersInAStatus) {
  begin();
  add_home();
  const auto without = pintle_.run({"status", "--json"});
  EXPECT_FALSE(json_of(without.out)->getArray("connections")->getObject(0)->has("counters"));
  EXPECT_THAT(pintle_.run({"status"}).out, Not(HasSubstr("COUNTER")));
  const auto shown = pintle_.run({"status", "-v"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.out, HasSubstr("COUNTER          home\n"));
  EXPECT_THAT(shown.out, HasSubstr("TCP connections  1\n"));
  EXPECT_THAT(shown.out, Not(HasSubstr("dials")));
  gateway_->request_log().clear();
  const auto counters = json_of(pintle_.run({"status", "-v", "--json"}).out)
                            ->getArray("connections")
                            ->getObject(0)
                            ->getObject("counters");
  const auto seen = gateway_->request_log().requests();
  const auto responses = counters->getObject("responses");
  // Without a gate there are no providers: 503.
  EXPECT_EQ(responses->getValue<std::size_t>("2xx") + responses->getValue<std::size_t>("5xx"),
            seen.size());
  EXPECT_EQ(counters->getValue<int>("connects"), 1);
  EXPECT_EQ(counters->getObject("request_errors")->getValue<int>("host-guard"), 0);
  EXPECT_EQ(counters->getObject("losses")->getValue<int>("silent"), 0);
  // Of a connection that cannot be reached too.
  gateway_->stop();
  const auto failed = json_of(pintle_.run({"status", "-v", "--json"}).out);
  EXPECT_EQ(failed->getArray("connections")
                ->getObject(0)
                ->getObject("counters")
                ->getObject("request_errors")
                ->getValue<int>("tcp"),
            1);
}

TEST_F(Watching, SendsATraceparentThatIsGivenOrANewOne) {
  begin();
  const auto at = [&](const std::string& path) {
    const auto seen = gateway_->request_log().requests_to(path);
    return seen.empty() ? "no request" : seen.back().traceparent;
  };
  EXPECT_EQ(call({"--traceparent", kTraceparent, "--trace", trace_file()}).code, 0);
  EXPECT_EQ(at("/api/sessions"), kTraceparent);
  EXPECT_THAT(read_text(trace_file()),
              HasSubstr("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
  EXPECT_EQ(call({"--traceparent=new"}).code, 0);
  EXPECT_EQ(at("/api/sessions").size(), 55u);
  EXPECT_EQ(call({"--header", "traceparent: 00-a", "--traceparent", kTraceparent}).code, 0);
  EXPECT_EQ(at("/api/sessions"), kTraceparent);
  EXPECT_EQ(call({}).code, 0);
  EXPECT_EQ(at("/api/sessions"), "");
  EXPECT_EQ(pintle_.run(with_credential({"rpc", url_, "echo", "--traceparent", kTraceparent})).code,
            0);
  EXPECT_EQ(at("/api/ws"), kTraceparent);
  const auto wrong = call({"--traceparent", "hunter22"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, Not(HasSubstr("hunter22")));
}

// Everything that knows a secret, with all that can be shown of it.
class WatchedSecrets : public Watching {
 protected:
  void run(std::vector<std::string> line) {
    line.insert(line.end(), {"-vvv", "--trace", trace_file()});
    const auto ran = pintle_.run(line);
    EXPECT_EQ(ran.code, 0) << line[0] << ": " << ran.err;
    output_ += ran.err + read_text(trace_file());
  }
  void expect_no_secret(std::size_t min_issued) const {
    auto secrets = practice::recent_secrets();
    EXPECT_GE(secrets.size(), min_issued);
    secrets.emplace_back(kToken);
    secrets.emplace_back(practice::kPassword);
    for (const auto& secret : secrets) EXPECT_THAT(output_, Not(HasSubstr(secret)));
    EXPECT_THAT(output_, HasSubstr("exchange_finished"));
    EXPECT_THAT(output_, HasSubstr("dial_finished"));
  }

  std::string output_;
};

TEST_F(WatchedSecrets, AreShownNeitherInCookiesNorInBearers) {
  pintle_.install(OAUTH_PLUGIN);
  const auto password_file = pintle_.secret_file("password", std::string(practice::kPassword));
  for (const auto gate : {practice::Gate::cookie, practice::Gate::native}) {
    SCOPED_TRACE(practice::name_of(gate));
    auto options = with_gate(gate);
    options.offers_cookies = gate == practice::Gate::cookie;
    options.lifetimes.access_ms = 1'500;
    options.lifetimes.shortest_cookie_ms = 1'000;
    begin(std::move(options));
    output_.clear();
    run({"sign-in", url_, "--with", "password", "--provider", "basic", "--username", "ada",
         "--password-file", password_file});
    run({"call", url_, "GET", "/api/sessions"});
    run({"connect", url_, "--once"});
    run({"rpc", url_, "session.list"});
    run({"status", url_});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (gateway_->request_log().counters().refreshes == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      run({"call", url_, "GET", "/api/sessions"});
    }
    run({"sign-out", url_});
    EXPECT_THAT(output_, HasSubstr("ticket_minted"));
    EXPECT_THAT(output_, HasSubstr("renewal_finished"));
    expect_no_secret(6);  // two pairs of tokens, and two tickets
  }
}

TEST_F(WatchedSecrets, AreNotShownIfTheyAreStatic) {
  begin();
  run(with_credential({"call", url_, "GET", "/api/sessions"}));
  run(with_credential({"connect", url_, "--once"}));
  run(with_credential({"rpc", url_, "echo", R"({"a":1})"}));
  expect_no_secret(0);
}

}  // namespace
}  // namespace pintle::test
