// SPDX-License-Identifier: Apache-2.0
//
// Each branch of each step of docs/decisions/0020, on a real Redis, and what its repetition does
// after a lost reply.

#include "session/session_scripts.h"

#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/redis/redis_process.h"
#include "redis/redis_server.h"

namespace pintle {
namespace {

using namespace session_scripts;
using redis::Reply;
using test::RedisProcess;

// Of the three keys. A lease is "holder fence".
struct State {
  std::string record;
  std::string lease;
  std::string counter;
  friend bool operator==(const State&, const State&) = default;
  friend std::ostream& operator<<(std::ostream& out, const State& state) {
    return out << "record {" << state.record << "}, lease {" << state.lease << "}, counter {"
               << state.counter << "}";
  }
};

// An argument "_" is empty; "*" in a reply is any number.
struct Row {
  const char* what;
  State before;
  const std::string_view& step;
  const char* arguments;
  const char* reply;
  State after;
  const char* repeated;  // the reply of the repetition; its state is that after it
};

const State kFirst{"fence=3", "me 4", "4"};
const State kSent{"fence=3 intent=4 tries=1", "me 4", "4"};
const State kSentTwice{"fence=3 intent=4 tries=2", "me 4", "4"};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      // me, seen, ttl
      {"the first lease",
       {"", "", ""},
       kAcquire,
       "me 0 9000",
       "LEASE 1 0",
       {"", "me 1", "1"},
       "LEASE 2 0"},
      {"a lease", {"fence=3", "", "3"}, kAcquire, "me 3 9000", "LEASE 4 0", kFirst, "LEASE 5 0"},
      {"its own once more",
       kFirst,
       kAcquire,
       "me 3 9000",
       "LEASE 5 0",
       {"fence=3", "me 5", "5"},
       "LEASE 6 0"},
      {"after a first try",
       {"fence=3 intent=2 tries=1", "", "3"},
       kAcquire,
       "me 3 9000",
       "LEASE 4 1",
       {"fence=3 intent=2 tries=1", "me 4", "4"},
       "LEASE 5 1"},
      {"a counter that was lost",
       {"fence=3", "", ""},
       kAcquire,
       "me 3 9000",
       "LEASE 4 0",
       kFirst,
       "LEASE 5 0"},
      {"a counter that is ahead",
       {"fence=3", "", "9"},
       kAcquire,
       "me 3 9000",
       "LEASE 10 0",
       {"fence=3", "me 10", "10"},
       "LEASE 11 0"},
      {"a lost write",
       {"fence=2", "", "3"},
       kAcquire,
       "me 3 9000",
       "BEHIND",
       {"fence=2", "", "3"},
       "BEHIND"},
      {"a lost record", {"", "", ""}, kAcquire, "me 3 9000", "BEHIND", {"", "", ""}, "BEHIND"},
      {"a newer session",
       {"fence=4", "", "4"},
       kAcquire,
       "me 3 9000",
       "NEWER",
       {"fence=4", "", "4"},
       "NEWER"},
      {"a newer one that another renews",
       {"fence=4", "he 5", "5"},
       kAcquire,
       "me 3 9000",
       "NEWER",
       {"fence=4", "he 5", "5"},
       "NEWER"},
      {"an ended session",
       {"ended=1 fence=3", "", "4"},
       kAcquire,
       "me 3 9000",
       "SIGN_IN",
       {"ended=1 fence=3", "", "4"},
       "SIGN_IN"},
      {"another's lease",
       {"fence=3", "he 4", "4"},
       kAcquire,
       "me 3 9000",
       "WAIT *",
       {"fence=3", "he 4", "4"},
       "WAIT *"},
      {"another's second try",
       {"fence=3 intent=4 tries=2", "he 4", "4"},
       kAcquire,
       "me 3 9000",
       "WAIT *",
       {"fence=3 intent=4 tries=2", "he 4", "4"},
       "WAIT *"},
      {"after two tries",
       {"fence=3 intent=4 tries=2", "", "4"},
       kAcquire,
       "me 3 9000",
       "SIGN_IN",
       {"fence=3 intent=4 tries=2", "", "4"},
       "SIGN_IN"},
      {"after two tries of its own", kSentTwice, kAcquire, "me 3 9000", "SIGN_IN", kSentTwice,
       "SIGN_IN"},
      // me, fence, ttl
      {"its lease", kFirst, kRenew, "me 4 9000", "KEPT", kFirst, "KEPT"},
      {"no lease", {"fence=3", "", "4"}, kRenew, "me 4 9000", "LOST", {"fence=3", "", "4"}, "LOST"},
      {"another's", {"", "he 4", "4"}, kRenew, "me 4 9000", "LOST", {"", "he 4", "4"}, "LOST"},
      {"a newer one of its own",
       {"", "me 5", "5"},
       kRenew,
       "me 4 9000",
       "LOST",
       {"", "me 5", "5"},
       "LOST"},
      // me, fence, channel
      {"its lease", kFirst, kRelease, "me 4 ch", "RELEASED", {"fence=3", "", "4"}, "RELEASED"},
      {"another's",
       {"", "he 4", "4"},
       kRelease,
       "me 4 ch",
       "RELEASED",
       {"", "he 4", "4"},
       "RELEASED"},
      {"a newer one",
       {"", "me 5", "5"},
       kRelease,
       "me 4 ch",
       "RELEASED",
       {"", "me 5", "5"},
       "RELEASED"},
      // me, fence, seen, sent
      {"the first try", kFirst, kIntent, "me 4 3 0", "SEND", kSent, "SEND"},
      {"the second", kSent, kIntent, "me 4 3 1", "SEND", kSentTwice, "SEND"},
      {"the second after a death",
       {"fence=3 intent=2 tries=1", "me 4", "4"},
       kIntent,
       "me 4 3 1",
       "SEND",
       kSentTwice,
       "SEND"},
      {"the second after a failover that lost the first", kFirst, kIntent, "me 4 3 1", "SEND",
       kSentTwice, "SEND"},
      {"a third",
       kSentTwice,
       kIntent,
       "me 4 3 2",
       "SIGN_IN",
       {"fence=3 intent=4 tries=2", "", "4"},
       "LOST"},
      {"a third after a failover",
       kFirst,
       kIntent,
       "me 4 3 2",
       "SIGN_IN",
       {"fence=3 intent=4 tries=2", "", "4"},
       "LOST"},
      {"without a lease",
       {"fence=3", "", "4"},
       kIntent,
       "me 4 3 0",
       "LOST",
       {"fence=3", "", "4"},
       "LOST"},
      {"with another's lease",
       {"fence=3", "he 4", "4"},
       kIntent,
       "me 4 3 0",
       "LOST",
       {"fence=3", "he 4", "4"},
       "LOST"},
      {"with a newer lease",
       {"fence=3", "me 5", "5"},
       kIntent,
       "me 4 3 0",
       "LOST",
       {"fence=3", "me 5", "5"},
       "LOST"},
      {"a record that is newer",
       {"fence=5", "me 4", "5"},
       kIntent,
       "me 4 3 0",
       "LOOK_AGAIN",
       {"fence=5", "", "5"},
       "LOST"},
      {"a record that is older",
       {"fence=2", "me 4", "4"},
       kIntent,
       "me 4 3 0",
       "LOOK_AGAIN",
       {"fence=2", "", "4"},
       "LOST"},
      {"a record that is lost",
       {"", "me 4", "4"},
       kIntent,
       "me 4 3 0",
       "LOOK_AGAIN",
       {"", "", "4"},
       "LOST"},
      {"a session that has ended",
       {"ended=1 fence=3", "me 4", "4"},
       kIntent,
       "me 4 3 0",
       "LOOK_AGAIN",
       {"ended=1 fence=3", "", "4"},
       "LOST"},
      {"a try that it does not know",
       {"fence=3 intent=2 tries=1", "me 4", "4"},
       kIntent,
       "me 4 3 0",
       "LOOK_AGAIN",
       {"fence=3 intent=2 tries=1", "", "4"},
       "LOST"},
      {"two of them",
       {"fence=3 intent=2 tries=2", "me 4", "4"},
       kIntent,
       "me 4 3 1",
       "LOOK_AGAIN",
       {"fence=3 intent=2 tries=2", "", "4"},
       "LOST"},
      // fence, base, session, origin, channel
      {"what a refresh brought",
       kSent,
       kSave,
       "4 3 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=1", "", "4"},
       "SAVED"},
      {"with its version",
       {"fence=3 intent=4 session=A tries=1 version=7", "me 4", "4"},
       kSave,
       "4 3 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=8", "", "4"},
       "SAVED"},
      {"after its lease",
       {"fence=3 intent=4 tries=1", "he 5", "5"},
       kSave,
       "4 3 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=1", "he 5", "5"},
       "SAVED"},
      {"while another sends the same",
       {"fence=3 intent=6 tries=2", "he 6", "6"},
       kSave,
       "4 3 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=1", "he 6", "6"},
       "SAVED"},
      {"a newer record",
       {"fence=5", "", "5"},
       kSave,
       "4 3 S O ch",
       "REFUSED",
       {"fence=5", "", "5"},
       "REFUSED"},
      {"while another sends another's",
       {"fence=2 intent=6 tries=1", "he 6", "6"},
       kSave,
       "4 3 S O ch",
       "REFUSED",
       {"fence=2 intent=6 tries=1", "he 6", "6"},
       "REFUSED"},
      {"a session that has ended meanwhile",
       {"ended=1 fence=3", "", "4"},
       kSave,
       "4 3 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=1", "", "4"},
       "SAVED"},
      {"a lost write, put back",
       {"fence=2 version=5", "", "2"},
       kSave,
       "4 -1 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=6", "", "4"},
       "SAVED"},
      {"a lost record, put back",
       {"", "", ""},
       kSave,
       "4 -1 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=1", "", "4"},
       "SAVED"},
      {"a sign-out, put back",
       {"fence=2", "", "2"},
       kSave,
       "4 -1 _ O ch",
       "SAVED",
       {"fence=4 origin=O session= version=1", "", "4"},
       "SAVED"},
      {"put back over an older intent",
       {"fence=2 intent=3 tries=1", "", "3"},
       kSave,
       "4 -1 S O ch",
       "SAVED",
       {"fence=4 origin=O session=S version=1", "", "4"},
       "SAVED"},
      {"put back over a newer intent",
       {"fence=2 intent=5 tries=1", "he 5", "5"},
       kSave,
       "4 -1 S O ch",
       "REFUSED",
       {"fence=2 intent=5 tries=1", "he 5", "5"},
       "REFUSED"},
      // me, fence, sent
      {"the first try",
       kSent,
       kClear,
       "me 4 1",
       "CLEARED",
       {"fence=3 intent=4 tries=0", "", "4"},
       "CLEARED"},
      {"the second",
       kSentTwice,
       kClear,
       "me 4 2",
       "CLEARED",
       {"fence=3 intent=4 tries=1", "", "4"},
       "CLEARED"},
      {"the first, after the second", kSentTwice, kClear, "me 4 1", "CLEARED", kSentTwice,
       "CLEARED"},
      {"another's",
       {"fence=3 intent=5 tries=1", "he 5", "5"},
       kClear,
       "me 4 1",
       "CLEARED",
       {"fence=3 intent=5 tries=1", "he 5", "5"},
       "CLEARED"},
      {"while another has the lease",
       {"fence=3 intent=4 tries=1", "he 5", "5"},
       kClear,
       "me 4 1",
       "CLEARED",
       {"fence=3 intent=4 tries=0", "he 5", "5"},
       "CLEARED"},
      {"an intent that was never there", kFirst, kClear, "me 4 1", "CLEARED", kFirst, "CLEARED"},
      {"a record that is lost", {"", "", ""}, kClear, "me 4 1", "CLEARED", {"", "", ""}, "CLEARED"},
      // me, fence, seen, channel
      {"the session",
       kSent,
       kEnd,
       "me 4 3 ch",
       "ENDED",
       {"ended=1 fence=3 intent=4 tries=1", "", "4"},
       "ENDED"},
      {"while another has the lease",
       {"fence=3 intent=4 tries=1", "he 5", "5"},
       kEnd,
       "me 4 3 ch",
       "ENDED",
       {"ended=1 fence=3 intent=4 tries=1", "he 5", "5"},
       "ENDED"},
      {"one that is not stored any more",
       {"fence=5", "", "5"},
       kEnd,
       "me 4 3 ch",
       "LOOK_AGAIN",
       {"fence=5", "", "5"},
       "LOOK_AGAIN"},
      {"while another sends the same",
       {"fence=3 intent=5 tries=2", "he 5", "5"},
       kEnd,
       "me 4 3 ch",
       "LOOK_AGAIN",
       {"fence=3 intent=5 tries=2", "he 5", "5"},
       "LOOK_AGAIN"},
      {"after another took its try back",
       {"fence=3 intent=5 tries=0", "", "5"},
       kEnd,
       "me 4 3 ch",
       "ENDED",
       {"ended=1 fence=3 intent=5 tries=0", "", "5"},
       "ENDED"},
      // seen, session, origin, channel, mode
      {"the first",
       {"", "", ""},
       kSignIn,
       "0 S O ch always",
       "SAVED 1",
       {"fence=1 origin=O session=S version=1", "", "1"},
       "SAVED 1"},
      {"another",
       {"fence=3 origin=N session=A version=2", "", "3"},
       kSignIn,
       "3 S O ch always",
       "SAVED 4",
       {"fence=4 origin=O session=S version=3", "", "4"},
       "SAVED 4"},
      {"over a newer one",
       {"fence=7 origin=N", "", "7"},
       kSignIn,
       "3 S O ch always",
       "SAVED 8",
       {"fence=8 origin=O session=S version=1", "", "8"},
       "SAVED 8"},
      {"during a refresh",
       kSent,
       kSignIn,
       "3 S O ch always",
       "SAVED 5",
       {"fence=5 origin=O session=S version=1", "me 4", "5"},
       "SAVED 5"},
      {"after the end",
       {"ended=1 fence=3 intent=4 tries=2", "", "4"},
       kSignIn,
       "3 S O ch always",
       "SAVED 5",
       {"fence=5 origin=O session=S version=1", "", "5"},
       "SAVED 5"},
      {"a counter that was lost",
       {"", "", ""},
       kSignIn,
       "5 S O ch always",
       "SAVED 6",
       {"fence=6 origin=O session=S version=1", "", "6"},
       "SAVED 6"},
      {"repeated after a refresh of it",
       {"fence=6 origin=O session=B version=4", "", "6"},
       kSignIn,
       "3 S O ch always",
       "SAVED 6",
       {"fence=6 origin=O session=B version=4", "", "6"},
       "SAVED 6"},
      {"unless newer, and it is",
       {"fence=4 origin=N", "", "4"},
       kSignIn,
       "3 S O ch unless_newer",
       "NEWER",
       {"fence=4 origin=N", "", "4"},
       "NEWER"},
      {"unless newer, and it is not",
       {"fence=3 origin=N", "", "3"},
       kSignIn,
       "3 S O ch unless_newer",
       "SAVED 4",
       {"fence=4 origin=O session=S version=1", "", "4"},
       "SAVED 4"},
      {"a sign-out",
       {"fence=3 origin=N session=A version=2", "", "3"},
       kSignIn,
       "3 _ O ch always",
       "SAVED 4",
       {"fence=4 origin=O session= version=3", "", "4"},
       "SAVED 4"},
      {"nothing", {"", "", ""}, kLoad, "", "_ _ _ _ _ _", {"", "", ""}, "_ _ _ _ _ _"},
      {"a record",
       {"ended=1 fence=3 origin=O session=S version=2", "", "3"},
       kLoad,
       "",
       "3 S O 1 _ 2",
       {"ended=1 fence=3 origin=O session=S version=2", "", "3"},
       "3 S O 1 _ 2"},
  };
  return all;
}

std::string name_of(const std::string_view& step) {
  const std::map<const std::string_view*, std::string> names = {
      {&kAcquire, "acquire"}, {&kRenew, "renew"},    {&kRelease, "release"},
      {&kIntent, "intent"},   {&kSave, "save"},      {&kClear, "clear"},
      {&kEnd, "end"},         {&kSignIn, "sign_in"}, {&kLoad, "load"}};
  return names.at(&step);
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word == "_" ? std::string() : word);
  return words;
}

class Steps {
 public:
  Steps() : server_(redis_.settings()) {}

  void set(const State& state) {
    call({"DEL", "{s}:record", "{s}:lease", "{s}:counter"});
    for (const auto& field : words_of(state.record)) {
      const auto at = field.find('=');
      call({"HSET", "{s}:record", field.substr(0, at), field.substr(at + 1)});
    }
    if (const auto lease = words_of(state.lease); !lease.empty()) {
      call({"SET", "{s}:lease", lease[0] + " " + lease[1], "PX", "9000"});
    }
    if (!state.counter.empty()) call({"SET", "{s}:counter", state.counter});
  }

  State get() {
    State state;
    std::map<std::string, std::string> fields;
    const auto record = call({"HGETALL", "{s}:record"});
    for (std::size_t i = 0; i + 1 < record.items.size(); i += 2) {
      fields[record.at(i).text] = record.at(i + 1).text;
    }
    fields.erase("saved_ms");
    for (const auto& [name, value] : fields) {
      state.record += (state.record.empty() ? "" : " ") + name + "=" + value;
    }
    state.lease = call({"GET", "{s}:lease"}).text;
    state.counter = call({"GET", "{s}:counter"}).text;
    return state;
  }

  // As words; "*" for what `expected` does not say.
  std::string run(const std::string_view& step, const std::string& arguments,
                  const std::string& expected) {
    const auto reply =
        server_.run(step, {"{s}:record", "{s}:lease", "{s}:counter"}, words_of(arguments));
    const auto wanted = words_of(expected);
    std::string text;
    for (std::size_t i = 0; i < reply.items.size(); ++i) {
      auto word = reply.at(i).text.empty() ? std::string("_") : reply.at(i).text;
      if (i < wanted.size() && wanted[i] == "*" && reply.at(i).number() > 0) word = "*";
      text += (text.empty() ? "" : " ") + word;
    }
    return text;
  }

  Reply call(const redis::Command& command) { return server_.call(command, "{s}"); }

 private:
  RedisProcess redis_;
  redis::RedisServer server_;
};

TEST(SessionScripts, DoWhatTheDecisionSaysAndTheSameWhenRepeated) {
  PINTLE_NEEDS_REDIS();
  Steps steps;
  for (const auto& row : rows()) {
    SCOPED_TRACE(name_of(row.step) + ": " + row.what);
    steps.set(row.before);
    EXPECT_EQ(steps.run(row.step, row.arguments, row.reply), row.reply);
    EXPECT_EQ(steps.get(), row.after);
    EXPECT_EQ(steps.run(row.step, row.arguments, row.repeated), row.repeated) << "repeated";
    // A repeated lease has a fence of its own, which nobody else has seen.
    if (&row.step == &kAcquire) continue;
    EXPECT_EQ(steps.get(), row.after) << "repeated";
  }
}

TEST(SessionScripts, GiveALeaseATimeToLiveAndNoOtherKey) {
  PINTLE_NEEDS_REDIS();
  Steps steps;
  steps.set({"fence=3", "", "3"});
  steps.run(kAcquire, "me 3 2000", "");
  const auto left = steps.call({"PTTL", "{s}:lease"}).number();
  EXPECT_GT(left, 1'000);
  EXPECT_LE(left, 2'000);
  steps.run(kRenew, "me 4 9000", "");
  EXPECT_GT(steps.call({"PTTL", "{s}:lease"}).number(), 8'000);
  steps.run(kIntent, "me 4 3 0", "");
  steps.run(kSave, "4 3 S O ch", "");
  EXPECT_EQ(steps.call({"TTL", "{s}:record"}).number(), -1);
  EXPECT_EQ(steps.call({"TTL", "{s}:counter"}).number(), -1);
}

TEST(SessionScripts, ForgetASignOutAfterThirtyDays) {
  PINTLE_NEEDS_REDIS();
  Steps steps;
  steps.set({"", "", ""});
  steps.run(kSignIn, "0 _ O ch always", "");
  EXPECT_GT(steps.call({"TTL", "{s}:record"}).number(), 29 * 24 * 3600);
  EXPECT_GT(steps.call({"TTL", "{s}:counter"}).number(), 29 * 24 * 3600);
  steps.run(kSignIn, "1 S P ch always", "");
  EXPECT_EQ(steps.call({"TTL", "{s}:record"}).number(), -1) << "and no sign-in";
  EXPECT_EQ(steps.call({"TTL", "{s}:counter"}).number(), -1);
}

TEST(SessionScripts, SayWhenASessionWasStored) {
  PINTLE_NEEDS_REDIS();
  Steps steps;
  steps.set({"", "", ""});
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  steps.run(kSignIn, "0 S O ch always", "");
  const auto saved = steps.call({"HGET", "{s}:record", "saved_ms"}).number();
  EXPECT_GE(saved, now - 1'000);
  EXPECT_LE(saved, now + 60'000);
}

TEST(SessionScripts, CountFarBeyondWhatAnyFleetNeeds) {
  PINTLE_NEEDS_REDIS();
  Steps steps;
  steps.set({"fence=900000000000000", "", "900000000000000"});
  EXPECT_EQ(steps.run(kAcquire, "me 900000000000000 9000", ""), "LEASE 900000000000001 0");
  EXPECT_EQ(steps.run(kIntent, "me 900000000000001 900000000000000 0", ""), "SEND");
  EXPECT_EQ(steps.run(kSave, "900000000000001 900000000000000 S O ch", ""), "SAVED");
  EXPECT_EQ(steps.run(kLoad, "", "* * * _ * *").substr(0, 15), "900000000000001") << "no exponent";
}

}  // namespace
}  // namespace pintle
