// SPDX-License-Identifier: Apache-2.0
//
// Runs an operation of a scheme: does what each step needs and resumes with the answer.
//
// Threads: one at a time. The connection ensures that a scheme instance has at most one operation
// in progress.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>
#include <pintle/plugin.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

#include "net/limits.h"
#include "scheme/message_channel.h"
#include "scheme/scheme_instance.h"
#include "settings/origin_transports.h"

namespace pintle {

struct OperationStart;
struct StepAnswer;

enum class OperationKind : std::uint32_t {
  sign_in = PINTLE_SIGN_IN,
  resolve_ws_url = PINTLE_RESOLVE_WS_URL,
  refresh = PINTLE_REFRESH,
  sign_out = PINTLE_SIGN_OUT,
  greet = PINTLE_GREET
};

/// The user that an interactive operation may ask.
struct InteractiveUser {
  SignInUi& ui;
  std::int64_t timeout_ms = 600'000;           ///< For each step that the user takes.
  std::map<std::string, std::string> given{};  ///< Non-secret answers, such as "username".
  std::filesystem::path state_folder{};        ///< Where a browser window puts its profile.
  /// Returns the Cookie field with which a window begins at the gateway; not set: without one.
  std::function<Secret()> window_cookies{};
};

struct OperationArguments {
  OperationKind kind;
  std::string ws_url{};  ///< For resolve_ws_url.
  std::string method{};
  std::string provider{};
  /// Empty in the background, which never asks the user (architecture, rule 7).
  std::optional<InteractiveUser> user{};
  bool local_only = false;  ///< Sends nothing: a step that needs the network fails.
  /// Called before each HTTP request is sent; what it throws becomes the request's failure. Returns
  /// true if the request must not be sent twice.
  std::function<bool()> before_request{};
  /// Called when its connection is there, right before it is sent; the same for what it throws.
  std::function<void()> before_first_byte{};
  /// Called after each: whether the gateway may have got it, and the status of the response (0:
  /// there is none).
  std::function<void(bool has_left, int status)> after_request{};
  /// For greet: the WebSocket, and the subprotocol that the gateway chose.
  MessageChannel* channel = nullptr;
  std::string ws_subprotocol{};
  /// For a front's sign-in: returns true if the gateway itself answers with this Cookie field.
  std::function<bool(const Secret& cookies)> reaches_gateway{};
};

/// The result of an operation.
struct OperationOutcome {
  Secret ws_url{};
  std::uint32_t life = 0;  ///< PINTLE_KEEP_*.
  std::int64_t keep_until_ms = 0;
  std::string message{};
  std::vector<Secret> subprotocols{};  ///< Of the WebSocket, to be offered.
};

class OperationRunner {
 public:
  /// `store_session` is called right after each step that changed the session: a session is stored
  /// before it is used (architecture, rule 5).
  OperationRunner(SchemeInstance& auth, OriginTransports& transports,
                  const ConnectionSettings& settings, std::function<std::int64_t()> now_ms,
                  std::function<void()> store_session);

  /// Runs the operation and blocks until it ends. Throws the scheme's Error, or Error(plugin) if
  /// the scheme breaks the contract: a request to an origin that the settings do not allow, a
  /// WebSocket URL of such an origin, too many steps, or a step that does not return within
  /// request_ms.
  OperationOutcome run(const OperationArguments& arguments, net::CancelToken cancel);

 private:
  std::shared_ptr<const OperationStart> start(const OperationArguments& arguments) const;
  OperationOutcome outcome_of(const pintle_step& step, const OperationArguments& arguments) const;
  void check_ws_url(std::string_view url) const;
  std::vector<Secret> subprotocols_of(const pintle_step& step) const;
  Error breach(const std::string& what) const;  // of the contract
  KnownSecrets& secrets() const;

  // Each does what a need asks for (operation_needs.cpp).
  void answer_need(const pintle_step& step, const OperationArguments& arguments,
                   const net::CancelToken& cancel, StepAnswer& answer);
  void answer_http(const pintle_step& step, const OperationArguments& arguments,
                   const net::CancelToken& cancel, StepAnswer& answer);
  net::Transport& fill_request(const pintle_step& step, HttpRequest& request);
  void answer_input(const pintle_step& step, const OperationArguments& arguments,
                    const net::CancelToken& cancel, StepAnswer& answer);
  void answer_browser(const pintle_step& step, const OperationArguments& arguments,
                      const net::CancelToken& cancel, StepAnswer& answer);
  void answer_wait(const pintle_step& step, const OperationArguments& arguments,
                   const net::CancelToken& cancel);
  void answer_message(const pintle_step& step, const OperationArguments& arguments,
                      StepAnswer& answer) const;
  void answer_exec(const pintle_step& step, const net::CancelToken& cancel,
                   StepAnswer& answer) const;

  SchemeInstance& auth_;
  OriginTransports& transports_;
  const ConnectionSettings& settings_;
  std::function<std::int64_t()> now_ms_;
  std::function<void()> store_session_;
  /// Left of the operation's time limit: request_ms, or timeout_ms of an interactive user.
  std::int64_t wait_left_ms_ = 0;
  std::string last_wait_reason_;
};

}  // namespace pintle
