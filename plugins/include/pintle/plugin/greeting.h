// SPDX-License-Identifier: Apache-2.0
//
// The greeting on a new WebSocket, and its needs: to send a message and to wait for one.
//
//     Task<> greet(Greeting) override {
//       co_await ReceiveMessage();  // {"type": "auth_required"}
//       co_await SendMessage("{\"type\": \"auth\", \"access_token\": " + … + "}");
//       const auto answer = co_await ReceiveMessage();
//       if (answer.text().find("auth_ok") == std::string::npos) throw Error(…).with_sign_in();
//     }
//
// A message may have 1 MiB. If the gateway closes the WebSocket, or the time of the dial is over,
// the co_await throws the host's Error.
//
// Header-only.

/// @file
/// @snippet reference/scheme.cpp greeting

#pragma once

#include <string>
#include <utility>

#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>
#include <pintle/plugin/values.h>

namespace pintle::plugin {

/// The WebSocket to greet on.
struct Greeting {
  std::string subprotocol;  ///< The one that the gateway chose; may be empty.
};

/// Sends a message to the gateway. Wiped after use.
class SendMessage {
 public:
  struct Answer {
    explicit Answer(const pintle_answer&) {}
  };

  /// A text message; must be UTF-8.
  explicit SendMessage(std::string text) : bytes_(std::move(text)) {}
  static SendMessage binary(std::string bytes) {
    SendMessage message(std::move(bytes));
    message.is_binary_ = true;
    return message;
  }
  SendMessage(SendMessage&& other) noexcept
      : bytes_(std::move(other.bytes_)), is_binary_(other.is_binary_) {
    wipe(other.bytes_);  // a short text is copied
  }
  SendMessage& operator=(SendMessage&&) = delete;
  SendMessage(const SendMessage&) = delete;
  SendMessage& operator=(const SendMessage&) = delete;
  ~SendMessage() { wipe(bytes_); }

  void put(pintle_step& step) {
    step.need = PINTLE_NEED_SEND;
    if (is_binary_) step.flags |= PINTLE_STEP_BINARY;
    step.ws_message = view(bytes_);
  }

 private:
  std::string bytes_;
  bool is_binary_ = false;
};

/// A message from the gateway. Wiped on destruction.
class Message {
 public:
  explicit Message(const pintle_answer& answer)
      : text_(plugin::text(answer.ws_message)),
        is_binary_((answer.ws_message_flags & PINTLE_STEP_BINARY) != 0) {}
  Message(Message&& other) noexcept : text_(std::move(other.text_)), is_binary_(other.is_binary_) {
    wipe(other.text_);
  }
  Message& operator=(Message&&) = delete;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { wipe(text_); }

  /// Returns the text, or the bytes of a binary message.
  const std::string& text() const noexcept { return text_; }
  bool is_binary() const noexcept { return is_binary_; }

 private:
  std::string text_;
  bool is_binary_;
};

/// Waits for the gateway's next message; the host answers pings meanwhile.
class ReceiveMessage {
 public:
  using Answer = Message;

  void put(pintle_step& step) const { step.need = PINTLE_NEED_RECEIVE; }
};

}  // namespace pintle::plugin
