// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net/dialer.h"
#include "net/proxy/no_proxy.h"
#include "net/transport.h"
#include "support/error_of.h"
#include "support/scripted_server.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::error_of;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(NoProxy, IsReadAsCurlReadsIt) {
  constexpr const char* kList =
      "example.com, .dot.test *.star.test\thost.test:8080,10.0.0.0/8,192.0.2.7,2001:db8::/32,"
      "[fd00::1]:443,[fe80::]/10,trailing.test.,,";
  const struct {
    std::string host;
    std::uint16_t port;
    bool direct;
  } cases[] = {
      {"example.com", 443, true},   {"a.EXAMPLE.com", 443, true}, {"badexample.com", 443, false},
      {"example.com.", 443, true},  {"dot.test", 443, true},      {"a.dot.test", 443, true},
      {"a.star.test", 443, true},   {"host.test", 8080, true},    {"host.test", 443, false},
      {"10.200.0.1", 443, true},    {"11.0.0.1", 443, false},     {"192.0.2.7", 443, true},
      {"192.0.2.8", 443, false},    {"2001:db8:1::1", 443, true}, {"2001:db9::1", 443, false},
      {"fd00::1", 443, true},       {"fd00::1", 80, false},       {"febf::1", 80, true},
      {"trailing.test", 443, true}, {"x192.0.2.7", 443, false},   {"other.test", 443, false},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.host);
    EXPECT_EQ(is_in_no_proxy(kList, one.host, one.port), one.direct);
  }
  EXPECT_TRUE(is_in_no_proxy("*", "any.test", 1));
  EXPECT_FALSE(is_in_no_proxy(" , ", "any.test", 1));
  EXPECT_FALSE(is_in_no_proxy("", "any.test", 1));
  EXPECT_FALSE(is_in_no_proxy("10.0.0.0/33,10.0.0.0/x,/8", "10.0.0.1", 1));
}

TEST(ProxyRules, HoldForTheOtherOriginsOfAConnectionToo) {
  TransportSettings settings{.gateway = GatewayUrl::parse("https://gateway.test")};
  settings.proxies.use(ProxySettings::parse("http://proxy.test:3128"));
  settings.proxies.sign_in_with(
      std::make_shared<const ProxyCredentials>(ProxyCredentials::parse("me:word")));
  settings.extra_headers.add(Header::parse("CF-Access-Client-Secret", "for the gateway alone"));
  const auto other = Transport(settings).settings_for(GatewayUrl::parse("https://login.example"));
  EXPECT_EQ(other.extra_headers.begin(), other.extra_headers.end());
  const auto proxy = other.proxies.find("login.example", 443, true);
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->host, "proxy.test");
  ASSERT_TRUE(proxy->credentials);
  EXPECT_EQ(proxy->credentials->password.reveal(), "word");
}

TEST(ProxySettings, AreReadAsCurlReadsThem) {
  using Kind = ProxySettings::Kind;
  const struct {
    std::string url;
    Kind kind;
    std::string host;
    std::uint16_t port;
  } cases[] = {
      {"http://proxy:3128", Kind::http, "proxy", 3128},
      {"HTTP://Proxy.Example:3128/", Kind::http, "proxy.example", 3128},
      {"127.0.0.1:3128", Kind::http, "127.0.0.1", 3128},
      {"proxy", Kind::http, "proxy", 1080},
      {" http://proxy\n", Kind::http, "proxy", 1080},
      {"http://[::1]:3128", Kind::http, "::1", 3128},
      {"[fd00::1]", Kind::http, "fd00::1", 1080},
      {"socks5://127.0.0.1", Kind::socks5, "127.0.0.1", 1080},
      {"socks5h://proxy:9050", Kind::socks5, "proxy", 9050},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.url);
    const auto settings = ProxySettings::parse(one.url);
    EXPECT_EQ(settings.kind, one.kind);
    EXPECT_EQ(settings.host, one.host);
    EXPECT_EQ(settings.port, one.port);
  }
}

TEST(ProxySettings, SayWhyAProxyCannotBeUsedAndNeverItsPassword) {
  const struct {
    std::string url;
    const char* says;
  } cases[] = {
      {"https://proxy:1", "over TLS"},
      {"http://proxy:1/path", "path"},
      {"socks4://proxy:1", "SOCKS4"},
      {"socks4a://proxy:1", "SOCKS4"},
      {"ftp://proxy:1", "\"ftp\""},
      {"", "empty"},
      {"http://", "no host"},
      {"http://proxy:0", "port"},
      {"http://proxy:65536", "port"},
      {"http://proxy:", "port"},
      {"http://[::1", "]"},
      {"http://[::1]3128", "port"},
      {"http://a b:1", "host"},
      {"http://fd00::1:3128:x", "port"},
      {"http://me:secret@proxy:1", "user name"},
      {"me:secret@proxy:1", "user name"},
      {"http://me:secret@proxy:x", "port"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.url);
    const auto error = error_of([&] { return ProxySettings::parse(one.url); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(),
                AllOf(HasSubstr("invalid proxy"), HasSubstr(one.says), Not(HasSubstr("secret"))));
    EXPECT_FALSE(error.hint().empty());
  }
  EXPECT_THAT(error_of([] { return ProxySettings::parse("http://me:secret@proxy:1"); }).hint(),
              HasSubstr("--proxy-auth-file"));
}

// An environment of the test.
ProxyRules rules_of(const std::map<std::string, std::string>& variables) {
  ProxyRules rules;
  rules.read([variables](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
  return rules;
}

TEST(ProxyRules, TakeTheVariableThatCurlTakes) {
  const struct {
    const char* what;
    std::map<std::string, std::string> variables;
    std::string http;  // The host of the proxy for http://gateway.test, and for https.
    std::string https;
  } cases[] = {
      {"none", {}, "", ""},
      {"lower case", {{"http_proxy", "a"}, {"https_proxy", "b"}}, "a", "b"},
      {"upper case, which a web server's client can set for http",
       {{"HTTP_PROXY", "a"}, {"HTTPS_PROXY", "b"}},
       "",
       "b"},
      {"both", {{"https_proxy", "b"}, {"HTTPS_PROXY", "c"}}, "", "b"},
      {"an empty one is none", {{"https_proxy", ""}, {"HTTPS_PROXY", "c"}}, "", "c"},
      {"all", {{"ALL_PROXY", "z"}}, "z", "z"},
      {"all, lower case first", {{"ALL_PROXY", "z"}, {"all_proxy", "y"}}, "y", "y"},
      {"its own before all", {{"all_proxy", "y"}, {"https_proxy", "b"}}, "y", "b"},
      {"no_proxy", {{"all_proxy", "y"}, {"no_proxy", "gateway.test"}}, "", ""},
      {"NO_PROXY", {{"all_proxy", "y"}, {"NO_PROXY", ".test"}}, "", ""},
      {"no_proxy goes before NO_PROXY",
       {{"all_proxy", "y"}, {"NO_PROXY", "*"}, {"no_proxy", "x"}},
       "y",
       "y"},
      {"one that cannot be read and is not asked for",
       {{"http_proxy", "a"}, {"all_proxy", "?"}},
       "a",
       "error"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    const auto rules = rules_of(one.variables);
    const auto host = [&](bool secure) -> std::string {
      try {
        const auto found = rules.find("gateway.test", 9119, secure);
        return found ? found->host : "";
      } catch (const Error& error) {
        EXPECT_EQ(error.layer(), Layer::config);
        EXPECT_THAT(error.message(), HasSubstr("all_proxy"));
        return "error";
      }
    };
    EXPECT_EQ(host(false), one.http);
    EXPECT_EQ(host(true), one.https);
  }
}

TEST(ProxyRules, NeverLeadLoopbackThroughAProxy) {
  auto rules = rules_of({{"all_proxy", "y"}});
  for (const bool also_given : {false, true}) {
    if (also_given) rules.use(ProxySettings::parse("proxy:1"));
    for (const std::string host : {"localhost", "x.localhost", "127.1.2.3", "::1"}) {
      SCOPED_TRACE(host);
      EXPECT_FALSE(rules.find(host, 80, false).has_value());
    }
    EXPECT_TRUE(rules.find("192.168.1.1", 80, false).has_value());
  }
}

TEST(ProxyRules, TakeTheSettingsBeforeTheEnvironmentAndNoProxyBeforeBoth) {
  auto rules = rules_of({{"all_proxy", "y"}, {"no_proxy", "direct.test"}});
  rules.use(ProxySettings::parse("given:1"));
  EXPECT_EQ(rules.find("gateway.test", 80, false)->host, "given");
  EXPECT_FALSE(rules.find("direct.test", 80, false).has_value());
}

TEST(ProxyRules, TakeThePasswordOfTheVariableAndElseTheOneOfTheFile) {
  auto rules = rules_of({{"http_proxy", "http://me:p%40ss%3aw@y:1"}, {"https_proxy", "z"}});
  rules.sign_in_with(
      std::make_shared<const ProxyCredentials>(ProxyCredentials::parse("you:other:one")));
  const auto http = rules.find("gateway.test", 80, false);
  EXPECT_EQ(http->credentials->user.reveal(), "me");
  EXPECT_EQ(http->credentials->password.reveal(), "p@ss:w");
  EXPECT_EQ(http->text(), "the proxy y:1 (http_proxy)");
  const auto https = rules.find("gateway.test", 443, true);
  EXPECT_EQ(https->credentials->user.reveal(), "you");
  EXPECT_EQ(https->credentials->password.reveal(), "other:one");
}

Stream dial(DialSettings settings) {
  Dialer dialer(std::move(settings));
  Watch watch(Watchdog::shared());
  return dialer.dial(watch, {}, kNever);
}

std::shared_ptr<const ProxyCredentials> credentials(const std::string& pair) {
  return std::make_shared<const ProxyCredentials>(ProxyCredentials::parse(pair));
}

DialSettings through(const std::string& url, const std::string& host = "gateway.test") {
  DialSettings settings{.host = host, .port = 8443};
  settings.proxies.use(ProxySettings::parse(url));
  settings.lookup = [](const std::string& name) -> std::vector<Poco::Net::IPAddress> {
    ADD_FAILURE() << "asked for " << name;  // The proxy resolves the gateway's name.
    return {};
  };
  return settings;
}

TEST(HttpProxy, OpensATunnelForPlainHttpToo) {
  ScriptedServer proxy([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
    peer.send(peer.read_request());
  });
  auto settings = through(proxy.url());
  settings.proxies.sign_in_with(credentials("u:p"));
  auto stream = dial(std::move(settings));
  EXPECT_EQ(stream.peer(), "gateway.test:8443");
  stream.write_all("GET / HTTP/1.1\r\n\r\n");
  char buffer[64];
  EXPECT_GT(stream.read(buffer, sizeof buffer).size, 0U);
  EXPECT_EQ(proxy.requests().at(0),
            "CONNECT gateway.test:8443 HTTP/1.1\r\nHost: gateway.test:8443\r\n"
            "User-Agent: pintle/0.1.0\r\nProxy-Authorization: Basic dTpw\r\n\r\n");
}

TEST(HttpProxy, TellsARefusalWithItsStatus) {
  const struct {
    std::string bytes;
    int status;
    bool user_action;
    bool retry;
    const char* says = "refused a tunnel to gateway.test:8443";
  } cases[] = {
      {test::answer("403 Not allowed", "<html>"), 403, false, false},
      {test::answer("407 Who?", "", "Proxy-Authenticate: Basic\r\n"), 407, true, false, "password"},
      {test::answer("407 Who?", ""), 407, true, false, "password"},
      {test::answer("407 Who?", "",
                    "Proxy-Authenticate: NTLM, Negotiate abc=, bAsIc realm=\"a, b\"\r\n"),
       407, true, false, "password"},
      {test::answer("407 Who?", "",
                    "Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n"),
       407, true, false, "only NTLM, Negotiate sign-ins"},
      {test::answer("407 Who?", "", "Proxy-Authenticate: Digest realm=\"Basic, x\", qop=a\r\n"),
       407, true, false, "only Digest sign-ins"},
      {test::answer("503 Busy", ""), 503, false, true},
      {"HTTP/1.1 502 Bad\r\n\r\nuntil close", 502, false, true},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.bytes);
    ScriptedServer proxy([&](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(one.bytes);
    });
    for (const bool signs_in : {false, true}) {
      auto settings = through(proxy.url());
      if (signs_in) settings.proxies.sign_in_with(credentials("u:p"));
      const auto e = error_of([&] { return dial(std::move(settings)); });
      EXPECT_EQ(e.layer(), Layer::proxy);
      EXPECT_EQ(e.http_status(), one.status);
      EXPECT_EQ(e.needs_user_action(), one.user_action);
      EXPECT_EQ(e.can_retry(), one.retry);
      EXPECT_FALSE(e.needs_sign_in());
      EXPECT_THAT(e.what(), AllOf(HasSubstr(one.says), Not(HasSubstr("dTpw"))));
    }
  }
}

TEST(Proxies, AreNamedIfTheyHangOrBreakOrAreNotThere) {
  for (const std::string scheme : {"http", "socks5"}) {
    SCOPED_TRACE(scheme);
    ScriptedServer silent([](ScriptedPeer& peer) { peer.wait_until_left(); });
    ScriptedServer closing([](ScriptedPeer& peer) { peer.wait_for_a_byte(); });
    ScriptedServer eager([](ScriptedPeer& peer) {
      peer.wait_for_a_byte();
      peer.send("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
      peer.wait_until_left();
    });
    std::vector<std::string> urls{silent.url(scheme), closing.url(scheme), eager.url(scheme)};
    urls.push_back(
        ScriptedServer([](ScriptedPeer&) {}).url(scheme));  // Its listener is closed already.
    for (const auto& url : urls) {
      auto settings = through(url);
      settings.limits.proxy = 60ms;
      const auto name = "the proxy " + url.substr(url.find("://") + 3);
      const auto e = error_of([&] { return dial(std::move(settings)); });
      EXPECT_EQ(e.layer(), Layer::proxy);
      EXPECT_THAT(e.what(), HasSubstr(name));
    }
  }
}

// A SOCKS5 proxy with scripted replies that records the requests.
class Socks5 {
 public:
  explicit Socks5(std::vector<std::string> answers)
      : server_([answers = std::move(answers), this](ScriptedPeer& peer) {
          for (const auto& answer : answers) {
            asked_ += peer.read_some_bytes();
            peer.send(answer);
          }
          peer.wait_until_left();
        }) {}
  std::string url() const { return server_.url("socks5"); }
  /// Call it after the client has disconnected.
  std::string asked() {
    server_.wait_until_none_is_open();
    return asked_;
  }

 private:
  std::string asked_;
  ScriptedServer server_;
};

const std::string kOpen = "\5\0"s;
const std::string kWantsPassword = "\5\2"s;
const std::string kSignedIn = "\1\0"s;
const std::string kThere = "\5\0\0\1\0\0\0\0\0\0"s;

TEST(Socks5Proxy, IsAskedForANameAnIpv4AndAnIpv6Address) {
  const struct {
    std::string host;
    std::string address;
  } cases[] = {
      {"gateway.test", "\3\x0cgateway.test"s},
      {"192.0.2.7", "\1\xc0\0\2\7"s},
      {"2001:db8::1", "\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.host);
    Socks5 proxy({kOpen, kThere + "hello"});
    {
      auto stream = dial(through(proxy.url(), one.host));
      char bytes[5];
      ASSERT_EQ(stream.read(bytes, 5).size, 5U) << "what follows the reply is the gateway's";
      EXPECT_EQ(std::string(bytes, 5), "hello");
    }
    EXPECT_EQ(proxy.asked(), "\5\1\0\5\1\0"s + one.address + "\x20\xfb");
  }
}

TEST(Socks5Proxy, TakesAnAddressOfAnyKindInItsReply) {
  for (const auto& bound : {"\1\0\0\0\0\0\0"s, "\4"s + std::string(18, '\0'), "\3\3abc\0\0"s}) {
    Socks5 proxy({kOpen, "\5\0\0"s + bound});
    EXPECT_GE(dial(through(proxy.url())).fd(), 0);
  }
}

TEST(Socks5Proxy, IsSignedInToWithTheFilesPassword) {
  Socks5 proxy({kWantsPassword, kSignedIn, kThere});
  auto settings = through(proxy.url());
  settings.proxies.sign_in_with(credentials("me:pass word"));
  EXPECT_GE(dial(std::move(settings)).fd(), 0);
  EXPECT_THAT(proxy.asked(), testing::StartsWith("\5\2\0\2\1\2me\x09pass word\5\1\0"s));
}

TEST(Socks5Proxy, NamesEachRefusal) {
  const struct {
    std::vector<std::string> answers;
    bool signs_in;
    const char* says;
    bool retry;
    bool user_action;
  } cases[] = {
      {{"\5\xff"}, false, "requires a user name and a password", false, true},
      {{"\5\xff"}, true, "does not accept a user name and password", false, true},
      {{kWantsPassword, "\1\1"s}, true, "refused the user name or the password", false, true},
      {{kWantsPassword}, false, "not offered", false, false},
      {{"\5\1"}, true, "not offered", false, false},
      {{"\4\1"}, false, "did not answer with SOCKS5", false, false},
      {{"HTTP/1.1 400 Bad Request\r\n\r\n"}, false, "is an HTTP server", false, false},
      {{kOpen, "\5\1\0\1"s}, false, "general failure", true, false},
      {{kOpen, "\5\2\0\1"s}, false, "rules", false, false},
      {{kOpen, "\5\3\0\1"s}, false, "network unreachable", true, false},
      {{kOpen, "\5\4\0\1"s}, false, "host unreachable", true, false},
      {{kOpen, "\5\5\0\1"s}, false, "connection refused", true, false},
      {{kOpen, "\5\6\0\1"s}, false, "TTL expired", true, false},
      {{kOpen, "\5\7\0\1"s}, false, "command", false, false},
      {{kOpen, "\5\x08\0\1"s}, false, "address type not supported", false, false},
      {{kOpen, "\5\x63\0\1"s}, false, "SOCKS reply 99", false, false},
      {{kOpen, "\5\0\0\x09"s}, false, "unknown address type", false, false},
      {{kOpen, "\4\0\0\1"s}, false, "did not answer with SOCKS5", false, false},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.says);
    Socks5 proxy(one.answers);
    auto settings = through(proxy.url());
    if (one.signs_in) settings.proxies.sign_in_with(credentials("me:secret"));
    const auto e = error_of([&] { return dial(std::move(settings)); });
    EXPECT_EQ(e.layer(), Layer::proxy);
    EXPECT_THAT(e.message(), AllOf(HasSubstr("the proxy 127.0.0.1:"), HasSubstr(one.says),
                                   Not(HasSubstr("secret"))));
    EXPECT_EQ(e.can_retry(), one.retry);
    EXPECT_EQ(e.needs_user_action(), one.user_action);
    EXPECT_FALSE(e.hint().empty());
  }
}

TEST(Socks5Proxy, IsNotSentAPasswordThatItsProtocolCannotCarry) {
  Socks5 proxy({kWantsPassword});
  auto settings = through(proxy.url());
  settings.proxies.sign_in_with(credentials("me:" + std::string(256, 'x')));
  EXPECT_THAT(error_of([&] { return dial(std::move(settings)); }).message(), HasSubstr("255"));
}

}  // namespace
}  // namespace pintle::net
