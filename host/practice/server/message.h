// SPDX-License-Identifier: Apache-2.0
//
// A request as the practice gateway parsed it, and the response with how to send it.
//
// Threads: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Poco/JSON/Object.h>

#include <pintle/core/http/headers.h>
#include <pintle/core/ws/ws_handshake.h>

#include "practice/faults/faults.h"

namespace pintle::practice {

using Query = std::vector<std::pair<std::string, std::string>>;

/// Parses "a=1&b=%20"; a "+" is a space, as in a form.
Query parse_query(std::string_view text);

struct Request {
  std::string method;
  std::string full_path;  ///< As received, without the query.
  std::string path;       ///< Without the gateway's prefix.
  Query query;
  Headers headers;
  std::string body;
  std::uint64_t connection = 0;  ///< The number of its TCP connection.
  std::string peer;              ///< The client's address, without the port.
  bool secure = false;           ///< Received over TLS.

  bool is(std::string_view a_method, std::string_view a_path) const noexcept {
    return method == a_method && path == a_path;
  }
  std::optional<std::string> query_value(std::string_view name) const;
  bool is_websocket_upgrade() const noexcept;
  bool is_keep_alive() const noexcept;
};

/// A response and what the connection does with it.
struct Answer {
  HttpResponse response;
  /// 101: the connection becomes a WebSocket, with these agreed parameters.
  std::optional<ws::Upgraded> websocket;
  std::int64_t date_ms = 0;    ///< For its Date, Unix milliseconds.
  bool close = false;          ///< Sends "Connection: close" and closes.
  std::optional<Fault> fault;  ///< Applied when it is sent.
};

HttpResponse empty_response(int status);
HttpResponse text_response(int status, std::string_view type, std::string body);
HttpResponse html_response(int status, std::string_view title, std::string_view body);
HttpResponse json_response(int status, const Poco::JSON::Object& object);
/// Returns {"detail":"…"}, as FastAPI writes an error.
HttpResponse detail_response(int status, std::string_view detail);
HttpResponse redirect_response(std::string_view location);

/// Returns an object whose keys stay in order.
Poco::JSON::Object ordered_object();
/// Returns the body as a JSON object, or nothing if it is not one.
Poco::JSON::Object::Ptr json_body(const Request& request);
/// Returns the string of that name in `object`, "" if it is missing or not a string.
std::string text_of(const Poco::JSON::Object& object, const std::string& name);

/// Returns `text` for a page: & < > and both quotes as entities.
std::string escape_html(std::string_view text);

}  // namespace pintle::practice
