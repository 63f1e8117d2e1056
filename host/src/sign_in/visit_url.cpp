// SPDX-License-Identifier: Apache-2.0
#include "sign_in/visit_url.h"

#include <algorithm>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/percent.h>

namespace pintle {
namespace {

constexpr std::string_view kPlace = "{redirect_uri}";

void check_absolute(std::string_view url, const ConnectionSettings& settings) {
  const auto absolute = AbsoluteUrl::parse(url);
  if (absolute.scheme != "https" && absolute.scheme != "http") {
    throw Error(Layer::plugin, "it is neither http nor https");
  }
  const auto path = absolute.target.substr(0, absolute.target.find('?'));
  if (absolute.origin == settings.url.origin()) {
    if (!path.starts_with(settings.url.prefix() + "/")) {
      throw Error(Layer::plugin, "it is outside the gateway's prefix " + settings.url.prefix());
    }
    // Throws on "..", which a browser resolves before its request and which could leave the prefix.
    RequestTarget::parse(absolute.target);
    return;
  }
  const auto& allowed = settings.allowed_origins;
  const auto origin = absolute.origin.text();
  if (std::find(allowed.begin(), allowed.end(), origin) == allowed.end()) {
    throw Error(Layer::plugin, "the connection's settings do not allow the origin " + origin);
  }
}

}  // namespace

std::string visit_url(std::string_view given, std::string_view redirect_uri,
                      const ConnectionSettings& settings) {
  std::string url(given);
  const auto encoded = encode_component(redirect_uri);
  for (auto at = url.find(kPlace); at != std::string::npos;
       at = url.find(kPlace, at + encoded.size())) {
    url.replace(at, kPlace.size(), encoded);
  }
  try {
    if (url.find('#') != std::string::npos) throw Error(Layer::plugin, "it has a fragment");
    for (const char c : url) {
      if (c <= 0x20 || c >= 0x7f) {
        throw Error(Layer::plugin, "it has a character that must be percent-encoded");
      }
    }
    if (url.starts_with('/')) {
      return settings.url.origin().text() + settings.url.path_of(RequestTarget::parse(url));
    }
    check_absolute(url, settings);
    return url;
  } catch (const Error& error) {
    throw Error(Layer::plugin,
                "cannot open " + without_query(given) + " in a browser: " + error.message());
  }
}

}  // namespace pintle
