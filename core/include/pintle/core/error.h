// An error is a value that names its layer, what was seen, and what to do next.
//
// Threads: a value; share it like any other.

#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace pintle {

/// The part of the way to a ready connection that failed (design: "An error names its layer").
/// The numbers are the ABI's (plugin.h, PINTLE_LAYER_*) and never change their meaning.
enum class Layer : std::int32_t {
  config = 1,    ///< What the person or the app asked for cannot be right.
  dns,           ///< The name of the host has no address.
  tcp,           ///< No connection, or one that broke or fell silent.
  proxy,         ///< The forward proxy that was asked to reach the gateway.
  tls,           ///< The certificate or the handshake.
  access_proxy,  ///< Something in front of the gateway answered in its place.
  host_guard,    ///< The gateway is reached under a name that it does not accept.
  gate,          ///< The gateway wants a sign-in, or refused the credential.
  provider,      ///< The identity provider behind the gateway.
  session,       ///< A stored session that ended.
  ticket,        ///< A WebSocket ticket that could not be minted or was refused.
  websocket,     ///< The upgrade or the WebSocket protocol.
  protocol,      ///< An answer that is not what the gateway's contract says.
  plugin,        ///< A scheme that could not be loaded, chosen, or broke its contract.
  store,         ///< A file that could not be read or written.
};

inline constexpr Layer kFirstLayer = Layer::config;
inline constexpr Layer kLastLayer = Layer::store;

/// The layer's name as people and `--json` see it: "access-proxy", "host-guard".
std::string_view name_of(Layer layer) noexcept;

/// The layer with that number, or nothing where the number is not one of the list.
std::optional<Layer> layer_from_number(std::int32_t number) noexcept;

/// What went wrong. Thrown inside the host; a code and a text at the C edge.
///
/// No part of it may hold a secret: whoever fills one in passes text from outside through
/// `printable()` and credentials through `preview()`.
class Error : public std::exception {
 public:
  /// `happened` is one sentence without a full stop: what was expected and what was seen.
  Error(Layer layer, std::string happened);

  /// Each of these fills in one fact and gives the same error back, to be chained at a `throw`.
  Error& with_status(int http_status);
  Error& with_next(std::string next_step);
  Error& with_retry(bool can_help = true);
  Error& with_retry_after_ms(std::int64_t milliseconds);
  Error& with_person(bool must_act = true);
  Error& with_sign_in(bool needed = true);

  Layer layer() const noexcept { return layer_; }
  const std::string& happened() const noexcept { return happened_; }
  /// The status of the answer that told of the error; 0 where there was none.
  int http_status() const noexcept { return http_status_; }
  /// What to do next, as a sentence to a person; may be empty.
  const std::string& next_step() const noexcept { return next_step_; }
  /// True where the same thing may work later with nothing changed.
  bool can_retry() const noexcept { return can_retry_; }
  /// How long the other side asked to wait; 0 where it did not say. Milliseconds.
  std::int64_t retry_after_ms() const noexcept { return retry_after_ms_; }
  /// True where a person must do something first.
  bool needs_person() const noexcept { return needs_person_; }
  /// True where the person must sign in (or give another credential). Never set for 5xx, time-outs
  /// or resets (gateway-contract 5).
  bool needs_sign_in() const noexcept { return needs_sign_in_; }

  /// "gate: the gateway refused the session token …klmnop (HTTP 401)".
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  void compose();

  Layer layer_;
  int http_status_ = 0;
  bool can_retry_ = false;
  bool needs_person_ = false;
  bool needs_sign_in_ = false;
  std::int64_t retry_after_ms_ = 0;
  std::string happened_;
  std::string next_step_;
  std::string message_;
};

}  // namespace pintle
