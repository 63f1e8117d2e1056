// SPDX-License-Identifier: Apache-2.0
//
// Random bytes and damaged valid inputs for every parser of untrusted input: it may refuse, and
// must not crash (run it under the asan preset).
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/core/http/cookie_jar.h>
#include <pintle/core/http/http_date.h>
#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/text/utf8.h>

namespace pintle {
namespace {

using namespace std::string_view_literals;

constexpr int kRounds = 20'000;

// PINTLE_SEED repeats a run; each run prints its own.
std::uint64_t seed() {
  const char* given = std::getenv("PINTLE_SEED");
  if (given != nullptr) return std::strtoull(given, nullptr, 10);
  return std::random_device()();
}

class Garbage : public testing::Test {
 protected:
  Garbage() : seed_(seed()), random_(seed_) {
    std::cout << "PINTLE_SEED=" << seed_ << std::endl;  // Flushed: must precede a crash.
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  // One of the valid inputs with a few bytes changed, removed, doubled or inserted; sometimes only
  // noise.
  std::string next(const std::vector<std::string>& good) {
    if (below(10) == 0) return noise(below(64));
    std::string text = good[below(good.size())];
    for (std::size_t changes = below(5); changes > 0; --changes) {
      const auto at = below(text.size() + 1);
      const auto size = below(8);
      const auto other = std::string_view(good[below(good.size())]);
      switch (below(5)) {
        case 0:
          text.insert(at, noise(size));
          break;
        case 1:
          text.erase(at, size);
          break;
        case 2:
          text.insert(at, text.substr(below(text.size() + 1), size));
          break;
        case 3:
          text.insert(at, other.substr(below(other.size()), 1 + below(40)));
          break;
        default:
          text.resize(at);
      }
    }
    return text;
  }

  std::string noise(std::size_t size) {
    constexpr auto kStructural = "{}[]\",:\\=;%<>/.-+eEu0189 \t\r\n\0\x7f\x80\xc3\xe2\xf0\xff"sv;
    std::string text;
    while (text.size() < size) {
      text +=
          below(2) == 0 ? kStructural[below(kStructural.size())] : static_cast<char>(below(256));
    }
    return text;
  }

 private:
  std::uint64_t seed_;
  std::mt19937_64 random_;
};

// Adds a field if its value is allowed in one: the transport accepts no other.
void add_if_possible(Headers& headers, const char* name, const std::string& value) {
  try {
    headers.add(name, value);
  } catch (const Error&) {
    return;
  }
}

TEST_F(Garbage, NeverBreaksTheReadingOfAUrl) {
  const std::vector<std::string> good = {"https://b\u00fccher.example:8443/hermes?x=1#y",
                                         "http://[fe80::1%eth0]:9119",
                                         "http://::1:9119",
                                         "http:/127.0.0.1:9119",
                                         "\u200bhttps://xn--bcher-kva.example\u00a0",
                                         "https://\u4f8b\u3048\u3002jp/\uff0f",
                                         "wss://gateway.example./a/b",
                                         "me:secret@gateway.example"};
  int accepted = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto typed = next(good);
    try {
      const auto url = GatewayUrl::parse(typed);
      ++accepted;
      // An accepted input is in normal form, and parsing that returns the same.
      EXPECT_EQ(GatewayUrl::parse(url.text()), url) << typed;
      EXPECT_EQ(AbsoluteUrl::parse(url.ws_url("/api/ws")).origin, url.origin()) << typed;
      EXPECT_EQ(url.authority().find('%'), std::string::npos) << typed;
      EXPECT_TRUE(is_valid_utf8(display_host(url.host())));
    } catch (const Error& error) {
      EXPECT_EQ(error.layer(), Layer::config);
      EXPECT_TRUE(is_valid_utf8(error.what()));
      EXPECT_TRUE(is_valid_utf8(error.hint()));
    }
  }
  EXPECT_GT(accepted, kRounds / 100) << "the damage is so great that nothing is tested";
}

TEST_F(Garbage, NeverBreaksTheProbe) {
  const std::vector<std::string> good = {
      R"({"version":"0.16.0","release_date":"2026.6.5","auth_required":true,"auth_providers":["b"]})",
      R"({"auth_flows":["cookie","native_pkce"],"install_id":"i","overall":"ok","version":"1","auth_required":false})",
      R"({"providers":[{"name":"basic","display_name":"Ü €","supports_password":true},{"name":"x"}]})",
      R"({"ok":true,"version":"0.21.0","auth_required":true})",
      R"({"detail":"Invalid Host header: use x"})",
      "<!DOCTYPE html><title>a</title>"};
  const std::vector<std::string> locations = {"https://gateway.example/hermes/api/status?x=1",
                                              "//h/x", "/api/status/",
                                              "https://t.cloudflareaccess.com/x", "login"};
  constexpr std::array<int, 12> kStatus = {200, 200, 200, 200, 302, 400,
                                           401, 403, 404, 429, 503, 522};
  const auto gateway = GatewayUrl::parse("http://gateway.example/hermes");
  int accepted = 0;
  for (int i = 0; i < kRounds; ++i) {
    HttpResponse response;
    response.status = kStatus[below(kStatus.size())];
    response.body = next(good);
    add_if_possible(response.headers, "Location", next(locations));
    add_if_possible(response.headers, "Retry-After", next({"5", "Sun, 06 Nov 1994 08:49:37 GMT"}));
    add_if_possible(response.headers, "Date", next({"Sun Nov  6 08:49:37 1994"}));
    const auto asked = static_cast<RequestPurpose>(below(8));
    if (const auto error = classify_response(response, gateway, asked, "/api/ws")) {
      EXPECT_TRUE(is_valid_utf8(error->what()));
      EXPECT_TRUE(is_valid_utf8(error->hint()));
      EXPECT_GE(error->retry_after_ms(), 0);
    }
    try {
      auto probe = read_status(response, gateway);
      ++accepted;
      read_providers(response, gateway, probe);
      read_health(response, gateway);
    } catch (const Error& error) {
      EXPECT_TRUE(is_valid_utf8(error.what()));
    }
  }
  EXPECT_GT(accepted, kRounds / 100) << "the damage is so great that nothing is tested";
}

TEST_F(Garbage, NeverBreaksTheJsonRpcReader) {
  const std::vector<std::string> good = {
      R"({"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","session_id":"s","seq":7,"payload":{"skin":{"a":[1,"}"]}}}})",
      R"({"params":{"payload":[1,2],"type":"t"},"method":"event"})",
      R"({"jsonrpc":"2.0","id":"a\u00e9\"","result":{"x":[{},[],null,true,-1.5e3]}})",
      R"({"id":5,"error":{"code":-32601,"message":"no","data":{"a":1}}})",
      R"({"id":6,"method":"ask","params":[1,"ü"]})"};
  JsonRpcReader reader;
  int understood = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto text = next(good);
    // A block of exactly this size, so that an access beyond it is detected.
    const auto readable = text.size() + below(2) * JsonRpcReader::kPadding;
    const auto block = std::make_unique<char[]>(readable);
    text.copy(block.get(), text.size());
    const auto message = reader.read({block.get(), text.size()}, readable);
    if (message.kind == JsonRpcMessage::Kind::malformed) {
      EXPECT_FALSE(message.why.empty());
      continue;
    }
    ++understood;
    for (const auto view : {message.payload, message.method, message.event_type, message.session_id,
                            message.error_message, message.id.json}) {
      EXPECT_TRUE(is_valid_utf8(view));
    }
  }
  EXPECT_GT(understood, kRounds / 100) << "the damage is so great that nothing is tested";
}

TEST_F(Garbage, NeverBreaksACookieJar) {
  const std::vector<std::string> good = {
      R"(hermes_session_rt="eyJ8pRg=="; HttpOnly; Path=/; SameSite=Lax; Max-Age=2592000)",
      "__Host-hermes_session_at=x; Secure; Path=/; Expires=Sun, 06 Nov 2044 08:49:37 GMT",
      "__Secure-a=b; Secure; Path=/hermes; Domain=gateway.example", "lang=; Max-Age=0"};
  const auto gateway = GatewayUrl::parse("https://gateway.example/hermes");
  CookieJar jar(gateway);
  std::int64_t now_ms = 1'700'000'000'000;
  int stored = 0;
  for (int i = 0; i < kRounds; ++i) {
    now_ms += static_cast<std::int64_t>(below(100'000));
    stored += jar.set(next(good), next({"/hermes/api/x?y", "/"}), now_ms) == CookieVerdict::stored;
    EXPECT_LE(jar.cookies().size(), CookieJar::kMaxCookies);
    // Whatever the jar accepted must be valid to send and to read again.
    const auto header = jar.header("/hermes/api", now_ms);
    EXPECT_NO_THROW(Header::parse("Cookie", header.reveal()));
    if (i % 64 == 0) {
      const auto bytes = jar.to_bytes();
      EXPECT_EQ(CookieJar::from_bytes(bytes.reveal(), gateway).to_bytes().reveal(), bytes.reveal());
    }
  }
  EXPECT_GT(stored, kRounds / 100) << "the damage is so great that nothing is tested";
}

TEST_F(Garbage, NeverBreaksTheReadingOfAStoredJar) {
  const auto gateway = GatewayUrl::parse("https://gateway.example");
  CookieJar jar(gateway);
  jar.set("a=\"b\"; Path=/x; Max-Age=5", "/", 5);
  jar.set("__Host-c=\xff%; Secure; HttpOnly; SameSite=None; Path=/", "/", 6);
  const std::vector<std::string> good = {std::string(jar.to_bytes().reveal())};
  for (int i = 0; i < kRounds / 4; ++i) {
    try {
      const auto again = CookieJar::from_bytes(next(good), gateway);
      EXPECT_NO_THROW(Header::parse("Cookie", again.header("/x", 5).reveal()));
    } catch (const Error& error) {
      EXPECT_EQ(error.layer(), Layer::store);
    }
  }
}

}  // namespace
}  // namespace pintle
