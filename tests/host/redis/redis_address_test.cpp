// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_address.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "support/error_of.h"

namespace pintle::redis {
namespace {

using Kind = RedisAddress::Kind;
using test::error_of;
using testing::HasSubstr;
using testing::Not;

struct Form {
  std::string url;
  Kind kind;
  bool secure;
  std::string user;
  std::vector<Node> nodes;
  std::string master;
  int database;
  std::string text;  // as it is shown
};

TEST(RedisAddress, IsReadFromEachForm) {
  const std::vector<Form> forms = {
      {"redis://h", Kind::single, false, "", {{"h", 6379}}, "", 0, "redis://h:6379"},
      {"redis://h/", Kind::single, false, "", {{"h", 6379}}, "", 0, "redis://h:6379"},
      {"redis://h:1/0", Kind::single, false, "", {{"h", 1}}, "", 0, "redis://h:1"},
      {"redis://ada@h/3", Kind::single, false, "ada", {{"h", 6379}}, "", 3, "redis://ada@h:6379/3"},
      {"rediss://h:65535/1000000",
       Kind::single,
       true,
       "",
       {{"h", 65535}},
       "",
       1'000'000,
       "rediss://h:65535/1000000"},
      {"redis://[::1]:7000", Kind::single, false, "", {{"::1", 7000}}, "", 0, "redis://[::1]:7000"},
      {"redis://[2001:db8::2]",
       Kind::single,
       false,
       "",
       {{"2001:db8::2", 6379}},
       "",
       0,
       "redis://[2001:db8::2]:6379"},
      {"redis-sentinel://a,b:5,[::1]/main",
       Kind::sentinel,
       false,
       "",
       {{"a", 26379}, {"b", 5}, {"::1", 26379}},
       "main",
       0,
       "redis-sentinel://a:26379,b:5,[::1]:26379/main"},
      {"rediss-sentinel://ada@a/main/7",
       Kind::sentinel,
       true,
       "ada",
       {{"a", 26379}},
       "main",
       7,
       "rediss-sentinel://ada@a:26379/main/7"},
      {"redis-cluster://a,b:7001",
       Kind::cluster,
       false,
       "",
       {{"a", 6379}, {"b", 7001}},
       "",
       0,
       "redis-cluster://a:6379,b:7001"},
      {"rediss-cluster://ada@a",
       Kind::cluster,
       true,
       "ada",
       {{"a", 6379}},
       "",
       0,
       "rediss-cluster://ada@a:6379"},
  };
  for (const auto& form : forms) {
    SCOPED_TRACE(form.url);
    EXPECT_TRUE(is_redis_url(form.url));
    const auto made = RedisAddress::parse(form.url);
    EXPECT_EQ(made.kind, form.kind);
    EXPECT_EQ(made.secure, form.secure);
    EXPECT_EQ(made.user, form.user);
    EXPECT_EQ(made.nodes, form.nodes);
    EXPECT_EQ(made.master, form.master);
    EXPECT_EQ(made.database, form.database);
    EXPECT_EQ(made.text(), form.text);
    EXPECT_EQ(RedisAddress::parse(made.text()).text(), form.text) << "and it reads back the same";
  }
}

TEST(RedisAddress, IsNoneOfOtherTexts) {
  for (const char* text : {"", "file", "redis", "redis:", "redis:/h", "http://h", "REDIS://h",
                           "redis+tls://h", " redis://h", "secret-service"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(is_redis_url(text));
    EXPECT_EQ(error_of([&] { return RedisAddress::parse(text); }).layer(), Layer::config);
  }
}

struct Refusal {
  const char* url;
  const char* why;
};

TEST(RedisAddress, SaysWhatIsWrongWithAUrl) {
  const std::vector<Refusal> refusals = {
      {"redis://", "names no host"},
      {"redis:///0", "names no host"},
      {"redis://:6379", "names no host"},
      {"redis://::1", "names no host"},
      {"redis://[]", "names no host"},
      {"redis://[::1", "without its \"]\""},
      {"redis://[::1]7", "not a number from 1 to 65535"},
      {"redis://h:", "not a number from 1 to 65535"},
      {"redis://h:0", "not a number from 1 to 65535"},
      {"redis://h:65536", "not a number from 1 to 65535"},
      {"redis://h:-1", "not a number from 1 to 65535"},
      {"redis://h:6379x", "not a number from 1 to 65535"},
      {"redis://h h", "names no host"},
      {"redis://h\n", "names no host"},
      {"redis://h%00", "names no host"},
      {"redis://a,b", "more than one host"},
      {"redis://a,", "after its last comma"},
      {"redis-cluster://a,", "after its last comma"},
      {"redis-cluster://,a", "names no host"},
      {"redis-cluster://a,,b", "names no host"},
      {"redis-cluster://a/0", "which a cluster does not have"},
      {"redis-sentinel://a", "master"},
      {"redis-sentinel://a/", "master"},
      {"redis-sentinel://a/m m", "master"},
      {"redis-sentinel://a/main/x", "not a number"},
      {"redis-sentinel://a/main/0/0", "not a number"},
      {"redis://h/x", "not a number"},
      {"redis://h/-1", "not a number"},
      {"redis://h/1000001", "not a number"},
      {"redis://h/99999999999999999999", "not a number"},
      {"redis://h/0/", "not a number"},
      {"redis://@h", "user name"},
      {"redis://a b@h", "user name"},
      {"redis://h?db=1", "query"},
      {"redis://h/0?x", "query"},
      {"redis://h#x", "query"},
  };
  for (const auto& one : refusals) {
    SCOPED_TRACE(one.url);
    const auto error = error_of([&] { return RedisAddress::parse(one.url); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_TRUE(error.needs_user_action());
    EXPECT_FALSE(error.hint().empty());
    EXPECT_THAT(error.message(), HasSubstr(one.why));
  }
}

TEST(RedisAddress, ShowsNoPasswordThatIsWrittenIntoIt) {
  for (const std::string begin : {"redis://", "rediss://", "redis-sentinel://",
                                  "rediss-sentinel://", "redis-cluster://", "rediss-cluster://"}) {
    for (const char* rest :
         {":hunter2@h", "ada:hunter2@h", "ada:hunter2@h/0", "ada:x@hunter2@h", "ada:hunter2/x@h",
          ":hunter2@h,b/main", "h?password=hunter2", "h/0?password=hunter2", "h/hunter2",
          "hunter2:x", "a:hunter2", "ada:hun?ter2@h", "ada:hunter2@", "a b hunter2@h", "[hunter2",
          "h/main/hunter2"}) {
      SCOPED_TRACE(begin + rest);
      const auto error = test::error_if_any([&] { return RedisAddress::parse(begin + rest); });
      if (!error) continue;  // a master of that name
      EXPECT_THAT(error->what() + error->hint(), Not(HasSubstr("hunter2")));
    }
    const auto error = error_of([&] { return RedisAddress::parse(begin + "ada:hunter2@h"); });
    EXPECT_THAT(error.message(), HasSubstr("contains a password"));
    EXPECT_THAT(error.hint(), HasSubstr("--store-secret-file password=FILE"));
  }
}

TEST(RedisAddress, HasALimitOnItsHosts) {
  std::string url = "redis-cluster://h";
  for (int i = 1; i < 64; ++i) url += ",h";
  EXPECT_EQ(RedisAddress::parse(url).nodes.size(), 64u);
  EXPECT_THAT(error_of([&] { return RedisAddress::parse(url + ",h"); }).message(),
              HasSubstr("too many hosts"));
}

}  // namespace
}  // namespace pintle::redis
