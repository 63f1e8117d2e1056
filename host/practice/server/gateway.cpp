// SPDX-License-Identifier: Apache-2.0
#include "practice/server/gateway.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <Poco/Net/IPAddress.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/printable.h>

#include "practice/faults/fault_responses.h"
#include "practice/pages/api_pages.h"
#include "practice/pages/public_pages.h"
#include "practice/pages/ws_session.h"
#include "practice/server/gzip.h"

namespace pintle::practice {
namespace {

// They accept the same credential (gateway-contract 6). Only the first speaks JSON-RPC here; the
// others echo.
constexpr std::string_view kSocketPaths[] = {"/api/ws", "/api/pty", "/api/events", "/api/pub",
                                             "/api/console"};

// Returns the host of "host:port", in lower case and without brackets; empty if it is invalid.
std::string host_of(std::string_view authority) {
  try {
    return GatewayUrl::parse("http://" + std::string(authority)).host();
  } catch (const Error&) {
    return {};
  }
}

HttpResponse wrong_host() {
  return detail_response(400,
                         "Invalid Host header. Dashboard requests must use the hostname the server "
                         "was bound to.");
}

// Every refusal of an upgrade looks the same, whatever its reason (gateway-contract 6).
Answer bare_403() {
  Answer answer;
  answer.response = empty_response(403);
  answer.close = true;
  return answer;
}

}  // namespace

Gateway::Gateway(Options options)
    : state_(std::move(options)),
      tls_(state_.options.tls ? std::make_unique<TlsIdentity>(
                                    state_.options.tls_groups, state_.options.certificate,
                                    state_.options.requires_client_certificate)
                              : nullptr),
      gate_(make_gate(state_)),
      identity_(state_.options.lifetimes.code_ms, state_.clock()),
      wall_(state_, identity_),
      sign_in_pages_(state_, identity_),
      native_pages_(state_, sign_in_pages_),
      control_pages_(state_, wall_,
                     [this](std::uint64_t asking) { listener_->cut_all_but(asking); }),
      port_(state_.options.port) {
  start();
}

Gateway::~Gateway() { stop(); }

void Gateway::start() {
  const auto& options = state_.options;
  const auto context = tls_ ? tls_->context() : Poco::Net::Context::Ptr();
  stopping_.reset();
  identity_listener_.reset();  // Left by a start that failed halfway.
  identity_listener_ = std::make_unique<Listener>(
      options.bind, identity_port_, context, identity_connections_,
      [this](Wire& wire) { serve_connection(wire, identity_, stopping_, state_.options.idle_ms); });
  identity_port_ = identity_listener_->port();
  identity_url_ = std::string(options.tls ? "https://" : "http://") + url_host() + ":" +
                  std::to_string(identity_port_);
  sign_in_pages_.set_identity_url(identity_url_);
  wall_.set_identity_url(identity_url_);
  listener_ =
      std::make_unique<Listener>(options.bind, port_, context, connections_, [this](Wire& wire) {
        state_.request_log.count(&Counters::connections);
        serve_connection(wire, *this, stopping_, state_.options.idle_ms);
      });
  port_ = listener_->port();
  // Last: a request may use everything that is set above.
  identity_listener_->start();
  listener_->start();
}

void Gateway::stop() {
  stopping_.set();
  if (listener_) listener_->stop();
  if (identity_listener_) identity_listener_->stop();
}

void Gateway::restart() {
  stop();
  state_.tickets.forget_all();
  state_.live_sessions.forget_all();
  state_.replay_epoch = random_token(9);
  // The port is free for a moment, and another program's outgoing connection may get it.
  for (int again = 0;; ++again) {
    try {
      return start();
    } catch (const Error&) {
      if (again == 50) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void Gateway::drop_connections() { listener_->cut_all_but(0); }

std::string Gateway::url_host() const {
  const auto& bind = state_.options.bind;
  return bind.find(':') == std::string::npos ? bind : "[" + bind + "]";
}

std::string Gateway::url() const {
  return std::string(state_.options.tls ? "https://" : "http://") + url_host() + ":" +
         std::to_string(port_) + state_.options.prefix;
}

bool Gateway::is_known_host(const Request& request) const {
  const auto host = host_of(request.headers.get("Host"));
  const auto& allowed = state_.options.allowed_hosts;
  Poco::Net::IPAddress address;
  return host == "localhost" ||
         (Poco::Net::IPAddress::tryParse(host, address) && address.isLoopback()) ||
         std::find(allowed.begin(), allowed.end(), host) != allowed.end();
}

bool Gateway::is_known_origin(const Request& request) const {
  const auto origin = request.headers.find("Origin");
  if (!origin) return true;
  const bool web = origin->starts_with("http://") || origin->starts_with("https://");
  if (!web) return true;
  return host_of(origin->substr(origin->find("://") + 3)) == host_of(request.headers.get("Host"));
}

bool Gateway::passes_access_proxy(const Request& request) const {
  const auto& wanted = state_.options.access_proxy;
  return std::all_of(wanted.begin(), wanted.end(), [&](const Header& header) {
    return request.headers.find(header.name()) == header.value();
  });
}

TokenPair Gateway::open_session(std::string_view provider, std::string_view user) {
  const auto* known = state_.options.find_provider(provider);
  if (!known) {
    throw Error(Layer::config, "the practice gateway has no provider " + printable(provider));
  }
  return state_.sessions.open(*known, user);
}

Answer Gateway::answer(Request& request) {
  // Before any control request: a web page that rebinds its name to loopback is detected by its
  // Host.
  if (request.full_path.starts_with("/practice/") && !is_known_host(request)) {
    Answer refused;
    refused.response = wrong_host();
    return refused;
  }
  if (auto control = control_pages_.answer(request)) {
    Answer answer;
    answer.response = std::move(*control);
    return answer;
  }
  const auto& prefix = state_.options.prefix;
  request.path = request.full_path;
  const bool below = request.full_path.starts_with(prefix + "/");
  if (below) request.path.erase(0, prefix.size());

  auto taken = state_.faults.take(request.path);
  if (taken.delay_ms > 0) stopping_.tryWait(static_cast<long>(taken.delay_ms));
  if (taken.fault && taken.fault->kind == FaultKind::plain_get) request.headers.remove("Upgrade");
  Answer answer;
  Headers wall_cookies;
  if (auto fault = taken.fault ? fault_response(*taken.fault, request) : std::nullopt) {
    answer = std::move(*fault);
  } else if (!passes_access_proxy(request)) {
    answer = *fault_response(FaultKind::redirect, request);
  } else if (auto refusal = wall_.refuse(request, wall_cookies)) {
    answer.response = std::move(*refusal);
  } else if (!is_known_host(request) ||
             (taken.fault && taken.fault->kind == FaultKind::wrong_host)) {
    if (request.is_websocket_upgrade())
      answer = bare_403();
    else
      answer.response = wrong_host();
  } else if (!below) {
    answer.response = detail_response(404, "Not Found");
  } else {
    answer = decide(request);
  }
  for (const auto& cookie : wall_cookies) answer.response.headers.add(cookie);
  if (state_.options.gzip) gzip_if_accepted(request, answer.response);
  if (taken.fault) spoil(answer, *taken.fault);
  const bool unanswered = answer.fault && leaves_no_status(answer.fault->kind);
  state_.request_log.record(request, unanswered ? 0 : answer.response.status);
  return answer;
}

Answer Gateway::decide(Request& request) {
  if (request.is_websocket_upgrade()) return answer_upgrade(request);
  Answer answer;
  if (auto open = answer_public(state_, request)) {
    answer.response = std::move(*open);
    return answer;
  }
  if (state_.options.has_sessions()) {
    auto page = sign_in_pages_.answer(request);
    if (!page) page = native_pages_.answer(request);
    if (page) {
      answer.response = std::move(*page);
      return answer;
    }
  }
  if (!state_.options.gated()) {
    if (auto page = answer_page(state_, request)) {
      answer.response = std::move(*page);
      return answer;
    }
  }
  const bool sign_in = request.path == "/login" || request.path.starts_with("/auth/");
  answer.response = sign_in ? detail_response(404, "Not Found") : answer_gated(request);
  return answer;
}

HttpResponse Gateway::answer_gated(const Request& request) {
  auto admission = gate_->admit(request);
  auto response = admission.refusal ? std::move(*admission.refusal)
                                    : answer_api(state_, request, admission.session);
  for (const auto& cookie : admission.cookies) response.headers.add(cookie);
  return response;
}

Answer Gateway::answer_upgrade(const Request& request) {
  const bool known_path = std::find(std::begin(kSocketPaths), std::end(kSocketPaths),
                                    request.path) != std::end(kSocketPaths);
  // The origin is checked first, so a refused page does not consume a ticket.
  if (!known_path || !is_known_origin(request) || !gate_->admit_upgrade(request)) return bare_403();
  HttpRequest upgrade{request.method, request.path, request.headers, {}};
  Answer answer;
  try {
    const auto wanted = state_.options.deflate ? std::optional(ws::DeflateParams{}) : std::nullopt;
    auto accepted = ws::accept_upgrade(upgrade, {}, wanted);
    answer.response = std::move(accepted.answer);
    answer.websocket = std::move(accepted.agreed);
  } catch (const Error& wrong) {
    answer.response = detail_response(wrong.http_status() > 0 ? wrong.http_status() : 400,
                                      "Invalid WebSocket upgrade");
    answer.close = true;
  }
  return answer;
}

void Gateway::websocket(const Request& request, Wire& wire, const ws::Upgraded& agreed,
                        std::string head) {
  WsSession(state_, wire, request, agreed, stopping_).run(head);
}

}  // namespace pintle::practice
