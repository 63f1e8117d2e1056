// SPDX-License-Identifier: Apache-2.0
#include "doctor/network_steps.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <pintle/core/http/wrong_protocol.h>

#include "doctor/time_text.h"
#include "doctor/tls_findings.h"
#include "log/log.h"
#include "net/authority.h"
#include "net/ip_address.h"
#include "net/resolver.h"
#include "net/system_error_text.h"
#include "net/tcp.h"
#include "net/tls/tls.h"

namespace pintle::doctor {
namespace {

using Kind = DoctorStep::Fact::Kind;
using net::Clock;
using net::TimePoint;
using std::chrono::milliseconds;

constexpr std::size_t kMaxAddresses = 16;

/// A watch that fires on `cancel`.
struct CancellableWatch {
  explicit CancellableWatch(const std::stop_token& cancel)
      : on_cancel(cancel, [this] { watch.cancel(); }) {}
  net::Watch watch{net::Watchdog::shared()};
  std::stop_callback<std::function<void()>> on_cancel;
};

/// Returns the deadline of a part of a step.
TimePoint until(milliseconds limit, const StepEnd& end) {
  return std::min(end.deadline, Clock::now() + limit);
}

bool is_over(const StepEnd& end) {
  return end.cancel.stop_requested() || Clock::now() >= end.deadline;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

// This machine has no route to that family, which costs a connection no time.
bool is_without_route(const net::TcpAttempt& attempt) {
  return attempt.failure == net::system_error_text(ENETUNREACH) ||
         attempt.failure == net::system_error_text(EADDRNOTAVAIL) ||
         attempt.failure == net::system_error_text(EAFNOSUPPORT);
}

std::string text_of(const net::TcpAttempt& attempt) {
  return attempt.address.toString() + " " + (attempt.socket ? "in " : attempt.failure + " after ") +
         milliseconds_text(milliseconds_of(attempt.took));
}

Error dead_addresses(const std::string& host, const std::vector<net::TcpAttempt>& attempts) {
  std::string list;
  for (const auto& one : attempts) {
    if (one.socket || is_without_route(one)) continue;
    list += (list.empty() ? "" : ", ") + one.address.toString() + " (" + one.failure + ")";
  }
  return Error(Layer::tcp, "an address of " + host + " cannot be reached: " + list)
      .with_hint(
          "Remove that address from the name's DNS records, or fix its route or firewall: until "
          "then connections may wait for it first.");
}

}  // namespace

NetworkSteps::NetworkSteps(net::TransportSettings settings, std::function<std::int64_t()> now_ms)
    : settings_(std::move(settings)),
      now_ms_(std::move(now_ms)),
      proxy_(settings_.proxies.find(settings_.gateway.host(), settings_.gateway.port(),
                                    settings_.gateway.secure())) {}

void NetworkSteps::run(StepRecorder& recorder) {
  recorder.run("name", [&](DoctorStep& step, const StepEnd& end) { resolve(step, end); });
  recorder.run("tcp", [&](DoctorStep& step, const StepEnd& end) { connect(step, end); });
  recorder.run("proxy", [&](DoctorStep& step, const StepEnd& end) { open_tunnel(step, end); });
  recorder.run("tls", [&](DoctorStep& step, const StepEnd& end) { shake_hands(step, end); });
  socket_.reset();
}

std::string NetworkSteps::peer() const { return proxy_ ? proxy_->text() : authority(); }

const std::string& NetworkSteps::peer_host() const {
  return proxy_ ? proxy_->host : settings_.gateway.host();
}

std::uint16_t NetworkSteps::peer_port() const {
  return proxy_ ? proxy_->port : settings_.gateway.port();
}

std::string NetworkSteps::authority() const {
  return net::authority_of(settings_.gateway.host(), settings_.gateway.port());
}

void NetworkSteps::resolve(DoctorStep& step, const StepEnd& end) {
  const auto& host = peer_host();
  try {
    addresses_ =
        net::resolve(host, until(settings_.connect.dns, end), end.cancel, settings_.lookup);
  } catch (const Error& error) {
    if (proxy_) throw net::proxy_error(error);
    throw;
  }
  std::vector<std::string> texts;
  for (const auto& address : addresses_) {
    texts.push_back(address.toString());
    step.facts.push_back({"address", address.toString(), Kind::address});
  }
  const bool is_address = texts.size() == 1 && net::ip_address_of(host).has_value();
  step.finding = is_address ? display_host(host) + " is an IP address"
                            : display_host(host) + ": " + joined(texts);
  if (proxy_) step.finding = "the proxy " + step.finding + "; it resolves the gateway's name";
}

void NetworkSteps::connect(DoctorStep& step, const StepEnd& end) {
  const auto port = peer_port();
  const auto limit = addresses_.size() > 1 ? settings_.connect.per_address : settings_.connect.tcp;
  std::vector<net::TcpAttempt> attempts;
  for (std::size_t i = 0; i < std::min(addresses_.size(), kMaxAddresses); ++i) {
    CancellableWatch one(end.cancel);
    auto attempt = net::try_connect(addresses_[i], port, one.watch, until(limit, end));
    if (end.cancel.stop_requested()) return;
    step.facts.push_back({attempt.address.family() == Poco::Net::IPAddress::IPv6 ? "IPv6" : "IPv4",
                          text_of(attempt), Kind::address});
    if (attempt.socket && !socket_) {
      socket_ = attempt.socket;
      connected_after_ = attempt.took;
    }
    attempts.push_back(std::move(attempt));
    if (Clock::now() >= end.deadline) break;
  }
  if (!socket_) {
    const auto error = net::connect_error(peer(), attempts);
    if (proxy_) throw net::proxy_error(error);
    throw error;
  }
  std::vector<std::string> texts;
  texts.reserve(attempts.size());
  for (const auto& one : attempts) texts.push_back(text_of(one));
  step.finding = "port " + std::to_string(port) + ": " + joined(texts);
  const auto& host = peer_host();
  // A gateway on this machine usually listens on one of the two addresses, and the other refuses at
  // once.
  const bool is_local = host == "localhost" || host.ends_with(".localhost");
  const bool has_dead = std::any_of(attempts.begin(), attempts.end(), [](const auto& one) {
    return !one.socket && !is_without_route(one);
  });
  if (has_dead && !is_local) warn(step, dead_addresses(display_host(host), attempts));
}

void NetworkSteps::open_tunnel(DoctorStep& step, const StepEnd& end) {
  if (!proxy_) return not_needed(step, "none: the connection is direct");
  step.facts.push_back({"proxy", net::authority_of(proxy_->host, proxy_->port), Kind::host});
  if (!proxy_->variable.empty()) step.facts.push_back({"from the variable", proxy_->variable});
  step.facts.push_back({"credentials", proxy_->credentials ? "given" : "none"});
  tunnel(end);
  step.finding = peer() + " opened a tunnel to " + authority();
}

void NetworkSteps::tunnel(const StepEnd& end) {
  CancellableWatch one(end.cancel);
  socket_ =
      net::open_tunnel(net::Stream(*socket_, peer()), *proxy_, settings_.gateway.host(),
                       settings_.gateway.port(), one.watch, until(settings_.connect.proxy, end))
          .take_socket();
}

void NetworkSteps::connect_again(const StepEnd& end) {
  CancellableWatch one(end.cancel);
  socket_ = net::connect_tcp(addresses_, peer_port(), peer(), one.watch,
                             until(settings_.connect.tcp, end), settings_.connect.per_address);
  if (proxy_) tunnel(end);
}

void NetworkSteps::throw_if_other_scheme(const StepEnd& end) const {
  net::Dialer dialer(net::dial_settings(settings_));
  const auto limit = net::other_scheme_limit(connected_after_);
  if (dialer.speaks_other_scheme(end.cancel, until(limit, end))) {
    throw wrong_scheme_error(Scheme::http, settings_.gateway.authority());
  }
}

void NetworkSteps::shake_hands_within(milliseconds limit, const StepEnd& end,
                                      net::TlsFacts& facts) {
  net::TlsClient client(settings_.gateway.host(), settings_.ca_file);
  CancellableWatch one(end.cancel);
  const net::Attached attached(one.watch, socket_->impl()->sockfd());
  const auto deadline = until(limit, end);
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  one.watch.set_deadline(deadline);
  client.shake_hands(*socket_, authority(), one.watch, left.count(), identity_, &facts);
}

// As a transport does at its first contact.
void NetworkSteps::shake_hands_at_first(const StepEnd& end, net::TlsFacts& facts) {
  const auto limit = settings_.connect.tls;
  try {
    return shake_hands_within(std::min(limit, net::kFirstHandshake), end, facts);
  } catch (const Error& error) {
    if (error.layer() != Layer::tls || !error.can_retry() || is_over(end)) throw;
    throw_if_other_scheme(end);
    if (limit <= net::kFirstHandshake || is_over(end)) throw;
  }
  connect_again(end);
  shake_hands_within(limit, end, facts);
}

void NetworkSteps::shake_hands(DoctorStep& step, const StepEnd& end) {
  if (!settings_.gateway.secure()) {
    return not_needed(step, "the URL is http: nothing is encrypted");
  }
  if (settings_.client_certificate) identity_ = settings_.client_certificate->current(end.cancel);
  net::TlsFacts facts;
  try {
    shake_hands_at_first(end, facts);
  } catch (const Error& error) {
    add_tls_facts(step, facts, now_ms_());
    throw explain_chain(error, facts);
  }
  add_tls_facts(step, facts, now_ms_());
  find_tls(step, facts, now_ms_());
}

}  // namespace pintle::doctor
