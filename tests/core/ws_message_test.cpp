// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <pintle/core/base/padded_buffer.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_message.h>

#include "ws_transcript.h"

namespace pintle::ws {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

std::string sent(Opcode opcode, std::string_view payload, bool fin = true, bool rsv1 = false) {
  std::string out;
  append_frame(out, Role::server, opcode, payload, {}, fin, rsv1);
  return out;
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

TEST(MessageReader, HandsOutAMessageThatLiesWholeInTheInputWithoutACopy) {
  std::string stream = sent(Opcode::text, "one") + sent(Opcode::binary, std::string(70000, 'x'));
  MessageReader reader(Role::client);
  std::span<char> input(stream);
  auto event = reader.next(input);
  EXPECT_EQ(event.bytes, "one");
  EXPECT_TRUE(lies_in(event.bytes, stream));
  event = reader.next(input);
  EXPECT_EQ(event.bytes.size(), 70000u);
  EXPECT_TRUE(lies_in(event.bytes, stream));
  EXPECT_TRUE(event.first && event.last);
}

TEST(MessageReader, JoinsWhatCameInPiecesAndLeavesRoomBehindIt) {
  const std::string json = R"({"jsonrpc":"2.0","id":7,"result":[1,2,3]})";
  auto stream = sent(Opcode::text, json.substr(0, 9), false) + sent(Opcode::ping, "p") +
                sent(Opcode::continuation, json.substr(9));
  MessageReader reader(Role::client);
  std::span<char> input(stream);
  EXPECT_EQ(reader.next(input).kind, Kind::ping);
  const auto event = reader.next(input);
  ASSERT_EQ(event.bytes, json);
  EXPECT_FALSE(lies_in(event.bytes, stream));
  EXPECT_TRUE(event.first && event.last);
  simdjson::ondemand::parser parser;
  auto document = parser.iterate(event.bytes, event.bytes.size() + kPadding);
  EXPECT_EQ(std::int64_t(document["id"]), 7);
}

TEST(MessageReader, HoldsNoMoreMemoryThanWhatCame) {
  // The header announces 400 MiB; ten bytes of it are received.
  std::string stream = "\x82\x7f\x00\x00\x00\x00\x19\x00\x00\x00"s + std::string(10, 'x');
  MessageReader reader(Role::client, Limits{kMaxMessageBytes});
  std::span<char> input(stream);
  EXPECT_EQ(reader.next(input).kind, Kind::need_more);
  EXPECT_LT(reader.allocated_bytes(), 10000u);
  // A message that exceeds the limit by its announced length is refused before a byte of it is
  // stored.
  MessageReader small(Role::client, Limits{100});
  EXPECT_THAT(read_all(small, stream, whole), ElementsAre("error 1009: a message is too long"));
  EXPECT_EQ(small.allocated_bytes(), 0u);
}

TEST(MessageReader, GivesTheMemoryOfALargeMessageBackOnceItWasRead) {
  MessageReader reader(Role::client);
  auto stream =
      sent(Opcode::binary, std::string(1 << 20, 'x'), false) + sent(Opcode::continuation, "y");
  std::span<char> input(stream);
  EXPECT_EQ(reader.next(input).bytes.size(), (1u << 20) + 1);
  EXPECT_GT(reader.allocated_bytes(), 1u << 20);
  EXPECT_EQ(reader.next(input).kind, Kind::need_more);
  EXPECT_EQ(reader.allocated_bytes(), 0u);
}

// RFC 7692 7.2.3.1 and 7.2.3.2
TEST(MessageReader, InflatesTheExamplesOfTheRfc) {
  const auto stream = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s + "\xc1\x05\xf2\x00\x11\x00\x00"s +
                      "\x41\x03\xf2\x48\xcd\x89\x00\x80\x04\xc9\xc9\x07\x00"s + "\x81\x05plain"s +
                      "\xc1\x01\x00"s;
  for (std::size_t at = 1; at <= stream.size(); ++at) {
    SCOPED_TRACE(at);
    MessageReader reader(Role::client, {}, DeflateParams{});
    EXPECT_THAT(read_all(reader, stream, [&](std::size_t) { return at; }),
                ElementsAre("text: Hello", "text: Hello", "ping: ", "text: Hello", "text: plain",
                            "text: "));
  }
}

TEST(MessageReader, ChecksWhatItInflatedForUtf8) {
  Deflater deflater(Role::server, {});
  const auto with = [&](Opcode opcode, std::string_view message) {
    std::string payload;
    deflater.deflate(message, payload);
    return sent(opcode, payload.substr(0, 3), false, true) +
           sent(Opcode::continuation, payload.substr(3));
  };
  // One after the other: each refers to what was deflated before it.
  auto stream = with(Opcode::text, "caf\xc3\xa9 \xf0\x9f\x98\x80");
  stream += with(Opcode::binary, "\xff\xfe");
  stream += with(Opcode::text, "caf\xc3");
  for (const Cut& cut : {Cut(whole), Cut(byte_by_byte)}) {
    MessageReader reader(Role::client, {}, DeflateParams{});
    EXPECT_THAT(read_all(reader, stream, cut),
                ElementsAre("text: caf\xc3\xa9 \xf0\x9f\x98\x80", "binary: \xff\xfe",
                            "error 1007: a text message is not UTF-8"));
  }
}

TEST(MessageReader, StopsABombAndABrokenStream) {
  Deflater deflater(Role::server, {});
  std::string payload;
  deflater.deflate(std::string(100001, 'x'), payload);
  MessageReader limited(Role::client, Limits{100000}, DeflateParams{});
  const auto bomb = sent(Opcode::binary, payload, true, true) + sent(Opcode::text, "after");
  EXPECT_THAT(read_all(limited, bomb, whole), ElementsAre("error 1009: a message is too long"));
  MessageReader enough(Role::client, Limits{100001}, DeflateParams{});
  EXPECT_THAT(read_all(enough, bomb, whole),
              ElementsAre("binary: " + std::string(100001, 'x'), "text: after"));

  MessageReader reader(Role::client, {}, DeflateParams{});
  std::string broken = sent(Opcode::text, "\x07", true, true) + sent(Opcode::text, "after");
  std::span<char> input(broken);
  for (int i = 0; i < 2; ++i) {
    const auto event = reader.next(input);
    EXPECT_EQ(event.kind, Kind::error);
    EXPECT_EQ(event.code, CloseCode::invalid_data);
  }
}

TEST(MessageReader, TakesAMessageOfTheLimitThatDeflateMadeLonger) {
  std::string noise(10000, ' ');
  std::uint32_t state = 1;
  for (auto& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  Deflater deflater(Role::server, {}, 1);
  std::string payload;
  deflater.deflate(noise, payload);
  ASSERT_GT(payload.size(), noise.size());
  MessageReader reader(Role::client, Limits{noise.size()}, DeflateParams{});
  EXPECT_THAT(read_all(reader, sent(Opcode::binary, payload, true, true), whole),
              ElementsAre("binary: " + noise));
}

TEST(MessageReader, RefusesACompressedMessageThatWasNotAgreedOn) {
  MessageReader reader(Role::client);
  EXPECT_THAT(read_all(reader, "\xc1\x01\x00"s, whole),
              ElementsAre("error 1002: a reserved bit is set"));
  for (const auto& stream : {"\x01\x00\xc0\x00"s, "\xc9\x00"s}) {
    MessageReader deflating(Role::client, {}, DeflateParams{});
    EXPECT_THAT(read_all(deflating, stream, whole),
                ElementsAre("error 1002: a reserved bit is set"));
  }
}

TEST(PaddedBuffer, GrowsByWhatIsAppendedAndKeepsItsBytes) {
  PaddedBuffer buffer;
  EXPECT_EQ(buffer.view(), "");
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const auto text = std::to_string(i);
    buffer.append(text);
    expected += text;
    ASSERT_EQ(buffer.view().size(), expected.size());
    ASSERT_EQ(std::string(buffer.view().data() + buffer.size(), kPadding),
              std::string(kPadding, '\0'));
  }
  EXPECT_EQ(buffer.view(), expected);
  auto moved = std::move(buffer);
  EXPECT_EQ(moved.view(), expected);
  EXPECT_THROW(moved.prepare(static_cast<std::size_t>(-1)), std::bad_alloc);
  EXPECT_EQ(moved.view(), expected);
  moved.clear(0);
  EXPECT_EQ(moved.size(), 0u);
  moved.append("again");
  EXPECT_EQ(moved.view(), "again");
}

}  // namespace
}  // namespace pintle::ws
