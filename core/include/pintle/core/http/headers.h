// SPDX-License-Identifier: Apache-2.0
//
// HTTP header fields, and the values of a request and its response.
//
// Threads: values.

/// @file
/// @snippet reference/http.cpp headers

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/secret.h>

namespace pintle {

/// Returns true if `text` is a token (RFC 9110 5.6.2): the name of a field or of a cookie (RFC 6265
/// 4.1.1), a WebSocket subprotocol.
bool is_token(std::string_view text) noexcept;

/// One header field. Created only by `parse`, so a CR, LF or NUL never reaches the wire (RFC 9110
/// 5.1 and 5.5). Its value, which may be a credential, is wiped on destruction.
class Header {
 public:
  Header(const Header&) = default;
  Header(Header&&) = default;
  Header& operator=(const Header&) = default;
  Header& operator=(Header&&) = default;
  ~Header() { wipe(value_); }

  /// Throws Error(config) if the name or the value breaks a rule; the message names the rule, not
  /// the value.
  static Header parse(std::string_view name, std::string_view value);
  /// Parses "Name: value" from user input.
  static Header parse_line(std::string_view line);

  const std::string& name() const noexcept { return name_; }
  const std::string& value() const noexcept { return value_; }

 private:
  Header(std::string name, std::string value) : name_(std::move(name)), value_(std::move(value)) {}

  std::string name_;
  std::string value_;
};

/// Returns true if both are the same field name (ASCII, case-insensitive).
bool same_field_name(std::string_view a, std::string_view b) noexcept;

/// An ordered list of header fields; a name may occur more than once (Set-Cookie).
class Headers {
 public:
  void add(Header header) { fields_.push_back(std::move(header)); }
  void add(std::string_view name, std::string_view value) { add(Header::parse(name, value)); }
  /// Replaces every field of that name with one of this `value`.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  /// Returns the value of the first field of that name.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  std::string_view get(std::string_view name) const noexcept { return find(name).value_or(""); }
  bool has(std::string_view name) const noexcept { return find(name).has_value(); }
  std::vector<std::string_view> all(std::string_view name) const;

  /// Returns true if `token` is one of the comma-separated tokens of the fields of that name, in
  /// any case: "Connection: keep-alive, Upgrade" has "upgrade" (RFC 9110 5.6.1).
  bool has_token(std::string_view name, std::string_view token) const noexcept;

  bool empty() const noexcept { return fields_.empty(); }
  std::size_t size() const noexcept { return fields_.size(); }
  auto begin() const noexcept { return fields_.begin(); }
  auto end() const noexcept { return fields_.end(); }

 private:
  std::vector<Header> fields_;
};

/// A request to the gateway: the target is a path below the gateway's prefix ("/api/sessions?n=3").
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  Headers headers{};
  std::string body{};
};

struct HttpResponse {
  int status = 0;
  std::string reason{};
  Headers headers{};
  std::string body{};

  bool ok() const noexcept { return status >= 200 && status < 300; }
};

}  // namespace pintle
