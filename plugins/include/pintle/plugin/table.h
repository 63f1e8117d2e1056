// SPDX-License-Identifier: Apache-2.0
//
// Generates the C table of plugin.h from a class derived from Scheme. Included by scheme.h;
// internal.
//
// Header-only. No function of the table throws.

/// @file
/// @snippet reference/scheme.cpp export

#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/plugin/sizes.h>
#include <pintle/scheme.h>

namespace pintle::plugin::detail {

// Copies as much as fits without splitting a UTF-8 character.
inline void put_text(std::span<char> to, std::string_view from) noexcept {
  std::size_t size = std::min(from.size(), to.size() - 1);
  if (size < from.size()) {
    while (size > 0 && (static_cast<unsigned char>(from[size]) & 0xc0) == 0x80) --size;
  }
  if (size != 0) std::memcpy(to.data(), from.data(), size);
  to[size] = '\0';
}

inline void put_error(pintle_error* to, const Error& from) noexcept {
  if (to == nullptr || to->struct_size < sizeof(pintle_error)) return;
  to->flags = 0;
  if (from.can_retry()) to->flags |= PINTLE_ERROR_RETRY;
  if (from.needs_user_action()) to->flags |= PINTLE_ERROR_USER_ACTION;
  if (from.needs_sign_in()) to->flags |= PINTLE_ERROR_SIGN_IN;
  to->http_status = from.http_status();
  to->retry_after_ms = from.retry_after_ms();
  put_text(to->message, from.message());
  put_text(to->hint, from.hint());
}

// Runs `body` and converts any exception into a code and a message.
template <class Body>
std::int32_t guarded(pintle_error* error, Body&& body) noexcept {
  try {
    body();
    return PINTLE_OK;
  } catch (const Error& thrown) {
    put_error(error, thrown);
    return static_cast<std::int32_t>(thrown.layer());
  } catch (...) {
    // The text of a foreign exception is not shown: parsers often quote their input.
    try {
      put_error(error, Error(Layer::plugin, "the scheme threw an unexpected exception"));
    } catch (...) {
      // Out of memory: the code has to do without a text.
    }
    return PINTLE_LAYER_PLUGIN;
  }
}

// An operation in progress: the coroutine, its mailbox and its results.
class Operation {
 public:
  Operation(Scheme& scheme, const pintle_begin& begin) : scheme_(scheme) {
    mailbox_.moment.now_ms = begin.now_ms;
    std::copy(std::begin(begin.random), std::end(begin.random), mailbox_.moment.random.begin());
    SignIn how{std::string(text(begin.method)), std::string(text(begin.provider)),
               (begin.flags & PINTLE_MAY_ASK) != 0};
    for (std::size_t i = 0; i < begin.given_count; ++i)
      how.given.emplace_back(text(begin.given[i]));
    task_ = run(begin.operation, WsTarget(text(begin.ws_url)), std::move(how),
                Greeting{std::string(text(begin.ws_subprotocol))});
  }

  /// Both write the next step, within its size.
  void start(pintle_step& step) {
    task_.start(mailbox_);
    put(step);
  }

  void resume(const pintle_answer& answer, pintle_step& step) {
    if (task_.done() || !mailbox_.suspended) {
      throw Error(Layer::plugin, "the operation has ended and cannot be resumed");
    }
    mailbox_.answer = &answer;
    mailbox_.moment.now_ms = answer.now_ms;
    std::copy(std::begin(answer.random), std::end(answer.random), mailbox_.moment.random.begin());
    std::exchange(mailbox_.suspended, {}).resume();
    mailbox_.answer = nullptr;
    put(step);
  }

 private:
  // The outermost coroutine of every operation.
  Task<> run(std::uint32_t kind, WsTarget target, SignIn how, Greeting greeting) {
    switch (kind) {
      case PINTLE_SIGN_IN:
        co_await scheme_.sign_in(std::move(how));
        break;
      case PINTLE_RESOLVE_WS_URL:
        url_ = co_await scheme_.resolve_ws_url(std::move(target));
        break;
      case PINTLE_REFRESH:
        co_await scheme_.refresh();
        break;
      case PINTLE_SIGN_OUT:
        message_ = co_await scheme_.sign_out();
        break;
      case PINTLE_GREET:
        co_await scheme_.greet(std::move(greeting));
        break;
      default:
        throw Error(Layer::plugin, "the scheme does not support this operation");
    }
  }

  void put(pintle_step& host) {
    pintle_step step{};
    step.struct_size = host.struct_size;
    if (scheme_.take_session_changed()) step.flags |= PINTLE_STEP_SESSION_CHANGED;
    try {
      fill(step);
    } catch (...) {
      step.need = PINTLE_NEED_DONE;
      write_known(step, host);  // its flag: the session may have changed before the failure
      throw;
    }
    write_known(step, host);
  }

  void fill(pintle_step& step) {
    if (!task_.done()) {
      mailbox_.put(mailbox_.need, step);
      if (step.need >= PINTLE_NEED_SEND && !is_since_1_1(step)) {
        throw too_old_host(step.need == PINTLE_NEED_EXEC ? "run a helper program"
                                                         : "send a greeting");
      }
      return;
    }
    task_.result();  // throws what the coroutine threw
    step.need = PINTLE_NEED_DONE;
    step.ws_url = view(url_.url.reveal());
    step.life = url_.life;
    step.keep_until_ms = url_.keep_until_ms;
    step.message = view(message_);
    if (url_.subprotocols.empty()) return;
    if (!is_since_1_1(step)) throw too_old_host("offer a WebSocket subprotocol");
    subprotocol_views_.clear();
    for (const auto& name : url_.subprotocols) subprotocol_views_.push_back(view(name.reveal()));
    step.ws_subprotocols = subprotocol_views_.data();
    step.ws_subprotocol_count = subprotocol_views_.size();
  }

  Scheme& scheme_;
  Mailbox mailbox_;
  WsUrl url_;
  std::vector<pintle_view> subprotocol_views_;
  std::string message_;
  Task<> task_;  // last: refers to the members above
};

inline Scheme& scheme_of(pintle_auth* auth) { return *reinterpret_cast<Scheme*>(auth); }
inline const Scheme& scheme_of(const pintle_auth* auth) {
  return *reinterpret_cast<const Scheme*>(auth);
}

template <class T>
concept Greets = !std::same_as<decltype(&T::greet), decltype(&Scheme::greet)>;

template <class T>
concept Observes = !std::same_as<decltype(&T::observe), decltype(&Scheme::observe)>;

template <class T>
concept HasMatch = requires(const Probe& probe) {
  { T::match(probe) } -> std::same_as<Match>;
};

template <class T>
struct Table {
  static_assert(
      requires {
        &T::observe;
        &T::greet;
      },
      "observe and greet of a scheme must be public, and not overloaded");

  static std::int32_t match(const pintle_probe* probe, pintle_match* out, pintle_error* error) {
    return guarded(error, [&] {
      check_size(probe);
      check_size(out);
      Match found{T::facts.score, std::string(T::facts.reason)};
      if constexpr (HasMatch<T>) found = T::match(Probe(*probe));
      out->score = found.score;
      put_text(out->reason, found.reason);
    });
  }

  static std::int32_t open(const pintle_opening* opening, pintle_auth** out, pintle_error* error) {
    return guarded(error, [&] {
      check_size(opening);
      // The handle is the address of the base, which `close` deletes.
      Scheme* made = new T(Opening(*opening));
      *out = reinterpret_cast<pintle_auth*>(made);
    });
  }
  static void close(pintle_auth* auth) { delete reinterpret_cast<Scheme*>(auth); }

  static std::int32_t decorate(const pintle_auth* auth, const pintle_request* request,
                               const pintle_sink* headers, pintle_decoration* out,
                               pintle_error* error) {
    return guarded(error, [&] {
      const auto about = known(request);
      check_size(out);
      if (T::facts.signs_requests && !is_since_1_1(*request)) throw too_old_host("sign a request");
      const auto decoration = scheme_of(auth).decorate(Request(about), HeaderSink(*headers));
      out->valid_until_ms = decoration.valid_until_ms;
      out->credential = decoration.credential;
    });
  }

  static std::int32_t observe(pintle_auth* auth, const pintle_response* response,
                              std::uint32_t* seen, pintle_error* error) {
    return guarded(error, [&] {
      check_size(response);
      auto& scheme = scheme_of(auth);
      *seen = PINTLE_OBSERVATION_NONE;
      // Also reported if `observe` throws: a session that changed before must be stored.
      const auto report_change = [&] {
        if (scheme.take_session_changed()) *seen |= PINTLE_OBSERVATION_SESSION_CHANGED;
      };
      try {
        *seen = static_cast<std::uint32_t>(scheme.observe(Response(*response)));
      } catch (const Error& thrown) {
        if (thrown.needs_sign_in()) {
          *seen = PINTLE_OBSERVATION_NEEDS_SIGN_IN;
          put_error(error, thrown);
        } else {
          report_change();
          throw;
        }
      } catch (...) {
        report_change();
        throw;
      }
      report_change();
    });
  }

  static std::int32_t begin(pintle_auth* auth, const pintle_begin* begin, pintle_operation** out,
                            pintle_step* step, pintle_error* error) {
    return guarded(error, [&] {
      const auto how = known(begin);
      check_size(step);
      if (Greets<T> && how.operation == PINTLE_RESOLVE_WS_URL && !is_since_1_1(*begin)) {
        throw too_old_host("send a greeting");
      }
      auto operation = std::make_unique<Operation>(scheme_of(auth), how);
      operation->start(*step);
      *out = reinterpret_cast<pintle_operation*>(operation.release());
    });
  }
  static std::int32_t resume(pintle_operation* operation, const pintle_answer* answer,
                             pintle_step* step, pintle_error* error) {
    return guarded(error, [&] {
      const auto received = known(answer);
      check_size(step);
      reinterpret_cast<Operation*>(operation)->resume(received, *step);
    });
  }
  static void end(pintle_operation* operation) { delete reinterpret_cast<Operation*>(operation); }

  static std::int32_t session(const pintle_auth* auth, const pintle_sink* bytes,
                              pintle_error* error) {
    return guarded(error, [&] {
      const Secret session = scheme_of(auth).session();
      if (!session.empty()) bytes->put(bytes->context, pintle_view{}, view(session.reveal()));
    });
  }
  static std::int32_t describe(const pintle_auth* auth, const pintle_sink* facts,
                               pintle_error* error) {
    return guarded(error, [&] { scheme_of(auth).describe(FactSink(*facts)); });
  }

  static constexpr auto make_rules() {
    std::array<pintle_rule, std::max<std::size_t>(T::facts.rules.size(), 1)> made{};
    for (std::size_t i = 0; i < T::facts.rules.size(); ++i) {
      made[i] = {view(T::facts.rules[i].field), view(T::facts.rules[i].value)};
    }
    return made;
  }
  static constexpr auto kRules = make_rules();

  static constexpr auto make_profiles() {
    std::array<pintle_view, std::max<std::size_t>(T::facts.profiles.size(), 1)> made{};
    for (std::size_t i = 0; i < T::facts.profiles.size(); ++i) made[i] = view(T::facts.profiles[i]);
    return made;
  }
  static constexpr auto kProfiles = make_profiles();

  static constexpr auto make_settings() {
    std::array<pintle_setting, std::max<std::size_t>(T::facts.settings.size(), 1)> made{};
    for (std::size_t i = 0; i < T::facts.settings.size(); ++i) {
      const auto& from = T::facts.settings[i];
      made[i] = {view(from.key), view(from.label), view(from.default_value),
                 from.secret ? static_cast<std::uint32_t>(PINTLE_SETTING_SECRET) : 0U, 0};
    }
    return made;
  }
  static constexpr auto kSettings = make_settings();

  static constexpr std::uint32_t kFlags =
      (T::facts.sends_secret ? std::uint32_t{PINTLE_SCHEME_SENDS_SECRET} : 0U) |
      (Greets<T> ? std::uint32_t{PINTLE_SCHEME_GREETS} : 0U) |
      (T::facts.signs_requests ? std::uint32_t{PINTLE_SCHEME_SIGNS} : 0U) |
      (!Observes<T> || !T::facts.observed_statuses.empty()
           ? std::uint32_t{PINTLE_SCHEME_LISTS_STATUSES}
           : 0U);

  static constexpr pintle_scheme kScheme = {sizeof(pintle_scheme),
                                            kFlags,
                                            view(T::facts.id),
                                            view(T::facts.name),
                                            T::facts.strength,
                                            T::facts.score,
                                            kRules.data(),
                                            T::facts.rules.size(),
                                            view(T::facts.reason),
                                            &match,
                                            &open,
                                            &close,
                                            &decorate,
                                            &observe,
                                            &begin,
                                            &resume,
                                            &end,
                                            &session,
                                            &describe,
                                            kProfiles.data(),
                                            T::facts.profiles.size(),
                                            kSettings.data(),
                                            T::facts.settings.size(),
                                            view(T::facts.front),
                                            T::facts.observed_statuses.data(),
                                            Observes<T> ? T::facts.observed_statuses.size() : 0};
};

template <class... T>
inline constexpr std::array<const pintle_scheme*, sizeof...(T)> kSchemes = {&Table<T>::kScheme...};

template <class... T>
constexpr pintle_plugin_table make_plugin(std::string_view name,
                                          std::string_view version) noexcept {
  return {PINTLE_PLUGIN_MAGIC, PINTLE_ABI_MAJOR, sizeof(pintle_plugin_table),
          view(name),          view(version),    kSchemes<T...>.data(),
          sizeof...(T)};
}

}  // namespace pintle::plugin::detail

// The bundled schemes are also compiled for static linking, where each needs its own symbol.
#ifndef PINTLE_PLUGIN_TABLE
#define PINTLE_PLUGIN_TABLE pintle_plugin
#endif

/// Exports a library's schemes: PINTLE_PLUGIN("my-scheme", "1.0.0", MyScheme). Use it once per
/// library, in the global namespace.
#define PINTLE_PLUGIN(name, version, ...)                                \
  extern "C" {                                                           \
  extern PINTLE_EXPORT const pintle_plugin_table PINTLE_PLUGIN_TABLE;    \
  const pintle_plugin_table PINTLE_PLUGIN_TABLE =                        \
      ::pintle::plugin::detail::make_plugin<__VA_ARGS__>(name, version); \
  }
