// SPDX-License-Identifier: Apache-2.0
//
// A step and an answer as C++ values, and which steps are valid.
//
// Threads: values and pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <pintle/conformance/script.h>
#include <pintle/plugin.h>

namespace pintle::conformance {

struct Input {
  std::string key;
  std::string label;
  bool is_secret = false;
};

/// A copy of a pintle_step.
struct Step {
  std::uint32_t need = PINTLE_NEED_DONE;
  std::uint32_t flags = 0;
  std::uint32_t browser_ends_with = 0;
  std::string http_method{};
  std::string http_url{};
  Fields http_headers{};
  std::string http_body{};
  std::string browser_url{};
  std::string browser_state{};
  std::vector<std::string> browser_cookies{};
  std::vector<Input> inputs{};
  std::string message{};
  std::int64_t wait_ms = 0;
  std::string ws_url{};
  std::uint32_t life = 0;
  std::vector<std::string> ws_subprotocols{};
  std::string ws_message{};
  std::string exec_helper{};
  std::vector<std::string> exec_arguments{};
  std::string exec_input{};
};

/// Copies all that a step points to.
Step copy_of(const pintle_step& step);

/// "POST /login", "input token", without a query: a place in an operation.
std::string place_of(const Step& step);

/// "sign-in", "refresh", …
std::string name_of_operation(std::uint32_t operation);

/// All of a step that another run must repeat, as one text.
std::string text_of(const Step& step);

/// Returns what is wrong with a step of that operation; empty if it is valid.
std::string fault_of(const Step& step, std::uint32_t operation);

/// Returns what is wrong with header fields (RFC 9110 5.5); empty if they are valid.
std::string fault_of(const Fields& headers);

/// Returns what is wrong with a text for display; empty if it is valid.
std::string fault_of_text(std::string_view text);

/// What a need is answered with.
struct Answer {
  std::int32_t failure = PINTLE_OK;
  bool has_error = true;  // with a failure: its details
  std::uint32_t error_flags = 0;
  std::string error_message{};
  int http_status = 0;
  Fields http_headers{};
  std::string http_body{};
  std::string callback_url{};
  std::string redirect_uri{};
  Fields fields{};
  std::vector<std::string> sources{};
  std::vector<std::int64_t> expires_ms{};
  std::string ws_message{};
  std::uint32_t ws_message_flags = 0;
  std::int32_t exec_status = 0;
  std::string exec_output{};

  /// True if nothing in it may be taken for a refusal of a credential.
  bool is_outage() const noexcept {
    return http_status >= 500 || (failure == PINTLE_LAYER_TCP || failure == PINTLE_LAYER_DNS ||
                                  failure == PINTLE_LAYER_TLS || failure == PINTLE_LAYER_PROXY);
  }
};

}  // namespace pintle::conformance
