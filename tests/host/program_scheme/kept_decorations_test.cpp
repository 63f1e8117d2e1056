// SPDX-License-Identifier: Apache-2.0
//
// For which requests a decoration is used again.
#include "program_scheme/kept_decorations.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <pintle/plugin.h>

#include "program_scheme/replies.h"
#include "support/scheme_driver.h"

namespace pintle::program {
namespace {

pintle_request request(std::uint32_t kind, std::string_view method, std::string_view target) {
  auto made = test::sized<pintle_request>();
  made.kind = kind;
  made.method = test::view(method);
  made.target = test::view(target);
  return made;
}

DecorationReply numbered(std::uint64_t number) {
  DecorationReply made;
  made.credential = number;
  return made;
}

std::uint64_t found(const KeptDecorations& kept, const pintle_request& asked) {
  const auto* decoration = kept.find(asked);
  return decoration == nullptr ? 0 : decoration->credential;
}

TEST(KeptDecorations, AreForAllRequestsOfAKind) {
  KeptDecorations kept(false);
  kept.keep(request(PINTLE_REQUEST_REST, "GET", "/a"), numbered(1));
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "POST", "/b")), 1U);
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_UPGRADE, "GET", "/a")), 0U);
  kept.keep(request(PINTLE_REQUEST_REST, "GET", "/c"), numbered(2));
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "GET", "/a")), 2U);
  kept.clear();
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "GET", "/a")), 0U);
}

TEST(KeptDecorations, AreForOneMethodAndPathIfTheSchemeSaysSo) {
  KeptDecorations kept(true);
  kept.keep(request(PINTLE_REQUEST_REST, "GET", "/a?x=1"), numbered(1));
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "GET", "/a")), 1U);
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "GET", "/a?y=2")), 1U);
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "POST", "/a")), 0U);
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_REST, "GET", "/ab")), 0U);
  EXPECT_EQ(found(kept, request(PINTLE_REQUEST_UPGRADE, "GET", "/a")), 0U);
}

TEST(KeptDecorations, AreNotMoreThanALimit) {
  KeptDecorations kept(true);
  const auto numbered_request = [](const std::string& path) {
    return request(PINTLE_REQUEST_REST, "GET", path);
  };
  for (std::uint64_t i = 1; i <= 65; ++i) {
    const auto path = "/" + std::to_string(i);
    kept.keep(numbered_request(path), numbered(i));
  }
  EXPECT_EQ(found(kept, numbered_request("/1")), 0U) << "the oldest";
  EXPECT_EQ(found(kept, numbered_request("/2")), 2U);
  EXPECT_EQ(found(kept, numbered_request("/65")), 65U);
}

}  // namespace
}  // namespace pintle::program
