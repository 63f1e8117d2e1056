// SPDX-License-Identifier: Apache-2.0
//
// Finds the gateway: at the configured URL, or above it on the same origin.

#include <chrono>
#include <vector>

#include <pintle/core/base/error.h>

#include "connection/gateway_choice.h"

namespace pintle {
namespace {

// The URL of a page has at most a few segments.
constexpr std::size_t kMaxPathsAbove = 5;

// Nearest first: a gateway at "/hermes" is preferred to one at "/".
std::vector<GatewayUrl> paths_above(const GatewayUrl& url) {
  std::vector<GatewayUrl> above;
  for (auto next = url.parent(); next; next = next->parent()) above.push_back(*next);
  if (above.size() > kMaxPathsAbove) above.erase(above.begin(), above.end() - kMaxPathsAbove);
  return above;
}

}  // namespace

// A gateway, or the proxy in front of it, answers with pages, redirects and refusals to a path
// outside its API.
bool may_be_a_page(const Error& error) {
  if (error.layer() == Layer::host_guard || error.layer() == Layer::tls) return false;
  const int status = error.http_status();
  return status == 0 ? error.layer() == Layer::protocol : status >= 200 && status < 429;
}

FoundGateway GatewayChoice::find(const std::stop_token& cancel) {
  using std::chrono::milliseconds;
  const auto deadline = net::Clock::now() + milliseconds(context_.settings.request_ms);
  std::optional<Error> failure;
  try {
    const auto& url = context_.settings.url;
    return {url, read(ask(url, cancel), url)};
  } catch (const Error& error) {
    if (!may_be_a_page(error)) throw;
    failure = error;
  }
  for (const auto& url : paths_above(context_.settings.url)) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - net::Clock::now());
    if (left <= milliseconds(0)) break;
    try {
      return {url, read(ask(url, cancel, left), url)};
    } catch (const Error& error) {
      if (!may_be_a_page(error)) break;
    }
  }
  throw *failure;
}

Probe GatewayChoice::probe(const std::stop_token& cancel) {
  auto found = find(cancel);
  if (found.url == context_.settings.url) return std::move(found.probe);
  throw Error(Layer::config, "there is no gateway at " + context_.settings.url.text() +
                                 ", but there is one at " + found.url.text())
      .with_user_action()
      .with_hint("Use that URL: " + found.url.text() + ".");
}

}  // namespace pintle
