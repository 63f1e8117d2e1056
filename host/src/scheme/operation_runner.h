// SPDX-License-Identifier: Apache-2.0
//
// Drives an operation of a scheme to its end: does what each step needs and resumes with the
// answer.
//
// Threads: an OperationRunner is used by one thread at a time; the connection sees to it that an
// auth has one operation under way.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>
#include <pintle/plugin.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

#include "net/transport.h"
#include "scheme/scheme_instance.h"

namespace pintle {

struct OperationStart;
struct StepAnswer;

enum class OperationKind : std::uint32_t {
  sign_in = PINTLE_SIGN_IN,
  resolve_ws_url = PINTLE_RESOLVE_WS_URL,
  refresh = PINTLE_REFRESH,
  sign_out = PINTLE_SIGN_OUT
};

/// A user who is there, for the one operation that may ask them.
struct InteractiveUser {
  SignInUi& ui;
  std::int64_t timeout_ms = 600'000;           ///< For each step that is theirs.
  std::map<std::string, std::string> given{};  ///< Answers that are no secret: "username".
  std::filesystem::path state_folder{};        ///< Where a browser window has its profile.
};

struct OperationArguments {
  OperationKind kind;
  std::string ws_url{};  ///< For resolve_ws_url.
  std::string method{};
  std::string provider{};
  /// Nobody: the background never asks (architecture, rule 7).
  std::optional<InteractiveUser> there{};
  bool local_only = false;  ///< What would need the network fails: nothing leaves.
  /// Called before each HTTP request leaves; what it throws is that request's failure.
  std::function<void()> before_request{};
};

/// What came out of it.
struct OperationOutcome {
  Secret ws_url{};
  std::uint32_t life = 0;  ///< PINTLE_KEEP_*.
  std::int64_t keep_until_ms = 0;
  std::string message{};
};

class OperationRunner {
 public:
  /// `store_session` is called after each step that changed the session, before anything else is
  /// done: a session is written before it is used (architecture, rule 5).
  OperationRunner(SchemeInstance& auth, net::Transport& transport,
                  const ConnectionSettings& settings, std::function<std::int64_t()> now_ms,
                  std::function<void()> store_session);

  /// Throws the scheme's Error, or Error(plugin) where it breaks the contract: a request to an
  /// origin that the settings do not name, a WebSocket URL of another origin, too many steps, or no
  /// return from one within request_ms.
  OperationOutcome run(const OperationArguments& arguments, net::CancelToken cancel);

 private:
  std::shared_ptr<const OperationStart> start(const OperationArguments& arguments) const;
  void answer_http(const pintle_step& step, const net::CancelToken& cancel, StepAnswer& answer);
  void answer_input(const pintle_step& step, const OperationArguments& arguments,
                    const net::CancelToken& cancel, StepAnswer& answer);
  void answer_browser(const pintle_step& step, const OperationArguments& arguments,
                      const net::CancelToken& cancel, StepAnswer& answer);
  void answer_wait(const pintle_step& step, const net::CancelToken& cancel);
  net::Transport& transport_to(const Origin& origin);
  void check_ws_url(std::string_view url) const;

  SchemeInstance& auth_;
  net::Transport& transport_;
  const ConnectionSettings& settings_;
  std::function<std::int64_t()> now_ms_;
  std::function<void()> store_session_;
  /// Of the operation's time limit: request_ms, or a user's timeout_ms where one is there.
  std::int64_t wait_left_ms_ = 0;
  std::map<std::string, std::unique_ptr<net::Transport>> elsewhere_;
};

}  // namespace pintle
