// SPDX-License-Identifier: Apache-2.0
//
// What the host does for each need of an operation.

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"
#include "scheme/abi_views.h"
#include "scheme/operation_runner.h"
#include "scheme/operation_steps.h"
#include "settings/helper_program.h"
#include "sign_in/callback_visit.h"
#include "sign_in/cookie_visit.h"

namespace pintle {
namespace {

constexpr std::int64_t kSecretMs =
    30'000;  // for a command that prints a secret, and a helper program

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

std::string source_hint(const std::string& key, bool is_front) {
  if (key == "token" && !is_front) {
    return "Provide it with --token-file FILE or --token-command COMMAND.";
  }
  return std::string("Sign in first (pintle sign-in), or provide it with ") +
         (is_front ? "--front-secret-file " : "--secret-file ") + printable(key, 30) + "=FILE.";
}

}  // namespace

void OperationRunner::answer_need(const pintle_step& step, const OperationArguments& arguments,
                                  const net::CancelToken& cancel, StepAnswer& answer) {
  switch (step.need) {
    case PINTLE_NEED_HTTP:
      if (arguments.local_only) throw Error(Layer::gate, "not signed in").with_sign_in();
      answer_http(step, arguments, cancel, answer);
      break;
    case PINTLE_NEED_INPUT:
      answer_input(step, arguments, cancel, answer);
      break;
    case PINTLE_NEED_WAIT:
      answer_wait(step, arguments, cancel);
      break;
    case PINTLE_NEED_BROWSER:
      answer_browser(step, arguments, cancel, answer);
      break;
    case PINTLE_NEED_SEND:
    case PINTLE_NEED_RECEIVE:
      answer_message(step, arguments, answer);
      break;
    case PINTLE_NEED_EXEC:
      answer_exec(step, cancel, answer);
      break;
    default:
      throw breach("returned a step with an unknown need");
  }
}

net::Transport& OperationRunner::fill_request(const pintle_step& step, HttpRequest& request) {
  const auto url = text(step.http_url);
  request.method = text(step.http_method);
  request.body = text(step.http_body);
  net::Transport* transport = &transports_.gateway();
  if (url.starts_with('/')) {
    request.target = RequestTarget::parse(url).text();
  } else {
    const auto absolute = AbsoluteUrl::parse(url);
    transport = &transports_.to(absolute.origin);
    request.target = absolute.target;
    if (transport == &transports_.gateway()) {
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
  secrets().add_tokens_in(request.target);
  for (const auto& header : request.headers) secrets().add_header(header);
  secrets().add_tokens_in(request.body);
  return *transport;
}

void OperationRunner::answer_http(const pintle_step& step, const OperationArguments& arguments,
                                  const net::CancelToken& cancel, StepAnswer& answer) {
  const bool once = arguments.before_request && arguments.before_request();
  HttpRequest request;
  net::Transport* transport = nullptr;
  try {
    transport = &fill_request(step, request);
  } catch (const Error& error) {
    throw breach("cannot request " + without_query(text(step.http_url)) + ": " + error.message())
        .with_hint(error.hint());
  }
  net::ExchangeLimits limits;
  limits.total = std::chrono::milliseconds(settings_.request_ms);
  limits.may_repeat = (step.flags & PINTLE_STEP_MAY_REPEAT) != 0;
  limits.once = once;
  bool has_left = false;
  const std::function<void()> before_first_byte = [&] {
    if (arguments.before_first_byte) arguments.before_first_byte();
    has_left = true;
  };
  limits.before_first_byte = &before_first_byte;
  limits.cancel = cancel;
  const auto tell = [&](int status) {
    if (arguments.after_request) arguments.after_request(has_left, status);
  };
  try {
    answer.response = transport->exchange(request, limits);
  } catch (...) {
    wipe(request.body);
    tell(0);
    throw;
  }
  wipe(request.body);
  tell(answer.response.status);
  for (const auto& header : answer.response.headers) {
    answer.fields.push_back({view(header.name()), view(header.value())});
  }
  answer.c.http_status = answer.response.status;
  answer.c.http_headers = answer.fields.data();
  answer.c.http_header_count = answer.fields.size();
  answer.c.http_body = view(answer.response.body);
}

void OperationRunner::answer_input(const pintle_step& step, const OperationArguments& arguments,
                                   const net::CancelToken& cancel, StepAnswer& answer) {
  // As it is, here and while waiting: it is for the user who knows the secret.
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
      secrets().add(answer.values.back().reveal());
      answer.source_texts.push_back(source->second.text());
    } else if (const auto* given = user ? find(user->given, key) : nullptr; given != nullptr) {
      answer.values.emplace_back(*given);
      answer.source_texts.emplace_back("given");
    } else if (user) {
      if (!prompted && !why.empty()) user->ui.show_message(why);
      prompted = true;
      const bool is_secret = (input.flags & PINTLE_INPUT_SECRET) != 0;
      answer.values.push_back(ask(user->ui, {key, label, is_secret, auth_.is_front()},
                                  HumanWait(user->timeout_ms), cancel));
      if (is_secret) secrets().add(answer.values.back().reveal());
      answer.source_texts.emplace_back("typed");
    } else {
      throw Error(Layer::gate, "the " + within_sentence(label) + " was not given")
          .with_sign_in()
          .with_hint((why.empty() ? "" : why + " ") + source_hint(key, auth_.is_front()));
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
        .with_hint("Sign in first (pintle sign-in), then try again.");
  }
  auto& ui = arguments.user->ui;
  const HumanWait limit(arguments.user->timeout_ms);
  const std::string url(text(step.browser_url));
  switch (step.browser_ends_with) {
    case PINTLE_BROWSER_CALLBACK: {
      answer.visited =
          make_visit({url, std::string(text(step.browser_state)), arguments.method != "paste"},
                     settings_, ui, limit, cancel);
      secrets().add_query(answer.visited.callback_url.reveal());
      answer.c.callback_url = view(answer.visited.callback_url.reveal());
      answer.c.redirect_uri = view(answer.visited.redirect_uri);
      return;
    }
    case PINTLE_BROWSER_COOKIES:
    case PINTLE_BROWSER_GATEWAY: {
      CookieVisit visit{.url = url, .state_folder = arguments.user->state_folder};
      if (step.browser_ends_with == PINTLE_BROWSER_GATEWAY) {
        if (!arguments.reaches_gateway) throw breach("is no front, but waits for the gateway");
        visit.reaches_gateway = arguments.reaches_gateway;
      } else if (arguments.user->window_cookies) {
        visit.cookies = arguments.user->window_cookies();
      }
      for (std::size_t i = 0; i < step.browser_cookie_count; ++i) {
        visit.names.emplace_back(text(step.browser_cookies[i]));
      }
      for (auto& cookie : make_visit(visit, settings_, ui, limit, cancel)) {
        answer.keys.push_back(std::move(cookie.name));
        secrets().add(cookie.value.reveal());
        answer.values.push_back(std::move(cookie.value));
        answer.cookie_expires_ms.push_back(cookie.expires_ms);
      }
      answer.show_values();
      answer.c.cookie_expires_ms = answer.cookie_expires_ms.data();
      return;
    }
    default:
      throw breach("requested an unknown end of a browser visit");
  }
}

void OperationRunner::answer_wait(const pintle_step& step, const OperationArguments& arguments,
                                  const net::CancelToken& cancel) {
  const auto wait_ms = std::max<std::int64_t>(step.wait_ms, 0);
  if (wait_ms > wait_left_ms_) {
    if (!arguments.user || wait_ms > arguments.user->timeout_ms) {
      throw breach("requested a wait longer than the operation may take");
    }
    throw HumanWait(arguments.user->timeout_ms).over();  // the user did not act in time
  }
  // A scheme that polls gives the same reason each time.
  auto why = printable(text(step.message), 400);
  if (arguments.user && !why.empty() && why != last_wait_reason_) {
    arguments.user->ui.show_message(why);
    last_wait_reason_ = std::move(why);
  }
  wait_left_ms_ -= wait_ms;
  Mutex mutex;
  Condition woken;
  MutexLock lock(mutex);
  woken.wait_for(mutex, cancel, std::chrono::milliseconds(wait_ms), [] { return false; });
  if (cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
}

void OperationRunner::answer_message(const pintle_step& step, const OperationArguments& arguments,
                                     StepAnswer& answer) const {
  if (arguments.channel == nullptr) {
    throw breach("requested a message on the WebSocket, but this operation has none");
  }
  if (step.need == PINTLE_NEED_SEND) {
    secrets().add_tokens_in(text(step.ws_message));
    arguments.channel->send(text(step.ws_message), (step.flags & PINTLE_STEP_BINARY) != 0);
    return;
  }
  auto received = arguments.channel->receive();
  answer.message = std::move(received.bytes);
  answer.c.ws_message = view(answer.message.reveal());
  if (received.is_binary) answer.c.ws_message_flags = PINTLE_STEP_BINARY;
}

void OperationRunner::answer_exec(const pintle_step& step, const net::CancelToken& cancel,
                                  StepAnswer& answer) const {
  std::vector<std::string> arguments;
  arguments.reserve(step.exec_argument_count);
  for (std::size_t i = 0; i < step.exec_argument_count; ++i) {
    arguments.emplace_back(text(step.exec_arguments[i]));
  }
  auto finished =
      run_helper(settings_, std::string(text(step.exec_helper)), std::move(arguments),
                 text(step.exec_input), std::min(kSecretMs, settings_.request_ms), cancel);
  answer.output = std::move(finished.text);
  secrets().add_tokens_in(answer.output);
  answer.c.exec_status = finished.exit_code;
  answer.c.exec_output = view(answer.output);
}

}  // namespace pintle
