// SPDX-License-Identifier: Apache-2.0
//
// Drives a scheme through its C table, as the host does: with responses from a table, and no I/O.

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

/// A scheme instance and the operation in progress.
class SchemeDriver {
 public:
  explicit SchemeDriver(const pintle_scheme& scheme, std::string session = {},
                        const pintle_probe* probe = nullptr)
      : scheme_(scheme) {
    auto opening = sized<pintle_opening>();
    opening.probe = probe;
    opening.base_url = view("https://gateway.example/hermes");
    opening.session = view(session);
    code = scheme_.open(&opening, &auth_, &error);
  }
  SchemeDriver(const SchemeDriver&) = delete;
  SchemeDriver& operator=(const SchemeDriver&) = delete;
  ~SchemeDriver() {
    end();
    if (auth_ != nullptr) scheme_.close(auth_);
  }

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
    args.ws_subprotocol = view(ws_subprotocol);
    const std::vector<pintle_view> keys(given.begin(), given.end());
    args.given = keys.data();
    args.given_count = keys.size();
    return code = scheme_.begin(auth_, &args, &operation_, &step, &error);
  }

  std::int32_t answer_http(int status, std::string_view body = {}, const Fields& fields = {}) {
    auto answer = fresh_answer();
    const auto views = views_of(fields);
    answer.http_status = status;
    answer.http_headers = views.data();
    answer.http_header_count = views.size();
    answer.http_body = view(body);
    return resume(answer);
  }

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

  std::int32_t answer_callback(std::string_view url, std::string_view redirect_uri) {
    auto answer = fresh_answer();
    answer.callback_url = view(url);
    answer.redirect_uri = view(redirect_uri);
    return resume(answer);
  }

  /// Returns a message of the gateway, or after a SEND nothing.
  std::int32_t answer_message(std::string_view bytes = {}, bool is_binary = false) {
    auto answer = fresh_answer();
    answer.ws_message = view(bytes);
    answer.ws_message_flags = is_binary ? std::uint32_t{PINTLE_STEP_BINARY} : 0U;
    return resume(answer);
  }

  std::int32_t answer_exec(std::int32_t exit_code, std::string_view output) {
    auto answer = fresh_answer();
    answer.exec_status = exit_code;
    answer.exec_output = view(output);
    return resume(answer);
  }

  std::int32_t answer_failure(std::int32_t layer, std::string_view message) {
    auto answer = fresh_answer();
    auto sent = sized<pintle_error>();
    message.copy(sent.message, sizeof(sent.message) - 1);
    answer.failure = layer;
    answer.error = &sent;
    return resume(answer);
  }

  void end() {
    if (operation_ != nullptr) scheme_.end(operation_);
    operation_ = nullptr;
  }

  std::string session() {
    Fields bytes;
    const auto sink = sink_into(bytes);
    code = scheme_.session(auth_, &sink, &error);
    return bytes.empty() ? "" : bytes.front().second;
  }

  Fields describe() {
    Fields facts;
    const auto sink = sink_into(facts);
    code = scheme_.describe(auth_, &sink, &error);
    return facts;
  }

  std::vector<pintle_view> given;  // Keys of inputs that need no prompt.
  std::int64_t now_ms = 1'000'000'000'000;
  std::string ws_subprotocol;  // The one that the gateway chose, for a greeting.
  Fields sent_headers;         // Of the request, for a scheme that signs.
  std::string body_sha256;
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
