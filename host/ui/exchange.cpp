// SPDX-License-Identifier: Apache-2.0
#include "ui/exchange.h"

#include <algorithm>
#include <utility>

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <pintle/core/text/percent.h>

namespace pintle::ui {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::streamsize kMaxDropped = 1024 * 1024;
constexpr long kSendSeconds = 20;

// No script but the page's own files, no frame, no form, no other origin.
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-store"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"X-Frame-Options", "DENY"},
};

Error unreadable(const char* why) {
  return Error(Layer::config, std::string("cannot read the request: ") + why);
}

}  // namespace

Exchange::Exchange(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response)
    : request_(request), response_(response) {
  for (const auto& [name, value] : request) headers_.add(name, value);
  for (const auto& [name, value] : kHeaders) response.set(name, value);
}

std::string_view Exchange::path() const {
  const std::string_view whole = target();
  return whole.substr(0, whole.find('?'));
}

int Exchange::descriptor() {
  auto& made = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request_);
  return made.socket().impl()->sockfd();
}

std::string Exchange::query(std::string_view name) const {
  std::string_view query = target();
  query.remove_prefix(std::min(query.find('?'), query.size()));
  query.remove_prefix(std::min<std::size_t>(query.size(), 1));
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto parameter = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(parameter.find('='), parameter.size());
    if (decode_percent(parameter.substr(0, equals)) != name) continue;
    return decode_percent(parameter.substr(std::min(equals + 1, parameter.size())));
  }
  return {};
}

std::string Exchange::read_all() {
  if (!request_.hasContentLength()) throw unreadable("it has no Content-Length");
  const auto size = request_.getContentLength64();
  if (size < 0 || size > static_cast<Poco::Int64>(kMaxBody)) {
    // A connection that is closed with unread bytes is reset, and the response is lost with it.
    request_.stream().ignore(kMaxDropped);
    throw unreadable("it is too large");
  }
  std::string body(static_cast<std::size_t>(size), '\0');
  request_.stream().read(body.data(), static_cast<std::streamsize>(body.size()));
  if (request_.stream().gcount() != static_cast<std::streamsize>(body.size())) {
    throw unreadable("its body is incomplete");
  }
  body_is_read_ = true;
  return body;
}

JsonObject::Ptr Exchange::read_body() { return read_object(read_all()); }

Secret Exchange::read_secret() {
  auto body = read_all();
  const auto text = Secret::take(body);
  const auto quoted = text.reveal();
  const bool is_string = quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"';
  const auto inside = is_string ? quoted.substr(1, quoted.size() - 2) : std::string_view();
  if (!is_string || inside.find_first_of("\"\\") != std::string_view::npos) {
    throw unreadable("its body is not one encoded string");
  }
  auto decoded = decode_percent(inside);
  return Secret::take(decoded);
}

void Exchange::send(int status, const std::string& type, std::string_view bytes) {
  response_.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
  response_.setContentType(type);
  // What was not read of the body would be taken for the next request.
  const bool may_be_left = method() != "GET" && !body_is_read_;
  // Nor may a page of another site hold the server's threads.
  if (may_be_left || status == 403) response_.setKeepAlive(false);
  response_.sendBuffer(bytes.data(), bytes.size());
}

void Exchange::answer(const JsonObject& object) { send(200, "application/json", text_of(object)); }

void Exchange::answer_error(int status, const Error& error) {
  auto object = ordered_object();
  object.set("error", error_json(error));
  send(status, "application/json", text_of(object));
}

void Exchange::answer_text(int status, std::string_view text) {
  send(status, "text/plain; charset=utf-8", text);
}

void Exchange::answer_file(std::string_view type, std::string_view bytes) {
  send(200, std::string(type), bytes);
}

void Exchange::redirect_home(const std::string& cookie) {
  response_.set("Set-Cookie", cookie);
  response_.set("Location", "/");
  send(303, "text/plain; charset=utf-8", "");
}

std::ostream& Exchange::begin_events() {
  auto& made = dynamic_cast<Poco::Net::HTTPServerRequestImpl&>(request_);
  // A browser that stopped reading must not hold the operation for ever.
  made.socket().setSendTimeout(Poco::Timespan(kSendSeconds, 0));
  response_.setContentType("text/event-stream");
  response_.setChunkedTransferEncoding(true);
  return response_.send();
}

}  // namespace pintle::ui
