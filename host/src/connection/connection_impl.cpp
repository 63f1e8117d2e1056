// SPDX-License-Identifier: Apache-2.0
#include "connection/connection_impl.h"

#include <exception>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "live/live_impl.h"

namespace pintle {
namespace {

// Returns true if the request had no effect at the gateway.
bool was_refused(const HttpResponse& response) {
  return response.status == 401 || response.status == 403 || response.status == 404;
}

bool was_refused(const Error& error) {
  return error.needs_sign_in() || error.layer() == Layer::config;
}

class ConnectionOpener final : public live::Opener {
 public:
  explicit ConnectionOpener(std::shared_ptr<Connection::Impl> connection)
      : connection_(std::move(connection)) {}

  bool is_known() override { return connection_->gateway().is_chosen(); }

  live::Opened open(const LiveOptions& options, const std::function<void()>& on_known,
                    const std::stop_token& cancel) override {
    return connection_->dial(options, on_known, cancel);
  }

  Instruments instruments() override { return connection_->instruments(); }
  std::uint64_t credential_version() override { return connection_->credential_version(); }
  void forget_idle() override { connection_->forget_idle(); }

 private:
  const std::shared_ptr<Connection::Impl> connection_;
};

Error no_path(const GatewayProfile& profile) {
  return Error(Layer::config,
               "a " + profile.name + " gateway has no WebSocket path that always exists")
      .with_user_action()
      .with_hint("Name one with --path.");
}

void check(const LiveOptions& options) {
  const auto refuse = [](const char* why) { throw Error(Layer::config, why); };
  if (options.max_message_bytes > ws::kMaxMessageBytes) {
    refuse("max_message_bytes is above 512 MiB");
  }
  if (options.ready_timeout_ms < 0 || options.ping_after_idle_ms < 1 || options.heartbeat_ms < 0 ||
      options.backoff_reset_after_ms < 0) {
    refuse("a time limit of a live connection is below what it can be");
  }
  if (!options.traceparent.empty() && !trace_id_of(options.traceparent)) {
    refuse("the traceparent of a live connection is invalid");
  }
  if (options.initial_backoff_ms < 1 || options.max_backoff_ms < options.initial_backoff_ms) {
    refuse(
        "the waits of a live connection are at least 1 ms, and the longest no less than the first");
  }
}

}  // namespace

Connection::Impl::Impl(std::shared_ptr<HostImpl> host, ConnectionSettings settings)
    : context_(std::move(host), std::move(settings)),
      watch_(context_, gateway_, front_),
      front_(context_, [this] { return inner_scheme(); }),
      gateway_(context_),
      credentials_(context_, gateway_),
      calls_(context_, gateway_, credentials_),
      dial_(context_, gateway_, credentials_, calls_),
      relay_(context_, gateway_, credentials_, calls_, dial_) {
  context_.session_taken_over = [this] { watch_.credential_changed(); };
}

std::string Connection::Impl::inner_scheme() const {
  const auto* sessions = gateway_.session_cache_if_chosen();
  return sessions == nullptr ? std::string() : sessions->current()->auth().scheme_id();
}

HttpResponse Connection::Impl::call(HttpRequest request, const std::stop_token& cancel,
                                    const BodyStreams& streams) {
  request.target = RequestTarget::parse(request.target).text();
  const auto* based_on = gateway_.unconfirmed(cancel);
  if (based_on == nullptr) return calls_.call(std::move(request), cancel, streams);
  HttpResponse response;
  std::exception_ptr failure;
  bool is_safe = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  // It is unknown what a failed request passed to a sink.
  bool sink_is_untouched = true;
  try {
    response = calls_.call(request, cancel, streams);
    if (!hints_at_change(response)) return response;
    is_safe = is_safe || was_refused(response);
  } catch (const Error& error) {
    if (!hints_at_change(error)) throw;
    is_safe = is_safe || was_refused(error);
    sink_is_untouched = streams.sink == nullptr || was_refused(error);
    failure = std::current_exception();
  }
  if (is_safe && sink_is_untouched && RestCalls::may_repeat(streams, response)) {
    if (gateway_.ask_again(*based_on, cancel))
      return calls_.call(std::move(request), cancel, streams);
  } else {
    gateway_.forget_answers();  // the next run asks
  }
  if (failure) std::rethrow_exception(failure);
  return response;
}

live::Opened Connection::Impl::dial(LiveOptions options, const std::function<void()>& on_known,
                                    const std::stop_token& cancel,
                                    const WsDial::OnResolved& on_resolved) {
  options.traceparent = context_.traceparent(options.traceparent);
  const auto begin = net::Clock::now();
  try {
    const auto profile = gateway_.ws_profile(cancel);
    on_known();
    if (options.path.empty()) options.path = profile->ws_path;
    if (options.path.empty()) throw no_path(*profile);
    auto opened = open_websocket(options, cancel, on_resolved);
    opened.profile = profile;
    ConnectionMeter::add(context_.meter().dials);
    log_dial(options, begin, opened.reused, nullptr);
    return opened;
  } catch (const Error& error) {
    if (!cancel.stop_requested()) {  // else nobody waits for it any more
      ConnectionMeter::add(context_.meter().dials_failed);
      log_dial(options, begin, false, &error);
    }
    throw secrets().hide(front_.as_sign_in(error));
  }
}

void Connection::Impl::log_dial(const LiveOptions& options, net::TimePoint begin, bool reused,
                                const Error* error) const {
  const auto& log = context_.log();
  if (!log.is_on(error == nullptr ? LogLevel::info : LogLevel::warn)) return;
  const auto took_ms = milliseconds_of(net::Clock::now() - begin);
  const auto path = printable(std::string_view(options.path).substr(0, options.path.find('?')));
  const auto trace_id = trace_id_of(options.traceparent);
  std::vector<LogField> fields = {{"path", safe_text(path)}, {"total_ms", took_ms}};
  if (trace_id) fields.push_back({"trace_id", safe_text(*trace_id)});
  if (error == nullptr) {
    fields.push_back({"reused", reused});
    log.write(LogLevel::info, "live", "dial_finished", fields);
  } else {
    log.write(LogLevel::warn, "live", "dial_failed", fields, *error);
  }
}

live::Opened Connection::Impl::open_websocket(const LiveOptions& options,
                                              const std::stop_token& cancel,
                                              const WsDial::OnResolved& on_resolved) {
  const auto* based_on = gateway_.unconfirmed(cancel);
  if (based_on == nullptr) return dial_.dial(options, cancel, on_resolved);
  try {
    return dial_.dial(options, cancel, on_resolved);
  } catch (const Error& error) {
    if (!hints_at_change(error) || !gateway_.ask_again(*based_on, cancel)) throw;
  }
  return dial_.dial(options, cancel, on_resolved);
}

DialUrl Connection::Impl::ws_url(std::string_view path,
                                 const std::vector<std::pair<std::string, std::string>>& query,
                                 const std::stop_token& cancel) {
  gateway_.confirm(cancel);  // no response would show that the gateway has changed
  const auto profile = gateway_.ws_profile(cancel);
  if (path.empty()) path = profile->ws_path;
  if (path.empty()) throw no_path(*profile);
  bool may_renew = true;
  auto resolved = dial_.resolve(settings().url.ws_url(RequestTarget::parse(path).text(), query),
                                cancel, may_renew);
  return {std::move(resolved.ws_url), resolved.life == PINTLE_KEEP_NEVER,
          std::move(resolved.subprotocols)};
}

LiveConnection Connection::Impl::live(LiveOptions options, LiveCallbacks callbacks) {
  return live_with(std::make_shared<ConnectionOpener>(shared_from_this()), std::move(options),
                   std::move(callbacks));
}

LiveConnection Connection::Impl::live_with(std::shared_ptr<live::Opener> opener,
                                           LiveOptions options, LiveCallbacks callbacks) {
  check(options);
  for (auto* limit :
       {&options.ready_timeout_ms, &options.ping_after_idle_ms, &options.heartbeat_ms,
        &options.initial_backoff_ms, &options.max_backoff_ms, &options.backoff_reset_after_ms}) {
    *limit = live::at_most_a_year(*limit).count();
  }
  auto impl = std::make_shared<LiveConnection::Impl>(context_.host->engine(), std::move(opener),
                                                     std::move(options), std::move(callbacks));
  watch_.add(impl);
  impl->start();
  return LiveConnection(std::move(impl));
}

std::optional<Error> Connection::Impl::store_trouble() const {
  const auto* sessions = gateway_.session_cache_if_chosen();
  return sessions == nullptr ? std::nullopt : sessions->trouble();
}

std::string Connection::Impl::store_note() const {
  const auto* sessions = gateway_.session_cache_if_chosen();
  return sessions == nullptr ? std::string() : sessions->note();
}

}  // namespace pintle
