// SPDX-License-Identifier: Apache-2.0
#include "sign_in/browser/devtools.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/text/printable.h>
#include <pintle/files/descriptors.h>

#include "base/cancel_event.h"

namespace pintle {
namespace {

using Clock = std::chrono::steady_clock;
using Poco::JSON::Object;

constexpr std::chrono::seconds kAnswer{20};
constexpr std::size_t kMaxMessage = 16 << 20;

std::string text_in(const DevTools::Object& object, const std::string& name) {
  return object ? object->optValue<std::string>(name, "") : std::string();
}

DevTools::Object parse(const std::string& message) {
  try {
    return Poco::JSON::Parser().parse(message).extract<DevTools::Object>();
  } catch (const Poco::Exception&) {
    throw Error(Layer::protocol, "the browser sent an invalid DevTools message");
  }
}

}  // namespace

DevTools::~DevTools() { wipe(in_); }

void DevTools::send(const std::string& message) {
  std::string_view rest(message.c_str(), message.size() + 1);  // the NUL ends it
  while (!rest.empty()) {
    const auto sent = ::send(pipe_, rest.data(), rest.size(), kWithoutSignal);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw Ended{};
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
}

DevTools::Object DevTools::receive(Clock::time_point until) {
  const CancelEvent wake(cancel_);
  for (;;) {
    if (const auto end = in_.find('\0'); end != std::string::npos) {
      auto message = in_.substr(0, end);
      in_.erase(0, end + 1);
      auto parsed = parse(message);
      wipe(message);
      return parsed;
    }
    if (cancel_.stop_requested()) throw sign_in_cancelled();
    if (limit_.is_over()) throw limit_.over();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return nullptr;
    pollfd waiting[2] = {{pipe_, POLLIN, 0}, {wake.fd(), POLLIN, 0}};
    ::poll(waiting, 2, static_cast<int>(std::min<std::int64_t>(left, limit_.left_ms())));
    if (waiting[0].revents == 0) continue;
    std::array<char, 16384> buffer;
    const auto got = ::recv(pipe_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) throw Ended{};
    if (in_.size() > kMaxMessage) {
      throw Error(Layer::protocol, "the browser sent a DevTools message larger than 16 MiB");
    }
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    wipe(buffer.data(), static_cast<std::size_t>(got));
  }
}

void DevTools::look_at(const Object& message) {
  const auto method = text_in(message, "method");
  const auto params = message->getObject("params");
  if ((method == "Target.detachedFromTarget" && text_in(params, "sessionId") == session_) ||
      (method == "Target.targetDestroyed" && text_in(params, "targetId") == target_)) {
    page_is_gone_ = !session_.empty();
  }
}

DevTools::Object DevTools::call(const std::string& method, const Object& params) {
  Poco::JSON::Object request;
  request.set("id", ++last_id_);
  request.set("method", method);
  request.set("params", params);
  if (!session_.empty()) request.set("sessionId", session_);
  std::ostringstream text;
  request.stringify(text);
  send(text.str());
  const auto until = Clock::now() + kAnswer;
  while (const auto message = receive(until)) {
    if (message->optValue<std::int64_t>("id", 0) != last_id_) {
      look_at(message);
      continue;
    }
    if (const auto error = message->getObject("error")) {
      throw Error(Layer::protocol,
                  "the browser refused " + method + ": " + printable(text_in(error, "message")));
    }
    auto result = message->getObject("result");
    return result ? result : Object(new Poco::JSON::Object);
  }
  throw Error(Layer::protocol, "the browser did not answer " + method + " within 20 s");
}

void DevTools::pause(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (const auto message = receive(until)) look_at(message);
}

void DevTools::attach() {
  const auto targets = call("Target.getTargets")->getArray("targetInfos");
  for (std::size_t i = 0; targets && i < targets->size() && target_.empty(); ++i) {
    const auto info = targets->getObject(static_cast<unsigned>(i));
    if (text_in(info, "type") == "page") target_ = text_in(info, "targetId");
  }
  if (target_.empty()) {
    Object blank = new Poco::JSON::Object;
    blank->set("url", "about:blank");
    target_ = text_in(call("Target.createTarget", blank), "targetId");
  }
  Object which = new Poco::JSON::Object;
  which->set("targetId", target_);
  which->set("flatten", true);
  session_ = text_in(call("Target.attachToTarget", which), "sessionId");
  if (session_.empty()) throw Error(Layer::protocol, "the browser returned no page session");
}

}  // namespace pintle
