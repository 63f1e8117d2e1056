// SPDX-License-Identifier: Apache-2.0
#include "connection_options.h"

#include <filesystem>
#include <set>
#include <utility>

#include <pintle/core/ws/ws_protocol.h>
#include <pintle/trace_context.h>

#include "program_settings.h"

namespace pintle::cli {
namespace {

using Kind = SecretSource::Kind;

// "KEY=VALUE", taken apart.
std::pair<std::string, std::string> split_pair(const std::string& text, const char* option,
                                               const char* form = "KEY=VALUE") {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    throw UsageError(std::string("--") + option + " is written " + form);
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// One place for each secret: with two of them nobody could tell which one is sent.
class InputsGiven {
 public:
  explicit InputsGiven(ConnectionSettings& base) : base_(base) {}

  void set(const std::string& key, SecretSource source) {
    if (!given_.insert(key).second) {
      throw UsageError(key == "token" ? "the token is read from one place: give only one of "
                                        "--token-file, --token-command, --token-env and "
                                        "--token-stdin"
                                      : "each secret is read from one place: one of them was "
                                        "given more than once");
    }
    base_.inputs.insert_or_assign(key, std::move(source));
  }

 private:
  ConnectionSettings& base_;
  std::set<std::string> given_;
};

}  // namespace

GatewayUrl typed_gateway_url(const std::string& text) {
  auto url = GatewayUrl::parse(text);
  const auto extra = text.find_first_of("?#");
  if (extra == std::string::npos) return url;
  // What is left out may hold a token.
  if (text[extra] == '?') {
    throw UsageError("the URL of a gateway has no query (\"?…\"): write " + url.text() +
                     ", and give a token with --token-file");
  }
  throw UsageError("the URL of a gateway has no fragment (\"#…\"): write " + url.text());
}

std::vector<Option> connection_options() {
  return {
      {"scheme", "ID", "Use this scheme"},
      {"profile", "ID",
       "The kind of gateway, as pintle plugins lists them (found out by asking it)"},
      {"no-probe", "", "Do not ask the gateway what it is; needs --scheme"},
      {"token-file", "FILE", "Read the session token from this file"},
      {"token-command", "COMMAND",
       "Read the session token from the first line that this command prints"},
      {"token-env", "VARIABLE", "Read the session token from this environment variable"},
      {"secret-file", "KEY=FILE", "Read another secret of the scheme from a file"},
      {"secret-command", "KEY=COMMAND", "The same from a command"},
      {"secret-env", "KEY=VARIABLE", "The same from an environment variable"},
      {"set", "KEY=VALUE", "A setting of the scheme; never a secret"},
      {"helper", "NAME=COMMAND", "The command of a helper program that the scheme asks for"},
      {"front", "NAME|auto|none",
       "The scheme for what stands in front of the gateway (auto: found out by what answers)"},
      {"front-username", "TEXT", "The user name for it"},
      {"front-password-file", "FILE", "Read the password for it from this file"},
      {"front-secret-file", "KEY=FILE", "Read another secret for it from a file"},
      {"front-secret-command", "KEY=COMMAND", "The same from a command"},
      {"front-secret-env", "KEY=VARIABLE", "The same from an environment variable"},
      {"front-set", "KEY=VALUE", "A setting of its scheme; never a secret"},
      {"headers-file", "FILE",
       "Add these headers (lines \"Name: value\") to every request, for an access proxy"},
      {"ca-file", "FILE", "Trust these certificates (PEM) instead of the system's"},
      {"cert", "FILE|URI",
       "Show this client certificate (PEM, PKCS#12 or pkcs11:) if the gateway asks for one"},
      {"key", "FILE|URI", "Its private key (PEM or pkcs11:), if that is elsewhere"},
      {"cert-passphrase-file", "FILE",
       "Read the passphrase of the key, or the PIN, from this file"},
      {"cert-passphrase-command", "COMMAND", "The same from a command"},
      {"cert-passphrase-env", "VARIABLE", "The same from an environment variable"},
      {"proxy", "URL", "Use this proxy, http:// or socks5://; \"\" for none"},
      {"proxy-auth-file", "FILE", "Read the proxy's \"user:password\" from this file"},
      {"allow-origin", "URL", "Let the scheme send requests to this origin too"},
      {"allow-plain-http", "", "Allow secrets to be sent unencrypted to another machine"},
      {"store", "WHERE",
       "Store the session in a file (file), the desktop's keyring (secret-service) or a Redis (its "
       "URL)"},
      {"store-secret-file", "KEY=FILE",
       "Read a secret of that Redis from a file: its password, or the key for the sessions"},
      {"store-secret-command", "KEY=COMMAND", "The same from a command"},
      {"store-secret-env", "KEY=VARIABLE", "The same from an environment variable"},
      {"store-set", "KEY=VALUE", "A setting of that Redis: ca_file, prefix, lease_ms or plain"},
      {"timeout", "SECONDS", "Time limit of a request (60)"},
  };
}

std::vector<Option> with_connection_options(std::vector<Option> own) {
  for (auto& option : connection_options()) own.push_back(std::move(option));
  own.push_back(
      {"token-stdin", "", "Read the session token from the first line of standard input"});
  return own;
}

Option max_message_option() {
  return {"max-message", "SIZE", "Accept messages up to this size, at most 512M (64M)"};
}

std::optional<std::uint64_t> max_message(const Invocation& invocation) {
  return invocation.bytes("max-message", ws::kMaxMessageBytes);
}

Option traceparent_option() {
  return {"traceparent", "VALUE|new", "Send this W3C traceparent, or a new one"};
}

std::string traceparent(const Invocation& invocation) {
  auto value = invocation.get("traceparent").value_or("");
  if (value == "new") return new_traceparent();
  if (!value.empty() && !trace_id_of(value)) {
    throw UsageError("--traceparent is new, or 00-TRACE_ID-PARENT_ID-FLAGS in hex digits");
  }
  return value;
}

std::string absolute_file(const std::string& file) {
  return std::filesystem::absolute(file).lexically_normal().string();
}

namespace {

std::string file_or_uri(const std::string& place) {
  if (is_pkcs11_uri(place) && place.find("pin-") != std::string::npos) {
    throw UsageError("a PIN is never part of the URI: use --cert-passphrase-file");
  }
  return is_pkcs11_uri(place) ? place : absolute_file(place);
}

void apply_certificate(const Invocation& invocation, ConnectionSettings& base) {
  if (const auto place = invocation.get("cert")) {
    base.client_certificate = file_or_uri(*place);
    // They belong to the saved certificate.
    base.client_key.clear();
    base.client_passphrase.reset();
  }
  if (const auto place = invocation.get("key")) base.client_key = file_or_uri(*place);
  if (!base.client_key.empty() && base.client_certificate.empty()) {
    throw UsageError("--key needs --cert");
  }
  for (const auto& [option, kind] : {std::pair{"cert-passphrase-file", Kind::file},
                                     std::pair{"cert-passphrase-command", Kind::command},
                                     std::pair{"cert-passphrase-env", Kind::environment}}) {
    if (const auto where = invocation.get(option)) {
      base.client_passphrase = SecretSource::of(kind, *where);
    }
  }
  if (base.client_passphrase && base.client_certificate.empty()) {
    throw UsageError("--cert-passphrase-… needs --cert");
  }
}

// What stands in front of the gateway.
void apply_front(const Invocation& invocation, ConnectionSettings& base) {
  if (auto front = invocation.get("front")) base.front = *front == "auto" ? "" : *front;
  if (auto name = invocation.get("front-username")) base.front_settings["username"] = *name;
  if (auto file = invocation.get("front-password-file")) {
    base.front_inputs.insert_or_assign("password", SecretSource::of(Kind::file, *file));
  }
  for (const auto& [option, kind] : {std::pair{"front-secret-file", Kind::file},
                                     std::pair{"front-secret-command", Kind::command},
                                     std::pair{"front-secret-env", Kind::environment}}) {
    for (const auto& pair : invocation.all(option)) {
      const auto [key, where] = split_pair(pair, option);
      base.front_inputs.insert_or_assign(key, SecretSource::of(kind, where));
    }
  }
  for (const auto& pair : invocation.all("front-set")) {
    auto [key, value] = split_pair(pair, "front-set");
    base.front_settings.insert_or_assign(std::move(key), std::move(value));
  }
}

// Which scheme, and how the gateway is asked what it is.
void apply_choice(const Invocation& invocation, ConnectionSettings& base) {
  if (auto scheme = invocation.get("scheme")) base.scheme = *scheme;
  if (auto profile = invocation.get("profile")) base.profile = *profile;
  if (invocation.has("no-probe")) base.no_probe = true;
  if (base.no_probe && base.scheme.empty()) {
    throw UsageError("--no-probe needs --scheme: without a probe no scheme can be chosen");
  }
}

}  // namespace

void use_store(ConnectionSettings& base, const std::string& where) {
  const bool is_url = where.find("://") != std::string::npos;
  if (where != "file" && where != "secret-service" && !is_url) {
    throw UsageError("--store is file, secret-service or the URL of a Redis");
  }
  if (where == base.session_store) return;
  base.session_store = where;
  // They belong to the store before.
  base.store_inputs.clear();
  base.store_settings.clear();
}

void apply_store(const Invocation& invocation, ConnectionSettings& base) {
  if (const auto where = invocation.get("store")) use_store(base, *where);
  for (const auto& [option, kind] : {std::pair{"store-secret-file", Kind::file},
                                     std::pair{"store-secret-command", Kind::command},
                                     std::pair{"store-secret-env", Kind::environment}}) {
    for (const auto& pair : invocation.all(option)) {
      const auto [key, where] = split_pair(pair, option);
      base.store_inputs.insert_or_assign(key, SecretSource::of(kind, where));
    }
  }
  for (const auto& pair : invocation.all("store-set")) {
    auto [key, value] = split_pair(pair, "store-set");
    if (key == "ca_file") value = absolute_file(value);
    base.store_settings.insert_or_assign(std::move(key), std::move(value));
  }
  const bool is_url = base.session_store.find("://") != std::string::npos;
  if (!is_url && !(base.store_inputs.empty() && base.store_settings.empty())) {
    throw UsageError("--store-secret-… and --store-set need --store URL");
  }
  check_session_store(base);
}

ConnectionSettings apply_options(const Invocation& invocation, ConnectionSettings base) {
  InputsGiven inputs(base);
  struct Row {
    const char* ending;
    Kind kind;
  };
  for (const auto& row :
       {Row{"file", Kind::file}, Row{"command", Kind::command}, Row{"env", Kind::environment}}) {
    const auto token = std::string("token-") + row.ending;
    const auto secret = std::string("secret-") + row.ending;
    if (auto where = invocation.get(token)) inputs.set("token", SecretSource::of(row.kind, *where));
    for (const auto& pair : invocation.all(secret)) {
      const auto [key, where] = split_pair(pair, secret.c_str());
      inputs.set(key, SecretSource::of(row.kind, where));
    }
  }
  if (invocation.has("token-stdin")) inputs.set("token", SecretSource::standard_input());
  for (const auto& pair : invocation.all("set")) {
    auto [key, value] = split_pair(pair, "set");
    base.scheme_settings.insert_or_assign(std::move(key), std::move(value));
  }
  for (const auto& pair : invocation.all("helper")) {
    auto [name, line] = split_pair(pair, "helper", "NAME=COMMAND");
    check_helper(name, line);
    base.helpers.insert_or_assign(std::move(name), std::move(line));
  }
  apply_choice(invocation, base);
  apply_front(invocation, base);
  if (auto file = invocation.get("headers-file")) base.headers_file = absolute_file(*file);
  if (auto file = invocation.get("ca-file")) base.ca_file = absolute_file(*file);
  apply_certificate(invocation, base);
  if (auto proxy = invocation.get("proxy")) {
    base.no_proxy = proxy->empty();
    // Also where nothing is sent yet: a password in it must not be kept.
    if (!base.no_proxy) check_proxy(*proxy);
    base.proxy = *proxy;
  }
  if (auto file = invocation.get("proxy-auth-file")) base.proxy_auth_file = absolute_file(*file);
  for (const auto& origin : invocation.all("allow-origin")) {
    base.allowed_origins.push_back(GatewayUrl::parse(origin).origin().text());
  }
  apply_store(invocation, base);
  if (invocation.has("allow-plain-http")) base.allow_plain_http = true;
  if (const auto seconds = timeout_seconds(invocation)) base.request_ms = *seconds * 1000;
  return base;
}

}  // namespace pintle::cli
