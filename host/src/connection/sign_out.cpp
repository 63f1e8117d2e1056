// SPDX-License-Identifier: Apache-2.0
//
// Signs out of stored sessions: deletes them here first, then notifies the gateway.
//
// The gateway is not probed: signing out must also work while it is down.

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>

#include "connection/connection_impl.h"

namespace pintle {
namespace {

constexpr std::int64_t kMaxNotifyMs = 10'000;

// `message`, and that a credential which lies elsewhere is not forgotten by signing out.
std::string with_inputs(std::string message, const ConnectionSettings& settings) {
  std::string list;
  const auto add = [&](const auto& inputs, const char* whose) {
    for (const auto& [key, source] : inputs) {
      list += (list.empty() ? "" : " and ") + std::string("the ") + key + whose + " from " +
              source.text();
    }
  };
  add(settings.inputs, "");
  const bool has_front = settings.front != kNoFront;
  if (has_front) add(settings.front_inputs, " of the front");
  if (list.empty()) return message;
  if (!message.empty()) message += ' ';
  const bool is_one = settings.inputs.size() + (has_front ? settings.front_inputs.size() : 0) == 1;
  return message + "This connection still has " + list + ", and signs in with " +
         (is_one ? "it" : "them") + " again when it is next used. " +
         (is_one ? "It stays" : "They stay") + " valid at the gateway until changed there.";
}

}  // namespace

std::string Connection::Impl::sign_out_of_stored(const std::stop_token& cancel) {
  const auto& settings = context_.settings;
  const auto& store = context_.store;
  const auto catalogue = context_.host->catalogue();
  const auto* entry = store ? HostImpl::entry_of_stored(catalogue, *store, settings) : nullptr;
  const auto forget = [&] {
    if (!store) return;
    // For every scheme: a session may be damaged, or its scheme missing.
    store->erase(session_key_of(settings, settings.last_scheme));
    for (const auto& other : catalogue.entries()) {
      if (!other.fault.empty() || other.scheme.front) continue;
      store->erase(session_key_of(settings, other.scheme.id));
    }
  };
  if (entry == nullptr) {
    forget();
    return with_inputs("No session was stored here.", settings);
  }
  auto quick = settings;
  quick.request_ms = std::min(quick.request_ms, kMaxNotifyMs);
  try {
    if (entry->scheme.sends_secret && !settings.allow_plain_http && is_exposed(settings.url)) {
      throw plain_http_error("a secret", settings.url);
    }
    const auto& scheme = context_.host->loader.load(*entry);
    SessionCache sessions(
        store, session_key_of(settings, entry->scheme.id),
        [&](const Secret& session) {
          return std::make_unique<SchemeInstance>(scheme, quick, nullptr, session);
        },
        context_.log());
    const auto instance = sessions.current();
    OperationRunner operation(
        instance->auth(), context_.origins, quick, [this] { return context_.now_ms(); },
        [&] { sessions.store(*instance, SessionCache::Writing::always); });
    auto stays_valid = operation.run({.kind = OperationKind::sign_out}, cancel).message;
    forget();
    return with_inputs(std::move(stays_valid), settings);
  } catch (const Error& error) {
    forget();
    if (cancel.stop_requested() || error.layer() == Layer::store) throw;
    return with_inputs(
        "The session was forgotten here and stays valid at the gateway, which could not be "
        "notified of "
        "the sign-out: " +
            error.message() + ".",
        settings);
  }
}

}  // namespace pintle
