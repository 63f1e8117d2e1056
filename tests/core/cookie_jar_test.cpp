// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/session_cookies.h>
#include <pintle/core/http/cookie_jar.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;
using Verdict = CookieVerdict;

constexpr std::int64_t kNow = 1'700'000'000'000;

CookieJar jar_of(const char* url) { return CookieJar(GatewayUrl::parse(url)); }

std::string sent(const CookieJar& jar, const char* path, std::int64_t now_ms = kNow) {
  return std::string(jar.header(path, now_ms).reveal());
}

TEST(CookieJar, FollowsTheExamplesOfTheRfc) {
  // RFC 6265 3.1
  auto jar = jar_of("https://example.com");
  EXPECT_EQ(jar.set("SID=31d4d96e407aad42; Path=/; Secure; HttpOnly", "/x", kNow), Verdict::stored);
  EXPECT_EQ(jar.set("lang=en-US; Path=/; Domain=example.com", "/x", kNow), Verdict::stored);
  EXPECT_EQ(sent(jar, "/"), "SID=31d4d96e407aad42; lang=en-US");
  EXPECT_EQ(jar.set("lang=en-US; Path=/; Expires=Wed, 09 Jun 2099 10:18:14 GMT", "/", kNow),
            Verdict::stored);
  EXPECT_EQ(sent(jar, "/"), "SID=31d4d96e407aad42; lang=en-US");
  EXPECT_EQ(jar.set("lang=; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT", "/", kNow),
            Verdict::deleted);
  EXPECT_EQ(sent(jar, "/"), "SID=31d4d96e407aad42");
}

TEST(CookieJar, SendsBackAQuotedValueAsItCame) {
  auto jar = jar_of("https://gateway.example/hermes");
  jar.set(R"(hermes_session_rt="eyJ8pRg=="; HttpOnly; Path=/hermes)", "/hermes/login", kNow);
  EXPECT_EQ(sent(jar, "/hermes/api/x?y=1"), R"(hermes_session_rt="eyJ8pRg==")");
  EXPECT_EQ(sent(jar, "/other"), "");
  EXPECT_EQ(sent(jar, "/hermesx"), "");
}

TEST(CookieJar, ChecksWhatItIsGiven) {
  constexpr const char* kSafe = "https://gateway.example";
  constexpr const char* kPlain = "http://gateway.example";
  constexpr const char* kLoopback = "http://127.0.0.1:9119";
  const std::string largest(kMaxCookieBytes - 1, 'x');
  const struct {
    const char* url;
    std::string field;
    Verdict verdict;
  } kTable[] = {
      {kSafe, "a=b", Verdict::stored},
      {kSafe, "a", Verdict::unreadable},
      {kSafe, "a=" + largest, Verdict::stored},
      {kSafe, "aa=" + largest, Verdict::too_large},
      {kSafe, "a=b; Domain=gateway.example", Verdict::stored},
      {kSafe, "a=b; Domain=.Gateway.Example", Verdict::stored},
      {kSafe, "a=b; Domain=example", Verdict::foreign_domain},
      {kSafe, "a=b; Domain=www.gateway.example", Verdict::foreign_domain},
      {kSafe, "a=b; Domain=evil.example", Verdict::foreign_domain},
      {kSafe, "a=b; Domain=gateway.example.", Verdict::foreign_domain},
      {kSafe, "a=b; Domain=.", Verdict::stored},
      {"http://127.0.0.1", "a=b; Domain=127.0.0.1", Verdict::stored},
      {"http://127.0.0.1", "a=b; Domain=0.0.1", Verdict::foreign_domain},
      {kSafe, "a=b; Secure", Verdict::stored},
      {kPlain, "a=b; Secure", Verdict::not_secure},
      {kLoopback, "a=b; Secure", Verdict::stored},
      {kSafe, "__Host-a=b; Secure; Path=/", Verdict::stored},
      {kSafe, "__Host-a=b; Path=/", Verdict::broken_promise},
      {kSafe, "__Host-a=b; Secure", Verdict::broken_promise},
      {kSafe, "__Host-a=b; Secure; Path=/; Domain=gateway.example", Verdict::broken_promise},
      {kSafe, "__sEcUrE-a=b", Verdict::broken_promise},
      {kSafe, "__Secure-a=b; Secure; Path=/hermes", Verdict::stored},
      {kPlain, "__Secure-a=b", Verdict::broken_promise},
      {kSafe, "a=b; Max-Age=0", Verdict::unchanged},
      {kSafe, "a=b; Max-Age=0; Expires=Wed, 09 Jun 2099 10:18:14 GMT", Verdict::unchanged},
      {kSafe, "a=b; Max-Age=9; Expires=Wed, 09 Jun 1999 10:18:14 GMT", Verdict::stored},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.url + (" " + row.field.substr(0, 60)));
    auto jar = jar_of(row.url);
    EXPECT_EQ(name_of(jar.set(row.field, "/", kNow)), name_of(row.verdict));
    EXPECT_EQ(jar.cookies().size(), row.verdict == Verdict::stored ? 1u : 0u);
    EXPECT_EQ(sent(jar, "/hermes").empty(), row.verdict != Verdict::stored);
  }
}

TEST(CookieJar, SendsLongerPathsFirstThenOlderOnes) {
  auto jar = jar_of("https://h");
  jar.set("young=1; Path=/", "/", kNow + 5);
  jar.set("old=2; Path=/", "/", kNow);
  jar.set("deep=3; Path=/a/b", "/", kNow + 9);
  jar.set("default=4", "/a/x", kNow + 9);
  jar.set("old=5; Path=/", "/", kNow + 20);  // Keeps its first date (RFC 6265 5.3).
  EXPECT_EQ(sent(jar, "/a/b/c", kNow + 30), "deep=3; default=4; old=5; young=1");
  EXPECT_EQ(sent(jar, "/a", kNow + 30), "default=4; old=5; young=1");
  EXPECT_EQ(sent(jar, "/", kNow + 30), "old=5; young=1");
}

TEST(CookieJar, ForgetsWhatHasLapsed) {
  auto jar = jar_of("https://h");
  jar.set("short=1; Max-Age=10", "/", kNow);
  jar.set("long=2; Max-Age=99999999999999999999", "/", kNow);
  jar.set("session=3", "/", kNow);
  EXPECT_EQ(sent(jar, "/", kNow + 9'999), "short=1; long=2; session=3");
  EXPECT_EQ(sent(jar, "/", kNow + 10'000), "long=2; session=3");
  EXPECT_EQ(jar.find("short", kNow + 10'000), nullptr);
  ASSERT_NE(jar.find("short", kNow), nullptr);
  EXPECT_TRUE(jar.remove_expired(kNow + 10'000));
  EXPECT_FALSE(jar.remove_expired(kNow + 10'000));
  EXPECT_EQ(jar.cookies().size(), 2u);
}

TEST(CookieJar, TellsWhetherAnAnswerChangedIt) {
  auto jar = jar_of("https://h");
  Headers first;
  first.add("Set-Cookie", "at=1; Path=/");
  first.add("set-cookie", "rt=1; Path=/");
  EXPECT_TRUE(jar.set_all(first, "/api/x", kNow));
  EXPECT_FALSE(jar.set_all(first, "/api/y", kNow + 5));
  EXPECT_FALSE(jar.set_all(Headers(), "/", kNow));
  Headers rotated;
  rotated.add("Set-Cookie", "at=1; Path=/");
  rotated.add("Set-Cookie", "rt=2; Path=/");
  EXPECT_TRUE(jar.set_all(rotated, "/", kNow));
  Headers attribute;
  attribute.add("Set-Cookie", "at=1; Path=/; HttpOnly");
  EXPECT_TRUE(jar.set_all(attribute, "/", kNow));
  Headers dead;
  for (const char* name : {"at", "rt", "__Host-at", "__Secure-at"}) {
    dead.add("Set-Cookie", std::string(name) + "=\"\"; Max-Age=0; Path=/; Secure");
  }
  EXPECT_TRUE(jar.set_all(dead, "/", kNow));
  EXPECT_TRUE(jar.empty());
  EXPECT_FALSE(jar.set_all(dead, "/", kNow));
}

TEST(CookieJar, MakesRoomForANewCookie) {
  auto jar = jar_of("https://h");
  jar.set("lapsed=1; Max-Age=1", "/", kNow + 1000);
  for (std::size_t i = 1; i < CookieJar::kMaxCookies; ++i) {
    jar.set("c" + std::to_string(i) + "=1", "/", kNow + static_cast<std::int64_t>(i));
  }
  const auto later = kNow + 5'000;
  jar.set("one_more=1", "/", later);
  EXPECT_EQ(jar.cookies().size(), CookieJar::kMaxCookies);
  EXPECT_NE(jar.find("c1", later), nullptr);
  jar.set("c1=2", "/", later);  // Renewed: no longer the one that was set longest ago.
  jar.set("and_another=1", "/", later);
  EXPECT_EQ(jar.cookies().size(), CookieJar::kMaxCookies);
  EXPECT_NE(jar.find("c1", later), nullptr);
  EXPECT_EQ(jar.find("c2", later), nullptr);
}

TEST(CookieJar, HasRoomForSoManyBytesAndRefusesWhatIsMore) {
  auto jar = jar_of("https://h");
  const std::string half(kMaxCookieBytes - 1, 'x');
  EXPECT_EQ(jar.set("a=" + half, "/", kNow), Verdict::stored);
  EXPECT_EQ(jar.set("b=" + half, "/", kNow), Verdict::stored);
  EXPECT_EQ(jar.set("c=1", "/", kNow), Verdict::too_large);
  EXPECT_EQ(jar.set("a=" + half, "/", kNow), Verdict::unchanged) << "what it replaces is no more";
  EXPECT_EQ(jar.set("a=1", "/", kNow), Verdict::stored);
  EXPECT_EQ(jar.set("c=1", "/", kNow), Verdict::stored);
  EXPECT_EQ(CookieJar::from_bytes(jar.to_bytes().reveal(), jar.gateway()).cookies().size(), 3U);
}

TEST(CookieJar, ComesBackFromItsBytesAsItWas) {
  const auto gateway = GatewayUrl::parse("https://h/p");
  CookieJar jar(gateway);
  jar.set("a=\"q;", "/", kNow);
  jar.set("__Host-b=x==\xff\xfe%41; Secure; HttpOnly; SameSite=None; Path=/", "/", kNow + 1);
  jar.set("c=d; Domain=h; Path=/p/\xc3\xa9; Max-Age=60; SameSite=Strict", "/", kNow + 2);
  jar.set("c=; Path=/p", "/", kNow + 3);
  const auto bytes = jar.to_bytes();
  const auto again = CookieJar::from_bytes(bytes.reveal(), gateway);
  EXPECT_EQ(again.to_bytes().reveal(), bytes.reveal());
  EXPECT_EQ(again.describe(), jar.describe());
  EXPECT_EQ(sent(again, "/p/\xc3\xa9"), sent(jar, "/p/\xc3\xa9"));
  EXPECT_EQ(sent(again, "/p/\xc3\xa9"), "c=d; c=; a=\"q; __Host-b=x==\xff\xfe%41");
  EXPECT_EQ(jar.clone().to_bytes().reveal(), bytes.reveal());
  const auto none = CookieJar(gateway).to_bytes();
  EXPECT_TRUE(CookieJar::from_bytes(none.reveal(), gateway).empty());
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(CookieJar, RefusesBytesThatAreNotAJars) {
  const auto gateway = GatewayUrl::parse("http://h");
  CookieJar jar(gateway);
  jar.set("a=hunter22; Max-Age=60", "/", kNow);
  const std::string good(jar.to_bytes().reveal());
  const auto one = good.substr(good.find("{\"name\""), good.rfind(']') - good.find("{\"name\""));
  std::string many;
  for (int i = 0; i <= 50; ++i) {
    many += (i > 0 ? "," : "") + replaced(one, "\"a\"", "\"a" + std::to_string(i) + "\"");
  }
  const std::pair<std::string, const char*> kTable[] = {
      {"", "damaged"},
      {"hunter22", "damaged"},
      {good.substr(0, good.size() / 2), "damaged"},
      {good + "x", "damaged"},
      {"[]", "not an object"},
      {"{}", "\"version\""},
      {replaced(good, "\"version\":1", "\"version\":2"), "another version"},
      {replaced(good, "\"version\":1", "\"version\":\"1\""), "\"version\""},
      {replaced(good, "http://h", "https://h"), "do not belong"},
      {replaced(good, "\"cookies\":[", "\"cookies\":[7,"), "not an object"},
      {replaced(good, one, one + "," + one), "duplicate"},
      {replaced(good, one, many), "too many"},
      {replaced(good, "\"name\":\"a\"", "\"name\":\"\""), "is invalid"},
      {replaced(good, "\"name\":\"a\"", "\"name\":\"a%3Db\""), "is invalid"},
      {replaced(good, "\"name\":\"a\"", "\"name\":\"__Host-a\""), "is invalid"},
      {replaced(good, "hunter22", "hunter22%0D%0AX%3A%20y"), "is invalid"},
      {replaced(good, "hunter22", "hunter22%3B%20b"), "is invalid"},
      {replaced(good, "hunter22", std::string(kMaxCookieBytes, 'x')), "is invalid"},
      {replaced(good, "hunter22", "%4"), "percent"},
      {replaced(good, "\"path\":\"%2F\"", "\"path\":\"\""), "is invalid"},
      {replaced(good, "\"secure\":false", "\"secure\":true"), "https"},
      {replaced(good, "\"secure\":false", "\"secure\":0"), "\"secure\""},
      {replaced(good, "\"same_site\":\"\"", "\"same_site\":\"odd\""), "SameSite"},
      {replaced(good, "\"expires_ms\":", "\"expires_ms\":\"x\",\"n\":"), "\"expires_ms\""},
      {std::string(3 * 1024 * 1024, ' '), "too large"},
  };
  for (const auto& row : kTable) {
    const auto& [bytes, says] = row;
    SCOPED_TRACE(says + (": " + bytes.substr(0, 300)));
    const auto error = error_of([&] { CookieJar::from_bytes(row.first, gateway); });
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_THAT(error.message(), HasSubstr(says));
    EXPECT_THAT(error.what() + error.hint(), Not(HasSubstr("hunter22")));
  }
}

TEST(CookieJar, DescribesItselfWithoutValues) {
  auto jar = jar_of("https://h");
  jar.set("a=hunter22", "/", kNow);
  jar.set("b=hunter22; Secure", "/", kNow);
  EXPECT_EQ(jar.describe(), "a (8 bytes); Path=/\nb (8 bytes); Path=/; Secure\n");
}

TEST(SessionCookies, AreFoundUnderEachOfTheirNames) {
  for (const char* prefix : {"", "__Host-", "__Secure-"}) {
    SCOPED_TRACE(prefix);
    auto jar = jar_of("https://h");
    EXPECT_FALSE(has_session(jar, kNow));
    jar.set(prefix + std::string("hermes_session_provider=p; Secure; Path=/"), "/", kNow);
    jar.set(prefix + std::string("hermes_session_pkce=k; Secure; Path=/"), "/", kNow);
    EXPECT_FALSE(has_session(jar, kNow));
    jar.set(prefix + std::string("hermes_session_rt=r; Secure; Path=/"), "/", kNow);
    EXPECT_TRUE(has_session(jar, kNow));
    jar.set(prefix + std::string("hermes_session_at=a; Secure; Path=/; Max-Age=60"), "/", kNow);
    ASSERT_NE(find_session_cookie(jar, SessionCookie::access, kNow), nullptr);
    EXPECT_EQ(find_session_cookie(jar, SessionCookie::access, kNow)->value.reveal(), "a");
    EXPECT_EQ(find_session_cookie(jar, SessionCookie::refresh, kNow)->value.reveal(), "r");
    EXPECT_EQ(find_session_cookie(jar, SessionCookie::provider, kNow)->value.reveal(), "p");
    EXPECT_EQ(find_session_cookie(jar, SessionCookie::pkce, kNow)->value.reveal(), "k");
    EXPECT_EQ(find_session_cookie(jar, SessionCookie::access, kNow + 60'000), nullptr);
    EXPECT_TRUE(has_session(jar, kNow + 60'000));
  }
}

TEST(SessionCookies, OfSeveralNamesTheLastSetCounts) {
  auto jar = jar_of("https://h");
  jar.set("__Host-hermes_session_at=old; Secure; Path=/", "/", kNow);
  jar.set("hermes_session_at=new; Path=/", "/", kNow + 1);
  EXPECT_EQ(find_session_cookie(jar, SessionCookie::access, kNow)->value.reveal(), "new");
}

TEST(SessionCookies, AreKnownByAnyOfTheirNames) {
  for (const char* name : {"hermes_session_at", "__Host-hermes_session_rt",
                           "__Secure-hermes_session_at", "__HOST-Hermes_Session_at"}) {
    EXPECT_TRUE(is_session_cookie(name)) << name;
  }
  for (const char* name : {"", "session", "x_hermes_session_at", "__Host-wall"}) {
    EXPECT_FALSE(is_session_cookie(name)) << name;
  }
}

}  // namespace
}  // namespace pintle
