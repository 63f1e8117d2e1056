// SPDX-License-Identifier: Apache-2.0
#include "scheme/operation_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"
#include "base/random_bytes.h"
#include "scheme/abi_error.h"
#include "scheme/abi_views.h"
#include "scheme/operation_steps.h"
#include "sign_in/callback_visit.h"
#include "sign_in/cookie_visit.h"

namespace pintle {
namespace {

// Stops a scheme that loops; the longest real operation has about ten steps.
constexpr int kMaxSteps = 64;
constexpr std::int64_t kSecretMs = 30'000;  // for a command that prints a secret

const std::string* find(const std::map<std::string, std::string>& in, const std::string& key) {
  const auto found = in.find(key);
  return found == in.end() ? nullptr : &found->second;
}

// Asks the user; cancels the question when the time is over.
Secret ask(SignInUi& ui, const Question& question, const HumanWait& limit,
           const net::CancelToken& cancel) {
  std::stop_source ended;
  const std::stop_callback passed_on(cancel, [&] { ended.request_stop(); });
  Mutex mutex;
  Condition woken;
  const std::jthread clock([&](const std::stop_token& answered) {
    MutexLock lock(mutex);
    while (!limit.is_over() && !answered.stop_requested()) {
      woken.wait_for(mutex, answered, std::chrono::milliseconds(limit.left_ms()),
                     [] { return false; });
    }
    if (!answered.stop_requested()) ended.request_stop();
  });
  try {
    return ui.ask(question, ended.get_token());
  } catch (const Error&) {
    if (cancel.stop_requested()) throw sign_in_cancelled();
    if (limit.is_over()) throw limit.over();
    throw;
  }
}

}  // namespace

OperationRunner::OperationRunner(SchemeInstance& auth, net::Transport& transport,
                                 const ConnectionSettings& settings,
                                 std::function<std::int64_t()> now_ms,
                                 std::function<void()> store_session)
    : auth_(auth),
      transport_(transport),
      settings_(settings),
      now_ms_(std::move(now_ms)),
      store_session_(std::move(store_session)) {}

std::shared_ptr<const OperationStart> OperationRunner::start(
    const OperationArguments& arguments) const {
  auto start = std::make_shared<OperationStart>();
  start->c.operation = static_cast<std::uint32_t>(arguments.kind);
  start->c.now_ms = now_ms_();
  fill_random(start->c.random);
  start->ws_url = arguments.ws_url;
  start->method = arguments.method;
  start->provider = arguments.provider;
  for (const auto& input : settings_.inputs) start->given.push_back(input.first);
  if (arguments.user) {
    start->c.flags |= PINTLE_MAY_ASK;
    for (const auto& answer : arguments.user->given) start->given.push_back(answer.first);
  }
  start->show_texts();
  return start;
}

OperationOutcome OperationRunner::run(const OperationArguments& arguments,
                                      net::CancelToken cancel) {
  wait_left_ms_ = arguments.user ? arguments.user->timeout_ms : settings_.request_ms;
  OperationSteps steps(auth_, settings_.request_ms, cancel);
  const auto& step = steps.step();
  // A step may change the session and then fail (plugin.h).
  const auto store = [&] {
    if ((step.flags & PINTLE_STEP_SESSION_CHANGED) != 0) store_session_();
  };
  try {
    steps.begin(start(arguments));
  } catch (...) {
    store();
    throw;
  }
  for (int taken = 0; taken < kMaxSteps; ++taken) {
    store();
    if (cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
    if (step.need == PINTLE_NEED_DONE) return outcome_of(step, arguments);
    const auto made = std::make_shared<StepAnswer>();
    auto& answer = *made;
    try {
      answer_need(step, arguments, cancel, answer);
    } catch (const Error& error) {
      // A breach of the contract ends the operation. Other failures are passed to the scheme.
      if (error.layer() == Layer::plugin) throw;
      answer.error = abi_error(error);
      answer.c.failure = static_cast<std::int32_t>(error.layer());
      answer.c.error = &answer.error;
      if (cancel.stop_requested()) answer.error.flags |= PINTLE_ERROR_CANCELLED;
    }
    answer.c.now_ms = now_ms_();
    fill_random(answer.c.random);
    try {
      steps.resume(made);
    } catch (...) {
      store();
      throw;
    }
  }
  throw Error(Layer::plugin,
              "the scheme " + auth_.scheme_id() + " did not finish the operation in 64 steps");
}

OperationOutcome OperationRunner::outcome_of(const pintle_step& step,
                                             const OperationArguments& arguments) const {
  if (arguments.kind == OperationKind::resolve_ws_url) check_ws_url(text(step.ws_url));
  return {Secret(text(step.ws_url)), step.life, step.keep_until_ms,
          printable(text(step.message), 400)};
}

void OperationRunner::answer_need(const pintle_step& step, const OperationArguments& arguments,
                                  const net::CancelToken& cancel, StepAnswer& answer) {
  switch (step.need) {
    case PINTLE_NEED_HTTP:
      if (arguments.local_only) throw Error(Layer::gate, "not signed in").with_sign_in();
      if (arguments.before_request) arguments.before_request();
      answer_http(step, cancel, answer);
      break;
    case PINTLE_NEED_INPUT:
      answer_input(step, arguments, cancel, answer);
      break;
    case PINTLE_NEED_WAIT:
      answer_wait(step, cancel);
      break;
    case PINTLE_NEED_BROWSER:
      answer_browser(step, arguments, cancel, answer);
      break;
    default:
      throw Error(Layer::plugin,
                  "the scheme " + auth_.scheme_id() + " returned a step with an unknown need");
  }
}

void OperationRunner::answer_http(const pintle_step& step, const net::CancelToken& cancel,
                                  StepAnswer& answer) {
  const auto url = text(step.http_url);
  HttpRequest request;
  request.method = text(step.http_method);
  request.body = text(step.http_body);
  net::Transport* transport = &transport_;
  try {
    if (url.starts_with('/')) {
      request.target = RequestTarget::parse(url).text();
    } else {
      const auto absolute = AbsoluteUrl::parse(url);
      transport = &transport_to(absolute.origin);
      request.target = absolute.target;
      if (transport == &transport_) {
        const auto& prefix = settings_.url.prefix();
        if (!request.target.starts_with(prefix + "/")) {
          throw Error(Layer::plugin, "it is outside the gateway's prefix " + prefix);
        }
        request.target.erase(0, prefix.size());
      }
    }
    for (std::size_t i = 0; i < step.http_header_count; ++i) {
      const auto& field = step.http_headers[i];
      if (is_the_hosts_own(text(field.name))) {
        throw Error(Layer::plugin, "it may not set the header " + printable(text(field.name), 60));
      }
      request.headers.add(text(field.name), text(field.value));
    }
  } catch (const Error& error) {
    throw Error(Layer::plugin, "the scheme " + auth_.scheme_id() + " cannot request " +
                                   without_query(url) + ": " + error.message());
  }
  net::ExchangeLimits limits;
  limits.total = std::chrono::milliseconds(settings_.request_ms);
  limits.may_repeat = (step.flags & PINTLE_STEP_MAY_REPEAT) != 0;
  limits.cancel = cancel;
  answer.response = transport->exchange(request, limits);
  wipe(request.body);
  for (const auto& header : answer.response.headers) {
    answer.fields.push_back({view(header.name()), view(header.value())});
  }
  answer.c.http_status = answer.response.status;
  answer.c.http_headers = answer.fields.data();
  answer.c.http_header_count = answer.fields.size();
  answer.c.http_body = view(answer.response.body);
}

net::Transport& OperationRunner::transport_to(const Origin& origin) {
  if (origin == settings_.url.origin()) return transport_;
  const auto name = origin.text();
  if (std::find(settings_.allowed_origins.begin(), settings_.allowed_origins.end(), name) ==
      settings_.allowed_origins.end()) {
    throw Error(Layer::plugin, "the connection's settings do not allow the origin " + name);
  }
  auto& transport = elsewhere_[name];
  if (!transport) {
    auto settings = transport_.settings_for(GatewayUrl::parse(name));
    if (!settings_.allow_plain_http && is_exposed(settings.gateway)) {
      throw plain_http_error("a secret", settings.gateway);
    }
    transport = std::make_unique<net::Transport>(std::move(settings));
  }
  return *transport;
}

void OperationRunner::answer_input(const pintle_step& step, const OperationArguments& arguments,
                                   const net::CancelToken& cancel, StepAnswer& answer) {
  const auto why = printable(text(step.message), 400);
  bool prompted = false;
  for (std::size_t i = 0; i < step.input_count; ++i) {
    const auto& input = step.inputs[i];
    const std::string key(text(input.key));
    const auto label = printable(text(input.label), 60);
    const auto& user = arguments.user;
    if (const auto source = settings_.inputs.find(key); source != settings_.inputs.end()) {
      answer.values.push_back(
          source->second.read(std::min(kSecretMs, settings_.request_ms), cancel));
      answer.source_texts.push_back(source->second.text());
    } else if (const auto* given = user ? find(user->given, key) : nullptr; given != nullptr) {
      answer.values.emplace_back(*given);
      answer.source_texts.emplace_back("given");
    } else if (user) {
      if (!prompted && !why.empty()) user->ui.show_message(why);
      prompted = true;
      answer.values.push_back(ask(user->ui, {key, label, (input.flags & PINTLE_INPUT_SECRET) != 0},
                                  HumanWait(user->timeout_ms), cancel));
      answer.source_texts.emplace_back("typed");
    } else {
      throw Error(Layer::gate, "the " + within_sentence(label) + " was not given")
          .with_sign_in()
          .with_hint((why.empty() ? "" : why + " ") +
                     (key == "token"
                          ? "Provide it with --token-file FILE or --token-command COMMAND."
                          : "Sign in first, or provide it with --secret-file " +
                                printable(key, 30) + "=FILE."));
    }
    answer.keys.push_back(key);
  }
  answer.show_values();
  for (const auto& source : answer.source_texts) answer.sources.push_back(view(source));
  answer.c.sources = answer.sources.data();
}

void OperationRunner::answer_browser(const pintle_step& step, const OperationArguments& arguments,
                                     const net::CancelToken& cancel, StepAnswer& answer) {
  if (!arguments.user) {
    throw Error(Layer::gate, "this sign-in needs the user at a browser")
        .with_sign_in()
        .with_hint("Sign in first, then try again.");
  }
  auto& ui = arguments.user->ui;
  const HumanWait limit(arguments.user->timeout_ms);
  const std::string url(text(step.browser_url));
  switch (step.browser_ends_with) {
    case PINTLE_BROWSER_CALLBACK: {
      answer.visited =
          make_visit({url, std::string(text(step.browser_state)), arguments.method != "paste"},
                     settings_, ui, limit, cancel);
      answer.c.callback_url = view(answer.visited.callback_url.reveal());
      answer.c.redirect_uri = view(answer.visited.redirect_uri);
      return;
    }
    case PINTLE_BROWSER_COOKIES: {
      CookieVisit visit{.url = url, .state_folder = arguments.user->state_folder};
      for (std::size_t i = 0; i < step.browser_cookie_count; ++i) {
        visit.names.emplace_back(text(step.browser_cookies[i]));
      }
      for (auto& cookie : make_visit(visit, settings_, ui, limit, cancel)) {
        answer.keys.push_back(std::move(cookie.name));
        answer.values.push_back(std::move(cookie.value));
        answer.cookie_expires_ms.push_back(cookie.expires_ms);
      }
      answer.show_values();
      answer.c.cookie_expires_ms = answer.cookie_expires_ms.data();
      return;
    }
    default:
      throw Error(Layer::plugin, "the scheme " + auth_.scheme_id() +
                                     " requested an unknown end of a browser visit");
  }
}

void OperationRunner::answer_wait(const pintle_step& step, const net::CancelToken& cancel) {
  const auto wait_ms = std::max<std::int64_t>(step.wait_ms, 0);
  if (wait_ms > wait_left_ms_) {
    throw Error(Layer::plugin, "the scheme " + auth_.scheme_id() +
                                   " requested a wait longer than the operation may take");
  }
  wait_left_ms_ -= wait_ms;
  Mutex mutex;
  Condition woken;
  MutexLock lock(mutex);
  woken.wait_for(mutex, cancel, std::chrono::milliseconds(wait_ms), [] { return false; });
  if (cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
}

void OperationRunner::check_ws_url(std::string_view url) const {
  const auto refuse = [&](const std::string& why) {
    return Error(Layer::plugin,
                 "the scheme " + auth_.scheme_id() + " returned a WebSocket URL that " + why);
  };
  const auto absolute = AbsoluteUrl::parse(url);
  if (absolute.scheme != "ws" && absolute.scheme != "wss") throw refuse("is neither ws nor wss");
  if (absolute.origin != settings_.url.origin()) throw refuse("has another origin");
  if (!absolute.target.starts_with(settings_.url.prefix() + "/")) {
    throw refuse("is outside the gateway's prefix");
  }
}

}  // namespace pintle
