// SPDX-License-Identifier: Apache-2.0
//
// A client of the practice gateway that is not Pintle: low-level enough to see each response as
// sent, and without code of the product's transport.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <Poco/JSON/Object.h>
#include <Poco/Net/StreamSocket.h>

#include <pintle/core/http/headers.h>
#include <pintle/core/ws/ws_message.h>

#include "practice/server/gateway.h"

namespace pintle::practice {

/// The messages received on a WebSocket. `ended`: the connection is closed.
struct Received {
  ws::Kind kind = ws::Kind::need_more;
  std::string bytes;
  ws::CloseCode code = ws::CloseCode::no_status;
  bool ended = false;
};

/// One connection.
class Client {
 public:
  explicit Client(const Gateway& gateway);
  /// Connects to any port of 127.0.0.1, over TCP.
  explicit Client(std::uint16_t port);

  /// Sends a request, with Host and Content-Length added if they are missing, and reads the
  /// response. Status 0 if the connection ended before a complete response.
  HttpResponse call(std::string_view method, std::string_view target, Headers headers = {},
                    std::string_view body = {});
  HttpResponse get(std::string_view target, Headers headers = {}) {
    return call("GET", target, std::move(headers));
  }
  HttpResponse post(std::string_view target, std::string_view body, Headers headers = {});

  void write(std::string_view text);
  HttpResponse read_response(bool has_body = true);
  /// Returns true once the peer has closed the connection.
  bool at_end();

  /// Requests a WebSocket on this connection.
  HttpResponse upgrade(std::string_view target, Headers headers = {});
  void send_text(std::string_view text) { send_texts({text}); }
  /// Sends all of it in one write.
  void send_texts(std::initializer_list<std::string_view> texts);
  void send_close(ws::CloseCode code);
  /// Returns the next message or control frame; pings are answered unless `answer_pings` is off.
  Received receive();
  /// Returns the next message as JSON.
  Poco::JSON::Object::Ptr receive_json();
  bool answer_pings = true;
  bool deflate = false;  ///< Offer permessage-deflate.

  Poco::Net::StreamSocket& socket() { return socket_; }
  std::string& pending() { return pending_; }

 private:
  bool fill();

  Poco::Net::StreamSocket socket_;
  std::string host_;
  std::string prefix_;
  std::string pending_;
  std::string frames_;
  std::span<char> input_;
  std::unique_ptr<ws::MessageReader> reader_;
};

Headers with(std::string_view name, std::string_view value);
/// Returns the Cookie header of every cookie that `response` set and did not delete.
Headers cookies_of(const HttpResponse& response);
Poco::JSON::Object::Ptr json_of(const HttpResponse& response);
std::string text_in(const HttpResponse& response, const std::string& name);
/// Returns the value of `name` in the query of a URL, decoded.
std::string query_of(std::string_view url, std::string_view name);
std::uint16_t port_of(std::string_view url);
/// The path and the query of a URL.
std::string target_of(std::string_view url);

/// Signs in with the password of the gateway's user. `headers` are the cookies of a native sign-in
/// that has begun.
HttpResponse sign_in(Client& client, Headers headers = {});
/// Approves a sign-in on the identity provider's page at `url`, as the gateway's user.
HttpResponse approve_sign_in(std::string_view url, std::string_view password = kPassword);

}  // namespace pintle::practice
