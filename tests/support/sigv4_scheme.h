// SPDX-License-Identifier: Apache-2.0
//
// A scheme that signs requests with AWS Signature Version 4
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html), with the key of
// AWS's published test vectors.
//
// Threads: those of a scheme.

#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <pintle/scheme.h>

namespace pintle::test {

inline constexpr std::string_view kAccessKey = "AKIDEXAMPLE";
inline constexpr std::string_view kSecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
inline constexpr std::string_view kScope = "us-east-1/service/aws4_request";

inline std::string hex_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

inline std::string digest_of_text(std::string_view text) {
  std::array<unsigned char, 32> out{};
  EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

inline std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, 32> out{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), nullptr);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

/// What a signature covers. Header names in lower case; std::map sorts them.
struct ToBeSigned {
  std::string method;
  std::string path;
  std::string query;
  std::map<std::string, std::string> headers;
  std::string body_digest;  ///< Hexadecimal.
  std::string date;         ///< "20150830T123600Z"

  std::string names() const {
    std::string list;
    for (const auto& [name, value] : headers) list += (list.empty() ? "" : ";") + name;
    return list;
  }
  std::string signature() const {
    std::string canonical = method + "\n" + path + "\n" + query + "\n";
    for (const auto& [name, value] : headers) canonical += name + ":" + value + "\n";
    canonical += "\n" + names() + "\n" + body_digest;
    const auto day = date.substr(0, 8);
    const auto text = "AWS4-HMAC-SHA256\n" + date + "\n" + day + "/" + std::string(kScope) + "\n" +
                      hex_of(digest_of_text(canonical));
    auto key = hmac("AWS4" + std::string(kSecretKey), day);
    for (const char* part : {"us-east-1", "service", "aws4_request"}) key = hmac(key, part);
    return hex_of(hmac(key, text));
  }
};

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

class SigV4Scheme final : public plugin::Scheme {
 public:
  static constexpr plugin::Facts facts{.id = "sigv4",
                                       .name = "Signature Version 4",
                                       .score = 99,
                                       .reason = "a test",
                                       .signs_requests = true};
  explicit SigV4Scheme(const plugin::Opening& opening) {
    const auto url = opening.base_url();
    const auto path = url.find('/', url.find("://") + 3);
    if (path != std::string_view::npos) prefix_ = url.substr(path);
  }

  plugin::Decoration decorate(const plugin::Request& request,
                              const plugin::HeaderSink& headers) const override {
    const auto target = request.target();
    const auto mark = std::min(target.find('?'), target.size());
    ToBeSigned signed_parts{std::string(request.method()),
                            prefix_ + std::string(target.substr(0, mark)),
                            mark < target.size() ? std::string(target.substr(mark + 1)) : "",
                            {},
                            hex_of(request.body_sha256()),
                            date_of(request.now_ms())};
    for (const auto& field : request.headers()) {
      signed_parts.headers[lower(plugin::text(field.name))] = plugin::text(field.value);
    }
    signed_parts.headers["x-amz-date"] = signed_parts.date;
    headers.add("X-Amz-Date", signed_parts.date);
    if (request.body_sha256().empty()) signed_parts.body_digest = "UNSIGNED-PAYLOAD";
    headers.add("Authorization", "AWS4-HMAC-SHA256 Credential=" + std::string(kAccessKey) + "/" +
                                     signed_parts.date.substr(0, 8) + "/" + std::string(kScope) +
                                     ", SignedHeaders=" + signed_parts.names() +
                                     ", Signature=" + signed_parts.signature());
    return {.credential = 1};
  }
  plugin::Task<> sign_in(plugin::SignIn) override { co_return; }
  plugin::Task<plugin::WsUrl> resolve_ws_url(plugin::WsTarget target) override {
    co_return std::move(target).until_rejected();
  }

 private:
  static std::string date_of(std::int64_t now_ms) {
    const std::time_t seconds = static_cast<std::time_t>(now_ms / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 17> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
    return text.data();
  }

  std::string prefix_;
};

inline constexpr pintle_plugin_table kSigV4 =
    plugin::detail::make_plugin<SigV4Scheme>("sigv4", "1.0.0");

}  // namespace pintle::test
