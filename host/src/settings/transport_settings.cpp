// SPDX-License-Identifier: Apache-2.0
#include "settings/transport_settings.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>
#include <pintle/files/durable_file.h>

#include "settings/secret_text.h"

namespace pintle {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxHeadersFile = 64 * 1024;
constexpr std::int64_t kPassphraseMs = 30'000;

std::string text_of_headers_file(const std::string& file) {
  try {
    if (auto bytes = read_file(file, kMaxHeadersFile)) return as_utf8(std::move(*bytes));
  } catch (const Error& error) {
    throw Error(Layer::config, "cannot read the headers file " + file + ": " + error.message())
        .with_user_action();
  }
  throw Error(Layer::config, "cannot read the headers file " + file + ": no such file")
      .with_user_action();
}

std::shared_ptr<const net::ProxyCredentials> read_proxy_auth_file(const std::string& file) {
  if (file.empty()) return nullptr;
  const auto source = SecretSource::of(SecretSource::Kind::file, file);
  const auto pair = source.read();
  try {
    return std::make_shared<const net::ProxyCredentials>(
        net::ProxyCredentials::parse(pair.reveal()));
  } catch (const Error& error) {
    throw Error(Layer::config,
                "invalid proxy credentials in " + source.text() + ": " + error.message())
        .with_user_action()
        .with_hint("Write user:password on one line into the file of --proxy-auth-file.");
  }
}

std::shared_ptr<net::ClientCertificate> client_certificate(const ConnectionSettings& settings) {
  if (settings.client_certificate.empty()) {
    if (settings.client_key.empty()) return nullptr;
    throw Error(Layer::config, "a client key is given without its certificate")
        .with_user_action()
        .with_hint("Pass the certificate with --cert FILE.");
  }
  net::ClientCertificateSettings made{settings.client_certificate, settings.client_key};
  if (settings.client_passphrase) {
    made.passphrase = [source = *settings.client_passphrase](const std::stop_token& cancel) {
      return source.read(kPassphraseMs, cancel);
    };
  }
  return std::make_shared<net::ClientCertificate>(std::move(made));
}

net::ProxyRules proxy_rules(const ConnectionSettings& settings, bool reads_environment) {
  net::ProxyRules rules;
  if (settings.no_proxy) return rules;
  if (!settings.proxy.empty()) rules.use(net::ProxySettings::parse(settings.proxy));
  if (reads_environment) rules.read(net::process_variable);
  rules.sign_in_with(read_proxy_auth_file(settings.proxy_auth_file));
  return rules;
}

}  // namespace

Headers read_headers_file(const std::string& file) {
  Headers headers;
  if (file.empty()) return headers;
  auto text = text_of_headers_file(file);
  std::string_view rest = text;
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
                  file + ", line " + std::to_string(line_number) + ": " + error.message())
          .with_user_action();
    }
  }
  wipe(text);
  return headers;
}

net::TransportSettings transport_settings(const ConnectionSettings& settings,
                                          bool reads_environment) {
  net::TransportSettings made{.gateway = settings.url};
  if (!settings.headers_file.empty() && !settings.allow_plain_http && is_exposed(settings.url)) {
    throw plain_http_error("the headers of " + settings.headers_file, settings.url);
  }
  made.extra_headers = read_headers_file(settings.headers_file);
  made.ca_file = settings.ca_file;
  made.client_certificate = client_certificate(settings);
  const milliseconds connect(settings.connect_ms);
  made.connect.dns = made.connect.tcp = made.connect.proxy = made.connect.tls = connect;
  made.connect.per_address = std::min(made.connect.per_address, connect);
  made.proxies = proxy_rules(settings, reads_environment);
  return made;
}

std::string file_state(const std::string& file) {
  if (file.empty()) return {};
  std::error_code none;
  const auto written = std::filesystem::last_write_time(file, none).time_since_epoch().count();
  const auto size = std::filesystem::file_size(file, none);
  return std::to_string(written) + " " + std::to_string(size);
}

std::string route_to_gateway(const ConnectionSettings& settings,
                             const net::TransportSettings& made) {
  std::string route = settings.scheme + "\n" + settings.profile + "\n";
  const auto& origin = settings.url.origin();
  if (const auto proxy = made.proxies.find(origin.host, origin.port, origin.secure)) {
    route += proxy->host + ":" + std::to_string(proxy->port);
  }
  for (const auto& file : {settings.headers_file, settings.ca_file, settings.proxy_auth_file,
                           settings.client_certificate, settings.client_key}) {
    route += "\n" + file;
    if (!file.empty()) route += "\n" + file_state(file);
  }
  return route;
}

bool is_pkcs11_uri(std::string_view text) noexcept { return net::is_pkcs11_uri(text); }

void check_proxy(std::string_view proxy) { net::ProxySettings::parse(proxy); }

}  // namespace pintle
