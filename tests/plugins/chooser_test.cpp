// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/chooser.h>
#include <pintle/scheme.h>

#include "support/error_of.h"

namespace pintle::loading {
namespace {

using test::error_of;
using testing::AllOf;
using testing::HasSubstr;

// Schemes that are part of this program: it makes no difference for choosing.
template <int kNumber>
struct Setting {
  static inline int own_score = 0;  // The result of match.
  static inline std::string own_reason;
  static inline bool match_throws = false;
};

constexpr plugin::Rule kOpenGate[] = {{"auth_required", "false"}};
constexpr plugin::Facts kFacts[] = {
    {.id = "alpha", .name = "A", .strength = 10, .score = 60, .reason = "a", .rules = kOpenGate},
    {.id = "beta", .name = "B", .strength = 20, .score = 60, .reason = "b", .rules = kOpenGate},
    {.id = "gamma",
     .name = "G",
     .strength = 5,
     .score = 80,
     .reason = "g",
     .sends_secret = false,
     .rules = kOpenGate}};

template <int kNumber>
class Fake final : public plugin::Scheme {
 public:
  static constexpr const plugin::Facts& facts = kFacts[kNumber];
  explicit Fake(const plugin::Opening&) {}
  static plugin::Match match(const plugin::Probe&) {
    if (Setting<kNumber>::match_throws) throw Error(Layer::plugin, "broken inside");
    return {Setting<kNumber>::own_score, Setting<kNumber>::own_reason};
  }
  plugin::Decoration decorate(const plugin::Request&, const plugin::HeaderSink&) const override {
    return {};
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).single_use();
  }
};

constexpr pintle_plugin_table kPlugin =
    plugin::detail::make_plugin<Fake<0>, Fake<1>, Fake<2>>("fakes", "1.0.0");

class Choosing : public testing::Test {
 protected:
  Choosing() {
    set<0>(60, "alpha fits");
    set<1>(60, "beta fits");
    set<2>(80, "gamma fits");
    probe_.body = R"({"auth_required": false})";
  }

  template <int kNumber>
  static void set(int score, std::string reason, bool throws = false) {
    Setting<kNumber>::own_score = score;
    Setting<kNumber>::own_reason = std::move(reason);
    Setting<kNumber>::match_throws = throws;
  }

  Choice chosen(const ChoicePolicy& policy = {}, const char* url = "https://gateway.example",
                LoadingRules rules = {}) {
    const auto catalogue = Catalogue::read({}, {&kPlugin});
    Loader loader(std::move(rules), LoadCheck("/nonexistent", ""));
    return choose(catalogue, loader, probe_, GatewayUrl::parse(url), policy);
  }

  std::string outcome(const ChoicePolicy& policy = {}, const char* url = "https://gateway.example",
                      LoadingRules rules = {}) {
    try {
      return "chose " + chosen(policy, url, std::move(rules)).facts.id;
    } catch (const Error& error) {
      return std::string(error.what());
    }
  }

  static std::string verdict_on(const Choice& choice, const std::string& scheme) {
    for (const auto& row : choice.table) {
      if (row.scheme == scheme) return std::string(name_of(row.verdict)) + ": " + row.why;
    }
    return "not in the table";
  }

  Probe probe_;
};

TEST_F(Choosing, TakesTheHighestScoreAndExplainsAll) {
  const auto choice = chosen();
  EXPECT_EQ(choice.facts.id, "gamma");
  ASSERT_EQ(choice.table.size(), 3U);
  EXPECT_EQ(choice.table[0].scheme, "gamma");
  EXPECT_EQ(verdict_on(choice, "gamma"), "chosen: gamma fits");
  EXPECT_EQ(verdict_on(choice, "alpha"), "may fit: it was not asked: gamma is preferred");
}

TEST_F(Choosing, BreaksATieByStrengthAndThenById) {
  set<2>(60, "gamma fits");
  EXPECT_EQ(chosen().facts.id, "beta");
}

TEST_F(Choosing, GoesOnWhereASchemeGivesLessThanItsManifestPromised) {
  set<2>(30, "gamma hardly fits");
  EXPECT_EQ(chosen().facts.id, "beta");
  set<2>(0, "gamma does not fit after all");
  const auto choice = chosen();
  EXPECT_EQ(choice.facts.id, "beta");
  EXPECT_EQ(verdict_on(choice, "gamma"), "does not fit: gamma does not fit after all");
}

TEST_F(Choosing, GoesOnWhereASchemeBreaks) {
  set<2>(80, "", true);
  const auto choice = chosen();
  EXPECT_EQ(choice.facts.id, "beta");
  EXPECT_THAT(verdict_on(choice, "gamma"), HasSubstr("refused: built in: broken inside"));
}

TEST_F(Choosing, HoldsASchemeToTheMostThatItsManifestNames) {
  set<0>(100, "alpha boasts");
  EXPECT_EQ(chosen().facts.id, "gamma");
}

TEST_F(Choosing, LeavesOutWhatIsForAnotherKindOfGateway) {
  EXPECT_EQ(chosen().facts.id, "gamma");
  probe_.profile = "jupyter";
  EXPECT_THAT(outcome(), HasSubstr("gamma: does not fit: it is not for jupyter gateways"));
}

TEST_F(Choosing, RequiresAGreetingOnlyIfTheGateIsOn) {
  const ChoicePolicy policy{.named = {}, .needs_greeting = true};
  EXPECT_EQ(chosen(policy).facts.id, "gamma");
  probe_.auth_required = true;
  EXPECT_THAT(outcome(policy), HasSubstr("it has no greeting on the WebSocket"));
}

TEST_F(Choosing, OfAGatewayThatWasNotProbedGoesByTheNameAlone) {
  probe_.auth_required = true;  // which its rules exclude
  set<0>(0, "alpha never fits");
  EXPECT_THAT(outcome({.named = "alpha"}), HasSubstr("cannot be used"));
  EXPECT_EQ(chosen({.named = "alpha", .is_unprobed = true}).facts.id, "alpha");
}

TEST_F(Choosing, TakesTheOneThatWasNamedEvenIfItIsWeaker) {
  EXPECT_EQ(chosen({.named = "alpha", .least_strength = 90, .allow_plain_http = false}).facts.id,
            "alpha");
}

TEST_F(Choosing, RefusesANamedOneThatDoesNotFitWithTheReason) {
  probe_.auth_required = true;
  const ChoicePolicy policy{.named = "alpha", .least_strength = 0, .allow_plain_http = false};
  EXPECT_THAT(outcome(policy), AllOf(HasSubstr("config: "), HasSubstr("alpha cannot be used"),
                                     HasSubstr("auth_required false")));
}

TEST_F(Choosing, SaysWhichSchemesThereAreWhereTheNamedOneIsNone) {
  const ChoicePolicy policy{.named = "nope", .least_strength = 0, .allow_plain_http = false};
  EXPECT_THAT(outcome(policy),
              AllOf(HasSubstr("there is no scheme \"nope\""), HasSubstr("alpha, beta, gamma")));
}

TEST_F(Choosing, NeverStepsDownQuietly) {
  const ChoicePolicy policy{.named = "", .least_strength = 15, .allow_plain_http = false};
  EXPECT_EQ(chosen(policy).facts.id, "beta");
  EXPECT_THAT(verdict_on(chosen(policy), "gamma"), HasSubstr("weaker than the scheme"));
}

TEST_F(Choosing, SaysHowToStepDownWhereNothingElseIsLeft) {
  const ChoicePolicy policy{.named = "", .least_strength = 99, .allow_plain_http = false};
  const auto error = error_of([&] { chosen(policy); });
  EXPECT_THAT(error.hint(), HasSubstr("--scheme gamma"));
}

TEST_F(Choosing, SendsNoSecretOverPlainHttpExceptToThisMachine) {
  set<2>(0, "no");
  for (const char* named : {"", "beta"}) {
    const ChoicePolicy policy{.named = named, .least_strength = 0, .allow_plain_http = false};
    const auto error = error_of([&] { chosen(policy, "http://gateway.example:9119"); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), AllOf(HasSubstr("over plain http to another machine"),
                                       HasSubstr("gateway.example:9119")));
    EXPECT_THAT(error.hint(), AllOf(HasSubstr("https://"), HasSubstr("--allow-plain-http")));
  }
  EXPECT_EQ(chosen({}, "http://127.0.0.1:9119").facts.id, "beta");
  EXPECT_EQ(
      chosen({.named = "", .least_strength = 0, .allow_plain_http = true}, "http://gateway.example")
          .facts.id,
      "beta");
}

TEST_F(Choosing, KeepsToTheAllowList) {
  EXPECT_EQ(chosen({}, "https://h", {.allowed = {"alpha"}, .pins = {}}).facts.id, "alpha");
}

TEST_F(Choosing, PutsTheWholeTableIntoTheMessageOfAFailure) {
  probe_.auth_required = true;
  EXPECT_THAT(outcome(), AllOf(HasSubstr("no scheme fits this gateway"), HasSubstr("alpha"),
                               HasSubstr("beta"), HasSubstr("gamma"), HasSubstr("does not fit")));
}

}  // namespace
}  // namespace pintle::loading
