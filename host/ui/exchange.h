// SPDX-License-Identifier: Apache-2.0
//
// One request of the page, and its response.
//
// Threads: one.

#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <Poco/JSON/Object.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>

#include "ui/json.h"

namespace pintle::ui {

class Exchange {
 public:
  /// Every response gets the headers by which the browser protects the page.
  Exchange(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response);

  const std::string& method() const { return request_.getMethod(); }
  const std::string& target() const { return request_.getURI(); }
  /// Without the query.
  std::string_view path() const;
  const Headers& headers() const noexcept { return headers_; }
  /// The connection to the browser: readable once the browser has closed it.
  int descriptor();

  /// Empty if it is missing.
  std::string query(std::string_view name) const;
  /// Reads the body. Throws Error(config) if it is missing, too large or not a JSON object.
  JsonObject::Ptr read_body();
  /// Reads a body that is one JSON string, percent-encoded so that it has no escapes, into memory
  /// that is wiped. Throws like `read_body`.
  Secret read_secret();

  void answer(const JsonObject& object);
  void answer_error(int status, const Error& error);
  void answer_text(int status, std::string_view text);
  void answer_file(std::string_view type, std::string_view bytes);
  void redirect_home(const std::string& cookie);
  /// Begins a response of server-sent events.
  std::ostream& begin_events();

 private:
  std::string read_all();
  void send(int status, const std::string& type, std::string_view bytes);

  Poco::Net::HTTPServerRequest& request_;
  Poco::Net::HTTPServerResponse& response_;
  Headers headers_;
  bool body_is_read_ = false;
};

}  // namespace pintle::ui
