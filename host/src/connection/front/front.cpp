// SPDX-License-Identifier: Apache-2.0
#include "connection/front/front.h"

#include <utility>

#include <pintle/core/gateway/intermediary.h>

#include "connection/credentials/credential.h"
#include "settings/transport_settings.h"

namespace pintle {
namespace {

constexpr std::int64_t kRenewBeforeMs = 5'000;

// Anything but what a gateway answers to an app's requests.
bool may_be_foreign(const HttpResponse& response) {
  if (response.status == 101) return false;
  return !response.ok() || is_web_page(response);
}

}  // namespace

Front::Front(ConnectionContext& context, InnerScheme inner)
    : context_(context),
      inner_(std::move(inner)),
      choice_(context),
      headers_state_(file_state(context.settings.headers_file)) {
  context_.transport.use_front(*this);
}

ChosenFront& Front::choose(std::unique_ptr<ChosenFront> made) {
  auto& front = *owned_.emplace_back(std::move(made));
  chosen_.store(&front, std::memory_order_release);
  context_.log().write(LogLevel::info, "front", "front_chosen",
                       {{"scheme", safe_text(front.facts.id)}});
  return front;
}

ChosenFront* Front::named() {
  if (auto* ready = chosen()) return ready;
  if (context_.settings.front.empty()) return nullptr;
  const MutexLock lock(choice_mutex_);
  if (auto* ready = chosen()) return ready;
  return &choose(choice_.named());
}

// A front that was only recognised, and never had a credential, gives way to another one.
ChosenFront* Front::by(const HttpResponse& response) {
  if (!context_.settings.front.empty()) return named();
  const MutexLock lock(choice_mutex_);
  auto made = choice_.by(response);
  auto* ready = chosen();
  if (!made || (ready != nullptr && ready->facts.id == made->facts.id)) return ready;
  return &choose(std::move(made));
}

bool Front::may_have_answered(const HttpResponse& head) {
  if (is_off() || !may_be_foreign(head)) return false;
  if (!context_.settings.front.empty()) {
    const auto* front = chosen();
    return front != nullptr && front->facts.front->may_match(head, context_.settings.url);
  }
  const MutexLock lock(choice_mutex_);
  return choice_.may_match(head);
}

std::optional<Front::Issued> Front::issue(ChosenFront& front, const HttpRequest& request,
                                          bool upgrade) const {
  auto instance = front.sessions->current();
  try {
    auto decorated = instance->auth().decorate(upgrade ? RequestKind::upgrade : RequestKind::rest,
                                               request.method, request.target, context_.now_ms());
    return Issued{std::move(instance), std::move(decorated)};
  } catch (const Error& error) {
    if (!error.needs_sign_in()) throw;
    return std::nullopt;
  }
}

std::optional<Front::Issued> Front::current(ChosenFront& front) const {
  return issue(front, {}, false);
}

Secret Front::cookies() const {
  auto* front = chosen();
  const auto issued = front == nullptr ? std::nullopt : current(*front);
  if (!issued) return {};
  for (const auto& header : issued->decorated.headers) {
    if (same_field_name(header.name(), "Cookie")) return Secret(header.value());
  }
  return {};
}

bool Front::is_new(ChosenFront& front, const net::FrontPass& used) const {
  const auto now = current(front);
  return now && (now->instance != used.issuer || now->decorated.credential != used.credential);
}

void Front::add(const ChosenFront& front, const HttpRequest& request, const Issued& issued,
                net::FrontPass& pass) const {
  const auto of_settings = context_.transport.extra_headers();
  for (const auto& header : issued.decorated.headers) {
    const auto& name = header.name();
    if (!same_field_name(name, "Cookie")) {
      if (request.headers.has(name)) {
        const auto inner = inner_();
        throw header_conflict("the front scheme " + front.facts.id,
                              inner.empty() ? "the request" : "the gateway's scheme " + inner,
                              name);
      }
      if (of_settings.has(name)) {
        throw header_conflict("the front scheme " + front.facts.id, "", name);
      }
    }
    context_.secrets().add_header(header);
    pass.headers.add(header);
  }
  pass.issuer = issued.instance;
  pass.credential = issued.decorated.credential;
}

net::FrontPass Front::pass(const HttpRequest& request, bool upgrade,
                           const net::CancelToken& cancel) {
  net::FrontPass made;
  made.extra_headers = headers_version_;
  if (is_off()) return made;
  auto* front = named();
  if (front == nullptr) return made;
  auto issued = issue(*front, request, upgrade);
  const auto until = issued ? issued->decorated.valid_until_ms : 0;
  if (!issued || (until != 0 && until <= context_.now_ms() + kRenewBeforeMs)) {
    net::FrontPass lapsed;
    if (issued) {
      lapsed.issuer = issued->instance;
      lapsed.credential = issued->decorated.credential;
    }
    if (sign_in_without_user(*front, lapsed, cancel)) issued = issue(*front, request, upgrade);
  }
  // Without one, what stands there says what it wants.
  if (!issued) return made;
  front->sessions->before_use(*issued->instance, issued->decorated.change);
  add(*front, request, *issued, made);
  return made;
}

// A login wall replaces its cookies with any response. What it sets is no other credential for the
// request that it refused.
void Front::observe(ChosenFront& front, net::FrontPass& used, bool upgrade,
                    const HttpResponse& response) {
  auto instance = front.sessions->current();
  if (!used.issuer || instance != used.issuer) return;
  const bool was_new = is_new(front, used);
  const auto seen = instance->auth().observe(upgrade ? RequestKind::upgrade : RequestKind::rest,
                                             response, used.credential, context_.now_ms());
  if (!seen.session_changed) return;
  front.sessions->store(*instance);
  const auto now = current(front);
  if (!was_new && now && now->instance == used.issuer) {
    used.credential = now->decorated.credential;
  }
}

// A front may answer programs in another way than its rules say: it is asked as by a browser.
bool Front::answers_browsers_otherwise(ChosenFront& front, net::FrontPass used,
                                       const net::CancelToken& cancel) {
  return used.issuer && is_refused_now(front, used, cancel);
}

bool Front::refused(const net::FrontPass& given, bool upgrade, const HttpResponse& response,
                    const net::CancelToken& cancel) {
  auto used = given;
  auto* front = is_off() ? nullptr : chosen();
  if (front != nullptr) observe(*front, used, upgrade, response);
  // It may have set cookies of its own accord: then it was the gateway that answered.
  const bool is_changed = used.credential != given.credential;
  if (!may_be_foreign(response)) return false;
  if (!is_off() && (front == nullptr || !used.issuer)) front = by(response);
  const auto status = response.status;
  const bool is_refusal = status == 401 || status == 403;
  const bool is_redirect = status >= 300 && status < 400 && status != 303;
  if (!used.may_repeat && !is_refusal && (!is_redirect || is_changed)) return false;
  const bool looks_like_it = front != nullptr && front->matches(response);
  const bool is_sure = front != nullptr && !looks_like_it && is_refusal &&
                       answers_browsers_otherwise(*front, used, cancel);
  const bool is_its = looks_like_it || is_sure;
  if (is_refusal || is_redirect) {
    const bool is_foreign = is_its || intermediary_error(response, context_.settings.url);
    if (is_foreign && (used.extra_headers != headers_version_ || reload_headers())) return true;
  }
  return is_its && renew(*front, used, is_sure, response, cancel);
}

bool Front::reload_headers() {
  const auto& file = context_.settings.headers_file;
  if (file.empty()) return false;
  const MutexLock lock(headers_mutex_);
  auto state = file_state(file);
  if (state == headers_state_) return false;
  auto headers = read_headers_file(file);
  if (auto* front = chosen()) front->transport->use_extra_headers(headers);
  context_.transport.use_extra_headers(std::move(headers));
  headers_state_ = std::move(state);
  ++headers_version_;
  context_.log().write(LogLevel::info, "front", "headers_file_read_again", {});
  return true;
}

bool Front::renew(ChosenFront& front, net::FrontPass& used, bool is_sure,
                  const HttpResponse& response, const net::CancelToken& cancel) {
  is_sure = is_sure || !used.issuer;
  // What the gateway may have acted on is sent again only if the front surely has not let it in.
  if (!used.may_repeat && !is_sure) {
    if (!is_refused_now(front, used, cancel)) return false;
    is_sure = true;
  }
  if (sign_in_without_user(front, used, cancel)) {
    is_refused_ = false;
    return true;
  }
  // Nobody has said that something stands there: whoever reads the response says what it means.
  const bool is_told = !context_.settings.front.empty() || front.is_given();
  if (!used.issuer && !is_told && !is_refused_) return false;
  // It may be the gateway's own redirect or refusal, which only looks like the front's.
  if (!is_sure && !is_refused_now(front, used, cancel)) return false;
  front.sessions->take_over();
  if (used.issuer && is_new(front, used)) return true;  // another process was faster
  const auto name = front.facts.name + " (front scheme " + front.facts.id + ")";
  const auto error =
      Error(Layer::access_proxy,
            used.issuer ? "what stands in front of the gateway refused the credential: " + name
                        : "what stands in front of the gateway requires a sign-in: " + name)
          .with_status(response.status)
          .with_user_action()
          .with_hint(
              "Sign in to it (pintle sign-in --front-only), or check the secrets of "
              "--front-secret-file.");
  is_refused_ = true;
  throw error;
}

Error Front::as_sign_in(Error error) const {
  if (is_refused_ && error.layer() == Layer::access_proxy && error.needs_user_action()) {
    error.with_sign_in();
  }
  return error;
}

FrontFacts Front::facts() {
  FrontFacts made;
  auto* front = is_off() ? nullptr : named();
  if (front == nullptr) return made;
  made.recognized = front->facts.id;
  const auto instance = front->sessions->current();
  made.signed_in = current(*front).has_value();
  // A response that only looked like a front's is no reason to name one.
  if (!made.signed_in && context_.settings.front.empty() && !is_refused_) return made;
  made.scheme = front->facts.id;
  made.facts = instance->auth().describe();
  for (auto& fact : made.facts) fact.second = context_.secrets().hide(std::move(fact.second));
  if (!instance->auth().session().empty()) made.kept_in = front->sessions->where();
  return made;
}

std::uint64_t Front::version() const {
  const auto* front = chosen();
  return signed_in_ + headers_version_ + (front == nullptr ? 0 : front->sessions->versions());
}

void Front::take_over() {
  if (auto* front = chosen()) front->sessions->take_over();
}

}  // namespace pintle
