// SPDX-License-Identifier: Apache-2.0
#include "net/http/request_writer.h"

#include <algorithm>
#include <array>

#include <openssl/crypto.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/http/content_decoder.h>
#include <pintle/core/http/cookie_field.h>
#include <pintle/core/text/printable.h>

#include "net/http/user_agent.h"

namespace pintle::net {
namespace {

// Only the transport sets the fields for framing and forwarding: a conflicting field in the same
// head enables request smuggling (RFC 9112 11.2).
constexpr std::array<std::string_view, 9> kOwnFields = {
    "Connection",          "Content-Length",   "Expect", "Keep-Alive",
    "Proxy-Authorization", "Proxy-Connection", "TE",     "Trailer",
    "Transfer-Encoding"};

constexpr const char* kAcceptEncoding = "Accept-Encoding";

void check_not_own(std::string_view name, bool upgrade) {
  const bool own = std::any_of(kOwnFields.begin(), kOwnFields.end(), [&](std::string_view field) {
    return same_field_name(field, name);
  });
  if (own || (!upgrade && same_field_name(name, "Upgrade"))) {
    throw Error(Layer::config, "the header " + printable(name) + " is reserved for the transport")
        .with_hint("Remove it.");
  }
}

// CONNECT is for a proxy's tunnel.
bool is_gateway_method(std::string_view method) {
  return !method.empty() && method != "CONNECT" &&
         std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool has_cookie(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    if (name_of_cookie_pair(take_cookie_pair(cookies)) == name) return true;
  }
  return false;
}

// The cookies of `front` whose names are not among `own`: a login wall's window also collects what
// the gateway itself has set.
std::string cookies_only_in(std::string_view front, std::string_view own) {
  std::string only;
  only.reserve(front.size());  // a string that grows leaves copies of the credential behind
  while (!front.empty()) {
    const auto cookie = take_cookie_pair(front);
    if (cookie.empty() || has_cookie(own, name_of_cookie_pair(cookie))) continue;
    if (!only.empty()) only += "; ";
    only += cookie;
  }
  return only;
}

std::string line(std::string_view name, std::string_view value) {
  std::string text(name);
  return text.append(": ").append(value).append("\r\n");
}

void append_line(std::string& head, const Header& header) {
  head.append(header.name()).append(": ").append(header.value()).append("\r\n");
}

bool is_cookie(std::string_view name) { return same_field_name(name, "Cookie"); }

}  // namespace

// The cookies of the front and the request's own, in one field (RFC 6265 5.4).
class RequestWriter::JoinedCookies {
 public:
  JoinedCookies(const Headers& own, const Headers& front)
      : own_(own.get("Cookie")), front_(cookies_only_in(front.get("Cookie"), own_)) {}
  JoinedCookies(const JoinedCookies&) = delete;
  JoinedCookies& operator=(const JoinedCookies&) = delete;
  ~JoinedCookies() { wipe(front_); }

  bool has_front() const noexcept { return !front_.empty(); }
  void append_to(std::string& head, std::string_view separator) const {
    for (const std::string_view cookies : {std::string_view(front_), own_}) {
      if (cookies.empty()) continue;
      head.append(separator).append(cookies);
      separator = "; ";
    }
    head += "\r\n";
  }

 private:
  std::string_view own_;
  std::string front_;
};

// At least the size of the head: one that grew would leave a copy of the credential behind.
std::size_t RequestWriter::head_bound(const HttpRequest& request, std::string_view prefix,
                                      const Headers& front) const {
  constexpr std::size_t kLineEnds = 256;  // And the transport's own fields.
  auto size = request.method.size() + prefix.size() + request.target.size() + kLineEnds;
  for (const auto& [name, text] : fixed_fields_) size += text.size();
  for (const auto* headers : {&request.headers, &front}) {
    for (const auto& header : *headers) {
      size += header.name().size() + header.value().size() + std::string_view(": \r\n").size();
    }
  }
  return size;
}

OutgoingRequest::~OutgoingRequest() { OPENSSL_cleanse(head.data(), head.size()); }

RequestWriter::RequestWriter(const GatewayUrl& gateway, const Headers& extra)
    : prefix_(gateway.prefix()), joins_cookies_(extra.has("Cookie")) {
  if (!extra.has("Host")) {
    fixed_fields_.emplace_back("Host", line("Host", gateway.authority()));
  }
  for (const auto& header : extra) {
    check_not_own(header.name(), false);
    fixed_fields_.emplace_back(header.name(), line(header.name(), header.value()));
  }
  if (!extra.has("User-Agent")) {
    fixed_fields_.emplace_back("User-Agent", line("User-Agent", user_agent()));
  }
  if (!extra.has("Accept")) {
    fixed_fields_.emplace_back("Accept", line("Accept", "application/json, */*"));
  }
  if (!extra.has(kAcceptEncoding)) {
    fixed_fields_.emplace_back(kAcceptEncoding, line(kAcceptEncoding, ContentDecoder::kAccepted));
  }
}

void RequestWriter::append_fixed(std::string& head, const Headers& own, const Headers& front,
                                 const JoinedCookies& cookies) const {
  for (const auto& [name, text] : fixed_fields_) {
    // A part of an encoded body cannot be decoded.
    if (name == kAcceptEncoding && own.has("Range")) continue;
    if (is_cookie(name)) {
      head.append(text, 0, text.size() - 2);
      cookies.append_to(head, "; ");
    } else if (!own.has(name) && !front.has(name)) {
      head += text;
    }
  }
}

void RequestWriter::append_fields(std::string& head, const Headers& own, bool upgrade,
                                  const JoinedCookies& cookies) const {
  const bool is_joined = joins_cookies_ || cookies.has_front();
  for (const auto& header : own) {
    check_not_own(header.name(), upgrade);
    if (!is_joined || !is_cookie(header.name())) append_line(head, header);
  }
}

void RequestWriter::append_front(std::string& head, const Headers& front, bool upgrade,
                                 const JoinedCookies& cookies) const {
  for (const auto& header : front) {
    // For Google's Identity-Aware Proxy; the tunnel through a forward proxy has its own.
    if (!same_field_name(header.name(), "Proxy-Authorization")) {
      check_not_own(header.name(), upgrade);
    }
    if (!is_cookie(header.name())) append_line(head, header);
  }
  if (!joins_cookies_ && cookies.has_front()) cookies.append_to(head, "Cookie: ");
}

OutgoingRequest RequestWriter::write(const HttpRequest& request, bool upgrade,
                                     const BodyStreams& streams,
                                     std::optional<std::string_view> prefix,
                                     const Headers& front) const {
  if (!is_gateway_method(request.method)) {
    throw Error(Layer::config, "invalid request method \"" + printable(request.method, 20) + "\"");
  }
  const auto target = RequestTarget::parse(request.target);
  OutgoingRequest out;
  auto& head = out.head;
  const auto path_prefix = prefix.value_or(std::string_view(prefix_));
  head.reserve(head_bound(request, path_prefix, front));
  head.append(request.method).append(" ").append(path_prefix).append(target.text());
  head.append(" HTTP/1.1\r\n");
  const JoinedCookies cookies(request.headers, front);
  append_fixed(head, request.headers, front, cookies);
  append_fields(head, request.headers, upgrade, cookies);
  append_front(head, front, upgrade, cookies);
  if (upgrade) head += "Connection: Upgrade\r\n";
  const auto size = streams.source != nullptr ? streams.source->size() : request.body.size();
  const bool has_content =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH" || size != 0;
  if (streams.source != nullptr && size == BodySource::kUnknownSize) {
    head += line("Transfer-Encoding", "chunked");
  } else if (has_content) {
    head += line("Content-Length", std::to_string(size));
  }
  head += "\r\n";
  out.wire = {.method = request.method,
              .target = request.target,
              .head = {},
              .body = request.body,
              .traceparent = request.headers.get("traceparent"),
              .source = streams.source,
              .sink = streams.sink,
              .decodes = !request.headers.has(kAcceptEncoding),
              .upgrade = upgrade};
  return out;
}

Headers RequestWriter::fields(const HttpRequest& request, bool upgrade,
                              const BodyStreams& streams) const {
  const auto written = write(request, upgrade, streams);
  Headers fields;
  std::string_view rest = written.head;
  rest.remove_prefix(rest.find("\r\n") + 2);  // the request line
  for (auto end = rest.find("\r\n"); end != 0; end = rest.find("\r\n")) {
    fields.add(Header::parse_line(rest.substr(0, end)));
    rest.remove_prefix(end + 2);
  }
  return fields;
}

}  // namespace pintle::net
