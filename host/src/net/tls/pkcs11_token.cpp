// SPDX-License-Identifier: Apache-2.0
#include "net/tls/pkcs11_token.h"

#include <exception>
#include <map>

#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/ui.h>

#include <pintle/core/text/printable.h>

#include "base/mutex.h"

// Deprecated since OpenSSL 3.0, but Debian 12 has no provider for PKCS#11.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace pintle::net {
namespace {

constexpr const char* kInstall =
    "Install the engine (Debian: libengine-pkcs11-openssl) and the token's module; "
    "PKCS11_MODULE_PATH names another module than that of p11-kit.";

Error token_error(const std::string& what, const char* hint) {
  return Error(Layer::config, "the client certificate cannot be used: " + what)
      .with_user_action()
      .with_hint(hint);
}

struct EngineEnd {
  void operator()(ENGINE* engine) const noexcept {
    ENGINE_finish(engine);
    ENGINE_free(engine);
  }
};
using Engine = std::unique_ptr<ENGINE, EngineEnd>;

Engine open_engine() {
  ENGINE_load_builtin_engines();  // with "dynamic", which finds the others
  ENGINE* engine = ENGINE_by_id("pkcs11");
  if (engine != nullptr && ENGINE_init(engine) == 1) return Engine(engine);
  ENGINE_free(engine);
  ERR_clear_error();
  throw token_error("OpenSSL has no engine for PKCS#11 tokens", kInstall);
}

// The engine's question for the PIN. No exception may pass through it.
struct PinRequest {
  const std::string& uri;
  const PinSource& pin;
  const Secret* given = nullptr;
  std::exception_ptr failure{};
};

/// The last PIN of each URI that its token has refused.
class RefusedPins {
 public:
  static RefusedPins& shared() {
    static RefusedPins all;
    return all;
  }
  void add(const std::string& uri, const Secret& pin) {
    const MutexLock lock(mutex_);
    pins_.insert_or_assign(uri, pin.clone());
  }
  bool has(const std::string& uri, const Secret& pin) {
    const MutexLock lock(mutex_);
    const auto found = pins_.find(uri);
    return found != pins_.end() && found->second.equals(pin);
  }

 private:
  Mutex mutex_;
  std::map<std::string, Secret> pins_ PINTLE_GUARDED_BY(mutex_);
};

int answer_pin(UI* ui, UI_STRING* question) {
  if (UI_get_string_type(question) != UIT_PROMPT) return 1;
  auto& request = *static_cast<PinRequest*>(UI_get0_user_data(ui));
  if (request.given != nullptr) return 0;  // a second question follows a wrong answer
  try {
    request.given = &request.pin();
    if (RefusedPins::shared().has(request.uri, *request.given)) return 0;
    const auto text = request.given->reveal();
    const std::unique_ptr<char[]> copy(new char[text.size() + 1]);
    text.copy(copy.get(), text.size());
    copy[text.size()] = '\0';
    const int set = UI_set_result(ui, question, copy.get());
    wipe(copy.get(), text.size());
    return set == 0 ? 1 : 0;
  } catch (...) {
    request.failure = std::current_exception();
    return 0;
  }
}

UI_METHOD* pin_method() {
  static UI_METHOD* const kMethod = [] {
    UI_METHOD* made = UI_create_method("pintle");
    UI_method_set_reader(made, &answer_pin);
    return made;
  }();
  return kMethod;
}

// The last error says what failed, the others through which calls.
std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "" : ": " + std::string(reason);
  ERR_clear_error();
  return text;
}

}  // namespace

std::shared_ptr<EVP_PKEY> key_in_token(const std::string& uri, const PinSource& pin) {
  const auto engine = open_engine();
  PinRequest request{uri, pin};
  ERR_clear_error();
  std::shared_ptr<EVP_PKEY> key(
      ENGINE_load_private_key(engine.get(), uri.c_str(), pin_method(), &request), &EVP_PKEY_free);
  if (key) {
    ERR_clear_error();
    return key;
  }
  const auto reason = openssl_reason();
  if (request.failure) std::rethrow_exception(request.failure);
  if (request.given != nullptr) {
    RefusedPins::shared().add(uri, *request.given);
    throw token_error("the token of " + printable(uri) + " refused the PIN",
                      "Check the PIN before you try again: a token locks itself after a few wrong "
                      "ones.");
  }
  throw token_error("no token has the private key of " + printable(uri) + reason,
                    "Insert the token, or list its objects: pkcs11-tool --list-objects.");
}

std::shared_ptr<X509> certificate_in_token(const std::string& uri) {
  const auto engine = open_engine();
  struct {
    const char* uri;
    X509* certificate;
  } request{uri.c_str(), nullptr};
  ERR_clear_error();
  const bool found =
      ENGINE_ctrl_cmd(engine.get(), "LOAD_CERT_CTRL", 0, &request, nullptr, 1) == 1 &&
      request.certificate != nullptr;
  if (found) return {request.certificate, &X509_free};
  throw token_error("no token has the certificate " + printable(uri) + openssl_reason(),
                    "Insert the token, or list its objects: pkcs11-tool --list-objects.");
}

}  // namespace pintle::net
