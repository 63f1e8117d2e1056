// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <pintle/core/gateway/intermediary.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

constexpr std::string_view kBlank = " \t\r\n\v\f";
constexpr const char* kPassTheWall =
    "Sign in to the proxy in front of the gateway (pintle sign-in --front-only, or "
    "--front-username and --front-password-file), or add the headers that it requires "
    "(--headers-file FILE); if there should be no proxy, check the host and the port.";
constexpr const char* kServiceToken =
    "Sign in to it (pintle sign-in --front-only), or give the service token of Cloudflare Access: "
    "--front-secret-file client_id=FILE and client_secret=FILE, or its headers "
    "(CF-Access-Client-Id and CF-Access-Client-Secret) with --headers-file FILE.";

bool is_cloudflare_access(std::string_view host) {
  return host == "cloudflareaccess.com" || host.ends_with(".cloudflareaccess.com");
}

std::string_view without_slashes(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// Resolves a Location (RFC 9110 10.2.2): absolute, from the root, or relative to the request.
AbsoluteUrl destination(std::string_view location, const GatewayUrl& gateway,
                        std::string_view path) {
  if (location.starts_with("//")) {
    return AbsoluteUrl::parse((gateway.secure() ? "https:" : "http:") + std::string(location));
  }
  if (location.starts_with('/')) {
    return AbsoluteUrl::parse(gateway.origin().text() + std::string(location));
  }
  if (location.find("://") < location.find_first_of("/?#")) return AbsoluteUrl::parse(location);
  const auto folder = gateway.prefix() + std::string(path.substr(0, path.rfind('/') + 1));
  return AbsoluteUrl::parse(gateway.origin().text() + folder + std::string(location));
}

// Returns the URL that the user should have typed, if the redirect leads to the same path under
// another prefix, host, port or scheme. Empty otherwise, as for a login.
std::string better_url(const AbsoluteUrl& to, const GatewayUrl& gateway, std::string_view path) {
  auto target = std::string_view(to.target);
  target = without_slashes(target.substr(0, target.find('?')));
  const auto requested = without_slashes(path);
  std::string better;
  if (target.ends_with(requested)) {
    better = to.origin.text() +
             std::string(without_slashes(target.substr(0, target.size() - requested.size())));
  } else if (to.origin.host == gateway.host() && to.origin.secure && !gateway.secure()) {
    better = to.origin.text() + gateway.prefix();
  }
  return better == gateway.text() ? std::string() : better;
}

// By a segment of its path, as gateways, access proxies and single sign-on name it.
bool is_login_page(std::string_view target) {
  const auto path = ascii::lower(target.substr(0, target.find_first_of("?#")));
  for (const std::string_view name : {"/login", "/log-in", "/log_in", "/signin", "/sign-in",
                                      "/sign_in", "/sso", "/saml", "/oauth2"}) {
    if (path.find(name) != std::string::npos) return true;
  }
  return false;
}

// The printable part: a query may contain a one-time code.
std::string display_destination(const AbsoluteUrl& to) {
  return printable(to.origin.text()) + without_query(to.target);
}

std::string title_of(std::string_view body) {
  const auto head = ascii::lower(body.substr(0, 8192));
  const auto open = head.find("<title");
  if (open == std::string::npos) return {};
  const auto begin = head.find('>', open);
  const auto end = head.find("</title", open);
  if (begin == std::string::npos || end == std::string::npos || begin >= end) return {};
  return printable(ascii::trim(body.substr(begin + 1, end - begin - 1), kBlank), 80);
}

// A challenge that the gateway never sends: it does not support Basic, Digest or Negotiate.
std::string_view foreign_challenge(const Headers& headers) {
  for (const auto value : headers.all("WWW-Authenticate")) {
    for (const std::string_view scheme : {"Basic", "Digest", "Negotiate", "NTLM"}) {
      if (ascii::starts_with(value, scheme)) return scheme;
    }
  }
  return {};
}

// The beginning of a page with which a server refuses a client, in lower case; else empty.
std::string refusal_page(const HttpResponse& response) {
  const int status = response.status;
  if (status != 400 && status != 401 && status != 403) return "";
  if (!is_web_page(response)) return "";
  return ascii::lower(std::string_view(response.body).substr(0, 8192));
}

bool says(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

}  // namespace

bool is_web_page(const HttpResponse& response) noexcept {
  const auto type = response.headers.get("Content-Type");
  if (ascii::starts_with(type, "text/html") || ascii::starts_with(type, "application/xhtml")) {
    return true;
  }
  std::string_view body = response.body;
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  body = body.substr(std::min(body.find_first_not_of(kBlank), body.size()));
  return ascii::starts_with(body, "<!doctype html") || ascii::starts_with(body, "<html");
}

Error redirect_error(const HttpResponse& response, const GatewayUrl& gateway,
                     std::string_view path) {
  const auto error = [&](const std::string& message, std::string next) {
    return Error(Layer::access_proxy, message)
        .with_status(response.status)
        .with_user_action()
        .with_hint(std::move(next));
  };
  const auto location = response.headers.get("Location");
  const std::string prefix = "the answer to " + printable(path) + " is a redirect ";
  if (location.empty()) return error(prefix + "without a Location", kPassTheWall);
  try {
    const auto to = destination(location, gateway, path);
    if (is_cloudflare_access(to.origin.host)) {
      return error("Cloudflare Access in front of " + gateway.authority() + " redirects to " +
                       display_destination(to),
                   kServiceToken);
    }
    if (const auto better = better_url(to, gateway, path); !better.empty()) {
      return error("the gateway has moved to " + printable(better) + ": " + prefix + "to it",
                   "Use that URL: " + printable(better) + ".");
    }
    if (to.origin == gateway.origin()) {
      return error(prefix + "to " + without_query(to.target) + " on the same host", kPassTheWall);
    }
    return error(prefix + "to " + display_destination(to), kPassTheWall);
  } catch (const Error&) {
    // The Location is not shown: it may contain a one-time code.
    return error(prefix + "to an invalid URL", kPassTheWall);
  }
}

std::optional<std::string> own_redirect(const HttpResponse& response, const GatewayUrl& gateway,
                                        std::string_view path) {
  const auto location = response.headers.get("Location");
  if (location.empty()) return std::nullopt;
  try {
    const auto to = destination(location, gateway, path);
    if (to.origin != gateway.origin() || is_login_page(to.target)) return std::nullopt;
    return display_destination(to);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Error> intermediary_error(const HttpResponse& response, const GatewayUrl& gateway) {
  const auto error = [&](const std::string& message, const char* next) {
    return Error(Layer::access_proxy, message)
        .with_status(response.status)
        .with_user_action()
        .with_hint(next);
  };
  if (response.status == 511) {
    return error("the network requires a sign-in (captive portal)",
                 "Open any web page in a browser, sign in to the network, then try again.");
  }
  if (response.headers.has("cf-mitigated")) {
    return error("Cloudflare in front of " + gateway.authority() + " answered with a bot check",
                 "Exempt the gateway's paths from the check with a rule in Cloudflare's settings.");
  }
  if (const auto scheme = foreign_challenge(response.headers); !scheme.empty()) {
    return error("something in front of " + gateway.authority() + " requires its own sign-in (" +
                     std::string(scheme) + ")",
                 kPassTheWall);
  }
  if (!is_web_page(response)) return std::nullopt;
  const auto title = title_of(response.body);
  return error("received a web page" + (title.empty() ? "" : " (\"" + title + "\")") +
                   " instead of the gateway's answer",
               kPassTheWall);
}

bool asks_for_client_certificate(const HttpResponse& response) {
  const auto page = refusal_page(response);
  return says(page, "no required ssl certificate was sent") || says(page, "client certificate");
}

bool refuses_client_certificate(const HttpResponse& response) {
  const auto page = refusal_page(response);
  if (says(page, "the ssl certificate error")) return true;
  return says(page, "client certificate") &&
         (says(page, "untrusted") || says(page, "revoked") || says(page, "expired"));
}

}  // namespace pintle
