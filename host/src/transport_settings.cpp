#include "transport_settings.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>

#include <Poco/Base64Encoder.h>

#include <pintle/core/error.h>
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

}  // namespace

net::TransportSettings transport_settings(const ConnectionSettings& settings) {
  net::TransportSettings made{.gateway = settings.url};
  if (!settings.headers_file.empty() && !settings.url.secure() && !settings.url.is_loopback() &&
      !settings.allow_plain_http) {
    throw Error(Layer::config, "the headers of " + settings.headers_file +
                                   " would travel over plain http to another machine")
        .with_person()
        .with_next("Use https, or --allow-plain-http where you trust the way there.");
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

std::string way_to_gateway(const ConnectionSettings& settings, const net::TransportSettings& made) {
  std::string way = settings.scheme + "\n";
  if (made.proxy) way += made.proxy->host + ":" + std::to_string(made.proxy->port);
  for (const auto& file : {settings.headers_file, settings.ca_file, settings.proxy_auth_file}) {
    way += "\n" + file;
    if (file.empty()) continue;
    std::error_code none;
    const auto written = std::filesystem::last_write_time(file, none).time_since_epoch().count();
    const auto size = std::filesystem::file_size(file, none);
    way += "\n" + std::to_string(written) + " " + std::to_string(size);
  }
  return way;
}

}  // namespace pintle
