// SPDX-License-Identifier: Apache-2.0
//
// Pending requests, without a connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/calls/pending_calls.h"

namespace pintle::live {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

PendingCall call(std::int64_t id, bool idempotent = false) {
  PendingCall made;
  made.id = id;
  made.text = "text " + std::to_string(id);
  made.due = TimePoint{} + seconds(id);
  made.idempotent = idempotent;
  return made;
}

std::vector<std::int64_t> send_all(PendingCalls& calls) {
  std::vector<std::int64_t> ids;
  while (auto* next = calls.next_unsent()) {
    ids.push_back(next->id);
    calls.sent(*next);
  }
  return ids;
}

std::vector<std::int64_t> ids_of(const std::vector<PendingCall>& calls) {
  std::vector<std::int64_t> ids;
  for (const auto& one : calls) ids.push_back(one.id);
  return ids;
}

TEST(PendingCalls, AreSentInTheirOrder) {
  PendingCalls calls;
  for (const std::int64_t id : {1, 2, 3}) calls.add(call(id));
  calls.add(call(4), true);
  EXPECT_THAT(send_all(calls), ElementsAre(4, 1, 2, 3));
}

TEST(PendingCalls, AreNotSentWhenTheyWereGivenUp) {
  PendingCalls calls;
  for (const std::int64_t id : {1, 2, 3}) calls.add(call(id));
  EXPECT_EQ(calls.take(2)->id, 2);
  EXPECT_EQ(calls.take(2), std::nullopt);
  EXPECT_THAT(send_all(calls), ElementsAre(1, 3));
}

TEST(PendingCalls, AreSentAgainAfterADropWhereThatDoesNoHarmAndBeforeAllOthers) {
  PendingCalls calls;
  calls.add(call(1));
  calls.add(call(2, true));
  calls.add(call(3, true));
  send_all(calls);
  calls.add(call(4));
  EXPECT_THAT(ids_of(calls.dropped()), ElementsAre(1));
  EXPECT_EQ(calls.next_unsent()->text, "text 2");
  EXPECT_THAT(send_all(calls), ElementsAre(2, 3, 4));
}

TEST(PendingCalls, AreDueWhenTheirTimeIsOver) {
  PendingCalls calls;
  for (const std::int64_t id : {3, 1, 2}) calls.add(call(id));
  EXPECT_EQ(calls.next_due(), TimePoint{} + seconds(1));
  EXPECT_EQ(calls.take_due(TimePoint{} + seconds(2))->id, 1);
  EXPECT_EQ(calls.take_due(TimePoint{} + seconds(2))->id, 2);
  EXPECT_EQ(calls.take_due(TimePoint{} + seconds(2)), std::nullopt);
  calls.take(3);
  EXPECT_EQ(calls.next_due(), kNever);
}

TEST(PendingCalls, CountTheBytesThatWait) {
  PendingCalls calls;
  const auto size = call(1).text.size();
  calls.add(call(1, true));
  calls.add(call(2));
  EXPECT_EQ(calls.unsent_bytes(), 2 * size);
  send_all(calls);
  EXPECT_EQ(calls.unsent_bytes(), 0u);
  calls.dropped();
  EXPECT_EQ(calls.unsent_bytes(), size) << "the one that is sent again";
  calls.take_all();
  EXPECT_EQ(calls.unsent_bytes(), 0u);
  EXPECT_EQ(calls.size(), 0u);
}

}  // namespace
}  // namespace pintle::live
