// SPDX-License-Identifier: Apache-2.0
#include "session/session_seal.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/base64.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;

// A key of the file: 32 times the same byte.
std::string line_of(char byte) { return base64_of(std::string(32, byte)) + "\n"; }

SessionKey key_of(const char* connection = "home", const char* url = "https://gateway.example/a",
                  const char* scheme = "oauth") {
  return {connection, GatewayUrl::parse(url), scheme};
}

std::string opened(const KeyRing& ring, const SessionKey& key, std::string_view sealed) {
  const auto session = ring.open(key, sealed);
  return session ? std::string(session->reveal()) : "nothing";
}

TEST(SessionSeal, GivesBackWhatItWasGivenByteForByte) {
  const auto ring = KeyRing::parse(line_of('a'));
  for (const auto& session : {std::string("{\"refresh\":\"r\"}"), std::string("\0\xff\n", 3),
                              std::string(), std::string(std::size_t{1} << 20U, 'x')}) {
    const auto sealed = ring.seal(key_of(), Secret(session));
    EXPECT_TRUE(ring.has_key_of(sealed));
    EXPECT_EQ(opened(ring, key_of(), sealed), session);
  }
}

TEST(SessionSeal, ShowsNothingOfTheSessionAndIsNeverTheSame) {
  const auto ring = KeyRing::parse(line_of('a'));
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const auto sealed = ring.seal(key_of(), Secret("the-refresh-token"));
    EXPECT_THAT(sealed, Not(HasSubstr("refresh")));
    EXPECT_THAT(sealed, Not(HasSubstr("home")));
    // The format and the key's name, then the nonce.
    seen.insert(sealed.substr(10, 12));
  }
  EXPECT_EQ(seen.size(), 1'000u) << "each nonce once";
}

TEST(SessionSeal, NoticesEveryChange) {
  const auto ring = KeyRing::parse(line_of('a'));
  const auto sealed = ring.seal(key_of(), Secret("the-refresh-token"));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_EQ(opened(ring, key_of(), changed), "nothing") << "byte " << at << ", bit " << bit;
    }
    EXPECT_EQ(opened(ring, key_of(), std::string_view(sealed).substr(0, at)), "nothing") << at;
    EXPECT_EQ(opened(ring, key_of(), std::string_view(sealed).substr(at + 1)), "nothing") << at;
  }
  EXPECT_EQ(opened(ring, key_of(), sealed + "x"), "nothing");
  EXPECT_EQ(opened(ring, key_of(), ""), "nothing");
}

TEST(SessionSeal, IsForNobodyElse) {
  const auto ring = KeyRing::parse(line_of('a'));
  const auto sealed = ring.seal(key_of(), Secret("s"));
  for (const auto& other :
       {key_of("work"), key_of(""), key_of("home", "https://other.example/a"),
        key_of("home", "https://gateway.example/b"), key_of("home", "http://gateway.example/a"),
        key_of("home", "https://gateway.example:444/a"),
        key_of("home", "https://gateway.example/a", "token"),
        key_of("home", "https://gateway.example/a", "front/oauth")}) {
    EXPECT_EQ(opened(ring, other, sealed), "nothing") << other.connection << other.url.text();
    EXPECT_NE(ring.name_of(other), ring.name_of(key_of()));
  }
  EXPECT_EQ(opened(ring, key_of(), sealed), "s");
}

TEST(SessionSeal, OpensNothingWithoutItsKey) {
  const auto sealed = KeyRing::parse(line_of('a')).seal(key_of(), Secret("s"));
  const auto other = KeyRing::parse(line_of('b') + line_of('c'));
  EXPECT_FALSE(other.has_key_of(sealed));
  EXPECT_EQ(opened(other, key_of(), sealed), "nothing");
}

TEST(SessionSeal, NamesARecordWithoutTellingWhatItIs) {
  const auto name = KeyRing::parse(line_of('a')).name_of(key_of());
  EXPECT_EQ(name.size(), 32u);
  EXPECT_EQ(name.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(KeyRing::parse(line_of('a')).name_of(key_of()), name);
  EXPECT_NE(KeyRing::parse(line_of('b')).name_of(key_of()), name) << "who has no key cannot guess";
}

TEST(SessionSeal, GoesOnWhileAKeyIsReplaced) {
  const auto old_one = KeyRing::parse(line_of('a'));
  const auto both = KeyRing::parse(line_of('b') + line_of('a'));
  const auto by_old = old_one.seal(key_of(), Secret("old"));
  const auto by_new = both.seal(key_of(), Secret("new"));
  EXPECT_EQ(opened(both, key_of(), by_old), "old");
  EXPECT_EQ(opened(both, key_of(), by_new), "new");
  EXPECT_EQ(opened(old_one, key_of(), by_new), "nothing") << "the first line encrypts";
  EXPECT_EQ(both.name_of(key_of()), old_one.name_of(key_of())) << "the last line names";
}

TEST(SessionSeal, TakesAFileAsPeopleWriteIt) {
  const auto plain = KeyRing::parse(line_of('b') + line_of('a'));
  const auto sealed = plain.seal(key_of(), Secret("s"));
  auto first = line_of('b');
  first.pop_back();
  auto last = line_of('a');
  last.pop_back();
  for (const auto& text :
       {"# new, since May\n" + first + "\n\n# old\n" + last, first + "\r\n" + last + "\r\n",
        "\n\n" + first + "  \n" + last + " \n\n"}) {
    const auto ring = KeyRing::parse(text);
    EXPECT_EQ(opened(ring, key_of(), sealed), "s") << text;
    EXPECT_EQ(ring.name_of(key_of()), plain.name_of(key_of())) << text;
  }
}

struct BadRing {
  std::string text;
  std::string why;
};

TEST(SessionSeal, SaysWhatIsWrongWithAKeyAndNeverTheKey) {
  std::string seventeen = "# keys\n";
  for (int i = 0; i < 17; ++i) seventeen += line_of('a');
  const auto good = line_of('k');
  const std::vector<BadRing> rings = {
      {"", "is empty"},
      {"\n\n", "is empty"},
      {"# nothing yet\n", "is empty"},
      {"hunter2secret\n", "line 1"},
      {good + "hunter2secret\n", "line 2"},
      {"# a comment\n\n" + good + "hunter2secret\n", "line 4"},
      {" " + good, "line 1"},
      {base64_of(std::string(31, 'k')), "line 1"},
      {base64_of(std::string(33, 'k')) + "\n", "line 1"},
      {good.substr(0, good.size() - 2) + "\n", "line 1"},  // without its padding
      {good.substr(0, 20) + "\n" + good.substr(20), "line 1"},
      {seventeen, "line 18"},
  };
  for (const auto& ring : rings) {
    SCOPED_TRACE(ring.text);
    const auto error = error_of([&] { return KeyRing::parse(ring.text); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_TRUE(error.needs_user_action());
    EXPECT_THAT(error.message(), HasSubstr(ring.why));
    const auto all = error.message() + error.hint();
    EXPECT_THAT(all, Not(HasSubstr("hunter2")));
    EXPECT_THAT(all, Not(HasSubstr(good.substr(0, 8))));
  }
}

}  // namespace
}  // namespace pintle
