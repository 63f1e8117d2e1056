// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <new>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/http/cookie_jar.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/percent.h>

namespace pintle {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxStoredBytes = 2 * 1024 * 1024;

Error unusable(const std::string& why) {
  return Error(Layer::store, "the stored cookies cannot be used: " + why)
      .with_hint("Sign in again (pintle sign-in) to replace them.");
}

// The parsed bytes. simdjson copies every string, cookie values included: all of it is wiped.
class Document {
 public:
  explicit Document(std::string_view bytes) {
    if (bytes.size() > kMaxStoredBytes) throw unusable("they are too large");
    text_.reserve(bytes.size() + simdjson::SIMDJSON_PADDING);
    text_.assign(bytes);
    const auto error = parser_.parse(text_.data(), text_.size(), false).get(root_);
    if (error) forget();
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();
    if (error) throw unusable("they are damaged or from another program");
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { forget(); }

  dom::element root() const { return root_; }

 private:
  void forget() noexcept {
    wipe(text_);
    auto& strings = parser_.doc.string_buf;
    if (strings) wipe(reinterpret_cast<char*>(strings.get()), 5 * parser_.doc.capacity() / 3);
  }

  std::string text_;
  dom::parser parser_;
  dom::element root_;
};

template <class Value>
Value required(const dom::object& object, const char* name) {
  Value value{};
  if (object[name].get(value)) {
    throw unusable(std::string("\"") + name + "\" is missing or has the wrong type");
  }
  return value;
}

// A cookie may contain bytes that are not UTF-8, which JSON cannot: they are percent-encoded.
std::string bytes_of(const dom::object& object, const char* name) {
  const auto text = required<std::string_view>(object, name);
  if (!has_valid_percent_codes(text)) throw unusable("they contain an invalid percent code");
  return decode_percent(text);
}

SameSite same_site_of(std::string_view text) {
  for (const auto known : {SameSite::unset, SameSite::none, SameSite::lax, SameSite::strict}) {
    if (text == name_of(known)) return known;
  }
  throw unusable("they contain an unknown SameSite value");
}

Cookie cookie_of(const dom::object& object) {
  Cookie cookie;
  cookie.name = bytes_of(object, "name");
  auto value = bytes_of(object, "value");
  cookie.value = Secret::take(value);
  cookie.path = bytes_of(object, "path");
  cookie.host_only = required<bool>(object, "host_only");
  cookie.secure = required<bool>(object, "secure");
  cookie.http_only = required<bool>(object, "http_only");
  cookie.same_site = same_site_of(required<std::string_view>(object, "same_site"));
  cookie.created_ms = required<std::int64_t>(object, "created_ms");
  cookie.updated_ms = required<std::int64_t>(object, "updated_ms");
  dom::element expires;
  if (!object["expires_ms"].get(expires)) {
    cookie.expires_ms = required<std::int64_t>(object, "expires_ms");
  }
  return cookie;
}

// The file may have been edited: nothing is sent that a Set-Cookie could not have set.
void check(const Cookie& cookie) {
  const auto is_bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f || c == ';';
  };
  const auto value = cookie.value.reveal();
  const bool fits =
      !cookie.name.empty() && cookie.name.size() + value.size() <= kMaxCookieBytes &&
      cookie.path.starts_with('/') && cookie.name.find('=') == std::string::npos &&
      std::none_of(cookie.name.begin(), cookie.name.end(), is_bad) &&
      std::none_of(value.begin(), value.end(), is_bad) &&
      satisfies_name_prefix(cookie.name, cookie.secure, cookie.host_only, cookie.path);
  if (!fits) throw unusable("one of them is invalid");
}

void append_secret(std::string& out, const Secret& secret) {
  auto encoded = encode_component(secret.reveal());
  out += encoded;
  wipe(encoded);
}

}  // namespace

Secret CookieJar::to_bytes() const {
  std::size_t size = 256;
  for (const auto& cookie : cookies_) {
    size += 512 + 3 * (cookie.name.size() + cookie.value.size() + cookie.path.size());
  }
  std::string out;
  out.reserve(size);  // One block of memory, so that wiping it leaves nothing behind.
  out += "{\"version\":" + std::to_string(kVersion) +
         ",\"origin\":" + json_string(gateway_.origin().text()) + ",\"cookies\":[";
  const auto flag = [](bool set) { return set ? "true" : "false"; };
  const char* separator = "";
  for (const auto& cookie : cookies_) {
    out.append(separator).append("{\"name\":\"").append(encode_component(cookie.name));
    out += "\",\"value\":\"";
    append_secret(out, cookie.value);
    out.append("\",\"path\":\"").append(encode_component(cookie.path));
    out.append("\",\"host_only\":").append(flag(cookie.host_only));
    out.append(",\"secure\":").append(flag(cookie.secure));
    out.append(",\"http_only\":").append(flag(cookie.http_only));
    out.append(",\"same_site\":\"").append(name_of(cookie.same_site));
    out.append("\",\"created_ms\":").append(std::to_string(cookie.created_ms));
    out.append(",\"updated_ms\":").append(std::to_string(cookie.updated_ms));
    if (cookie.expires_ms) out += ",\"expires_ms\":" + std::to_string(*cookie.expires_ms);
    out += '}';
    separator = ",";
  }
  out += "]}\n";
  return Secret::take(out);
}

CookieJar CookieJar::from_bytes(std::string_view bytes, const GatewayUrl& gateway) {
  const Document document(bytes);
  dom::object root;
  if (document.root().get(root)) throw unusable("they are not an object");
  if (required<std::int64_t>(root, "version") != kVersion) {
    throw unusable("they were written by another version");
  }
  if (required<std::string_view>(root, "origin") != gateway.origin().text()) {
    throw unusable("they do not belong to " + gateway.origin().text());
  }
  CookieJar jar(gateway);
  for (const auto item : required<dom::array>(root, "cookies")) {
    dom::object object;
    if (item.get(object)) throw unusable("one of them is not an object");
    auto cookie = cookie_of(object);
    check(cookie);
    if (cookie.secure && !jar.accepts_secure()) throw unusable("one of them requires https");
    const bool twice = std::any_of(jar.cookies_.begin(), jar.cookies_.end(), [&](const auto& c) {
      return c.name == cookie.name && c.path == cookie.path;
    });
    if (twice) throw unusable("they contain a duplicate");
    if (jar.cookies_.size() == kMaxCookies) throw unusable("there are too many");
    jar.cookies_.push_back(std::move(cookie));
  }
  return jar;
}

}  // namespace pintle
