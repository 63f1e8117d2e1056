// SPDX-License-Identifier: Apache-2.0
#include "net/proxy/http_tunnel.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/printable.h>

#include "net/http/http_connection.h"
#include "net/http/user_agent.h"

namespace pintle::net {
namespace {

// Adds the schemes of a list of challenges (RFC 9110 11.6.1): words at the beginning of an element
// that are not parameters.
void add_schemes(std::string_view challenges, std::vector<std::string>& schemes) {
  bool is_quoted = false;
  bool is_begin = true;
  for (std::size_t at = 0; at < challenges.size(); ++at) {
    const char c = challenges[at];
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted || c == ' ' || c == '\t') continue;
    if (is_begin) {
      const auto word = challenges.substr(at, challenges.find_first_of(" \t,", at) - at);
      if (word.find('=') == std::string_view::npos) schemes.push_back(printable(word, 20));
      at += word.size() - 1;
    }
    is_begin = c == ',';
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Error authentication_required(const std::string& peer, const HttpResponse& answer,
                              bool has_credentials) {
  std::vector<std::string> schemes;
  for (const auto value : answer.headers.all("Proxy-Authenticate")) add_schemes(value, schemes);
  const bool takes_basic =
      schemes.empty() || std::any_of(schemes.begin(), schemes.end(), [](const auto& scheme) {
        return same_field_name(scheme, "Basic");
      });
  const auto error = [&](const std::string& message, const char* next) {
    return Error(Layer::proxy, peer + message)
        .with_status(answer.status)
        .with_user_action()
        .with_hint(next);
  };
  if (!takes_basic) {
    return error(" accepts only " + joined(schemes) + " sign-ins, but Pintle supports only Basic",
                 "Run a local proxy that signs in to this one (such as cntlm or px), and pass its "
                 "address with --proxy.");
  }
  if (has_credentials) {
    return error(" refused the user name or the password",
                 "Correct \"user:password\" in the file of --proxy-auth-file, or in the "
                 "environment variable.");
  }
  return error(" requires a user name and a password",
               "Write \"user:password\" to a file and pass it with --proxy-auth-file.");
}

Error refused(const std::string& peer, const std::string& authority, const HttpResponse& answer) {
  Error error(Layer::proxy, peer + " refused a tunnel to " + authority + " with \"" +
                                printable(answer.reason.empty() ? "no reason" : answer.reason) +
                                "\"");
  error.with_status(answer.status);
  if (answer.status >= 500) {
    return error.with_retry().with_hint(
        "Check that the gateway is running and that the proxy can reach it.");
  }
  return error.with_hint(
      "Ask the proxy's administrator to allow this host and port, or use no proxy (--proxy \"\").");
}

}  // namespace

Stream open_http_tunnel(Stream stream, const ProxyCredentials* credentials,
                        const std::string& authority, Watch& watch, TimePoint deadline) {
  const std::string peer = stream.peer();
  std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                     "\r\nUser-Agent: " + user_agent() + "\r\n";
  if (credentials != nullptr) {
    head.append("Proxy-Authorization: Basic ")
        .append(
            basic_credential(credentials->user.reveal(), credentials->password.reveal()).reveal())
        .append("\r\n");
  }
  head += "\r\n";
  HttpConnection connection(std::move(stream), watch);
  ExchangeLimits limits;
  limits.body_bytes = kProbeBodyBytes;
  limits.total = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  limits.first_byte = limits.total;
  HttpResponse answer;
  try {
    answer = connection.exchange({"CONNECT", authority, head, {}}, limits, deadline);
    wipe(head);
  } catch (const Error& e) {
    wipe(head);
    Error error(Layer::proxy, e.message());
    throw error.with_retry(e.can_retry()).with_hint("Check that " + peer + " is an http proxy.");
  }
  if (answer.status == 407) throw authentication_required(peer, answer, credentials != nullptr);
  if (!answer.ok()) throw refused(peer, authority, answer);
  std::string early;
  Stream tunnel = connection.release(early);
  if (!early.empty()) {
    // Both TLS and HTTP wait for the client to speak first.
    throw Error(Layer::proxy, peer + " sent " + std::to_string(early.size()) +
                                  " bytes after its answer, before any request");
  }
  return tunnel;
}

}  // namespace pintle::net
