// SPDX-License-Identifier: Apache-2.0
//
// A loopback listener that waits, and its visitor.

#pragma once

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include "sign_in/loopback_listener.h"

namespace pintle::test {

inline constexpr const char* kState = "state-0123456789abcdef";
inline constexpr const char* kAddress =
    "https://gateway.example/auth/native/authorize?state=s&a=b%20c";

// One connection to the listener, byte by byte.
class Visitor {
 public:
  explicit Visitor(const std::string& authority) : socket_(Poco::Net::SocketAddress(authority)) {
    socket_.setReceiveTimeout(Poco::Timespan(10, 0));
  }
  void send(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      sent += static_cast<std::size_t>(
          socket_.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent)));
    }
  }
  // Returns everything until the listener closes; a reset ends it as well.
  std::string read() {
    std::string text;
    char buffer[4096];
    try {
      for (int got = 0; (got = socket_.receiveBytes(buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(got));
      }
    } catch (const Poco::TimeoutException&) {
      ADD_FAILURE() << "the listener did not close the connection";
    } catch (const Poco::Exception&) {
    }
    return text;
  }
  std::string ask(const std::string& bytes) {
    send(bytes);
    return read();
  }

 private:
  Poco::Net::StreamSocket socket_;
};

// A listener that waits on its own thread.
class Waiting {
 public:
  explicit Waiting(LoopbackLimits limits = {},
                   LoopbackListener::Family family = LoopbackListener::Family::ipv4,
                   std::int64_t timeout_ms = 60'000)
      : limit_(timeout_ms), listener_(family, kState, std::move(limits)) {
    start_ = listener_.lead_to(kAddress);
    const auto uri = listener_.redirect_uri();
    authority_ = uri.substr(7, uri.size() - 7 - kCallbackPath.size());
    thread_ = std::jthread([this] { called_ = listener_.wait(limit_, stop_.get_token()); });
  }
  ~Waiting() { stop_.request_stop(); }

  const std::string& authority() const { return authority_; }
  std::string start() const { return request(start_.substr(7 + authority_.size())); }
  std::string request(const std::string& target) const {
    return "GET " + target + " HTTP/1.1\r\nHost: " + authority_ + "\r\n\r\n";
  }
  std::string good() const { return request("/callback?code=c1&state=" + std::string(kState)); }
  void stop() { stop_.request_stop(); }
  // The result of the wait; "" for nothing.
  std::string outcome() {
    thread_.join();
    return called_ ? std::string(called_->reveal()) : "";
  }
  std::string good_outcome() const {
    return "http://" + authority_ + "/callback?code=c1&state=" + kState;
  }

 private:
  HumanWait limit_;
  LoopbackListener listener_;
  std::string start_;
  std::string authority_;
  std::stop_source stop_;
  std::optional<Secret> called_;
  std::jthread thread_;
};

}  // namespace pintle::test
