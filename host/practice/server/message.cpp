// SPDX-License-Identifier: Apache-2.0
#include "practice/server/message.h"

#include <algorithm>
#include <sstream>

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPResponse.h>

#include <pintle/core/text/percent.h>

namespace pintle::practice {

Query parse_query(std::string_view text) {
  const auto decoded = [](std::string_view part) {
    std::string spaced(part);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return decode_percent(spaced);
  };
  Query query;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    query.emplace_back(decoded(part.substr(0, equals)),
                       decoded(part.substr(std::min(equals + 1, part.size()))));
  }
  return query;
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool Request::is_websocket_upgrade() const noexcept {
  return headers.has_token("Upgrade", "websocket") && headers.has_token("Connection", "upgrade");
}

bool Request::is_keep_alive() const noexcept { return !headers.has_token("Connection", "close"); }

HttpResponse empty_response(int status) {
  HttpResponse response;
  response.status = status;
  response.reason = Poco::Net::HTTPResponse::getReasonForStatus(
      static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
  return response;
}

HttpResponse text_response(int status, std::string_view type, std::string body) {
  auto response = empty_response(status);
  response.headers.add("Content-Type", type);
  response.body = std::move(body);
  return response;
}

HttpResponse html_response(int status, std::string_view title, std::string_view body) {
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  page += escape_html(title);
  page += "</title></head>\n<body><h1>";
  page += escape_html(title);
  page += "</h1>\n";
  page += body;
  page += "\n</body></html>\n";
  return text_response(status, "text/html; charset=utf-8", std::move(page));
}

HttpResponse json_response(int status, const Poco::JSON::Object& object) {
  std::ostringstream out;
  object.stringify(out);
  return text_response(status, "application/json", out.str());
}

HttpResponse detail_response(int status, std::string_view detail) {
  auto object = ordered_object();
  object.set("detail", std::string(detail));
  return json_response(status, object);
}

HttpResponse redirect_response(std::string_view location) {
  auto response = empty_response(302);
  response.headers.add("Location", location);
  return response;
}

Poco::JSON::Object ordered_object() { return Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER); }

Poco::JSON::Object::Ptr json_body(const Request& request) {
  try {
    Poco::JSON::Parser parser;
    return parser.parse(request.body).extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {
    return nullptr;
  }
}

std::string text_of(const Poco::JSON::Object& object, const std::string& name) {
  const auto value = object.get(name);
  return value.isString() ? value.extract<std::string>() : std::string();
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace pintle::practice
