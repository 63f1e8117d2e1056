#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/error.h>
#include <pintle/core/gateway_url.h>

namespace pintle {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Accepted {
  const char* typed;
  const char* normal;
};

TEST(GatewayUrl, WritesWhatItAcceptsInNormalForm) {
  constexpr Accepted kTable[] = {
      Accepted{"https://gateway.example", "https://gateway.example"},
      Accepted{"  https://gateway.example \n", "https://gateway.example"},
      Accepted{"HTTPS://Gateway.EXAMPLE", "https://gateway.example"},
      Accepted{"https://gateway.example/", "https://gateway.example"},
      Accepted{"https://gateway.example///", "https://gateway.example"},
      Accepted{"https://gateway.example:443", "https://gateway.example"},
      Accepted{"http://gateway.example:80/", "http://gateway.example"},
      Accepted{"http://gateway.example:443", "http://gateway.example:443"},
      Accepted{"https://gateway.example/Hermes/", "https://gateway.example/Hermes"},
      Accepted{"https://h/a/b?x=1#top", "https://h/a/b"},
      Accepted{"https://h?x=1", "https://h"},
      Accepted{"http://127.0.0.1:9119", "http://127.0.0.1:9119"},
      Accepted{"http://[::1]:9119/", "http://[::1]:9119"},
      Accepted{"http://[0:0:0:0:0:0:0:1]", "http://[::1]"},
      Accepted{"http://[2001:DB8::A]:80", "http://[2001:db8::a]"},
      Accepted{"https://xn--bcher-kva.example", "https://xn--bcher-kva.example"},
      Accepted{"https://under_score.example.", "https://under_score.example."},
      Accepted{"https://h/a%20b", "https://h/a%20b"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.typed);
    EXPECT_EQ(GatewayUrl::parse(row.typed).text(), row.normal);
  }
}

struct Refused {
  const char* typed;
  const char* says;
};

TEST(GatewayUrl, SaysWhatIsWrongWithWhatItRefuses) {
  constexpr Refused kTable[] = {

      Refused{"", "it is empty"},
      Refused{" \t\n", "it is empty"},
      Refused{"ftp://h", "only http and https"},
      Refused{"ws://h", "only http and https"},
      Refused{"file:///etc/passwd", "only http and https"},
      Refused{"not a url", "space"},
      Refused{"gateway.example:9119", "did you mean https://gateway.example:9119?"},
      Refused{"https://", "no host"},
      Refused{"https:///path", "no host"},
      Refused{"https://a b", "space"},
      Refused{"https://a\x01"
              "b",
              "control character"},
      Refused{"https://h/\r\nX: y", "control character"},
      Refused{"https://h\\@evil", "backslash"},
      Refused{"https://h:0", "port"},
      Refused{"https://h:65536", "port"},
      Refused{"https://h:", "no port"},
      Refused{"https://h:80x", "port"},
      Refused{"https://h:-1", "port"},
      Refused{"https://h/%zz", "two hex digits"},
      Refused{"https://h/%2", "two hex digits"},
      Refused{"https://b\xc3\xbc"
              "cher.example",
              "xn--"},
      Refused{"https://[::1", "not closed"},
      Refused{"https://[::1]x", "between the host"},
      Refused{"https://[fe80::1%25eth0]", "not an IPv6"},
      Refused{"https://[1.2.3.4]", "not an IPv6"},
      Refused{"https://a..b", "two dots"},
      Refused{"https://.a", "begins with one"},
      Refused{"https://-a.example", "hyphen"},
      Refused{"https://a%41", "character %"},
      Refused{"http://127.1", "four parts"},
      Refused{"http://0x7f.1", "four parts"},
      Refused{"http://2130706433", "four parts"},
      Refused{"http://1.2.3.256", "four parts"},
      Refused{"http://h.0x7f", "four parts"},
      Refused{"https://h/a/../b", "\"..\""},
      Refused{"https://h/%2e%2E/b", "\"..\""},
      Refused{"https://h/./b", "\".\""}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.typed);
    try {
      GatewayUrl::parse(row.typed);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.layer(), Layer::config);
      EXPECT_THAT(error.happened(), HasSubstr(row.says));
      EXPECT_THAT(error.next_step(), HasSubstr("https://gateway.example"));
    }
  }
}

TEST(GatewayUrl, RefusesAPasswordAndDoesNotRepeatIt) {
  try {
    GatewayUrl::parse("https://me:hunter22@gateway.example");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.happened(), HasSubstr("never part of the URL"));
    EXPECT_THAT(std::string(error.what()) + error.next_step(), Not(HasSubstr("hunter22")));
  }
}

TEST(GatewayUrl, DoesNotRepeatAQueryThatMayHoldAToken) {
  try {
    GatewayUrl::parse("ftp://h/api?token=hunter22");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter22")));
  }
}

TEST(GatewayUrl, EncodesEachComponentOfAWebSocketQuery) {
  const auto url = GatewayUrl::parse("http://h:81/hermes");
  EXPECT_EQ(url.ws_url("/api/ws", {{"token", "a/b c+d"}}),
            "ws://h:81/hermes/api/ws?token=a%2Fb%20c%2Bd");
  EXPECT_EQ(url.ws_url("/api/ws?a=1", {{"b&", "="}}), "ws://h:81/hermes/api/ws?a=1&b%26=%3D");
  EXPECT_EQ(GatewayUrl::parse("https://[::1]").ws_url("/api/ws"), "wss://[::1]/api/ws");
}

TEST(GatewayUrl, KnowsLoopback) {
  for (const char* text : {"http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]",
                           "http://localhost", "http://a.localhost:9"}) {
    EXPECT_TRUE(GatewayUrl::parse(text).is_loopback()) << text;
  }
  for (const char* text : {"http://128.0.0.1", "http://localhost.example", "http://[::2]",
                           "http://127.0.0.1.example", "http://[::ffff:127.0.0.1]"}) {
    EXPECT_FALSE(GatewayUrl::parse(text).is_loopback()) << text;
  }
}

TEST(RequestTarget, KeepsWhatStaysBelowTheGateway) {
  const auto url = GatewayUrl::parse("http://h/p");
  EXPECT_EQ(url.path_of(RequestTarget::parse("/api/x?a=../b&c=%20")), "/p/api/x?a=../b&c=%20");
  EXPECT_EQ(url.path_of(RequestTarget::parse("/")), "/p/");
}

TEST(RequestTarget, RefusesWhatWouldLeaveTheGateway) {
  for (const char* text : {"", "api", "//evil.example/x", "http://evil.example", "/a/../../b",
                           "/%2e%2e/b", "/a b", "/a\r\nHost: evil", "/a#b", "/a\\b", "/%"}) {
    EXPECT_THROW(RequestTarget::parse(text), Error) << text;
  }
}

TEST(AbsoluteUrl, TellsOriginsApart) {
  const auto home = AbsoluteUrl::parse("wss://Gateway.example/api/ws?ticket=x");
  EXPECT_EQ(home.origin, GatewayUrl::parse("https://gateway.example").origin());
  EXPECT_EQ(home.target, "/api/ws?ticket=x");
  for (const char* text : {"wss://gateway.example.evil/", "ws://gateway.example/",
                           "wss://gateway.example:444/", "wss://gateway.example./"}) {
    EXPECT_NE(AbsoluteUrl::parse(text).origin, home.origin) << text;
  }
  EXPECT_THROW(AbsoluteUrl::parse("wss://gateway.example@evil/"), Error);
  EXPECT_THROW(AbsoluteUrl::parse("/api/ws"), Error);
}

TEST(GatewayUrl, TakesNothingBeforeAnotherUrlForItsScheme) {
  for (const char* text : {"host?token=secret&next=https://a", "host/x://a", "secret@h://a"}) {
    try {
      GatewayUrl::parse(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(std::string_view(error.what()).find("secret"), std::string_view::npos)
          << error.what();
    }
  }
}

TEST(WithoutQuery, HidesTheQueryAndWhateverMayBeAPassword) {
  EXPECT_EQ(without_query("wss://h/api/ws?ticket=secret"), "wss://h/api/ws?…");
  EXPECT_EQ(without_query("wss://h/api/ws"), "wss://h/api/ws");
  EXPECT_EQ(without_query("https://user:pass@h/x?z"), "https://…@h/x?…");
  EXPECT_EQ(without_query("https://user:p/a@s@h/x"), "https://…@h/x");
  EXPECT_EQ(without_query("//user:pass@h/x"), "//…@h/x");
  EXPECT_EQ(without_query("user:pass@h"), "…@h");
  EXPECT_EQ(without_query("pass@a://h"), "…@a://h");
  EXPECT_EQ(without_query("/users/a@b"), "/users/a@b");
}

}  // namespace
}  // namespace pintle
