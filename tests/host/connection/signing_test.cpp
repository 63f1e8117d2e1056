// SPDX-License-Identifier: Apache-2.0
//
// Schemes that sign requests: what they are given is what is sent. The proof is AWS Signature
// Version 4, against its published test vector and against the bytes on the wire.

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

#include "support/error_of.h"
#include "support/practice_host.h"
#include "support/recorded_log.h"
#include "support/scheme_driver.h"
#include "support/sigv4_scheme.h"
#include "support/ws_peer.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kDay = 1'440'938'160'000;  // 2015-08-30T12:36:00Z

// get-vanilla of the AWS Signature Version 4 test suite.
TEST(SigV4, GivesTheSignatureOfThePublishedVector) {
  SchemeDriver driver(plugin::detail::Table<SigV4Scheme>::kScheme);
  driver.now_ms = kDay;
  driver.sent_headers = {{"Host", "example.amazonaws.com"}};
  driver.body_sha256 = digest_of_text("");
  ToBeSigned vector{"GET", "/", "", {}, hex_of(digest_of_text("")), "20150830T123600Z"};
  vector.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
  EXPECT_EQ(vector.signature(), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  ASSERT_EQ(driver.decorate(PINTLE_REQUEST_REST, "/"), PINTLE_OK);
  ASSERT_EQ(driver.headers.size(), 2U);
  EXPECT_EQ(driver.headers[0].second, "20150830T123600Z");
  EXPECT_THAT(driver.headers[1].second, HasSubstr("SignedHeaders=host;x-amz-date, Signature="));
}

// Verifies a request as a server does: from its bytes alone. Returns what is wrong.
std::string fault_of(const std::string& request, const std::string& body) {
  const auto authorization = field_of(request, "Authorization");
  const auto part = [&](const std::string& name) {
    const auto at = authorization.find(name + "=");
    if (at == std::string::npos) return std::string();
    const auto begin = at + name.size() + 1;
    return authorization.substr(begin, authorization.find(", ", begin) - begin);
  };
  const auto line_end = request.find(" HTTP/1.1\r\n");
  const auto method = request.substr(0, request.find(' '));
  const auto target = request.substr(method.size() + 1, line_end - method.size() - 1);
  const auto mark = std::min(target.find('?'), target.size());
  ToBeSigned wire{method,
                  target.substr(0, mark),
                  mark < target.size() ? target.substr(mark + 1) : "",
                  {},
                  body,
                  field_of(request, "X-Amz-Date")};
  const auto names = part("SignedHeaders");
  // All fields, each once: none that is sent is left out of the signature but the credential.
  for (auto at = line_end + 11; request.compare(at, 2, "\r\n") != 0;) {
    const auto colon = request.find(": ", at);
    const auto end = request.find("\r\n", at);
    const auto name = lower(request.substr(at, colon - at));
    if (name != "authorization" &&
        !wire.headers.emplace(name, request.substr(colon + 2, end - colon - 2)).second) {
      return name + " is sent twice";
    }
    at = end + 2;
  }
  if (wire.names() != names) return "signed " + names + ", sent " + wire.names();
  if (wire.signature() != part("Signature")) return "the signature does not match";
  return "";
}

std::string body_of(const std::string& request) {
  return request.substr(request.find("\r\n\r\n") + 4);
}

class Signing : public testing::Test {
 protected:
  Signing()
      : server_(gateway_with_ws(
            [this](WsPeer& peer) {
              note(peer.request(), hex_of(digest_of_text("")));
              peer.accept();
              peer.wait_until_left();
            },
            [this](const std::string& request) {
              note(request, hex_of(digest_of_text(body_of(request))));
              return answer("200 OK", "{}");
            })) {}

  void note(const std::string& request, const std::string& digest) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (auto fault = fault_of(request, digest); !fault.empty()) faults_.push_back(fault);
  }
  std::vector<std::string> faults() {
    const std::lock_guard lock(mutex_);
    return faults_;
  }
  std::size_t seen() {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

  Connection connect() {
    ConnectionSettings settings{.url = GatewayUrl::parse(server_.url())};
    write_text(folder_ / "headers", "X-Access: of the access proxy\n");
    settings.headers_file = folder_ / "headers";
    auto options = host_with({&kSigV4});
    options.now_ms = [] { return kDay; };
    return Host(std::move(options)).open(std::move(settings));
  }

  TemporaryFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::string> faults_;
  ScriptedServer server_;
};

TEST_F(Signing, CoversEveryHeaderAndTheBodyOfARestRequest) {
  auto connection = connect();
  HttpRequest request{.method = "POST", .target = "/api/x?a=1&b=2", .body = R"({"n":1})"};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_EQ(connection.call(request).status, 200);
  EXPECT_EQ(connection.call({.target = "/api/y"}).status, 200);
  EXPECT_EQ(seen(), 2U);
  EXPECT_THAT(faults(), testing::IsEmpty());
}

TEST_F(Signing, CoversTheUpgradeToo) {
  auto connection = connect();
  LiveOptions options;
  options.content = LiveOptions::Content::messages;
  options.ready_timeout_ms = 10;
  options.query = {{"channel", "c"}};
  auto live = connection.live(options);
  live.wait_until_ready(20'000);
  EXPECT_EQ(seen(), 1U);
  EXPECT_THAT(faults(), testing::IsEmpty());
}

TEST_F(Signing, AStreamedBodyHasNoDigest) {
  class Source final : public BodySource {
   public:
    std::uint64_t size() const override { return 3; }
    std::size_t read(std::span<char> buffer) override {
      const auto count = std::min(buffer.size(), text_.size() - at_);
      text_.copy(buffer.data(), count, at_);
      at_ += count;
      return count;
    }
    bool rewind() override {
      at_ = 0;
      return true;
    }

   private:
    std::string text_ = "abc";
    std::size_t at_ = 0;
  } source;
  auto connection = connect();
  const auto response =
      connection.call({.method = "PUT", .target = "/api/file"}, {}, {.source = &source});
  EXPECT_EQ(response.status, 200);
  // The server's own digest is not what was signed.
  EXPECT_THAT(faults(), testing::ElementsAre("the signature does not match"));
  EXPECT_EQ(fault_of(server_.requests().back(), "UNSIGNED-PAYLOAD"), "");
}

// ---- A credential in the query.

class QueryScheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Facts facts{
      .id = "query", .name = "Query", .score = 99, .reason = "a test"};
  explicit QueryScheme(const plugin::Opening& opening)
      : many_(opening.setting("many").has_value()) {}

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink&) const override {
    request.add_query("api key", "secret/of&the query");
    for (int i = 0; many_ && i < 20; ++i) request.add_query("n", "1");
    return {};
  }
  plugin::Observation observe(const plugin::Response& response) override {
    return response.status() == 409 ? plugin::Observation::retry_once : plugin::Observation::none;
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).with_query("key", "secret/of&the query").single_use();
  }

 private:
  bool many_;
};

constexpr pintle_plugin_table kQuery = plugin::detail::make_plugin<QueryScheme>("query", "1.0.0");

class AQueryCredential : public testing::Test {
 protected:
  static constexpr const char* kSent = "api%20key=secret%2Fof%26the%20query";

  Connection connect(const ScriptedServer& server, bool many = false) {
    ConnectionSettings settings{.url = GatewayUrl::parse(server.url())};
    if (many) settings.scheme_settings["many"] = "yes";
    auto options = host_with({&kQuery});
    options.log = log_.options();
    return Host(std::move(options)).open(std::move(settings));
  }
  std::string logged() const {
    std::string all;
    for (const auto& record : log_.records()) {
      for (const auto& [name, value] : record.fields) all += name + "=" + value + "\n";
    }
    return all;
  }

  RecordedLog log_;
};

TEST_F(AQueryCredential, IsEncodedAndAddedToEachRequestAndLoggedNowhere) {
  std::atomic<int> asked{0};
  ScriptedServer server(gateway_with_ws([](WsPeer&) {},
                                        [&](const std::string&) {
                                          return ++asked == 2 ? answer("409 Conflict", "{}")
                                                              : answer("200 OK", "{}");
                                        }));
  auto connection = connect(server);
  EXPECT_EQ(connection.call({.target = "/api/a"}).status, 200);
  EXPECT_EQ(connection.call({.target = "/api/b?x=1"}).status, 200);  // sent twice
  const auto requests = server.requests();
  std::vector<std::string> lines;
  for (const auto& request : requests) lines.push_back(request.substr(0, request.find("\r\n")));
  EXPECT_THAT(lines, testing::IsSupersetOf({
                         std::string("GET /api/a?") + kSent + " HTTP/1.1",
                         std::string("GET /api/b?x=1&") + kSent + " HTTP/1.1",
                     }));
  EXPECT_EQ(
      std::count(lines.begin(), lines.end(), std::string("GET /api/b?x=1&") + kSent + " HTTP/1.1"),
      2);
  EXPECT_THAT(logged(), HasSubstr("/api/b"));
  EXPECT_THAT(logged(), Not(HasSubstr("secret")));
}

TEST_F(AQueryCredential, IsInNoError) {
  ScriptedServer server(gateway_with_ws(
      [](WsPeer&) {}, [](const std::string&) { return std::string("no HTTP at all\r\n\r\n"); }));
  auto connection = connect(server);
  const auto error = error_of([&] { connection.call({.target = "/api/a"}); });
  EXPECT_THAT(error.message() + error.hint(), Not(HasSubstr("secret")));
  EXPECT_THAT(logged(), Not(HasSubstr("secret")));
}

TEST_F(AQueryCredential, IsLimited) {
  ScriptedServer server(gateway_with_ws([](WsPeer&) {}));
  auto connection = connect(server, true);
  const auto error = error_of([&] { connection.call({.target = "/api/a"}); });
  EXPECT_EQ(error.layer(), Layer::plugin);
  EXPECT_THAT(error.message(), HasSubstr("at most 8 query parameters"));
}

}  // namespace
}  // namespace pintle::test
