// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
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
      Accepted{"https://h/a%20b", "https://h/a%20b"},
      Accepted{"http://127.0.0.1:9119\u00a0", "http://127.0.0.1:9119"},
      Accepted{"\u200b\ufeff http://127.0.0.1:9119/\u2060 \u3000", "http://127.0.0.1:9119"},
      Accepted{"https://b\u00fccher.example/x", "https://xn--bcher-kva.example/x"},
      Accepted{"https://BU\u0308CHER.example:8443", "https://xn--bcher-kva.example:8443"},
      Accepted{"https://fa\u00df.example", "https://xn--fa-hia.example"},
      Accepted{"https://\u4f8b\u3048\u3002jp", "https://xn--r8jz45g.jp"},
      Accepted{"http://[fe80::1%eth0]:9119", "http://[fe80::1%25eth0]:9119"},
      Accepted{"http://[FE80:0::1%25wlp0s20f3]", "http://[fe80::1%25wlp0s20f3]"}};
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
      Refused{"not a url", "does not start with"},
      {"https://not a url", "space"},
      Refused{"gateway.example:9119", "does not start with http:// or https://"},
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
      Refused{"https://h/b\u00fccher", "percent-encoded in a path"},
      Refused{"https://\xff.example", "not valid UTF-8"},
      Refused{"https://gate\u200bway.example", "invisible character (a zero-width space, U+200B)"},
      Refused{"https://gateway\u00a0.example", "invisible character (a no-break space, U+00A0)"},
      Refused{"https://gate\u202eway.example", "invisible character (U+202E)"},
      Refused{"https://a\u3002\u3002example", "two in a row"},
      Refused{"https://\u0300.example", "not a valid international domain name"},
      Refused{"https://127\u30021", "four-part IPv4"},
      Refused{"https://a\x7f.\u00e4", "the character \\x7f"},
      Refused{"https://h\uff0fx", "character /"},
      Refused{"https://[::1", "no closing"},
      Refused{"https://[::1]x", "between the host"},
      Refused{"https://[fe80::1%25]", "not an interface name"},
      Refused{"https://[fe80::1%25a%2fb]", "not an interface name"},
      Refused{"https://[fe80::1%25abcdefghijklmnop]", "not an interface name"},
      Refused{"https://[::1%25lo]", "only a link-local"},
      Refused{"http://::1:9119", "needs brackets"},
      Refused{"https://[1.2.3.4]", "not an IPv6"},
      Refused{"https://a..b", "two in a row"},
      Refused{"https://.a", "starts with a dot"},
      Refused{"https://-a.example", "hyphen"},
      Refused{"https://a%41", "character %"},
      Refused{"http://127.1", "four-part IPv4"},
      Refused{"http://0x7f.1", "four-part IPv4"},
      Refused{"http://2130706433", "four-part IPv4"},
      Refused{"http://1.2.3.256", "four-part IPv4"},
      Refused{"http://h.0x7f", "four-part IPv4"},
      Refused{"https://h/a/../b", "\"..\""},
      Refused{"https://h/%2e%2E/b", "\"..\""},
      Refused{"https://h/./b", "\".\""}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.typed);
    const auto error = error_of([&] { GatewayUrl::parse(row.typed); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), HasSubstr(row.says));
    EXPECT_THAT(error.hint(), HasSubstr("://"));
  }
}

TEST(GatewayUrl, SuggestsTheUrlThatWasProbablyMeant) {
  constexpr Accepted kTable[] = {
      Accepted{"gateway.example", "https://gateway.example"},
      Accepted{"gateway.example/hermes/?x=1", "https://gateway.example/hermes"},
      Accepted{"gateway.example:8443", "https://gateway.example:8443"},
      Accepted{"gateway.example:9119", "http://gateway.example:9119"},
      Accepted{"gateway.example:80", "http://gateway.example"},
      Accepted{"box.local:443", "https://box.local"},
      Accepted{"localhost:9119", "http://localhost:9119"},
      Accepted{"127.0.0.1:8000", "http://127.0.0.1:8000"},
      Accepted{"10.0.0.5", "http://10.0.0.5"},
      Accepted{"172.31.0.5", "http://172.31.0.5"},
      Accepted{"172.32.0.5", "https://172.32.0.5"},
      Accepted{"192.168.1.20:9119", "http://192.168.1.20:9119"},
      Accepted{"100.101.102.103:8080", "http://100.101.102.103:8080"},
      Accepted{"[::1]:9119", "http://[::1]:9119"},
      Accepted{"[fd00::5]", "http://[fd00::5]"},
      Accepted{"[2001:db8::5]", "https://[2001:db8::5]"},
      Accepted{"[fe80::5%eth0]:8000", "http://[fe80::5%25eth0]:8000"},
      Accepted{"box:8000", "http://box:8000"},
      Accepted{"box.local", "http://box.local"},
      Accepted{"b\u00fccher.example", "https://xn--bcher-kva.example"},
      Accepted{"http:/127.0.0.1:9119", "http://127.0.0.1:9119"},
      Accepted{"http//127.0.0.1:9119", "http://127.0.0.1:9119"},
      Accepted{"http:127.0.0.1:9119", "http://127.0.0.1:9119"},
      Accepted{"https;//gateway.example", "https://gateway.example"},
      Accepted{"https:\\\\gateway.example", "https://gateway.example"},
      Accepted{"https:///gateway.example", "https://gateway.example"},
      Accepted{"//gateway.example/x", "https://gateway.example/x"},
      Accepted{"http://http://127.0.0.1:9119", "http://127.0.0.1:9119"},
      Accepted{"http://https://gateway.example", "https://gateway.example"},
      Accepted{"wss://gateway.example/hermes", "https://gateway.example/hermes"},
      Accepted{"ws://127.0.0.1:9119", "http://127.0.0.1:9119"},
      Accepted{"http://::1:9119", "http://[::1]:9119"},
      Accepted{"http://::1", "http://[::1]"},
      Accepted{"fe80::1:9119", "http://[fe80::1]:9119"},
      Accepted{"https://2001:db8::1:8443/x", "https://[2001:db8::1]:8443/x"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.typed);
    const auto error = error_of([&] { GatewayUrl::parse(row.typed); });
    EXPECT_EQ(error.hint(), "Write it as " + std::string(row.normal) + ".");
  }
}

TEST(GatewayUrl, SuggestsNothingThatWouldBeRefusedOrMayHoldAPassword) {
  for (const char* typed : {"ftp://h", "file:///etc/passwd", "https://a b", "127.1", "http:9119",
                            "me:hunter22@gateway.example", "https", "http://", "https://h:80x"}) {
    SCOPED_TRACE(typed);
    const auto error = error_of([&] { GatewayUrl::parse(typed); });
    EXPECT_THAT(error.hint(), HasSubstr("Write it like"));
    EXPECT_THAT(std::string(error.what()) + error.hint(), Not(HasSubstr("hunter22")));
  }
}

TEST(GatewayUrl, ShowsAnInternationalHostInBothForms) {
  EXPECT_EQ(display_host(GatewayUrl::parse("https://b\u00fccher.example").host()),
            "xn--bcher-kva.example (b\u00fccher.example)");
  for (const char* plain : {"gateway.example", "xn--zzzzzzzz.example", "xn--.example", "::1"}) {
    EXPECT_EQ(display_host(plain), plain);
  }
}

TEST(GatewayUrl, KeepsAZoneInUrlsAndOutOfTheHostHeader) {
  const auto url = GatewayUrl::parse("http://[fe80::1%eth0]:9119/hermes");
  EXPECT_EQ(url.host(), "fe80::1%eth0");
  EXPECT_EQ(url.authority(), "[fe80::1]:9119");
  EXPECT_EQ(GatewayUrl::parse(url.text()), url);
  const auto dialled = AbsoluteUrl::parse(url.ws_url("/api/ws"));
  EXPECT_EQ(dialled.origin, url.origin());
  EXPECT_FALSE(url.is_loopback());
}

TEST(GatewayUrl, ClimbsToThePathsAboveIt) {
  const auto page = GatewayUrl::parse("https://h:8443/hermes//chat/x");
  EXPECT_EQ(page.parent()->text(), "https://h:8443/hermes//chat");
  EXPECT_EQ(page.parent()->parent()->text(), "https://h:8443/hermes");
  EXPECT_EQ(page.parent()->parent()->parent()->text(), "https://h:8443");
  EXPECT_FALSE(GatewayUrl::parse("https://h").parent().has_value());
}

TEST(GatewayUrl, RefusesAPasswordAndDoesNotRepeatIt) {
  const auto error = error_of([&] { GatewayUrl::parse("https://me:hunter22@gateway.example"); });
  EXPECT_THAT(error.message(), HasSubstr("credentials must not be in the URL"));
  EXPECT_THAT(std::string(error.what()) + error.hint(), Not(HasSubstr("hunter22")));
}

TEST(GatewayUrl, DoesNotRepeatAQueryThatMayHoldAToken) {
  const auto error = error_of([&] { GatewayUrl::parse("ftp://h/api?token=hunter22"); });
  EXPECT_THAT(error.what(), Not(HasSubstr("hunter22")));
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
    const auto error = error_of([&] { GatewayUrl::parse(text); });
    EXPECT_EQ(std::string_view(error.what()).find("secret"), std::string_view::npos)
        << error.what();
  }
}

TEST(GatewayUrl, IsRefusedForTheSameReasonWhateverItsQueryHolds) {
  const auto complaint = [](const char* text) {
    try {
      return GatewayUrl::parse(text).text();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const auto expected = complaint("https:?ticket=secret");
  EXPECT_THAT(expected, HasSubstr("does not start with http:// or https://"));
  for (const char* text : {"https:?http://secret",
                           "https:?http://b\xc3\xbc"
                           "cher.example/",
                           "https:?http://;x-va\xd2\x9ftr-kva.example<<"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(complaint(text), expected);
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
