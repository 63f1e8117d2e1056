// SPDX-License-Identifier: Apache-2.0
#include "broker/lingering.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace pintle::broker {
namespace {

using namespace std::chrono_literals;

class LingeringConnections : public testing::Test {
 protected:
  ~LingeringConnections() override {
    if (lingering_) on_loop([&] { lingering_->clear(); });
  }

  void begin(const LingeringLimits& limits = {}) {
    lingering_ = std::make_unique<Lingering>(loop_, limits);
  }

  // Returns the client's end of a connection that lingers.
  UniqueFd add() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    UniqueFd client(ends[0]);
    EXPECT_EQ(::send(ends[1], "bye", 3, 0), 3);
    on_loop([&] { lingering_->add(UniqueFd(ends[1])); });
    return client;
  }

  bool becomes(std::size_t count) const {
    const auto due = std::chrono::steady_clock::now() + 20s;
    while (lingering_->count() != count) {
      if (std::chrono::steady_clock::now() >= due) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

  void on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    loop_.post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  std::unique_ptr<Lingering> lingering_;
  live::Loop loop_;  // Last, as a broker has it.
};

std::string read_all(const UniqueFd& client) {
  std::string all;
  char bytes[256];
  ssize_t got = 0;
  while ((got = ::recv(client.get(), bytes, sizeof bytes, 0)) > 0) {
    all.append(bytes, static_cast<std::size_t>(got));
  }
  return got == 0 ? all : "an error";
}

bool can_send(const UniqueFd& client) {
  return ::send(client.get(), "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 || errno == EAGAIN;
}

TEST_F(LingeringConnections, TakeWhatTheClientSendsUntilItCloses) {
  begin();
  auto client = add();
  const std::string large(4 << 20, 'x');  // more than the socket holds
  ASSERT_EQ(::send(client.get(), large.data(), large.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(large.size()));
  EXPECT_EQ(read_all(client), "bye") << "the sending side has ended";
  EXPECT_EQ(lingering_->count(), 1u);
  client.close();
  EXPECT_TRUE(becomes(0));
}

TEST_F(LingeringConnections, AreClosedAboveALimitTheOldestFirst) {
  begin({.connections = 2});
  const auto first = add();
  const auto second = add();
  EXPECT_TRUE(can_send(first));
  const auto third = add();
  EXPECT_EQ(lingering_->count(), 2u);
  EXPECT_FALSE(can_send(first));
  EXPECT_TRUE(can_send(second));
  EXPECT_TRUE(can_send(third));
}

TEST_F(LingeringConnections, EndIfTheClientIsSilent) {
  begin({.quiet = 20ms, .total = 1h});
  const auto client = add();
  EXPECT_TRUE(becomes(0));
  EXPECT_EQ(read_all(client), "bye");
}

TEST_F(LingeringConnections, EndThoughTheClientGoesOn) {
  begin({.quiet = 1h, .total = 100ms});
  const auto client = add();
  while (can_send(client)) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(lingering_->count(), 0u);
}

TEST_F(LingeringConnections, EndWithTheBroker) {
  begin();
  const auto client = add();
  on_loop([&] { lingering_->clear(); });
  EXPECT_EQ(lingering_->count(), 0u);
  EXPECT_FALSE(can_send(client));
}

}  // namespace
}  // namespace pintle::broker
