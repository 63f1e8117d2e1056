// SPDX-License-Identifier: Apache-2.0
#include "doctor/gateway_steps.h"

#include <string>
#include <string_view>

#include <pintle/core/http/http_date.h>
#include <pintle/core/text/printable.h>

#include "doctor/time_text.h"

namespace pintle::doctor {
namespace {

using Kind = DoctorStep::Fact::Kind;

// More than the resolution of a Date header and a slow answer, less than a ticket's life
// (gateway-contract 6).
constexpr std::int64_t kMaxSkewMs = 20'000;

// Whose answer it was.
enum class Answerer { intermediary, host_guard, gateway };

Answerer answerer_of(const Error& error) {
  switch (error.layer()) {
    case Layer::host_guard:
      return Answerer::host_guard;
    case Layer::access_proxy:
    case Layer::proxy:   // A 407 although there is no forward proxy.
    case Layer::tls:     // A page that asks for a client certificate.
    case Layer::config:  // A page that says that the port speaks https.
      return Answerer::intermediary;
    default:
      return Answerer::gateway;
  }
}

void add_header(DoctorStep& step, const Headers& headers, const char* name, Kind kind) {
  if (const auto value = headers.find(name)) {
    step.facts.push_back({name, printable(*value, 80), kind});
  }
}

std::string list_of(const std::vector<Provider>& providers) {
  std::string list;
  for (const auto& provider : providers) {
    list += (list.empty() ? "" : ", ") + printable(provider.display_name, 60) +
            (provider.supports_password ? " (password)" : "");
  }
  return list.empty() ? "none" : list;
}

}  // namespace

void GatewaySteps::run(StepRecorder& recorder) {
  recorder.run("http", [&](DoctorStep& step, const StepEnd& end) { ask(step, end.cancel); });
  recorder.run("intermediary", [&](DoctorStep& step, const StepEnd& end) {
    read(end.cancel);
    find_intermediary(step);
  });
  recorder.run("host-guard", [&](DoctorStep& step, const StepEnd&) { check_host(step); });
  recorder.run("probe", [&](DoctorStep& step, const StepEnd&) { show_probe(step); });
  recorder.run("clock", [&](DoctorStep& step, const StepEnd&) { compare_clocks(step); });
  recorder.run("scheme", [&](DoctorStep& step, const StepEnd& end) { choose(step, end.cancel); });
}

void GatewaySteps::ask(DoctorStep& step, const std::stop_token& cancel) {
  const auto& context = connection_.context();
  asked_ms_ = context.now_ms();
  answers_ = connection_.gateway().ask(url(), cancel);
  answered_ms_ = context.now_ms();
  const auto& status = answers_.status;
  step.finding =
      "GET " + printable(answers_.path) + " returned HTTP " + std::to_string(status.status);
  add_header(step, status.headers, "Server", Kind::plain);
  add_header(step, status.headers, "Via", Kind::host);
}

void GatewaySteps::read(const std::stop_token& cancel) {
  try {
    probe_ = connection_.gateway().read(answers_, url());
    return;
  } catch (const Error& error) {
    failure_ = error;
  }
  if (!url().parent()) return;
  try {
    // The URL may be the address of one of the gateway's pages.
    connection_.gateway().probe(cancel);
  } catch (const Error& error) {
    is_elsewhere_ = error.layer() == Layer::config && error.http_status() == 0;
    if (is_elsewhere_) failure_ = error;
  }
}

void GatewaySteps::find_intermediary(DoctorStep& step) const {
  if (failure_ && !is_elsewhere_ && answerer_of(*failure_) == Answerer::intermediary) {
    throw *failure_;
  }
  const auto& headers = answers_.status.headers;
  const auto front = connection_.front().facts();
  if (!front.scheme.empty()) {
    step.finding = "front: " + front.scheme + (front.signed_in ? "" : " (without a credential)");
  } else if (headers.has("CF-Ray")) {
    step.finding = "Cloudflare forwards the requests";
  } else if (headers.has("Via")) {
    step.finding = "a proxy forwards the requests";
  } else {
    step.finding = "none detected";
  }
}

void GatewaySteps::check_host(DoctorStep& step) const {
  if (failure_ && answerer_of(*failure_) == Answerer::host_guard) throw *failure_;
  const auto host = "the host name " + url().authority();
  step.finding = failure_ ? host + " is not rejected" : "the gateway accepts " + host;
}

void GatewaySteps::show_probe(DoctorStep& step) const {
  if (failure_) throw *failure_;
  const auto& probe = *probe_;
  step.finding = "version " + (probe.version.empty() ? "unknown" : printable(probe.version, 40)) +
                 (probe.auth_required ? ", gate on: it requires a sign-in"
                                      : ", gate off: it requires a session token");
  if (!probe.release_date.empty()) {
    step.facts.push_back({"released", printable(probe.release_date, 40)});
  }
  if (probe.auth_required) step.facts.push_back({"sign-in", list_of(probe.providers)});
  std::string flows;
  for (const auto& flow : probe.auth_flows) {
    flows += (flows.empty() ? "" : ", ") + printable(flow, 40);
  }
  if (!flows.empty()) step.facts.push_back({"flows", flows});
}

void GatewaySteps::compare_clocks(DoctorStep& step) const {
  const auto date = answers_.status.headers.find("Date");
  const auto theirs = date ? parse_http_date(*date) : std::nullopt;
  if (!theirs) return not_needed(step, "the response has no Date header");
  // The answer was made between the request and its arrival, and its Date drops the part of a
  // second.
  constexpr std::int64_t kHalfSecond = 500;
  const auto ours = asked_ms_ + (answered_ms_ - asked_ms_) / 2;
  const auto ahead_ms = ours - (*theirs + kHalfSecond);
  step.facts.push_back({"this machine", utc_text(ours)});
  step.facts.push_back({"Date header", utc_text(*theirs)});
  if (ahead_ms >= -kMaxSkewMs && ahead_ms <= kMaxSkewMs) {
    step.finding = "this machine's clock and the gateway's agree";
    return;
  }
  warn(step, Error(Layer::protocol, "this machine's clock is " + span_text(ahead_ms) +
                                        (ahead_ms > 0 ? " ahead of" : " behind") +
                                        " the gateway's (or that of a proxy in front of it)")
                 .with_hint("Correct the clock that is wrong (on Linux: timedatectl set-ntp "
                            "true): certificates, sessions and tickets expire."));
}

void GatewaySteps::choose(DoctorStep& step, const std::stop_token& cancel) {
  const auto choice = connection_.gateway().choose_by(*probe_, cancel);
  step.finding = choice.facts.id + ": " + choice.table.front().why;
  step.facts.push_back({"library", choice.where, Kind::path});
  for (const auto& fit : choice.table) {
    if (fit.verdict == loading::Verdict::chosen) continue;
    step.facts.push_back({fit.scheme, std::string(name_of(fit.verdict)) + ": " + fit.why});
  }
}

}  // namespace pintle::doctor
