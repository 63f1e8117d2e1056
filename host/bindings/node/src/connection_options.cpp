// SPDX-License-Identifier: Apache-2.0
#include "connection_options.h"

#include <utility>

namespace pintle_node {
namespace {

// A function of the app that gives a secret: its number in lib/.
struct SecretFunction {
  std::shared_ptr<Questions> questions;
  double id;
};

void read_secret(void* user, pintle_view key, pintle_secret_sink* sink) {
  const auto* function = static_cast<SecretFunction*>(user);
  give(sink,
       function->questions->ask({.what = "secret", .target = function->id, .texts = {text_of(key)}},
                                pintle_secret_cancel_fd(sink), -1));
}

void release_function(void* user) {
  const std::unique_ptr<SecretFunction> function(static_cast<SecretFunction*>(user));
  function->questions->notify({.what = "release", .target = function->id});
}

}  // namespace

ConnectionOptions::ConnectionOptions(const Napi::Object& given,
                                     std::shared_ptr<Questions> questions)
    : questions_(std::move(questions)) {
  auto& to = options_;
  to.flags = flags(given);
  to.url = texts_.view(given, "url");
  to.name = texts_.view(given, "name");
  to.scheme = texts_.view(given, "scheme");
  point_to(sources(given, "inputs"), to.inputs, to.input_count);
  point_to(texts_.fields(given, "settings"), to.scheme_settings, to.scheme_setting_count);
  to.headers_file = texts_.view(given, "headersFile");
  to.ca_file = texts_.view(given, "caFile");
  to.proxy = texts_.view(given, "proxy");
  to.proxy_auth_file = texts_.view(given, "proxyAuthFile");
  point_to(texts_.views(given, "allowedOrigins"), to.allowed_origins, to.allowed_origin_count);
  to.session_store = texts_.view(given, "sessionStore");
  to.request_ms = number(given, "requestMs");
  to.connect_ms = number(given, "connectMs");
  point_to(texts_.fields(given, "helpers"), to.helpers, to.helper_count);
  to.client_certificate = texts_.view(given, "clientCertificate");
  to.client_key = texts_.view(given, "clientKey");
  if (const auto phrase = given.Get("clientPassphrase"); phrase.IsArray()) {
    passphrase_ = source(phrase.As<Napi::Array>());
    to.client_passphrase = &passphrase_;
  }
  to.front = texts_.view(given, "front");
  point_to(sources(given, "frontInputs"), to.front_inputs, to.front_input_count);
  point_to(texts_.fields(given, "frontSettings"), to.front_settings, to.front_setting_count);
  point_to(sources(given, "storeInputs"), to.store_inputs, to.store_input_count);
  point_to(texts_.fields(given, "storeSettings"), to.store_settings, to.store_setting_count);
}

ConnectionOptions::~ConnectionOptions() {
  for (auto* function : functions_) release_function(function);
}

// [key, from, where]; `where` is the number of a function for PINTLE_FROM_CALLBACK.
pintle_source ConnectionOptions::source(const Napi::Array& given) {
  pintle_source made{};
  made.key = texts_.view(given.Get(0U));
  made.from = given.Get(1U).As<Napi::Number>().Uint32Value();
  const auto where = given.Get(2U);
  if (made.from != PINTLE_FROM_CALLBACK) {
    made.where = texts_.view(where);
    return made;
  }
  auto function = std::make_unique<SecretFunction>(
      SecretFunction{questions_, where.As<Napi::Number>().DoubleValue()});
  functions_.push_back(function.get());
  auto& callback = callbacks_.emplace_back(sized<pintle_secret_callback>());
  callback.user = function.release();
  callback.read = read_secret;
  callback.release = release_function;
  made.where = pintle_from_callback(&callback);
  return made;
}

const std::vector<pintle_source>& ConnectionOptions::sources(const Napi::Object& given,
                                                             const char* member) {
  auto& made = sources_.emplace_back();
  const auto list = array(given, member);
  made.reserve(list.Length());
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    made.push_back(source(list.Get(i).As<Napi::Array>()));
  }
  return made;
}

}  // namespace pintle_node
