// SPDX-License-Identifier: Apache-2.0
#include "wire/pkce.h"

#include <algorithm>
#include <cctype>

#include <gtest/gtest.h>

namespace pintle::oauth {
namespace {

TEST(Pkce, MakesTheChallengeOfRfc7636AppendixB) {
  EXPECT_EQ(challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, GivesEachSignInAVerifierAndAStateOfItsOwn) {
  std::array<std::uint8_t, 32> random{};
  const auto first = make_pkce(random);
  random[31] = 1;
  const auto second = make_pkce(random);
  EXPECT_FALSE(first.verifier.equals(second.verifier));
  EXPECT_NE(first.state, second.state);
  EXPECT_NE(first.state, std::string(first.verifier.reveal()));
  EXPECT_EQ(first.challenge, challenge_of(first.verifier.reveal()));
}

TEST(Pkce, UsesOnlyCharactersThatNeedNoEncoding) {
  for (int seed = 0; seed < 200; ++seed) {
    std::array<std::uint8_t, 32> random{};
    random[0] = static_cast<std::uint8_t>(seed);
    const auto made = make_pkce(random);
    for (const auto& text : {std::string(made.verifier.reveal()), made.challenge, made.state}) {
      EXPECT_EQ(text.size(), 43U);
      EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_';
      })) << text;
    }
  }
}

}  // namespace
}  // namespace pintle::oauth
