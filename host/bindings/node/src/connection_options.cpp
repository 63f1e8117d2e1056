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

void give(pintle_secret_sink* sink, const Answer& answer) {
  if (answer.kind == Answer::Kind::given) pintle_secret_give(sink, view_of(answer.text));
  if (answer.kind == Answer::Kind::refused) pintle_secret_refuse(sink, view_of(answer.text));
}

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
  const auto& inputs = sources(given, "inputs");
  to.inputs = inputs.data();
  to.input_count = inputs.size();
  const auto& settings = texts_.fields(given, "settings");
  to.scheme_settings = settings.data();
  to.scheme_setting_count = settings.size();
  to.headers_file = texts_.view(given, "headersFile");
  to.ca_file = texts_.view(given, "caFile");
  to.proxy = texts_.view(given, "proxy");
  to.proxy_auth_file = texts_.view(given, "proxyAuthFile");
  const auto& origins = texts_.views(given, "allowedOrigins");
  to.allowed_origins = origins.data();
  to.allowed_origin_count = origins.size();
  to.session_store = texts_.view(given, "sessionStore");
  to.request_ms = number(given, "requestMs");
  to.connect_ms = number(given, "connectMs");
  const auto& helpers = texts_.fields(given, "helpers");
  to.helpers = helpers.data();
  to.helper_count = helpers.size();
  to.client_certificate = texts_.view(given, "clientCertificate");
  to.client_key = texts_.view(given, "clientKey");
  if (const auto phrase = given.Get("clientPassphrase"); phrase.IsArray()) {
    passphrase_ = source(phrase.As<Napi::Array>());
    to.client_passphrase = &passphrase_;
  }
  to.front = texts_.view(given, "front");
  const auto& front_inputs = sources(given, "frontInputs");
  to.front_inputs = front_inputs.data();
  to.front_input_count = front_inputs.size();
  const auto& front_settings = texts_.fields(given, "frontSettings");
  to.front_settings = front_settings.data();
  to.front_setting_count = front_settings.size();
  const auto& store_inputs = sources(given, "storeInputs");
  to.store_inputs = store_inputs.data();
  to.store_input_count = store_inputs.size();
  const auto& store_settings = texts_.fields(given, "storeSettings");
  to.store_settings = store_settings.data();
  to.store_setting_count = store_settings.size();
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
