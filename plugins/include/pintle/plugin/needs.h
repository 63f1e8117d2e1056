// SPDX-License-Identifier: Apache-2.0
//
// The needs of an operation and their answers: a closed list (plugin.h, PINTLE_NEED_*).
//
// Header-only. Answers own their text, so they stay valid across the next co_await.

/// @file
/// @snippet reference/scheme.cpp needs

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>
#include <pintle/plugin/values.h>

namespace pintle::plugin {

struct Field {
  std::string name;
  std::string value;
};

/// An HTTP exchange. The host adds no credential: the scheme adds all headers here.
class Http {
 public:
  using Answer = class HttpAnswer;

  Http(std::string method, std::string url) : method_(std::move(method)), url_(std::move(url)) {}
  Http(Http&&) = default;
  Http& operator=(Http&&) = default;
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;
  ~Http() {
    for (auto& field : fields_) wipe(field.value);
    wipe(body_);
  }

  /// Sets a header; replaces an earlier one of the same name.
  Http header(std::string name, std::string value) && {
    for (auto& field : fields_) {
      if (!same_name(field.name, name)) continue;
      wipe(field.value);
      field.value = std::move(value);
      return std::move(*this);
    }
    fields_.push_back({std::move(name), std::move(value)});
    return std::move(*this);
  }
  Http body(std::string type, std::string bytes) && {
    wipe(body_);
    is_form_ = false;
    body_ = std::move(bytes);
    return std::move(*this).header("Content-Type", std::move(type));
  }
  Http json(std::string text) && {
    return std::move(*this).body("application/json", std::move(text));
  }
  /// Adds a field to a form, name and value encoded; call it once for each:
  /// `post("/login").form("user", user).form("password", password)`.
  Http form(std::string_view name, std::string_view value) && {
    if (!is_form_) wipe(body_);
    is_form_ = true;
    body_ = with_pair(body_, body_.empty() ? "" : "&", name, value);
    return std::move(*this).header("Content-Type", "application/x-www-form-urlencoded");
  }
  /// Marks the exchange as idempotent, so the host may retry it.
  Http may_repeat() && {
    may_repeat_ = true;
    return std::move(*this);
  }

  void put(pintle_step& step) {
    step.need = PINTLE_NEED_HTTP;
    if (may_repeat_) step.flags |= PINTLE_STEP_MAY_REPEAT;
    step.http_method = view(method_);
    step.http_url = view(url_);
    views_.clear();
    for (const auto& field : fields_) views_.push_back({view(field.name), view(field.value)});
    step.http_headers = views_.data();
    step.http_header_count = views_.size();
    step.http_body = view(body_);
  }

 private:
  std::string method_;
  std::string url_;
  std::vector<Field> fields_;
  std::string body_;
  bool is_form_ = false;
  bool may_repeat_ = false;
  std::vector<pintle_field> views_;
};

class HttpAnswer {
 public:
  explicit HttpAnswer(const pintle_answer& answer)
      : status_(answer.http_status), body_(text(answer.http_body)) {
    for (std::size_t i = 0; i < answer.http_header_count; ++i) {
      const auto& field = answer.http_headers[i];
      headers_.push_back({std::string(text(field.name)), std::string(text(field.value))});
    }
  }
  HttpAnswer(HttpAnswer&&) = default;
  HttpAnswer& operator=(HttpAnswer&&) = default;
  HttpAnswer(const HttpAnswer&) = delete;
  HttpAnswer& operator=(const HttpAnswer&) = delete;
  ~HttpAnswer() {
    for (auto& field : headers_) wipe(field.value);
    wipe(body_);
  }

  int status() const noexcept { return status_; }
  const std::string& body() const noexcept { return body_; }
  const std::vector<Field>& headers() const noexcept { return headers_; }
  std::string_view header(std::string_view name) const noexcept {
    for (const auto& field : headers_) {
      if (same_name(field.name, name)) return field.value;
    }
    return {};
  }

 private:
  int status_;
  std::vector<Field> headers_;
  std::string body_;
};

inline Http get(std::string path) { return {"GET", std::move(path)}; }
inline Http post(std::string path) { return {"POST", std::move(path)}; }

/// A visit in the user's browser.
class BrowserVisit {
 public:
  using Answer = class BrowserAnswer;

  /// Ends when a loopback address receives a request with `state` (RFC 8252 7.3). That address,
  /// percent-encoded, replaces "{redirect_uri}" in `url`.
  static BrowserVisit until_callback(std::string url, std::string state) {
    BrowserVisit visit(std::move(url), PINTLE_BROWSER_CALLBACK);
    visit.state_ = std::move(state);
    return visit;
  }
  /// Ends when the gateway's origin has set one of these cookies.
  static BrowserVisit until_cookies(std::string url, std::vector<std::string> names) {
    BrowserVisit visit(std::move(url), PINTLE_BROWSER_COOKIES);
    visit.cookies_ = std::move(names);
    return visit;
  }

  /// For a front: ends when the gateway itself answers with the window's cookies. The answer has
  /// all cookies that the window sends to the gateway.
  static BrowserVisit until_gateway(std::string url) {
    return {std::move(url), PINTLE_BROWSER_GATEWAY};
  }

  void put(pintle_step& step) {
    step.need = PINTLE_NEED_BROWSER;
    step.browser_ends_with = ends_with_;
    step.browser_url = view(url_);
    step.browser_state = view(state_);
    views_.clear();
    for (const auto& name : cookies_) views_.push_back(view(name));
    step.browser_cookies = views_.data();
    step.browser_cookie_count = views_.size();
  }

 private:
  BrowserVisit(std::string url, std::uint32_t ends_with)
      : url_(std::move(url)), ends_with_(ends_with) {}

  std::string url_;
  std::uint32_t ends_with_;
  std::string state_;
  std::vector<std::string> cookies_;
  std::vector<pintle_view> views_;
};

class BrowserAnswer {
 public:
  struct Cookie {
    std::string name;
    std::string value;
    std::int64_t expires_ms = 0;  ///< Unix time in milliseconds; 0: session cookie.
  };

  explicit BrowserAnswer(const pintle_answer& answer)
      : callback_url_(text(answer.callback_url)), redirect_uri_(text(answer.redirect_uri)) {
    for (std::size_t i = 0; i < answer.field_count; ++i) {
      const auto& field = answer.fields[i];
      cookies_.push_back({std::string(text(field.name)), std::string(text(field.value)),
                          answer.cookie_expires_ms ? answer.cookie_expires_ms[i] : 0});
    }
  }
  BrowserAnswer(BrowserAnswer&&) = default;
  BrowserAnswer& operator=(BrowserAnswer&&) = default;
  BrowserAnswer(const BrowserAnswer&) = delete;
  BrowserAnswer& operator=(const BrowserAnswer&) = delete;
  ~BrowserAnswer() {
    wipe(callback_url_);
    for (auto& cookie : cookies_) wipe(cookie.value);
  }

  const std::string& callback_url() const noexcept { return callback_url_; }
  const std::string& redirect_uri() const noexcept { return redirect_uri_; }
  const std::vector<Cookie>& cookies() const noexcept { return cookies_; }

 private:
  std::string callback_url_;
  std::string redirect_uri_;
  std::vector<Cookie> cookies_;
};

/// Input, from the sources in the connection's settings, else from the user.
class Ask {
 public:
  using Answer = class AskAnswer;

  explicit Ask(std::string why) : why_(std::move(why)) {}
  Ask plain(std::string key, std::string label) && {
    inputs_.push_back({std::move(key), std::move(label), false});
    return std::move(*this);
  }
  Ask secret(std::string key, std::string label) && {
    inputs_.push_back({std::move(key), std::move(label), true});
    return std::move(*this);
  }

  void put(pintle_step& step) {
    step.need = PINTLE_NEED_INPUT;
    step.message = view(why_);
    views_.clear();
    for (const auto& input : inputs_) {
      views_.push_back({view(input.key), view(input.label),
                        input.secret ? static_cast<std::uint32_t>(PINTLE_INPUT_SECRET) : 0U, 0});
    }
    step.inputs = views_.data();
    step.input_count = views_.size();
  }

 private:
  struct Input {
    std::string key;
    std::string label;
    bool secret;
  };

  std::string why_;
  std::vector<Input> inputs_;
  std::vector<pintle_input> views_;
};

class AskAnswer {
 public:
  struct Value {
    Secret text;
    std::string source;  ///< For display: "file /run/token", "typed".
  };

  explicit AskAnswer(const pintle_answer& answer) {
    for (std::size_t i = 0; i < answer.field_count; ++i) {
      keys_.emplace_back(text(answer.fields[i].name));
      values_.push_back({Secret(text(answer.fields[i].value)),
                         std::string(answer.sources ? text(answer.sources[i]) : "")});
    }
  }

  /// Moves out the answer for `key`; empty if there is none.
  Value take(std::string_view key) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i] == key) return std::move(values_[i]);
    }
    return {};
  }

 private:
  std::vector<std::string> keys_;
  std::vector<Value> values_;
};

/// A wait in milliseconds. The reason is shown to the user of a sign-in, once as long as it stays
/// the same: the address and the code of the device flow (RFC 8628). All waits together must fit
/// into the operation's time limit.
class Wait {
 public:
  struct Answer {
    explicit Answer(const pintle_answer&) {}
  };

  Wait(std::int64_t ms, std::string reason) : ms_(ms), reason_(std::move(reason)) {}
  void put(pintle_step& step) {
    step.need = PINTLE_NEED_WAIT;
    step.wait_ms = ms_;
    step.message = view(reason_);
  }

 private:
  std::int64_t ms_;
  std::string reason_;
};

}  // namespace pintle::plugin
