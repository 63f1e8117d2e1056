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
#include "session_steps.h"

namespace pintle {
namespace {

using namespace session_scripts;
using redis::Reply;
using test::RedisProcess;

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
  EXPECT_EQ(steps.run(kLoad, "", "").substr(0, 15), "900000000000001") << "no exponent";
}

}  // namespace
}  // namespace pintle
