#include "connection_parts.h"

#include <chrono>
#include <utility>

#include <Poco/Base64Encoder.h>
#include <openssl/rand.h>

#include <pintle/core/error.h>
#include <pintle/core/plain_http.h>
#include <pintle/core/refusal.h>
#include <pintle/core/ws_handshake.h>
#include <pintle/loading/durable_file.h>

namespace pintle {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostHeadersFile = 64 * 1024;

Headers read_headers_file(const std::string& file) {
  Headers headers;
  if (file.empty()) return headers;
  std::optional<std::string> text;
  try {
    text = read_file(file, kMostHeadersFile);
  } catch (const Error& error) {
    throw Error(Layer::config, error.happened()).with_person();
  }
  if (!text) throw Error(Layer::config, "there is no headers file " + file).with_person();
  std::string_view rest = *text;
  for (int line_number = 1; !rest.empty(); ++line_number) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    try {
      headers.add(Header::parse_line(line));
    } catch (const Error& error) {
      throw Error(Layer::config,
                  file + ", line " + std::to_string(line_number) + ": " + error.happened())
          .with_person();
    }
  }
  wipe(*text);
  return headers;
}

net::TransportSettings transport_settings(const ConnectionSettings& settings) {
  net::TransportSettings made{.gateway = settings.url};
  if (!settings.headers_file.empty() && !settings.allow_plain_http && is_exposed(settings.url)) {
    throw plain_http_error("the headers of " + settings.headers_file, settings.url);
  }
  made.extra_headers = read_headers_file(settings.headers_file);
  made.ca_file = settings.ca_file;
  const milliseconds connect(settings.connect_ms);
  made.connect.dns = made.connect.tcp = made.connect.proxy = made.connect.tls = connect;
  made.connect.per_address = std::min(made.connect.per_address, connect);
  if (!settings.proxy.empty()) {
    made.proxy = net::ProxySettings::parse(settings.proxy);
    if (!settings.proxy_auth_file.empty()) {
      const auto pair = SecretSource::of(SecretSource::Kind::file, settings.proxy_auth_file).read();
      std::ostringstream encoded;
      Poco::Base64Encoder encoder(encoded);
      encoder.rdbuf()->setLineLength(0);
      encoder << pair.reveal();
      encoder.close();
      made.proxy->authorization = Secret("Basic " + encoded.str());
    }
  }
  return made;
}

ws::Nonce new_nonce() {
  ws::Nonce nonce{};
  if (::RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) {
    throw Error(Layer::config, "this system gives no random bytes");
  }
  return nonce;
}

std::string path_of(std::string_view target) {
  return std::string(target.substr(0, target.find('?')));
}

}  // namespace

Connection::Parts::Parts(std::shared_ptr<HostParts> host_parts, ConnectionSettings given)
    : settings(std::move(given)),
      host_(std::move(host_parts)),
      transport_(transport_settings(settings)),
      store_(session_store_of(host_->options, settings)),
      flight_([this](const std::stop_token& stop) { renew_in_flight(stop); }) {}

net::ExchangeLimits Connection::Parts::limits(const std::stop_token& cancel) const {
  net::ExchangeLimits made;
  made.total = milliseconds(settings.request_ms);
  made.first_byte = made.total;
  made.cancel = cancel;
  return made;
}

OneAtATime::Turn Connection::Parts::turn(const std::stop_token& cancel) {
  return operation_.take(cancel, settings.request_ms);
}

loading::Choice Connection::Parts::choose_for(const Probe& found) {
  const loading::ChoicePolicy policy{.named = settings.scheme,
                                     .least_strength = settings.last_strength,
                                     .allow_plain_http = settings.allow_plain_http};
  return loading::choose(host_->catalogue(), host_->loader, found, settings.url, policy);
}

loading::Choice Connection::Parts::choose(const std::stop_token& cancel) {
  const auto mine = turn(cancel);
  if (!choice_) {
    if (!probe_) probe_ = probe(cancel);
    try {
      choice_ = choose_for(*probe_);
    } catch (...) {
      probe_.reset();  // the gateway may say something else next time
      throw;
    }
  }
  return *choice_;
}

SessionKeeper& Connection::Parts::keeper(const std::stop_token& cancel) {
  if (auto* ready = ready_.load(std::memory_order_acquire)) return *ready;
  const auto choice = choose(cancel);
  const auto mine = turn(cancel);
  if (!keeper_) {
    keeper_ = std::make_unique<SessionKeeper>(
        store_, SessionKey{settings.name, settings.url, choice.facts.id},
        [this, scheme = choice.scheme](const Secret& session) {
          return std::make_unique<Auth>(*scheme, settings, &*probe_, session);
        });
    ready_.store(keeper_.get(), std::memory_order_release);
  }
  return *keeper_;
}

OperationOutcome Connection::Parts::run(const std::shared_ptr<HeldAuth>& held,
                                        const OperationArguments& arguments,
                                        const std::stop_token& cancel,
                                        SessionKeeper::Writing writing) {
  const auto mine = turn(cancel);
  keeper_->before_use(*held, held->auth().change());
  Operator operation(
      held->auth(), transport_, settings, [this] { return now_ms(); },
      [&] { keeper_->store(*held, writing); });
  return operation.run(arguments, cancel);
}

void Connection::Parts::sign_in_quietly(const std::shared_ptr<HeldAuth>& held,
                                        const std::stop_token& cancel) {
  try {
    run(held, {.kind = OperationKind::sign_in}, cancel, SessionKeeper::Writing::unless_newer);
  } catch (const Error& error) {
    // What a person would have to choose at a sign-in is no fault of who made this request.
    if (error.layer() != Layer::config || !error.needs_sign_in()) throw;
    throw Error(Layer::gate, "the gateway wants a sign-in: " + error.happened())
        .with_sign_in()
        .with_next("Sign in first (pintle sign-in), then try again.");
  }
}

Connection::Parts::Ready Connection::Parts::credential(const Asking& asking,
                                                       const std::stop_token& cancel) {
  auto& keep = keeper(cancel);
  const auto ready = [&](const std::shared_ptr<HeldAuth>& held) -> Ready {
    return {held, held->auth().decorate(asking.kind, asking.method, asking.target, now_ms())};
  };
  std::optional<Error> why;
  do {
    auto held = keep.held();
    if (held->is_latched()) continue;
    try {
      return ready(held);
    } catch (const Error& error) {
      if (!error.needs_sign_in()) throw;
      why = error;
    }
    // None yet, or a dead one: somebody may have signed in elsewhere on this machine.
  } while (keep.take_over());
  auto held = keep.held();
  try {
    sign_in_quietly(held, cancel);  // it may lie anew where the settings say
  } catch (const Error& error) {
    if (!error.needs_sign_in()) throw;
    // That it was not given anew is no news to who would like to know why the session ended.
    held->throw_if_latched();
    if (why && why->layer() == Layer::session) throw *why;
    throw;
  }
  held = keep.held();
  auto made = ready(held);
  held->check_latch(made.decorated.credential);
  return made;
}

Connection::Parts::Ready Connection::Parts::decorate(const Asking& asking,
                                                     const std::stop_token& cancel) {
  auto ready = credential(asking, cancel);
  // Each round renews it or takes over what another made; who is always too late goes on with what
  // there is.
  constexpr int kMostRounds = 8;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto how_soon = due(ready, asking.kind);
    if (how_soon == Due::no || !renew(ready, how_soon, cancel)) break;
    ready = credential(asking, cancel);
  }
  keeper_->before_use(*ready.held, ready.decorated.change);
  return ready;
}

HttpResponse Connection::Parts::call(HttpRequest request, const std::stop_token& cancel) {
  request.target = RequestTarget::parse(request.target).text();
  const Headers own = request.headers;
  for (bool last_try = false;; last_try = true) {
    const auto [held, decorated] =
        decorate({RequestKind::rest, request.method, request.target}, cancel);
    request.headers = own;
    for (const auto& header : decorated.headers) request.headers.add(header);
    auto response = transport_.exchange(request, limits(cancel));
    auto observed =
        held->auth().observe(RequestKind::rest, response, decorated.credential, now_ms());
    if (observed.session_changed) keeper_->store(*held);
    if (observed.needs_sign_in) {
      // An older session's end says nothing of the one that took its place.
      if (keeper_->is_current(*held)) held->latch(decorated.credential, *observed.needs_sign_in);
      if (last_try) throw *observed.needs_sign_in;
      // Decorating looks for another one, in the store and where the settings say, and throws where
      // there is none.
      continue;
    }
    if (observed.retry_once && !last_try) continue;
    return response;
  }
}

OperationOutcome Connection::Parts::resolve(const std::string& url, const std::stop_token& cancel) {
  for (bool last_try = false;; last_try = true) {
    // Makes sure of a credential first, as a request would.
    const auto [held, decorated] = decorate({RequestKind::upgrade, "GET", "/api/ws"}, cancel);
    try {
      return run(held, {.kind = OperationKind::resolve_ws_url, .ws_url = url}, cancel,
                 SessionKeeper::Writing::unless_newer);
    } catch (const Error& error) {
      // The scheme leaves it to the connection to renew what was found lapsed on the way.
      if (!last_try && error.can_retry() && has_lapsed(*held)) continue;
      if (!error.needs_sign_in()) throw;
      if (keeper_->is_current(*held)) held->latch(decorated.credential, error);
      if (last_try) throw;
    }
  }
}

std::optional<live::Opened> Connection::Parts::try_dial(const LiveOptions& options,
                                                        const std::stop_token& cancel,
                                                        OperationOutcome& resolved,
                                                        HttpResponse& refused) {
  // Only one ticket is minted at a time: the others may shake hands meanwhile.
  transport_.connect_ahead(limits(cancel));
  resolved = resolve(settings.url.ws_url(RequestTarget::parse(options.path).text(), options.query),
                     cancel);
  const auto url = AbsoluteUrl::parse(resolved.ws_url.reveal());
  HttpRequest request{.method = "GET", .target = url.target.substr(settings.url.prefix().size())};
  const auto path = path_of(request.target);
  const auto [held, decorated] = decorate({RequestKind::upgrade, request.method, path}, cancel);
  const bool deflate = options.offer_deflate && options.content != LiveOptions::Content::pieces;
  const ws::Upgrade upgrade{.nonce = new_nonce(),
                            .subprotocols = {},
                            .deflate = deflate ? std::optional(ws::DeflateParams()) : std::nullopt};
  request.headers = ws::upgrade_headers(upgrade);
  request.headers.remove("Connection");  // the transport writes it
  for (const auto& header : decorated.headers) request.headers.add(header);
  if (!options.origin.empty()) request.headers.set("Origin", options.origin);
  auto upgraded = transport_.upgrade(request, limits(cancel));
  wipe(request.target);
  auto observed =
      held->auth().observe(RequestKind::upgrade, upgraded.response, decorated.credential, now_ms());
  if (observed.session_changed) keeper_->store(*held);
  if (upgraded.stream) {
    const auto agreed = ws::check_upgraded(upgraded.response, upgrade);
    return live::Opened{std::move(*upgraded.stream), std::move(upgraded.early), upgraded.reused,
                        agreed.deflate};
  }
  // A gateway refuses an upgrade with a 403; whatever else came was the answer to another request,
  // and says nothing of the credential (gateway-contract 8).
  if (observed.needs_sign_in && upgraded.response.status == 403) throw *observed.needs_sign_in;
  refused = std::move(upgraded.response);
  return std::nullopt;
}

live::Opened Connection::Parts::dial(const LiveOptions& options, const std::stop_token& cancel) {
  OperationOutcome resolved;
  HttpResponse refused;
  if (auto opened = try_dial(options, cancel, resolved, refused)) return std::move(*opened);
  if (refused.status == 403) {
    // A bare 403 does not say what was wrong: credential, Host or Origin (gateway-contract 6). A
    // REST request does say whether it was the credential, and throws if so. Then once more: a
    // ticket may have lapsed on its way, a token may have been read anew.
    call({.target = "/api/sessions?limit=1"}, cancel);
    if (auto opened = try_dial(options, cancel, resolved, refused)) return std::move(*opened);
  }
  const auto asked =
      resolved.life == PINTLE_KEEP_NEVER ? Asked::upgrade_with_ticket : Asked::upgrade_with_token;
  if (auto error = refusal(refused, settings.url, asked, options.path)) throw *error;
  throw Error(Layer::websocket, "the gateway did not upgrade to a WebSocket")
      .with_status(refused.status);
}

// What is held is described as it is: nothing is renewed, and nothing leaves.
SignInFacts Connection::Parts::facts(const std::stop_token& cancel) {
  auto& keep = keeper(cancel);
  auto held = keep.held();
  SignInFacts made;
  made.scheme = held->auth().scheme_id();
  const auto look = [&] {
    const auto decorated = held->auth().decorate(RequestKind::rest, "GET", "/api/status", now_ms());
    held->check_latch(decorated.credential);
    made.signed_in = true;
  };
  try {
    try {
      look();
    } catch (const Error& error) {
      if (!error.needs_sign_in() || settings.inputs.empty()) throw;
      run(held, {.kind = OperationKind::sign_in, .local_only = true}, cancel,
          SessionKeeper::Writing::unless_newer);
      held = keep.held();
      look();
    }
  } catch (const Error& error) {
    if (!error.needs_sign_in() && error.layer() != Layer::config) throw;
    made.facts.emplace("why", error.happened());
  }
  for (auto& [key, value] : held->auth().describe()) made.facts.emplace(key, std::move(value));
  if (!held->auth().session().empty()) made.kept_in = keep.where();
  return made;
}

std::optional<Error> Connection::Parts::store_trouble() const {
  const auto* keep = ready_.load(std::memory_order_acquire);
  return keep == nullptr ? std::nullopt : keep->trouble();
}

std::string Connection::Parts::store_note() const {
  const auto* keep = ready_.load(std::memory_order_acquire);
  return keep == nullptr ? std::string() : keep->note();
}

// On an auth of its own, so that nobody who has a live credential waits for a person. It is stored
// and used whatever another process stored meanwhile: the person was asked here.
SignInFacts Connection::Parts::sign_in(const SignInOptions& options, Person& person,
                                       const std::stop_token& cancel) {
  auto& keep = keeper(cancel);
  const auto mine = person_.take(cancel, options.person_ms);
  const auto fresh = keep.open_anew();
  Operator operation(
      fresh->auth(), transport_, settings, [this] { return now_ms(); },
      [&] { keep.store(*fresh, SessionKeeper::Writing::always); });
  operation.run({.kind = OperationKind::sign_in,
                 .way = options.way,
                 .provider = options.provider,
                 .there = PersonThere{person, options.person_ms, options.given,
                                      host_->options.paths.sessions.parent_path()}},
                cancel);
  keep.use_unless_stored(*fresh);
  credential_changed();
  return facts(cancel);
}

std::string Connection::Parts::sign_out(const std::stop_token& cancel) {
  auto& keep = keeper(cancel);
  try {
    return run(keep.held(), {.kind = OperationKind::sign_out}, cancel,
               SessionKeeper::Writing::always)
        .message;
  } catch (const Error&) {
    // Whoever signs out does not want to find the session here again, wherever it failed.
    if (store_) {
      store_->erase({settings.name, settings.url, keep.held()->auth().scheme_id()});
      keep.take_over();
    }
    throw;
  }
}

}  // namespace pintle
