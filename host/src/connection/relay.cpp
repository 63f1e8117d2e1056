// SPDX-License-Identifier: Apache-2.0
#include "connection/relay.h"

#include <chrono>
#include <optional>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/content_decoder.h>

namespace pintle {
namespace {

// A day-long event stream is fine as long as something comes. Gateways send a comment every 15 to
// 30 s; a dead one that ends no connection must not hold it for ever.
constexpr std::chrono::minutes kMaxPause{15};
constexpr std::chrono::hours kNoLimit{24 * 365};
// What an observer reads of a body.
constexpr std::size_t kMaxObserved = 64 * 1024;

// The scheme reads the body's text; the client's Accept-Encoding may have had it compressed.
HttpResponse readable(const HttpResponse& response) {
  auto copy = response;
  const auto encodings = response.headers.all("Content-Encoding");
  if (encodings.empty()) return copy;
  try {
    copy.body.clear();
    ContentDecoder decoder(encodings);
    decoder.decode(response.body, [&](std::string_view piece) {
      if (copy.body.size() < kMaxObserved) copy.body += piece;
    });
  } catch (const Error&) {
    copy.body.clear();  // an unknown coding: the status has to do
  }
  return copy;
}

// A request has one Cookie field (RFC 6265 5.4).
void add_credential(Headers& headers, const std::vector<Header>& credential) {
  for (const auto& header : credential) {
    const auto cookies = headers.find("Cookie");
    if (cookies && same_field_name(header.name(), "Cookie")) {
      headers.set("Cookie", header.value() + "; " + std::string(*cookies));
    } else {
      headers.add(header);
    }
  }
}

// A client must not replace what the settings send to an access proxy. Cookies are joined.
void remove_fields_of_settings(Headers& headers, const Headers& of_settings) {
  for (const auto& header : of_settings) {
    if (!same_field_name(header.name(), "Cookie")) headers.remove(header.name());
  }
}

// Observes the head of a response, and passes it on unless it may be repeated.
class Observer final : public BodySink {
 public:
  Observer(const Credential& used, RelaySink& sink, std::int64_t now_ms, bool may_repeat)
      : used_(used), sink_(sink), now_ms_(now_ms), may_repeat_(may_repeat) {}

  bool accepts(const HttpResponse& head) override {
    // Its body says what it means.
    if (head.status == 401 || head.status == 403) return false;
    if (observe(head).retry_once && may_repeat_) return false;
    sink_.begin(head);
    return has_passed_on_ = true;
  }
  void write(std::string_view piece) override { sink_.write(piece); }

  bool has_passed_on() const noexcept { return has_passed_on_; }
  /// Observes once; returns the same at every later call.
  const SchemeInstance::Observed& observe(const HttpResponse& response) {
    if (!observed_) {
      observed_ = used_.instance->auth().observe(RequestKind::rest, response,
                                                 used_.decorated.credential, now_ms_);
      if (observed_->session_changed) used_.instance->cache().store(*used_.instance);
    }
    return *observed_;
  }

 private:
  const Credential& used_;
  RelaySink& sink_;
  const std::int64_t now_ms_;
  const bool may_repeat_;
  bool has_passed_on_ = false;
  std::optional<SchemeInstance::Observed> observed_;
};

}  // namespace

void Relay::call(HttpRequest request, BodySource* source, RelaySink& sink,
                 const std::stop_token& cancel) {
  context_.secrets().hide_in_errors([&] { send(std::move(request), source, sink, cancel); });
}

void Relay::send(HttpRequest request, BodySource* source, RelaySink& sink,
                 const std::stop_token& cancel) {
  gateway_.confirm(cancel);
  auto bounds = context_.limits(cancel);
  bounds.total = kNoLimit;
  bounds.idle = kMaxPause;
  const auto trace = context_.traceparent(request.headers.get("traceparent"));
  if (!trace.empty()) request.headers.set("traceparent", trace);
  remove_fields_of_settings(request.headers, context_.transport.extra_headers());
  const HttpRequest own{request.method, request.target, request.headers, {}};
  const BodyStreams source_only{.source = source};
  const auto to_sign = parts_of(context_.transport, request, false, source_only);
  for (bool last_try = false;; last_try = true) {
    bool may_renew = true;
    request.headers = own.headers;
    request.target = own.target;
    const auto used = credentials_.valid({RequestKind::rest, own.method, own.target, &to_sign},
                                         cancel, may_renew);
    add_credential(request.headers, used.decorated.headers);
    request.target = with_query(own.target, used.decorated);
    Observer observer(used, sink, context_.now_ms(), !last_try && source == nullptr);
    const auto response =
        context_.transport.exchange(request, bounds, {.source = source, .sink = &observer});
    if (!used.decorated.query.empty()) wipe(request.target);
    if (observer.has_passed_on()) return;
    const auto& observed = observer.observe(readable(response));
    // One path may refuse what the gateway accepts, and its refusal is the client's then. Throws if
    // the credential is dead.
    if (observed.needs_sign_in) calls_.check_credential(cancel);
    const bool has_reason = observed.needs_sign_in || observed.retry_once;
    if (has_reason && !last_try && (source == nullptr || source->rewind())) continue;
    sink.begin(response);
    sink.write(response.body);
    return;
  }
}

HttpResponse Relay::call_public(const HttpRequest& request, const std::stop_token& cancel) {
  return context_.secrets().hide_in_errors(
      [&] { return context_.transport.exchange(request, context_.limits(cancel)); });
}

bool Relay::has_websocket(const std::stop_token& cancel) {
  gateway_.confirm(cancel);
  return gateway_.profile(cancel)->has_websocket;
}

net::Upgraded Relay::upgrade(std::string_view target, const Headers& fields,
                             const std::stop_token& cancel) {
  const auto mark = std::min(target.find('?'), target.size());
  const auto path = RequestTarget::parse(target).text().substr(0, mark);
  Headers passed_on = fields;
  remove_fields_of_settings(passed_on, context_.transport.extra_headers());
  auto& meter = context_.meter();
  try {
    gateway_.confirm(cancel);
    // The query as it came: its encoding is the client's own.
    auto upgraded =
        dial_.pass_on(url().ws_url(path) + std::string(target.substr(mark)), passed_on, cancel);
    ConnectionMeter::add(upgraded.stream ? meter.dials : meter.dials_failed);
    return upgraded;
  } catch (const Error& error) {
    // Else nobody waits for it any more.
    if (!cancel.stop_requested()) ConnectionMeter::add(meter.dials_failed);
    throw context_.secrets().hide(error);
  }
}

}  // namespace pintle
