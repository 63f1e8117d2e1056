// SPDX-License-Identifier: Apache-2.0
//
// Drives a scheme through its C table, as the host does: with a test's answers, a clock that the
// test sets, the same random bytes in every run, and no I/O.
//
// Header-only; needs no GoogleTest. The namespace is pintle::test, because pintle::testing would
// hide GoogleTest's `testing` from the tests of a scheme in namespace pintle.
//
// Threads: one.

/// @file
/// @snippet reference/testing.cpp driver

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/plugin.h>

namespace pintle::test {

inline pintle_view view(std::string_view text) { return {text.data(), text.size()}; }
inline std::string text(pintle_view view) {
  return view.size == 0 ? std::string() : std::string(view.data, view.size);
}

template <class Struct>
Struct sized() {
  Struct made{};
  made.struct_size = sizeof(Struct);
  return made;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What an instance of a scheme is opened with.
struct DriverOptions {
  std::string session{};  ///< The last result of `SchemeDriver::session`; empty at first.
  const pintle_probe* probe = nullptr;  ///< Null: the gateway was not probed yet. Not owned.
  Fields settings{};                    ///< Of the connection, for the scheme.
  std::string base_url = "https://gateway.example/hermes";
};

/// A scheme instance and the operation in progress. Each call leaves its result in `code`, and the
/// details in `error`, `step`, `decoration` and `headers`.
class SchemeDriver {
 public:
  /// `scheme` must outlive the driver. `code` says whether it could be opened.
  SchemeDriver(const pintle_scheme& scheme, const DriverOptions& options) : scheme_(scheme) {
    auto opening = sized<pintle_opening>();
    const auto settings = views_of(options.settings);
    opening.probe = options.probe;
    opening.base_url = view(options.base_url);
    opening.session = view(options.session);
    opening.settings = settings.data();
    opening.setting_count = settings.size();
    code = scheme_.open(&opening, &auth_, &error);
  }
  explicit SchemeDriver(const pintle_scheme& scheme, std::string session = {},
                        const pintle_probe* probe = nullptr)
      : SchemeDriver(scheme, DriverOptions{.session = std::move(session), .probe = probe}) {}
  SchemeDriver(const SchemeDriver&) = delete;
  SchemeDriver& operator=(const SchemeDriver&) = delete;
  ~SchemeDriver() {
    end();
    if (auth_ != nullptr) scheme_.close(auth_);
  }

  /// Adds `milliseconds` to the only clock that a scheme has.
  void advance(std::int64_t milliseconds) { now_ms += milliseconds; }

  /// Fills in `headers`, `query` and `decoration`.
  std::int32_t decorate(std::uint32_t kind = PINTLE_REQUEST_REST,
                        std::string_view target = "/api/sessions") {
    auto request = sized<pintle_request>();
    request.kind = kind;
    request.method = view("GET");
    request.target = view(target);
    request.now_ms = now_ms;
    const auto sent = views_of(sent_headers);
    request.headers = sent.data();
    request.header_count = sent.size();
    request.body_sha256 = view(body_sha256);
    query.clear();
    const auto query_sink = sink_into(query);
    if (kind == PINTLE_REQUEST_REST) request.query = &query_sink;
    headers.clear();
    const auto sink = sink_into(headers);
    return code = scheme_.decorate(auth_, &request, &sink, &decoration, &error);
  }

  /// Returns what the scheme saw (PINTLE_OBSERVATION_*) in the response to the request that was
  /// decorated last.
  std::uint32_t observe(int status, const Fields& fields = {}, std::string_view body = {},
                        std::uint32_t kind = PINTLE_REQUEST_REST) {
    auto response = sized<pintle_response>();
    response.kind = kind;
    response.status = status;
    response.credential = decoration.credential;
    const auto views = views_of(fields);
    response.headers = views.data();
    response.header_count = views.size();
    response.body = view(body);
    response.now_ms = now_ms;
    std::uint32_t seen = 0;
    code = scheme_.observe(auth_, &response, &seen, &error);
    return seen;
  }

  /// Ends the operation in progress, if any, and begins another (PINTLE_SIGN_IN, …). `step` has its
  /// first need.
  std::int32_t begin(std::uint32_t operation, std::uint32_t flags = 0, std::string_view method = {},
                     std::string_view provider = {}) {
    end();
    auto args = sized<pintle_begin>();
    args.operation = operation;
    args.flags = flags;
    args.now_ms = now_ms;
    for (auto& byte : args.random) byte = ++random_;
    args.ws_url = view("wss://gateway.example/hermes/api/ws");
    args.method = view(method);
    args.provider = view(provider);
    const std::vector<pintle_view> keys(given.begin(), given.end());
    args.given = keys.data();
    args.given_count = keys.size();
    args.ws_subprotocol = view(ws_subprotocol);
    return code = scheme_.begin(auth_, &args, &operation_, &step, &error);
  }

  /// Answers a PINTLE_NEED_HTTP.
  std::int32_t answer_http(int status, std::string_view body = {}, const Fields& fields = {}) {
    auto answer = fresh_answer();
    const auto views = views_of(fields);
    answer.http_status = status;
    answer.http_headers = views.data();
    answer.http_header_count = views.size();
    answer.http_body = view(body);
    return resume(answer);
  }

  /// Answers a PINTLE_NEED_INPUT. `source` is for display: "typed", "file /run/key".
  std::int32_t answer_fields(const Fields& fields, std::string_view source = {}) {
    auto answer = fresh_answer();
    const auto views = views_of(fields);
    const std::vector<pintle_view> sources(fields.size(), view(source));
    answer.fields = views.data();
    answer.field_count = views.size();
    answer.sources = sources.data();
    return resume(answer);
  }

  /// Returns cookies of a browser, and when each expires.
  std::int32_t answer_cookies(const Fields& cookies, const std::vector<std::int64_t>& expires_ms) {
    auto answer = fresh_answer();
    const auto views = views_of(cookies);
    answer.fields = views.data();
    answer.field_count = views.size();
    answer.cookie_expires_ms = expires_ms.data();
    return resume(answer);
  }

  /// Answers a PINTLE_NEED_BROWSER that waits for a callback.
  std::int32_t answer_callback(std::string_view url, std::string_view redirect_uri) {
    auto answer = fresh_answer();
    answer.callback_url = view(url);
    answer.redirect_uri = view(redirect_uri);
    return resume(answer);
  }

  /// Answers a PINTLE_NEED_WAIT: the time has passed.
  std::int32_t answer_wait() {
    advance(step.wait_ms);
    return resume(fresh_answer());
  }

  /// Answers a PINTLE_NEED_SEND: the message was sent.
  std::int32_t answer_sent() { return resume(fresh_answer()); }

  /// Answers a PINTLE_NEED_RECEIVE.
  std::int32_t answer_message(std::string_view message = {}, bool binary = false) {
    auto answer = fresh_answer();
    answer.ws_message = view(message);
    answer.ws_message_flags = binary ? static_cast<std::uint32_t>(PINTLE_STEP_BINARY) : 0U;
    return resume(answer);
  }

  /// Answers a PINTLE_NEED_EXEC: the helper's exit code and standard output.
  std::int32_t answer_exec(std::int32_t status, std::string_view output = {}) {
    auto answer = fresh_answer();
    answer.exec_status = status;
    answer.exec_output = view(output);
    return resume(answer);
  }

  /// Answers any need: the host failed at that layer (PINTLE_LAYER_*). `flags`: PINTLE_ERROR_*.
  std::int32_t answer_failure(std::int32_t layer, std::string_view message,
                              std::uint32_t flags = 0) {
    auto answer = fresh_answer();
    auto sent = sized<pintle_error>();
    sent.flags = flags;
    message.copy(sent.message, sizeof(sent.message) - 1);
    answer.failure = layer;
    answer.error = &sent;
    return resume(answer);
  }

  /// Cancels the operation in progress; does nothing if there is none.
  void end() {
    if (operation_ != nullptr) scheme_.end(operation_);
    operation_ = nullptr;
  }

  /// Returns the bytes to open the next instance with; empty if there are none.
  std::string session() {
    Fields bytes;
    const auto sink = sink_into(bytes);
    code = scheme_.session(auth_, &sink, &error);
    return bytes.empty() ? "" : bytes.front().second;
  }

  /// Returns the displayable facts about the credential.
  Fields describe() {
    Fields facts;
    const auto sink = sink_into(facts);
    code = scheme_.describe(auth_, &sink, &error);
    return facts;
  }

  bool has_operation() const noexcept { return operation_ != nullptr; }

  std::vector<pintle_view> given;  ///< Keys of inputs that need no prompt.
  std::int64_t now_ms = 1'000'000'000'000;
  std::string ws_subprotocol;  ///< The one that the gateway chose, for a greeting.
  Fields sent_headers;         ///< Of the request, for a scheme that signs.
  std::string body_sha256;     ///< Of the request's body, for a scheme that signs.
  std::int32_t code = 0;
  pintle_error error = sized<pintle_error>();
  pintle_step step = sized<pintle_step>();
  pintle_decoration decoration = sized<pintle_decoration>();
  Fields headers;
  Fields query;

 private:
  pintle_answer fresh_answer() {
    auto answer = sized<pintle_answer>();
    answer.now_ms = now_ms;
    for (auto& byte : answer.random) byte = ++random_;
    return answer;
  }
  std::int32_t resume(const pintle_answer& answer) {
    return code = scheme_.resume(operation_, &answer, &step, &error);
  }
  static pintle_sink sink_into(Fields& fields) {
    auto sink = sized<pintle_sink>();
    sink.context = &fields;
    sink.put = [](void* context, pintle_view name, pintle_view value) {
      static_cast<Fields*>(context)->emplace_back(text(name), text(value));
    };
    return sink;
  }
  static std::vector<pintle_field> views_of(const Fields& fields) {
    std::vector<pintle_field> views;
    for (const auto& [name, value] : fields) views.push_back({view(name), view(value)});
    return views;
  }

  const pintle_scheme& scheme_;
  pintle_auth* auth_ = nullptr;
  pintle_operation* operation_ = nullptr;
  std::uint8_t random_ = 0;
};

}  // namespace pintle::test
