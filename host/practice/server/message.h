// SPDX-License-Identifier: Apache-2.0
//
// One request as the practice gateway reads it, and the answer with the way it is to be sent.
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

/// "a=1&b=%20" taken apart; a "+" is a space, as in a form.
Query parse_query(std::string_view text);

struct Request {
  std::string method;
  std::string full_path;  ///< As it came, without the query.
  std::string path;       ///< Without the gateway's prefix.
  Query query;
  Headers headers;
  std::string body;
  std::uint64_t connection = 0;  ///< The number of the TCP connection it came on.
  std::string peer;              ///< The address it came from, without the port.
  bool secure = false;           ///< It came over TLS.

  bool is(std::string_view a_method, std::string_view a_path) const noexcept {
    return method == a_method && path == a_path;
  }
  std::optional<std::string> query_value(std::string_view name) const;
  bool wants_websocket() const noexcept;
  bool wants_keep_alive() const noexcept;
};

/// What the connection does with an answer.
struct Answer {
  HttpResponse response;
  /// 101: the connection is a WebSocket from here on, with this agreed on.
  std::optional<ws::Upgraded> websocket;
  std::int64_t date_ms = 0;    ///< What its Date says, Unix milliseconds.
  bool close = false;          ///< Says "Connection: close" and does so.
  std::optional<Fault> fault;  ///< What goes wrong in sending it.
};

HttpResponse empty_response(int status);
HttpResponse text_response(int status, std::string_view type, std::string body);
HttpResponse html_response(int status, std::string_view title, std::string_view body);
HttpResponse json_response(int status, const Poco::JSON::Object& object);
/// {"detail":"…"}, as FastAPI writes an error.
HttpResponse detail_response(int status, std::string_view detail);
HttpResponse redirect_response(std::string_view location);

/// An object whose keys stay in order.
Poco::JSON::Object ordered_object();
/// The body as a JSON object, or nothing where it isn't one.
Poco::JSON::Object::Ptr json_body(const Request& request);
/// The text of that name in `object`, "" where it is missing or not a text.
std::string text_of(const Poco::JSON::Object& object, const std::string& name);

/// `text` for a page: & < > and both quotes as entities.
std::string escape_html(std::string_view text);

}  // namespace pintle::practice
