// SPDX-License-Identifier: Apache-2.0
#include "io/readiness.h"

#include <array>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <pintle/files/descriptors.h>

namespace pintle::live {
namespace {

class ReadinessTest : public testing::Test {
 protected:
  ReadinessTest() {
    auto ends = open_socket_pair();
    here_ = std::move(ends.first);
    there_ = std::move(ends.second);
  }
  void send() { ASSERT_EQ(::write(there_.get(), "x", 1), 1); }
  void receive() {
    char got = 0;
    ASSERT_EQ(::read(here_.get(), &got, 1), 1);
  }
  /// Returns the events of `whose` now, or nullopt.
  std::optional<Events> events_of(const void* whose) {
    for (const auto& ready : readiness_.wait(0)) {
      if (ready.whose == whose) return ready.events;
    }
    return std::nullopt;
  }

  Readiness readiness_;
  UniqueFd here_;
  UniqueFd there_;
  int one_ = 0;
  int other_ = 0;
};

TEST_F(ReadinessTest, ReportsWhatWasAskedForAsLongAsItIsSo) {
  ASSERT_TRUE(readiness_.is_open());
  ASSERT_TRUE(readiness_.add(here_.get(), kReadable, &one_));
  EXPECT_FALSE(events_of(&one_));
  send();
  EXPECT_EQ(events_of(&one_), kReadable);
  EXPECT_EQ(events_of(&one_), kReadable) << "nobody has read it";
  receive();
  EXPECT_FALSE(events_of(&one_));
}

TEST_F(ReadinessTest, ChangesWhatIsAskedForAndWhoseItIs) {
  ASSERT_TRUE(readiness_.add(here_.get(), kReadable, &one_));
  readiness_.change(here_.get(), kWritable, &other_);
  send();
  EXPECT_EQ(events_of(&other_), kWritable);
  EXPECT_FALSE(events_of(&one_));
  readiness_.change(here_.get(), kReadable | kWritable, &one_);
  EXPECT_EQ(events_of(&one_), kReadable | kWritable);
}

TEST_F(ReadinessTest, ReportsNothingOfWhatWasRemoved) {
  auto more = open_socket_pair();
  ASSERT_TRUE(readiness_.add(here_.get(), kWritable, &one_));
  ASSERT_TRUE(readiness_.add(there_.get(), kWritable, &other_));
  ASSERT_TRUE(readiness_.add(more.first.get(), kWritable, &more));
  readiness_.remove(here_.get());
  EXPECT_FALSE(events_of(&one_));
  EXPECT_EQ(events_of(&other_), kWritable);
  EXPECT_EQ(events_of(&more), kWritable);
  readiness_.remove(more.first.get());
  EXPECT_EQ(readiness_.wait(0).size(), 1U);
  ASSERT_TRUE(readiness_.add(here_.get(), kWritable, &one_)) << "it can come again";
  EXPECT_EQ(events_of(&one_), kWritable);
  EXPECT_FALSE(readiness_.add(here_.get(), kReadable, &one_)) << "but not twice";
}

TEST_F(ReadinessTest, ReportsThatThePeerHasClosedItsSideOnce) {
  ASSERT_TRUE(readiness_.add(here_.get(), kPeerClosed | kOnce, &one_));
  EXPECT_FALSE(events_of(&one_));
  ::shutdown(there_.get(), SHUT_WR);
  const auto events = events_of(&one_);
  ASSERT_TRUE(events);
  EXPECT_NE(*events & kPeerClosed, 0U);
  EXPECT_FALSE(events_of(&one_)) << "a second time";
}

TEST_F(ReadinessTest, DoesNotTakeBytesForThePeersEnd) {
  ASSERT_TRUE(readiness_.add(here_.get(), kPeerClosed | kOnce, &one_));
  send();
  EXPECT_FALSE(events_of(&one_));
  EXPECT_FALSE(events_of(&one_));
  readiness_.change(here_.get(), kReadable | kPeerClosed, &one_);
  EXPECT_EQ(events_of(&one_), kReadable);
  receive();
  EXPECT_FALSE(events_of(&one_));
  there_.close();
  EXPECT_NE(events_of(&one_).value_or(0) & kPeerClosed, 0U);
}

TEST_F(ReadinessTest, ReportsAnEndThatNobodyAskedFor) {
  ASSERT_TRUE(readiness_.add(here_.get(), 0, &one_));
  send();
  EXPECT_FALSE(events_of(&one_));
  there_.close();
  EXPECT_NE(events_of(&one_).value_or(0) & kHungUp, 0U);
}

TEST_F(ReadinessTest, TakesNewOnesWhileItsAnswerIsRead) {
  ASSERT_TRUE(readiness_.add(here_.get(), kWritable, &one_));
  const auto ready = readiness_.wait(0);
  std::vector<DescriptorPair> more;
  more.reserve(50);
  for (int i = 0; i < 50; ++i) {
    more.push_back(open_socket_pair());
    ASSERT_TRUE(readiness_.add(more.back().first.get(), kWritable, &more));
  }
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].whose, &one_);
  EXPECT_EQ(readiness_.wait(0).size(), 51U);
  for (const auto& pair : more) readiness_.remove(pair.first.get());
  EXPECT_EQ(readiness_.wait(0).size(), 1U);
}

}  // namespace
}  // namespace pintle::live
