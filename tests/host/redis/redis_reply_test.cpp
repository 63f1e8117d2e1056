// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "redis/reply.h"
#include "support/error_of.h"

namespace pintle::redis {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;

// A text that two equal replies share.
std::string text_of(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "nil";
    case Reply::Kind::text:
      return "\"" + reply.text + "\"";
    case Reply::Kind::status:
      return "+" + reply.text;
    case Reply::Kind::integer:
      return std::to_string(reply.integer);
    case Reply::Kind::error:
      return "-" + reply.text;
    case Reply::Kind::array:
      break;
  }
  std::string text = "[";
  for (const auto& item : reply.items) text += text_of(item) + " ";
  return text + "]";
}

struct Case {
  std::string bytes;
  std::string text;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"+OK\r\n", "+OK"},
      {"+\r\n", "+"},
      {"-ERR no\r\n", "-ERR no"},
      {":0\r\n", "0"},
      {":-7\r\n", "-7"},
      {":9223372036854775807\r\n", "9223372036854775807"},
      {"$0\r\n\r\n", "\"\""},
      {"$5\r\na\r\nb\n\r\n", "\"a\r\nb\n\""},
      {std::string("$3\r\na\0b\r\n", 9), std::string("\"a\0b\"", 5)},
      {"$-1\r\n", "nil"},
      {"*-1\r\n", "nil"},
      {"*0\r\n", "[]"},
      {"*2\r\n$1\r\na\r\n:1\r\n", "[\"a\" 1 ]"},
      {"*3\r\n*1\r\n+x\r\n*0\r\n$-1\r\n", "[[+x ] [] nil ]"},
      {"*1\r\n*1\r\n*1\r\n*1\r\n-E\r\n", "[[[[-E ] ] ] ]"},
  };
  return all;
}

std::string read_whole(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  const auto reply = reader.next();
  return reply ? text_of(*reply) : "more";
}

TEST(RedisReply, IsOneOfEachType) {
  for (const auto& one : cases()) EXPECT_EQ(read_whole(one.bytes), one.text) << one.bytes;
}

TEST(RedisReply, IsTheSameInPieces) {
  for (const auto& one : cases()) {
    for (std::size_t at = 0; at < one.bytes.size(); ++at) {
      SCOPED_TRACE(one.text + " split at " + std::to_string(at));
      ReplyReader reader;
      reader.feed(std::string_view(one.bytes).substr(0, at));
      EXPECT_FALSE(reader.next());
      reader.feed(std::string_view(one.bytes).substr(at));
      const auto reply = reader.next();
      ASSERT_TRUE(reply);
      EXPECT_EQ(text_of(*reply), one.text);
      EXPECT_FALSE(reader.next());
    }
  }
}

TEST(RedisReply, ComesOneAfterTheOther) {
  std::string bytes;
  for (const auto& one : cases()) bytes += one.bytes;
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    ReplyReader reader;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      reader.feed(std::string_view(bytes).substr(at, step));
      while (const auto reply = reader.next()) found.push_back(text_of(*reply));
    }
    ASSERT_EQ(found.size(), cases().size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], cases()[i].text);
  }
}

TEST(RedisReply, HasNoLimitOnHowManyFollow) {
  ReplyReader reader;
  const std::string text(std::size_t{1024} * 1024, 'x');
  const auto bytes = "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
  for (int i = 0; i < 10; ++i) {
    reader.feed(bytes);
    const auto reply = reader.next();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->text.size(), text.size());
  }
}

std::string nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
  return bytes + ":1\r\n";
}

std::string many(int rows, int columns) {
  std::string bytes = "*" + std::to_string(rows) + "\r\n";
  for (int row = 0; row < rows; ++row) {
    bytes += "*" + std::to_string(columns) + "\r\n";
    for (int i = 0; i < columns; ++i) bytes += ":1\r\n";
  }
  return bytes;
}

// Never more than the four megabytes of a reply, and some for whoever else is in this process.
constexpr long kMaxGrowthKb = 64L * 1024;

long peak_kb() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

// Feeds what was sent, as much as is taken.
Error refusal_of(std::string_view bytes) {
  return error_of([&] {
    ReplyReader reader;
    for (int i = 0; i < 8; ++i) {
      while (!bytes.empty()) {
        const auto piece = bytes.substr(0, 16 * 1024);
        bytes.remove_prefix(piece.size());
        reader.feed(piece);
        while (reader.next()) {
        }
      }
    }
  });
}

TEST(RedisReply, IsRefusedIfItIsTooLargeOrIsNoneOfRedis) {
  const std::string filler(std::size_t{5} * 1024 * 1024, 'x');
  const std::vector<Case> bad = {
      {"*2147483647\r\n", "an array"},
      {"*4097\r\n", "an array that is just too large"},
      {"*99999999999999999999\r\n", "an array of no size at all"},
      {"*-2\r\n", "an array of less than none"},
      {"*2\r\n*4096\r\n", "a large array in a small one"},
      {many(2, 2500), "two arrays that are too large together"},
      {nested(8), "an array too deep"},
      {nested(100'000), "an array much too deep"},
      {"$5000000\r\n" + filler, "a text"},
      {"$2147483647\r\n" + filler, "an endless text"},
      {"+" + filler, "a line without an end"},
      {"*2\r\n$1\r\na\r\n$5000000\r\n" + filler, "an array with a large text"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "a web server"},
      {"\x15\x03\x03\x00\x02\x02\x28", "a TLS alert"},
      {std::string("\x16\x03\x01\x00\x7a", 5), "a TLS record"},
      {"SSH-2.0-OpenSSH_9\r\n", "an SSH server"},
      {std::string(16, '\0'), "zeros"},
      {"\r\n", "an empty line"},
      // RESP3, which nobody has asked for.
      {",1.5\r\n", "a number of RESP3"},
      {"#t\r\n", "a truth value of RESP3"},
      {"*1\r\n#t\r\n", "a truth value in an array"},
  };
  for (const auto& one : bad) {
    SCOPED_TRACE(one.text);
    const auto before = peak_kb();
    const auto error = refusal_of(one.bytes);
    EXPECT_EQ(error.layer(), Layer::store);
    EXPECT_LT(peak_kb() - before, kMaxGrowthKb);
    EXPECT_THAT(error.what(), Not(HasSubstr("HTTP")));
  }
  EXPECT_EQ(read_whole(nested(7)), "[[[[[[[1 ] ] ] ] ] ] ]") << "and this deep is well";
  EXPECT_THAT(read_whole(many(2, 2000)), HasSubstr("1 1 1")) << "and this large";
}

TEST(RedisReply, ShowsTheCodeOfAnErrorAlone) {
  const std::vector<Case> codes = {
      {"-WRONGPASS invalid username-password pair\r\n", "WRONGPASS"},
      {"-NOAUTH\r\n", "NOAUTH"},
      {"-ERR unknown command 'hunter2'\r\n", "ERR"},
      {"-hunter2 is no command\r\n", "ERR"},
      {"-Hunter\r\n", "ERR"},
      {"-HUNTER2 x\r\n", "ERR"},
      {"-\r\n", "ERR"},
      {"- x\r\n", "ERR"},
      {"-ABCDEFGHIJKLMNOPQ x\r\n", "ERR"},
      {"-MOVED 1 h:1\r\n", "MOVED"},
  };
  for (const auto& one : codes) {
    SCOPED_TRACE(one.bytes);
    ReplyReader reader;
    reader.feed(one.bytes);
    const auto reply = reader.next();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->error_code(), one.text);
    EXPECT_TRUE(reply->is_error(one.text));
  }
}

TEST(RedisReply, GivesANumberOrZero) {
  for (const auto& [bytes, number] :
       std::vector<std::pair<std::string, long long>>{{":12\r\n", 12},
                                                      {"$2\r\n12\r\n", 12},
                                                      {"$2\r\n-1\r\n", -1},
                                                      {"$3\r\n12x\r\n", 0},
                                                      {"$0\r\n\r\n", 0},
                                                      {"$20\r\n99999999999999999999\r\n", 0},
                                                      {"$-1\r\n", 0},
                                                      {"*1\r\n:1\r\n", 0}}) {
    SCOPED_TRACE(bytes);
    ReplyReader reader;
    reader.feed(bytes);
    const auto reply = reader.next();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->number(), number);
    EXPECT_EQ(reply->at(5).kind, Reply::Kind::nil) << "an item that is not there";
  }
}

TEST(RedisCommand, IsSentWithItsLengths) {
  EXPECT_EQ(to_bytes({"SET", "k", std::string("a\r\n\0b", 5), ""}),
            std::string("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n", 37));
}

}  // namespace
}  // namespace pintle::redis
