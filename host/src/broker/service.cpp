// SPDX-License-Identifier: Apache-2.0
#include "broker/service.h"

#include <exception>
#include <utility>

#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <pintle/core/base/error.h>

#include "broker/client_body.h"
#include "broker/own_responses.h"

namespace pintle::broker {
namespace {

using Outcome = Service::Outcome;

// A body up to this size is read before the request is sent, so that it can be sent again.
constexpr std::uint64_t kSmallBody = 64 * 1024;

std::string_view path_of(const ClientRequest& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

// Without a token that could be asked for.
local::LocalAccessRules public_rules(const local::LocalAccessRules& rules) {
  local::LocalAccessRules made;
  made.open = true;
  made.authorities = rules.authorities;
  return made;
}

net::Stream stream_of(UniqueFd fd) {
  return {Poco::Net::StreamSocket(new Poco::Net::StreamSocketImpl(fd.release())),
          "the local client"};
}

Outcome end_of(const ClientResponse& response, bool is_whole) {
  return response.keeps_alive() && is_whole ? Outcome::keep : Outcome::linger;
}

}  // namespace

Service::Service(Relay& relay, BrokerMeter& meter, ServiceSettings settings)
    : relay_(relay),
      meter_(meter),
      access_(std::move(settings.access)),
      public_access_(public_rules(access_.rules())),
      forwarding_(relay.url(), std::move(settings.names), std::move(settings.front_cookies)),
      metrics_(std::move(settings.metrics)),
      connection_(std::move(settings.connection)) {}

Outcome Service::refuse(ClientStream& stream, const RequestFault& fault) noexcept {
  try {
    auto refused = detail_response(fault.status(), fault.what());
    if (fault.status() == 405) {
      refused.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    stream.write(last_response(refused));
    return Outcome::linger;
  } catch (const std::exception&) {
    // The client is gone, or there is no memory.
  }
  return Outcome::close;
}

Outcome Service::serve(Client& client, std::size_t head_size) noexcept {
  try {
    const auto request =
        parse_request(std::string_view(client.stream.received()).substr(0, head_size));
    client.stream.received().erase(0, head_size);
    return answer(client, request);
  } catch (const RequestFault& fault) {
    BrokerMeter::add(meter_.requests_invalid);
    return refuse(client.stream, fault);
  } catch (const ClientGone& gone) {
    if (gone.timed_out()) return refuse(client.stream, RequestFault(408, "Request Timeout"));
  } catch (const std::exception&) {
    // No memory: this client is given up.
  }
  return Outcome::close;
}

Service::Verdict Service::check(const ClientRequest& request, PeerUser user,
                                Answerer answerer) const {
  if (answerer != Answerer::public_facts || access_.rules().open) {
    return access_.check({request.target, request.headers, user});
  }
  // What everyone may know: it needs no proof of who asks.
  const auto whom = user == PeerUser::unknown ? PeerUser::ours : user;
  return public_access_.check({request.target, request.headers, whom});
}

// The paths of a sign-in are Hermes's: another gateway may have its application there.
Answerer Service::answerer_for(const ClientRequest& request, const std::stop_token& gone) {
  const auto answerer = answerer_of(path_of(request));
  if (answerer == Answerer::gateway || answerer == Answerer::metrics) return answerer;
  try {
    return relay_.is_hermes(gone) ? answerer : Answerer::gateway;
  } catch (const Error&) {
    return answerer;  // it cannot be reached, so nothing is passed on
  }
}

Outcome Service::answer(Client& client, const ClientRequest& request) {
  ClientResponse response(client.stream, request, forwarding_);
  const auto answerer = answerer_for(request, client.gone);
  const auto verdict = check(request, client.user, answerer);
  if (verdict != Verdict::allowed) {
    BrokerMeter::add(meter_.requests_refused);
    if (request.has_body()) response.close_after();
    response.write_own(refusal(verdict, request.is_upgrade));
    return end_of(response, !request.has_body());
  }
  BrokerMeter::add(meter_.requests);
  // A public answer is for whoever asks: it must never carry the token.
  if (answerer != Answerer::public_facts) keep_token_of_page(request, response);
  if (const auto own = own_response(request, answerer, client.gone)) {
    if (request.has_body()) response.close_after();
    response.write_own(*own);
    return end_of(response, !request.has_body());
  }
  return request.is_upgrade ? upgrade(client, request, response)
                            : pass_on(client, request, response);
}

// The pages of a browser that was given the token in an address send it as a cookie from then on.
void Service::keep_token_of_page(const ClientRequest& request, ClientResponse& response) const {
  const auto& rules = access_.rules();
  const bool has_token = request.target.find(rules.query_name + "=") != std::string::npos;
  if (rules.open || rules.query_name.empty() || !has_token ||
      request.headers.get("Sec-Fetch-Dest") != "document") {
    return;
  }
  response.add_field("Set-Cookie", rules.cookie_name + "=" + std::string(rules.token.reveal()) +
                                       "; Path=/; HttpOnly; SameSite=Strict");
}

std::optional<HttpResponse> Service::own_response(const ClientRequest& request, Answerer answerer,
                                                  const std::stop_token& gone) {
  if (answerer == Answerer::gateway) return std::nullopt;
  if (request.is_upgrade) return refusal(Verdict::other_user, true);
  if (answerer == Answerer::unauthorized) return detail_response(401, "Unauthorized");
  if (answerer == Answerer::nobody) return detail_response(404, "Not Found");
  if (request.method != "GET" && request.method != "HEAD") {
    return detail_response(405, "Method Not Allowed");
  }
  if (answerer == Answerer::public_facts) return public_facts(request, gone);
  auto metrics = json_response(200, metrics_());
  metrics.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return metrics;
}

HttpResponse Service::public_facts(const ClientRequest& request, const std::stop_token& gone) {
  try {
    auto facts = relay_.call_public({.target = Forwarding::target(request.target)}, gone);
    facts.headers = forwarding_.to_client(facts);
    if (facts.ok()) facts.body = without_gate(facts.body);
    // It would describe the gateway's own text.
    facts.headers.remove("ETag");
    return facts;
  } catch (const Error& error) {
    BrokerMeter::add(meter_.requests_failed);
    return failure(error, connection_);
  }
}

Outcome Service::pass_on(Client& client, const ClientRequest& request, ClientResponse& response) {
  ClientBody body(client.stream, request);
  HttpRequest outgoing{.method = request.method,
                       .target = Forwarding::target(request.target),
                       .headers = forwarding_.to_gateway(request)};
  try {
    BodySource* source = nullptr;
    if (request.framing == ClientRequest::Framing::fixed && request.length <= kSmallBody) {
      outgoing.body = body.read_all(kSmallBody);
    } else if (request.has_body()) {
      source = &body;
      response.close_after_refusal_of(body);
    }
    relay_.call(std::move(outgoing), source, response, client.gone);
    response.finish();
  } catch (const ClientGone&) {
    if (!response.has_begun()) throw;
    return Outcome::close;
  } catch (const Error& error) {
    BrokerMeter::add(meter_.requests_failed);
    // Closing without the body's end is how the client learns that it was cut off.
    if (response.has_begun() && response.ends_with_connection()) client.stream.reset();
    if (response.has_begun() || client.gone.stop_requested()) return Outcome::close;
    if (!body.is_complete()) response.close_after();
    response.write_own(failure(error, connection_));
  }
  return end_of(response, body.is_complete());
}

Outcome Service::upgrade(Client& client, const ClientRequest& request, ClientResponse& response) {
  auto fields = forwarding_.to_gateway(request);
  fields.set("Upgrade", "websocket");
  try {
    if (!relay_.has_websocket(client.gone)) {
      BrokerMeter::add(meter_.requests_failed);
      response.write_own(detail_response(501, "this gateway has no WebSocket"));
      return end_of(response, true);
    }
    auto upgraded = relay_.upgrade(Forwarding::target(request.target), fields, client.gone);
    const auto header = forwarding_.to_client(upgraded.response);
    if (!upgraded.stream) {
      upgraded.response.headers = header;
      response.write_own(upgraded.response);
      return end_of(response, true);
    }
    client.stream.write(response_head(upgraded.response, header) +
                        "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    auto early = std::move(client.stream.received());
    client.upgraded.emplace(SplicePair{.client = stream_of(client.stream.release()),
                                       .client_early = std::move(early),
                                       .gateway = std::move(*upgraded.stream),
                                       .gateway_early = std::move(upgraded.early)});
    BrokerMeter::add(meter_.websockets);
    return Outcome::upgraded;
  } catch (const Error& error) {
    BrokerMeter::add(meter_.requests_failed);
    if (client.gone.stop_requested()) return Outcome::close;
    response.write_own(failure(error, connection_));
  }
  return end_of(response, true);
}

}  // namespace pintle::broker
