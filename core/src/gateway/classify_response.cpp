// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/intermediary.h>
#include <pintle/core/http/http_date.h>
#include <pintle/core/http/wrong_protocol.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

#include "gateway/detail.h"

namespace pintle {
namespace {

constexpr std::int64_t kSignInPauseMs = 60 * 1000;  // gateway-contract 4: 10 tries in 60 s.
constexpr const char* kSignIn = "Sign in again (pintle sign-in).";
constexpr const char* kWait = "Try again later; if it keeps happening, check the gateway's log.";

bool is_upgrade(RequestPurpose purpose) {
  return purpose == RequestPurpose::upgrade_with_ticket ||
         purpose == RequestPurpose::upgrade_with_token;
}
bool is_sign_in(RequestPurpose purpose) {
  return purpose == RequestPurpose::password_sign_in || purpose == RequestPurpose::native_token ||
         purpose == RequestPurpose::native_refresh;
}

// One response; a member function for each family of statuses.
class Classification {
 public:
  Classification(const HttpResponse& response, const GatewayUrl& gateway, RequestPurpose purpose,
                 std::string_view path)
      : response_(response),
        gateway_(gateway),
        purpose_(purpose),
        path_(path),
        detail_(response.ok() ? Detail() : Detail::of(response.body)) {}

  std::optional<Error> verdict() const;

 private:
  Error error(Layer layer, const std::string& message, std::string next) const {
    return Error(layer, message).with_status(response_.status).with_hint(std::move(next));
  }
  Error sign_in(Layer layer, const std::string& message, std::string next) const {
    return error(layer, message, std::move(next)).with_sign_in();
  }
  // An app's own paths may return pages and redirects; the gateway's API never does.
  bool is_api() const { return purpose_ != RequestPurpose::rest || path_.starts_with("/api/"); }
  bool behind_cloudflare() const {
    return response_.headers.has("CF-Ray") ||
           ascii::is_same(response_.headers.get("Server"), "cloudflare");
  }

  std::optional<Error> bad_request() const;
  Error swallowed_upgrade() const;
  Error unauthorized() const;
  Error forbidden() const;
  std::optional<Error> not_found() const;
  Error too_many() const;
  Error server_error() const;
  std::optional<Error> another() const;

  const HttpResponse& response_;
  const GatewayUrl& gateway_;
  RequestPurpose purpose_;
  std::string_view path_;
  Detail detail_;
};

std::optional<Error> Classification::bad_request() const {
  std::string_view detail = detail_.detail;
  if (detail.empty()) detail = std::string_view(response_.body).substr(0, 1024);
  const auto text = ascii::lower(detail);
  if (text.find("invalid host header") != std::string::npos) {
    return error(
               Layer::host_guard,
               "the gateway refused the host name \"" + gateway_.authority() +
                   "\": it answered \"" + printable(ascii::trim_lines(detail)) + "\"",
               "Use the name or address that the gateway was started with, or configure the proxy "
               "in front of it to send that name in the Host header.")
        .with_user_action();
  }
  if (text.find("plain http request was sent to https port") != std::string::npos ||
      text.find("http request to an https server") != std::string::npos ||
      text.find("speaking plain http to an ssl-enabled server port") != std::string::npos) {
    return wrong_scheme_error(Scheme::https, gateway_.authority()).with_status(response_.status);
  }
  if (is_upgrade(purpose_)) return swallowed_upgrade();
  if (purpose_ == RequestPurpose::native_token) {
    return sign_in(Layer::gate, "the gateway refused the sign-in code" + detail_.suffix(),
                   "Sign in again: a code can be used once, within two minutes.");
  }
  if (is_api()) {
    if (auto wall = intermediary_error(response_, gateway_)) return wall;
  }
  return another();
}

// A gateway refuses an upgrade only with a bare 403. Any other response is to a plain GET, so a
// proxy dropped the upgrade: it proves nothing about the credential (gateway-contract 8), and its
// text ("Unauthorized") would mislead.
Error Classification::swallowed_upgrade() const {
  return error(Layer::websocket,
               "the WebSocket upgrade was answered as an ordinary request, so a proxy in front of "
               "the gateway did not forward it",
               "Configure the reverse proxy to forward the Upgrade and Connection headers for " +
                   gateway_.prefix() + printable(path_) +
                   " (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
                   "proxy_set_header Connection \"upgrade\").")
      .with_user_action();
}

Error Classification::unauthorized() const {
  if (auto wall = intermediary_error(response_, gateway_)) return *std::move(wall);
  // The gateway's own refusals are JSON, those of the upgrade bare; plain text is a proxy's.
  const bool foreign =
      purpose_ == RequestPurpose::public_endpoint ||
      (!detail_.is_object && !is_upgrade(purpose_) && !ascii::trim_lines(response_.body).empty());
  if (foreign) {
    return error(
               Layer::access_proxy,
               "something in front of " + gateway_.authority() + " blocked " + printable(path_),
               "Sign in to the access proxy (pintle sign-in --front-only, or --front-username and "
               "--front-password-file), add the headers that it requires (--headers-file FILE), "
               "or exempt the gateway's paths from it.")
        .with_user_action();
  }
  if (response_.status == 403) return forbidden();
  if (is_upgrade(purpose_)) return swallowed_upgrade();
  if (purpose_ == RequestPurpose::password_sign_in) {
    return sign_in(Layer::gate, "the gateway refused the user name or the password",
                   "Check both and try again.");
  }
  if (purpose_ == RequestPurpose::native_refresh || detail_.error == "session_expired") {
    return sign_in(Layer::session, "the session has ended", kSignIn);
  }
  if (detail_.error == "unauthenticated" || detail_.reason == "no_cookie") {
    return sign_in(Layer::gate, "the gateway requires a sign-in, but no session was sent",
                   "Sign in first (pintle sign-in), then try again.");
  }
  if (detail_.detail == "Unauthorized") {
    return sign_in(Layer::gate, "the gateway refused the session token",
                   "Provide the token that the gateway was started with: --token-file FILE.");
  }
  return sign_in(Layer::gate, "the gateway refused the credential" + detail_.suffix(), kSignIn);
}

Error Classification::forbidden() const {
  switch (purpose_) {
    case RequestPurpose::ticket:
      return sign_in(
          Layer::session,
          "cannot mint a WebSocket ticket: the gateway refused the session" + detail_.suffix(),
          kSignIn);
    case RequestPurpose::upgrade_with_ticket:
      // gateway-contract 6: the same bare 403 for a stale ticket, a wrong Host and a wrong Origin.
      return error(Layer::ticket, "the gateway refused the WebSocket despite a fresh ticket",
                   "Try again with another ticket. If it is refused too, the gateway does not "
                   "accept the host name (" +
                       gateway_.authority() +
                       ") or the Origin that was sent, or a proxy in front of it does not support "
                       "WebSockets.")
          .with_retry();
    case RequestPurpose::upgrade_with_token:
      return sign_in(Layer::gate, "the gateway refused the WebSocket with this session token",
                     "Provide the token that the gateway was started with. If it is correct, the "
                     "gateway does not accept the host name (" +
                         gateway_.authority() + ") or the Origin that was sent.");
    case RequestPurpose::native_refresh:
      return sign_in(Layer::session,
                     "the gateway refused to refresh the session" + detail_.suffix(), kSignIn);
    default:
      return error(Layer::gate, "the gateway does not allow " + printable(path_) + detail_.suffix(),
                   "Sign in as a user who has permission.")
          .with_user_action();
  }
}

std::optional<Error> Classification::not_found() const {
  switch (purpose_) {
    case RequestPurpose::rest:
      return std::nullopt;
    case RequestPurpose::public_endpoint:
      return error(Layer::protocol,
                   "there is no " + printable(path_) + " at " + gateway_.text() +
                       ", so this is not a supported gateway",
                   gateway_.port() == 8642
                       ? "Port 8642 is the API server, which has no WebSocket: use the "
                         "dashboard's port (9119 by default)."
                       : "Check the port and the path prefix of the URL.")
          .with_user_action();
    case RequestPurpose::ticket:
      return error(Layer::ticket, "the gateway has no " + printable(path_) + detail_.suffix(),
                   "Probe the gateway again: it may have been restarted without its gate.");
    case RequestPurpose::password_sign_in:
      return error(Layer::gate,
                   "the gateway has no such sign-in provider, or the provider takes no password" +
                       detail_.suffix(),
                   "Choose another provider or another sign-in method.")
          .with_user_action();
    case RequestPurpose::native_token:
    case RequestPurpose::native_refresh:
      return error(Layer::gate, "the gateway has no native sign-in" + detail_.suffix(),
                   "Choose another sign-in method.")
          .with_user_action();
    default:
      return another();
  }
}

Error Classification::too_many() const {
  const auto layer =
      behind_cloudflare() || is_web_page(response_) ? Layer::access_proxy : Layer::rate_limit;
  auto wait_ms = retry_after_ms(response_.headers);
  if (!wait_ms && is_sign_in(purpose_)) wait_ms = kSignInPauseMs;
  const auto how_long = wait_ms ? std::to_string((*wait_ms + 999) / 1000) + " s" : "a while";
  auto out = error(layer, "too many requests" + detail_.suffix(),
                   "Wait " + how_long + ", then try again.");
  out.with_retry();
  if (wait_ms) out.with_retry_after_ms(*wait_ms);
  return out;
}

Error Classification::server_error() const {
  const int status = response_.status;
  const auto cause = [&] {
    if (status == 511) return *intermediary_error(response_, gateway_);
    const bool provider = status == 503 && detail_.is_object &&
                          (is_sign_in(purpose_) || detail_.detail.starts_with("Auth provider"));
    if (provider) {
      return error(Layer::provider,
                   "the gateway cannot reach its identity provider" + detail_.suffix(), kWait);
    }
    if ((status >= 520 && status <= 527) || status == 530) {
      return error(Layer::access_proxy, "Cloudflare could not get an answer from the gateway",
                   kWait);
    }
    if (status == 502 || status == 504 || (status == 503 && is_web_page(response_))) {
      return error(Layer::access_proxy,
                   "a proxy in front of the gateway could not get an answer from it", kWait);
    }
    return error(Layer::protocol,
                 "the gateway failed to answer " + printable(path_) + detail_.suffix(), kWait);
  };
  auto out = cause();
  if (status == 511) return out;
  out.with_retry();
  if (const auto wait_ms = retry_after_ms(response_.headers)) out.with_retry_after_ms(*wait_ms);
  return out;
}

std::optional<Error> Classification::another() const {
  if (purpose_ == RequestPurpose::rest) return std::nullopt;
  if (is_upgrade(purpose_)) return swallowed_upgrade();
  return error(Layer::protocol, "unexpected answer to " + printable(path_) + detail_.suffix(),
               "Check the gateway's URL and version.");
}

std::optional<Error> Classification::verdict() const {
  const int status = response_.status;
  if (is_upgrade(purpose_) && status == 101) return std::nullopt;
  if (refuses_client_certificate(response_)) {
    return refused_certificate_error(gateway_.authority(), "", "").with_status(status);
  }
  if (asks_for_client_certificate(response_)) {
    return client_certificate_error(gateway_.authority()).with_status(status);
  }
  if (status == 407) {
    return error(Layer::proxy, "the forward proxy requires authentication",
                 "Provide the user and password of the proxy with --proxy-auth-file FILE.")
        .with_user_action();
  }
  if (status >= 500) return server_error();
  if (status == 429) return too_many();
  if (status == 401 || status == 403) return unauthorized();
  if (status >= 300 && status < 400 && is_api() && status != 304) {
    return redirect_error(response_, gateway_, path_);
  }
  if (status == 404) return not_found();
  if (status == 400) return bad_request();
  // A page instead of an upgrade may be the gateway's own, or that of the proxy that dropped it.
  if (is_api() && !(is_upgrade(purpose_) && is_web_page(response_))) {
    if (auto wall = intermediary_error(response_, gateway_)) return wall;
  }
  if (status == 408) {
    return error(Layer::tcp, "the server timed out waiting for the request", kWait).with_retry();
  }
  if (response_.ok() && !is_upgrade(purpose_)) return std::nullopt;
  return another();
}

}  // namespace

std::optional<Error> classify_response(const HttpResponse& response, const GatewayUrl& gateway,
                                       RequestPurpose purpose, std::string_view path) {
  return Classification(response, gateway, purpose, path).verdict();
}

}  // namespace pintle
