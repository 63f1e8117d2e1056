// SPDX-License-Identifier: Apache-2.0
//
// A script of answers: what an operation of a scheme is expected to need, step by step, and what it
// gets. A step that differs from the script fails the operation's run, and says how.
//
//     Script script;
//     script.http("POST", "/login", {.status = 200, .body = R"({"key":"k"})"}).callback("code=1");
//     EXPECT_THAT(play(driver, PINTLE_SIGN_IN, script), Finishes());
//
// Header-only; needs no GoogleTest. Threads: one.

/// @file
/// @snippet reference/testing.cpp script

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/plugin.h>
#include <pintle/testing/scheme_driver.h>

namespace pintle::test {

/// The gateway's response to a scripted request.
struct Reply {
  int status = 200;
  std::string body{};
  Fields headers{};
};

/// Returns the name of a need, for display: "HTTP POST /login", "input key".
inline std::string need_text(const pintle_step& step) {
  switch (step.need) {
    case PINTLE_NEED_DONE:
      return "nothing more";
    case PINTLE_NEED_HTTP:
      return "HTTP " + text(step.http_method) + " " + text(step.http_url);
    case PINTLE_NEED_BROWSER:
      return "a browser at " + text(step.browser_url);
    case PINTLE_NEED_INPUT: {
      std::string keys = "input";
      for (std::size_t i = 0; i < step.input_count; ++i) keys += " " + text(step.inputs[i].key);
      return keys;
    }
    case PINTLE_NEED_WAIT:
      return "a wait of " + std::to_string(step.wait_ms) + " ms";
    case PINTLE_NEED_SEND:
      return "to send a message";
    case PINTLE_NEED_RECEIVE:
      return "a message";
    case PINTLE_NEED_EXEC:
      return "the helper " + text(step.exec_helper);
    default:
      return "the unknown need " + std::to_string(step.need);
  }
}

/// Expected needs and their answers, in order.
class Script {
 public:
  /// Expects a request; `path` is compared without the query.
  Script& http(std::string method, std::string path, Reply reply) {
    const auto what = "HTTP " + method + " " + path;
    return add(
        what,
        [method = std::move(method), path = std::move(path)](const pintle_step& step) {
          const auto url = text(step.http_url);
          return step.need == PINTLE_NEED_HTTP && text(step.http_method) == method &&
                 url.substr(0, url.find('?')) == path;
        },
        [reply = std::move(reply)](SchemeDriver& driver) {
          return driver.answer_http(reply.status, reply.body, reply.headers);
        });
  }

  /// Expects an INPUT, and gives these values. `source`: "typed", "file /run/key".
  Script& input(Fields values, std::string source = "typed") {
    return add("input", is(PINTLE_NEED_INPUT),
               [values = std::move(values), source = std::move(source)](SchemeDriver& driver) {
                 return driver.answer_fields(values, source);
               });
  }

  /// Expects a browser visit that waits for a callback. The user comes back with this query and the
  /// visit's own state: "code=C0DE".
  Script& callback(std::string query) {
    return add(
        "a browser",
        [](const pintle_step& step) {
          return step.need == PINTLE_NEED_BROWSER &&
                 step.browser_ends_with == PINTLE_BROWSER_CALLBACK;
        },
        [query = std::move(query)](SchemeDriver& driver) {
          const std::string address = "http://127.0.0.1:49152/callback";
          return driver.answer_callback(
              address + "?" + query + "&state=" + text(driver.step.browser_state), address);
        });
  }

  /// Expects a browser visit that waits for cookies, or for the gateway to answer with them.
  /// `expires_ms`: of each, Unix time; 0: session.
  Script& cookies(Fields cookies, std::vector<std::int64_t> expires_ms) {
    expires_ms.resize(cookies.size());
    return add(
        "a browser",
        [](const pintle_step& step) {
          return step.need == PINTLE_NEED_BROWSER &&
                 step.browser_ends_with != PINTLE_BROWSER_CALLBACK;
        },
        [cookies = std::move(cookies), expires = std::move(expires_ms)](SchemeDriver& driver) {
          return driver.answer_cookies(cookies, expires);
        });
  }

  /// Expects a WAIT; the driver's clock advances by it.
  Script& wait() {
    return add("a wait", is(PINTLE_NEED_WAIT),
               [](SchemeDriver& driver) { return driver.answer_wait(); });
  }

  /// Expects a SEND of exactly this message.
  Script& sent(std::string message) {
    return add(
        "to send " + message,
        [message](const pintle_step& step) {
          return step.need == PINTLE_NEED_SEND && text(step.ws_message) == message;
        },
        [](SchemeDriver& driver) { return driver.answer_sent(); });
  }

  /// Expects a RECEIVE; this is the gateway's message.
  Script& received(std::string message) {
    return add("a message", is(PINTLE_NEED_RECEIVE),
               [message = std::move(message)](SchemeDriver& driver) {
                 return driver.answer_message(message);
               });
  }

  /// Expects an EXEC of that helper.
  Script& exec(std::string helper, std::int32_t status, std::string output) {
    return add(
        "the helper " + helper,
        [helper](const pintle_step& step) {
          return step.need == PINTLE_NEED_EXEC && text(step.exec_helper) == helper;
        },
        [status, output = std::move(output)](SchemeDriver& driver) {
          return driver.answer_exec(status, output);
        });
  }

  /// Expects any need, and lets the host fail at that layer.
  Script& failure(std::int32_t layer, std::string message, std::uint32_t flags = 0) {
    return add(
        "anything", [](const pintle_step& step) { return step.need != PINTLE_NEED_DONE; },
        [layer, message = std::move(message), flags](SchemeDriver& driver) {
          return driver.answer_failure(layer, message, flags);
        });
  }

  struct Entry {
    std::string what;  ///< For display.
    std::function<bool(const pintle_step&)> fits;
    std::function<std::int32_t(SchemeDriver&)> answer;
  };
  const std::vector<Entry>& entries() const noexcept { return entries_; }

 private:
  static std::function<bool(const pintle_step&)> is(std::uint32_t need) {
    return [need](const pintle_step& step) { return step.need == need; };
  }
  Script& add(std::string what, std::function<bool(const pintle_step&)> fits,
              std::function<std::int32_t(SchemeDriver&)> answer) {
    entries_.push_back({std::move(what), std::move(fits), std::move(answer)});
    return *this;
  }

  std::vector<Entry> entries_;
};

/// How a scripted operation ended.
struct Played {
  std::int32_t code = PINTLE_OK;     ///< Of the last begin or resume.
  std::string message{};             ///< Of its error.
  std::string hint{};                ///< Of its error.
  std::uint32_t flags = 0;           ///< Of its error: PINTLE_ERROR_*.
  std::size_t answered = 0;          ///< How many entries of the script were used.
  std::string differs{};             ///< How it left the script; empty if it did not.
  std::vector<std::string> needs{};  ///< Everything that it needed, for display.

  bool finished() const noexcept { return code == PINTLE_OK && differs.empty(); }
};

/// How an operation is begun.
struct How {
  std::uint32_t flags = PINTLE_MAY_ASK;
  std::string method{};
  std::string provider{};
};

/// Begins an operation and gives it the script's answers. Ends at the first step that differs from
/// the script, at a failure, or when the operation is done and the script used up.
inline Played play(SchemeDriver& driver, std::uint32_t operation, const Script& script,
                   const How& how = {}) {
  Played played;
  driver.begin(operation, how.flags, how.method, how.provider);
  for (const auto& entry : script.entries()) {
    if (driver.code != PINTLE_OK) break;
    played.needs.push_back(need_text(driver.step));
    if (!entry.fits(driver.step)) {
      played.differs = "it needs " + need_text(driver.step) + ", expected: " + entry.what;
      return played;
    }
    ++played.answered;
    entry.answer(driver);
  }
  played.code = driver.code;
  if (driver.code != PINTLE_OK) {
    played.message = driver.error.message;
    played.hint = driver.error.hint;
    played.flags = driver.error.flags;
  } else if (driver.step.need != PINTLE_NEED_DONE) {
    played.differs = "it needs " + need_text(driver.step) + ", and the script has ended";
  }
  if (played.differs.empty() && played.answered < script.entries().size()) {
    played.differs = "it never needed " + script.entries()[played.answered].what;
  }
  return played;
}

}  // namespace pintle::test
