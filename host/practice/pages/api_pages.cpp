// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/api_pages.h"

#include <algorithm>
#include <utility>

#include <Poco/JSON/Array.h>

#include "practice/pages/identity_provider.h"

namespace pintle::practice {
namespace {

HttpResponse sessions(const GatewayState& state, const Request& request) {
  constexpr std::pair<const char*, const char*> kStored[] = {
      {"20261001_081500_a1", "Plan the garden"},
      {"20261002_203000_b2", "Fix the kitchen radio"},
      {"20261003_120000_c3", "Letters to the landlord"},
  };
  const auto limit_text = request.query_value("limit").value_or("");
  std::size_t limit = std::size(kStored);
  if (!limit_text.empty() && limit_text.size() < 4 &&
      std::all_of(limit_text.begin(), limit_text.end(),
                  [](char c) { return c >= '0' && c <= '9'; })) {
    limit = std::min<std::size_t>(limit, std::stoul(limit_text));
  }
  Poco::JSON::Array list;
  for (std::size_t i = 0; i < limit; ++i) {
    auto entry = ordered_object();
    entry.set("id", kStored[i].first);
    entry.set("title", kStored[i].second);
    list.add(entry);
  }
  auto object = ordered_object();
  object.set("sessions", list);
  object.set("total", static_cast<int>(std::size(kStored)));
  object.set("live", static_cast<Poco::UInt64>(state.live_sessions.ids().size()));
  return json_response(200, object);
}

// Returns what was received, for a client's tests. Header values are omitted: they may be
// credentials, and responses are easily printed.
HttpResponse echo(const Request& request) {
  auto query = ordered_object();
  for (const auto& [name, value] : request.query) {
    query.set(name, name == "token" || name == "ticket" ? "…" : value);
  }
  Poco::JSON::Array names;
  for (const auto& header : request.headers) names.add(header.name());
  auto object = ordered_object();
  object.set("method", request.method);
  object.set("path", request.path);
  object.set("query", query);
  object.set("header_names", names);
  object.set("content_type", std::string(request.headers.get("Content-Type")));
  object.set("body_size", static_cast<Poco::UInt64>(request.body.size()));
  object.set("body", request.body);
  return json_response(200, object);
}

HttpResponse me(const SessionFacts& session) {
  const auto user = user_of(session.user_id);
  auto object = ordered_object();
  object.set("user_id", session.user_id);
  object.set("email", user.email);
  object.set("display_name", user.display_name);
  object.set("org_id", "practice-org");
  object.set("provider", session.provider);
  object.set("expires_at", session.access_expires_ms / 1000);
  return json_response(200, object);
}

HttpResponse ticket(GatewayState& state) {
  auto object = ordered_object();
  object.set("ticket", state.tickets.mint());
  object.set("ttl_seconds", state.options.lifetimes.ticket_ms / 1000);
  auto response = json_response(200, object);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace

HttpResponse answer_api(GatewayState& state, const Request& request, const SessionFacts& session) {
  const bool read = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/api/echo") return echo(request);
  if (request.path == "/api/sessions" && read) return sessions(state, request);
  if (state.options.has_sessions()) {
    if (request.path == "/api/auth/me" && read) return me(session);
    if (request.is("POST", "/api/auth/ws-ticket")) return ticket(state);
  }
  if (request.path == "/" && read) {
    return html_response(200, "Practice gateway",
                         "<p>You are in. This gateway is for practice: nothing here is real.</p>");
  }
  if (auto page = answer_page(state, request)) return std::move(*page);
  return detail_response(404, "Not Found");
}

std::optional<HttpResponse> answer_page(const GatewayState& state, const Request& request) {
  const bool read = request.method == "GET" || request.method == "HEAD";
  if (!state.options.serves_pages || !read || request.path.starts_with("/api/")) return {};
  return html_response(200, "Practice gateway", "<div id=\"root\"></div>");
}

}  // namespace pintle::practice
