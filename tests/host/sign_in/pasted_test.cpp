// SPDX-License-Identifier: Apache-2.0
//
// What a user may paste instead of the browser's redirect.

#include "sign_in/pasted.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pintle {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRedirect = "http://127.0.0.1:40123/callback";
constexpr const char* kState = "state-0123456789abcdef";

Pasted paste(const std::string& text) { return read_pasted(text, kRedirect, Secret(kState)); }

TEST(Pasted, UnderstandsWhatABrowserShows) {
  const std::string query = std::string("code=c1&state=") + kState;
  const std::vector<std::string> rows = {
      std::string(kRedirect) + "?" + query,
      "  " + std::string(kRedirect) + "?" + query + "  \r",
      "127.0.0.1:40123/callback?" + query,  // As some browsers show it.
      "<" + std::string(kRedirect) + "?" + query + ">",
      "\"" + std::string(kRedirect) + "?" + query + "\"",
      std::string(kRedirect) + "?" + query + "#",
      "?" + query,
      query,
      std::string("c1 ") + kState,
      std::string("c1#") + kState,
  };
  for (const auto& text : rows) {
    SCOPED_TRACE(text);
    const auto pasted = paste(text);
    ASSERT_TRUE(pasted.url);
    EXPECT_EQ(pasted.url->reveal(), std::string(kRedirect) + "?" + query);
  }
}

TEST(Pasted, EncodesACodeThatWasPastedAlone) {
  const auto pasted = paste(std::string("a/b+c== ") + kState);
  ASSERT_TRUE(pasted.url);
  EXPECT_EQ(pasted.url->reveal(), std::string(kRedirect) + "?code=a%2Fb%2Bc%3D%3D&state=" + kState);
}

TEST(Pasted, SaysWhatIsWantedAndNeverWhatWasPasted) {
  const std::vector<std::string> rows = {
      "",
      "hello",
      "http://127.0.0.1:40123/callback",
      "code=secretcode",
      std::string("state=") + kState,
      std::string("code=secretcode&code=2&state=") + kState,
      std::string("code=secret code&state=") + kState,
      std::string("code=secretcode\033[2J&state=") + kState,
      std::string(20'000, 'x'),
  };
  for (const auto& text : rows) {
    SCOPED_TRACE(text.substr(0, 60));
    const auto pasted = paste(text);
    EXPECT_FALSE(pasted.url);
    EXPECT_THAT(pasted.complaint, HasSubstr(kRedirect));
    EXPECT_THAT(pasted.complaint, Not(HasSubstr("secret")));
  }
}

TEST(Pasted, TellsTheAnswerOfAnotherSignIn) {
  for (const std::string text : {"http://127.0.0.1:1/callback?code=c1&state=other-state-abcdefgh",
                                 "c1 other-state-abcdefgh"}) {
    SCOPED_TRACE(text);
    const auto pasted = paste(text);
    EXPECT_FALSE(pasted.url);
    EXPECT_THAT(pasted.complaint, HasSubstr("another sign-in"));
  }
}

}  // namespace
}  // namespace pintle
