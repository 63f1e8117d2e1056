// SPDX-License-Identifier: Apache-2.0
#include "practice/state/request_log.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/String.h>

#include "practice/state/session_cookies.h"

namespace pintle::practice {
namespace {

constexpr std::size_t kMax = 10'000;

Poco::JSON::Object::Ptr to_json(const CredentialKinds& kinds) {
  Poco::JSON::Object::Ptr object(new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER));
  object->set("session_token", kinds.session_token);
  object->set("bearer", kinds.bearer);
  object->set("access_cookie", kinds.access_cookie);
  object->set("refresh_cookie", kinds.refresh_cookie);
  object->set("sign_in_cookie", kinds.sign_in_cookie);
  object->set("query_token", kinds.query_token);
  object->set("query_ticket", kinds.query_ticket);
  return object;
}

Poco::JSON::Array::Ptr to_json(const std::vector<std::string>& texts) {
  Poco::JSON::Array::Ptr array(new Poco::JSON::Array);
  for (const auto& text : texts) array->add(text);
  return array;
}

Poco::JSON::Object::Ptr to_json(const LoggedRequest& seen) {
  Poco::JSON::Object::Ptr object(new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER));
  object->set("connection", seen.connection);
  object->set("method", seen.method);
  object->set("path", seen.path);
  object->set("query_names", to_json(seen.query_names));
  object->set("host", seen.host);
  object->set("header_names", to_json(seen.header_names));
  object->set("traceparent", seen.traceparent);
  object->set("credentials", to_json(seen.credentials));
  object->set("upgrade", seen.upgrade);
  object->set("body_size", static_cast<Poco::UInt64>(seen.body_size));
  object->set("status", seen.status);
  return object;
}

Poco::JSON::Object::Ptr to_json(const Counters& counters) {
  Poco::JSON::Object::Ptr object(new Poco::JSON::Object(Poco::JSON_PRESERVE_KEY_ORDER));
  object->set("connections", counters.connections);
  object->set("sign_ins", counters.sign_ins);
  object->set("refreshes", counters.refreshes);
  object->set("reuse_detections", counters.reuse_detections);
  object->set("tickets_minted", counters.tickets_minted);
  object->set("tickets_used", counters.tickets_used);
  object->set("ws_connects", counters.ws_connects);
  object->set("ws_disconnects", counters.ws_disconnects);
  object->set("ws_messages", counters.ws_messages);
  object->set("pings_sent", counters.pings_sent);
  object->set("pongs_received", counters.pongs_received);
  return object;
}

}  // namespace

CredentialKinds credential_kinds(const Request& request) {
  CredentialKinds kinds;
  kinds.session_token = request.headers.has("X-Hermes-Session-Token");
  kinds.bearer = Poco::icompare(std::string(request.headers.get("Authorization")), 0, 7,
                                std::string("bearer ")) == 0;
  const RequestCookies cookies(request);
  kinds.access_cookie = cookies.find(kAccessCookie).has_value();
  kinds.refresh_cookie = cookies.find(kRefreshCookie).has_value();
  kinds.sign_in_cookie = cookies.find(kSignInCookie).has_value();
  kinds.query_token = request.query_value("token").has_value();
  kinds.query_ticket = request.query_value("ticket").has_value();
  return kinds;
}

bool LoggedRequest::has_header(std::string_view name) const noexcept {
  return std::any_of(header_names.begin(), header_names.end(),
                     [&](const std::string& seen) { return same_field_name(seen, name); });
}

void RequestLog::record(const Request& request, int status) {
  LoggedRequest seen;
  seen.connection = request.connection;
  seen.method = request.method;
  seen.path = request.full_path;
  for (const auto& [name, value] : request.query) seen.query_names.push_back(name);
  seen.host = request.headers.get("Host");
  for (const auto& header : request.headers) {
    seen.header_names.push_back(Poco::toLower(header.name()));
  }
  seen.traceparent = request.headers.get("traceparent");
  seen.credentials = credential_kinds(request);
  seen.upgrade = request.is_websocket_upgrade();
  seen.body_size = request.body.size();
  seen.status = status;
  const MutexLock lock(mutex_);
  if (requests_.size() == kMax) requests_.erase(requests_.begin(), requests_.begin() + 1000);
  requests_.push_back(std::move(seen));
  changed_.notify_all();
}

void RequestLog::count(std::uint64_t Counters::*counter) {
  const MutexLock lock(mutex_);
  ++(counters_.*counter);
  changed_.notify_all();
}

void RequestLog::clear() {
  const MutexLock lock(mutex_);
  requests_.clear();
  counters_ = {};
}

std::vector<LoggedRequest> RequestLog::requests() const {
  const MutexLock lock(mutex_);
  return requests_;
}

std::vector<LoggedRequest> RequestLog::requests_to(std::string_view path) const {
  auto found = requests();
  std::erase_if(found, [&](const LoggedRequest& seen) { return !seen.path.ends_with(path); });
  return found;
}

Counters RequestLog::counters() const {
  const MutexLock lock(mutex_);
  return counters_;
}

bool RequestLog::wait(const std::function<bool(const Counters&)>& done,
                      std::int64_t timeout_ms) const {
  // By the system's clock: ThreadSanitizer of GCC 12 does not know the steady one's wait.
  const auto end = std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms);
  MutexLock lock(mutex_);
  return changed_.wait_until(mutex_, end,
                             [&]() PINTLE_REQUIRES(mutex_) { return done(counters_); });
}

std::string RequestLog::json() const {
  Poco::JSON::Array::Ptr list(new Poco::JSON::Array);
  for (const auto& seen : requests()) list->add(to_json(seen));
  Poco::JSON::Object object(Poco::JSON_PRESERVE_KEY_ORDER);
  object.set("requests", list);
  object.set("counters", to_json(counters()));
  std::ostringstream out;
  object.stringify(out);
  return out.str();
}

}  // namespace pintle::practice
