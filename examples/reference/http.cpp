// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/core/http in the API reference. Each asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/core/http/content_decoder.h>
#include <pintle/core/http/cookie.h>
#include <pintle/core/http/cookie_field.h>
#include <pintle/core/http/cookie_jar.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_chunked.h>
#include <pintle/core/http/http_date.h>
#include <pintle/core/http/wrong_protocol.h>

namespace {

using namespace std::string_view_literals;

void headers() {
  //! [headers]
  pintle::HttpRequest request{.method = "POST", .target = "/api/sessions", .body = "{}"};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Connection", "keep-alive, Upgrade");
  assert(request.headers.get("content-type") == "application/json");
  assert(request.headers.has_token("Connection", "upgrade"));
  try {
    request.headers.add("X-Name", "ada\r\nX-Other: injected");
    assert(false);
  } catch (const pintle::Error& error) {
    assert(error.layer() == pintle::Layer::config);
  }
  //! [headers]
}

void cookie() {
  //! [cookie]
  const auto cookie = pintle::parse_set_cookie("id=a-secret; Path=/api; Max-Age=60; HttpOnly");
  assert(cookie->name == "id" && cookie->value.reveal() == "a-secret");
  assert(cookie->path == "/api" && cookie->max_age_s == 60 && cookie->http_only);
  assert(pintle::path_matches("/api/sessions", cookie->path));
  assert(!pintle::parse_set_cookie("no value"));
  //! [cookie]
}

void cookie_field() {
  //! [cookie_field]
  std::string_view field = "theme=dark; id=a-secret";
  assert(pintle::take_cookie_pair(field) == "theme=dark");
  const auto pair = pintle::take_cookie_pair(field);
  assert(pair == "id=a-secret" && pintle::name_of_cookie_pair(pair) == "id");
  assert(field.empty());
  //! [cookie_field]
}

void cookie_jar() {
  //! [cookie_jar]
  const std::int64_t now_ms = 1'800'000'000'000;
  const auto gateway = pintle::GatewayUrl::parse("https://gateway.example");
  pintle::CookieJar jar(gateway);
  assert(jar.set("id=a-secret; Path=/api", "/", now_ms) == pintle::CookieVerdict::stored);
  assert(jar.set("id=x; Domain=example", "/", now_ms) == pintle::CookieVerdict::foreign_domain);
  assert(jar.header("/api/sessions", now_ms).reveal() == "id=a-secret");
  assert(jar.header("/other", now_ms).empty());

  const pintle::Secret stored = jar.to_bytes();
  assert(pintle::CookieJar::from_bytes(stored.reveal(), gateway).find("id", now_ms));
  //! [cookie_jar]
}

void http_date() {
  //! [http_date]
  assert(pintle::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777'000);
  pintle::Headers headers;
  headers.add("Retry-After", "120");
  assert(pintle::retry_after_ms(headers) == 120'000);
  //! [http_date]
}

void chunked() {
  //! [chunked]
  pintle::ChunkedDecoder decoder(1'000);  // at most 1000 bytes of body
  std::string body;
  std::string_view input = "5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK";
  auto step = decoder.next(input);
  for (; step.kind == pintle::ChunkedDecoder::Kind::body; step = decoder.next(input)) {
    body += step.bytes;
  }
  assert(step.kind == pintle::ChunkedDecoder::Kind::finished);
  assert(body == "hello" && input == "HTTP/1.1 200 OK");
  //! [chunked]
}

void content_decoder() {
  const std::string_view gzipped =
      "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48\xcd\xc9\xc9\x07\0\x86\xa6\x10\x36\x05\0\0\0"sv;
  //! [content_decoder]
  pintle::ContentDecoder decoder({"gzip"});  // the Content-Encoding
  std::string body;
  decoder.decode(gzipped, [&](std::string_view piece) { body += piece; });
  decoder.finish();  // throws if the body was truncated
  assert(body == "hello");
  //! [content_decoder]
}

void wrong_protocol() {
  //! [wrong_protocol]
  const std::string peer = "gateway.example:443";
  const auto alert = "\x15\x03\x01\x00\x02\x02\x0a"sv;  // a TLS alert, to a plain request
  assert(pintle::not_http1_error(alert, peer)->layer() == pintle::Layer::config);
  assert(!pintle::not_http1_error("HTTP/1.1 200 OK", peer));
  //! [wrong_protocol]
}

}  // namespace

int main() {
  headers();
  cookie();
  cookie_field();
  cookie_jar();
  http_date();
  chunked();
  content_decoder();
  wrong_protocol();
}
