// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"
#include "ui/json.h"
#include "ui/page_files.h"
#include "ui/probe_answer.h"

namespace pintle::ui {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Probe gated(std::vector<std::string> flows, std::vector<Provider> providers) {
  Probe probe;
  probe.auth_required = true;
  probe.auth_flows = std::move(flows);
  probe.providers = std::move(providers);
  return probe;
}

const Provider kPassword{"basic", "Username & Password", true};
const Provider kBrowser{"idp", "<b>Idp</b>", false};

TEST(UiJson, ReadsTheMembersOfARequest) {
  const auto object = read_object(R"({"name": "home", "replace": true, "number": 1})");
  EXPECT_EQ(string_member(*object, "name"), "home");
  EXPECT_EQ(string_member(*object, "missing"), "");
  EXPECT_TRUE(bool_member(*object, "replace"));
  EXPECT_FALSE(bool_member(*object, "missing"));
  EXPECT_THROW(string_member(*object, "number"), Error);
  EXPECT_THROW(string_member(*object, "replace"), Error);
  EXPECT_THROW(bool_member(*object, "name"), Error);
}

TEST(UiJson, RefusesWhatIsNoObject) {
  for (const auto* text : {"", "{", "[]", "\"text\"", "1", "null", "{\"a\":}", "\xff"}) {
    EXPECT_THROW(read_object(text), Error) << text;
  }
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100; ++i) deep += "[";
  EXPECT_THROW(read_object(deep), Error);
}

TEST(UiJson, AnErrorLeavesOutTheCommandLine) {
  Error error(Layer::gate, "the token was refused");
  error.with_status(401).with_sign_in().with_hint("Provide it with --token-file FILE.");
  const auto made = text_of(error_json(error));
  EXPECT_EQ(made, R"({"layer":"gate","message":"the token was refused","status":401,"retry":false,)"
                  R"("user_action":true,"sign_in":true})");
  error.with_hint("Sign in first (pintle sign-in), then try again.");
  EXPECT_THAT(text_of(error_json(error)), Not(HasSubstr("hint")));
  error.with_hint("Check the token.");
  EXPECT_THAT(text_of(error_json(error)), HasSubstr(R"("hint":"Check the token.")"));
}

TEST(UiJson, AnErrorOfThePageNamesItsFieldOrThatItIsOutOfDate) {
  const Error error(Layer::config, "the name is taken");
  EXPECT_THAT(text_of(error_json(PageError::of_field(error, "name"))),
              AllOf(HasSubstr(R"("field":"name")"), Not(HasSubstr("out_of_date"))));
  EXPECT_THAT(text_of(error_json(PageError::out_of_date(error))),
              AllOf(HasSubstr(R"("out_of_date":true)"), Not(HasSubstr("field"))));
}

TEST(UiOffer, NamesTheMethodsOfEachGeneration) {
  EXPECT_THAT(methods_of(gated({}, {}), kPassword), ElementsAre("password", "window"));
  EXPECT_THAT(methods_of(gated({"cookie"}, {}), kBrowser), ElementsAre("window"));
  EXPECT_THAT(methods_of(gated({"cookie", "native_pkce"}, {}), kPassword),
              ElementsAre("password", "browser", "paste", "window"));
  EXPECT_THAT(methods_of(gated({"native_pkce"}, {}), kBrowser), ElementsAre("browser", "paste"));
}

TEST(UiOffer, IsATokenOrProvidersOrNothing) {
  loading::SchemeFacts scheme;
  scheme.name = "API key";
  EXPECT_EQ(text_of(offer_of(Probe(), &scheme)), R"({"kind":"token"})");
  EXPECT_EQ(text_of(offer_of(gated({}, {kPassword}), nullptr)), R"({"kind":"none"})");
  EXPECT_EQ(text_of(offer_of(gated({"native_pkce"}, {kBrowser}), &scheme)),
            R"({"kind":"sign-in","providers":[{"name":"idp","label":"<b>Idp</b>",)"
            R"("methods":["browser","paste"]}]})");
  EXPECT_EQ(text_of(offer_of(gated({"api_key"}, {}), &scheme)),
            R"({"kind":"sign-in","providers":[{"name":"","label":"API key","methods":[]}]})");
}

TEST(UiOffer, HasTheSettingsThatTheSchemeDeclares) {
  loading::SchemeFacts scheme;
  scheme.settings = {{.key = "region", .label = "Region", .default_value = "eu"},
                     {.key = "api_key", .label = "", .default_value = "", .is_secret = true}};
  EXPECT_EQ(text_of(offer_of(Probe(), &scheme)),
            R"({"settings":[{"key":"region","label":"Region","default":"eu","secret":false},)"
            R"({"key":"api_key","label":"api_key","default":"","secret":true}],"kind":"token"})");
  // Those for which the page has the token's box and the questions of a provider.
  scheme.settings = {{.key = "token", .label = "", .default_value = "", .is_secret = true}};
  EXPECT_FALSE(offer_of(Probe(), &scheme).has("settings"));
  scheme.settings = {{.key = "username", .label = "", .default_value = ""}};
  EXPECT_FALSE(offer_of(gated({}, {kPassword}), &scheme).has("settings"));
  EXPECT_TRUE(offer_of(gated({"mine"}, {}), &scheme).has("settings"));
}

TEST(UiOffer, AMistypedUrlNamesTheOneThatWasMeant) {
  auto answer = ordered_object();
  EXPECT_FALSE(read_typed_url("gateway.example:443", answer));
  EXPECT_EQ(answer.getValue<std::string>("meant"), "https://gateway.example");
  auto empty = ordered_object();
  EXPECT_FALSE(read_typed_url("http://", empty));
  EXPECT_FALSE(empty.has("meant"));
  EXPECT_TRUE(empty.has("error"));
  auto none = ordered_object();
  EXPECT_TRUE(read_typed_url("http://127.0.0.1:9119/hermes/", none));
  EXPECT_FALSE(none.has("error"));
}

TEST(UiFiles, AreThePageAndNothingElse) {
  EXPECT_EQ(find_page_file("/")->type, "text/html; charset=utf-8");
  EXPECT_EQ(find_page_file("/main.js")->type, "text/javascript; charset=utf-8");
  EXPECT_THAT(std::string(find_page_file("/")->bytes), HasSubstr("<title>Pintle</title>"));
  for (const auto* path :
       {"", "main.js", "//main.js", "/../main.js", "/page/main.js", "/.", "/x"}) {
    EXPECT_FALSE(find_page_file(path)) << path;
  }
}

TEST(UiFiles, HaveNoInlineScriptOrStyle) {
  for (const auto& file : embedded_files()) {
    if (!file.name.ends_with(".html")) continue;
    const std::string text(reinterpret_cast<const char*>(file.bytes), file.size);
    EXPECT_EQ(text.find("<style"), std::string::npos);
    EXPECT_EQ(text.find(" style="), std::string::npos);
    EXPECT_EQ(text.find(" on"), std::string::npos) << "an inline event handler";
    EXPECT_EQ(text.find("<script>"), std::string::npos);
  }
}

TEST(UiFiles, HaveAWordForEveryLayer) {
  const auto words = std::string(find_page_file("/words.js")->bytes);
  for (const auto layer : detail::kLayerNames) {
    EXPECT_THAT(words, HasSubstr("\"" + std::string(layer) + "\": \"")) << layer;
  }
}

TEST(UiFiles, PutTextInAsText) {
  for (const auto& file : embedded_files()) {
    const std::string text(reinterpret_cast<const char*>(file.bytes), file.size);
    for (const auto* markup : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"}) {
      EXPECT_EQ(text.find(markup), std::string::npos) << file.name << ": " << markup;
    }
  }
}

}  // namespace
}  // namespace pintle::ui
