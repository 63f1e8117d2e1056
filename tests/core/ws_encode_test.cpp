// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_encode.h>

namespace pintle::ws {
namespace {

using namespace std::string_literals;

constexpr MaskKey kKey{0x37, 0xfa, 0x21, 0x3d};

// RFC 6455 5.7
TEST(WsEncode, WritesTheExamplesOfTheRfc) {
  std::string out;
  append_frame(out, Role::server, Opcode::text, "Hello", kKey);
  EXPECT_EQ(out, "\x81\x05Hello");
  out.clear();
  append_frame(out, Role::client, Opcode::text, "Hello", kKey);
  EXPECT_EQ(out, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  out.clear();
  append_frame(out, Role::server, Opcode::text, "Hel", kKey, false);
  append_frame(out, Role::server, Opcode::continuation, "lo", kKey);
  EXPECT_EQ(out, "\x01\x03Hel\x80\x02lo");
  out.clear();
  append_ping(out, Role::server, "Hello", kKey);
  append_pong(out, Role::client, "Hello", kKey);
  EXPECT_EQ(out, "\x89\x05Hello\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(WsEncode, WritesEachLengthInItsShortestForm) {
  struct Row {
    std::size_t size;
    std::string head;
  };
  const Row kTable[] = {{0, "\x82\x00"s},
                        {125, "\x82\x7d"s},
                        {126, "\x82\x7e\x00\x7e"s},
                        {65535, "\x82\x7e\xff\xff"s},
                        {65536, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.size);
    std::string out;
    append_frame(out, Role::server, Opcode::binary, std::string(row.size, 'x'), kKey);
    EXPECT_EQ(out, row.head + std::string(row.size, 'x'));
  }
}

TEST(WsEncode, SetsRsv1WhereItIsAsked) {
  std::string out;
  append_frame(out, Role::server, Opcode::text, "", kKey, false, true);
  EXPECT_EQ(out, "\x41\x00"s);
}

TEST(WsEncode, MasksLikeTheRfcSaysAtEveryLengthAndOffset) {
  for (std::size_t size = 0; size < 150; ++size) {
    for (std::size_t offset = 0; offset < 8; ++offset) {
      // One byte before and after shows that no other is changed, and moves the alignment.
      std::string bytes;
      for (std::size_t i = 0; i < size + 2; ++i) bytes += static_cast<char>(i * 7);
      auto expected = bytes;
      for (std::size_t i = 0; i < size; ++i) {
        expected[i + 1] = static_cast<char>(expected[i + 1] ^ kKey[(offset + i) % 4]);
      }
      apply_mask({bytes.data() + 1, size}, kKey, offset);
      ASSERT_EQ(bytes, expected) << size << " bytes from " << offset;
    }
  }
}

TEST(WsEncode, RefusesControlFramesThatWouldBreakTheProtocol) {
  std::string out = "before";
  EXPECT_NO_THROW(append_ping(out, Role::client, std::string(125, 'x'), kKey));
  out = "before";
  EXPECT_THROW(append_ping(out, Role::client, std::string(126, 'x'), kKey), Error);
  EXPECT_THROW(append_pong(out, Role::client, std::string(126, 'x'), kKey), Error);
  EXPECT_THROW(append_frame(out, Role::client, Opcode::ping, "", kKey, false), Error);
  EXPECT_THROW(append_close(out, Role::client, CloseCode::abnormal, "", kKey), Error);
  EXPECT_THROW(append_close(out, Role::client, CloseCode::tls_failed, "", kKey), Error);
  EXPECT_THROW(append_close(out, Role::client, CloseCode::normal, "\xff", kKey), Error);
  EXPECT_EQ(out, "before");
}

TEST(WsEncode, CutsAReasonBetweenTwoCharacters) {
  std::string out;
  append_close(out, Role::server, CloseCode::normal, std::string(122, 'x') + "\xc3\xa9", kKey);
  EXPECT_EQ(out, "\x88\x7c\x03\xe8" + std::string(122, 'x'));
  out.clear();
  append_close(out, Role::server, CloseCode::normal, std::string(121, 'x') + "\xc3\xa9tail", kKey);
  EXPECT_EQ(out, "\x88\x7d\x03\xe8" + std::string(121, 'x') + "\xc3\xa9");
  out.clear();
  append_close(out, Role::server, CloseCode::no_status, "", kKey);
  EXPECT_EQ(out, "\x88\x00"s);
}

}  // namespace
}  // namespace pintle::ws
