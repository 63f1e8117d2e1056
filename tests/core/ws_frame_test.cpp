// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_frame.h>
#include <pintle/core/ws/ws_message.h>

#include "ws_transcript.h"

namespace pintle::ws {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// As a server sends it: without a mask.
std::string sent(Opcode opcode, std::string_view payload, bool fin = true, bool rsv1 = false) {
  std::string out;
  append_frame(out, Role::server, opcode, payload, {}, fin, rsv1);
  return out;
}

Transcript read(std::string_view stream, Role me = Role::client, Limits limits = {}) {
  FrameDecoder decoder(me, limits);
  return read_all(decoder, stream, whole);
}

struct Row {
  const char* what;
  std::string stream;
  Transcript expected;
};

// RFC 6455 5.7
TEST(FrameDecoder, ReadsTheExamplesOfTheRfc) {
  const std::string long_payload(256, 'x');
  const std::string longer_payload(65536, 'y');
  const std::vector<Row> kTable = {
      {"unmasked text", "\x81\x05Hello"s, {"text: Hello"}},
      {"fragmented text", "\x01\x03Hel\x80\x02lo"s, {"text: Hello"}},
      {"ping", "\x89\x05Hello"s, {"ping: Hello"}},
      {"256 bytes", "\x82\x7e\x01\x00"s + long_payload, {"binary: " + long_payload}},
      {"64 KiB",
       "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + longer_payload,
       {"binary: " + longer_payload}}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(read(row.stream), row.expected);
  }
  EXPECT_THAT(read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, Role::server),
              ElementsAre("text: Hello"));
  EXPECT_THAT(read("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s, Role::server),
              ElementsAre("pong: Hello"));
}

TEST(FrameDecoder, RefusesWhatBreaksARule) {
  const std::vector<Row> kTable = {
      {"a mask from a server",
       "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s,
       {"error 1002: a server's frame is masked"}},
      {"RSV1 without deflate", "\xc1\x00"s, {"error 1002: a reserved bit is set"}},
      {"RSV2", "\xa1\x00"s, {"error 1002: a reserved bit is set"}},
      {"RSV3", "\x91\x00"s, {"error 1002: a reserved bit is set"}},
      {"opcode 3", "\x83\x00"s, {"error 1002: the opcode is reserved"}},
      {"opcode 7", "\x87\x00"s, {"error 1002: the opcode is reserved"}},
      {"opcode 11", "\x8b\x00"s, {"error 1002: the opcode is reserved"}},
      {"opcode 15", "\x8f\x00"s, {"error 1002: the opcode is reserved"}},
      {"a fragmented ping", "\x09\x00"s, {"error 1002: a control frame is fragmented"}},
      {"a fragmented close", "\x08\x00"s, {"error 1002: a control frame is fragmented"}},
      {"a ping of 126 bytes", "\x89\x7e\x00\x7e"s, {"error 1002: a control frame is too long"}},
      {"a pong of 64 KiB",
       "\x8a\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s,
       {"error 1002: a control frame is too long"}},
      {"a continuation first",
       "\x80\x00"s,
       {"error 1002: a continuation frame belongs to no message"}},
      {"a continuation after a whole message",
       "\x81\x01x\x80\x00"s,
       {"text: x", "error 1002: a continuation frame belongs to no message"}},
      {"a message within a message",
       "\x01\x01x\x81\x01y"s,
       {"error 1002: a message starts within another"}},
      {"125 in two bytes",
       "\x82\x7e\x00\x7d"s,
       {"error 1002: a length is not in its shortest form"}},
      {"65535 in eight bytes",
       "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s,
       {"error 1002: a length is not in its shortest form"}},
      {"the highest bit of a length",
       "\x82\x7f\x80\x00\x00\x00\x00\x01\x00\x00"s,
       {"error 1002: a length has its highest bit set"}},
      {"2^63-1 bytes",
       "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s,
       {"error 1009: a message is too long"}},
      {"half a close code", "\x88\x01\x03"s, {"error 1002: a close frame has only half a code"}},
      {"a close reason that is not UTF-8",
       "\x88\x04\x03\xe8\xc3\x28"s,
       {"error 1007: the reason of a close frame is not UTF-8"}},
      {"a close reason cut in a character",
       "\x88\x03\x03\xe8\xc3"s,
       {"error 1007: the reason of a close frame is not UTF-8"}}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(read(row.stream), row.expected);
    FrameDecoder slowly(Role::client);
    EXPECT_EQ(read_all(slowly, row.stream, byte_by_byte), row.expected);
  }
  EXPECT_THAT(read("\x81\x00"s, Role::server),
              ElementsAre("error 1002: a client's frame is not masked"));
}

TEST(FrameDecoder, SaysTheSameErrorForEver) {
  FrameDecoder decoder(Role::client);
  std::string stream = "\x83\x00\x81\x01x"s;
  std::span<char> input(stream);
  for (int i = 0; i < 3; ++i) {
    const auto event = decoder.next(input);
    EXPECT_EQ(event.kind, Kind::error);
    EXPECT_EQ(event.code, CloseCode::protocol_error);
  }
}

TEST(FrameDecoder, DropsWhatFollowsTheClose) {
  EXPECT_THAT(read("\x88\x05\x11\x31"s + "bye" + "\x81\x01x" + "\x83\x00"s),
              ElementsAre("close 4401: bye"));
  EXPECT_THAT(read("\x88\x00"s), ElementsAre("close 1005: "));
}

// RFC 6455 7.4
TEST(FrameDecoder, TakesTheCloseCodesThatMayBeSentAndNoOthers) {
  const auto taken = [](int code) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    return read(sent(Opcode::close, payload)).at(0).starts_with("close ");
  };
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                         3000, 3999, 4000, 4401, 4403, 4999}) {
    EXPECT_TRUE(taken(code)) << code;
  }
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    EXPECT_FALSE(taken(code)) << code;
  }
}

TEST(FrameDecoder, GivesControlFramesBetweenTheFragmentsOfAMessage) {
  const auto stream = sent(Opcode::text, "a", false) + sent(Opcode::ping, "p") +
                      sent(Opcode::continuation, "", false) + sent(Opcode::pong, "") +
                      sent(Opcode::continuation, "b", true) + sent(Opcode::text, "", false) +
                      sent(Opcode::continuation, "");
  EXPECT_THAT(read(stream), ElementsAre("ping: p", "pong: ", "text: ab", "text: "));
}

TEST(FrameDecoder, GivesThePiecesInTheCallersOwnMemory) {
  std::string stream = "\x82\x0aHello"s;
  FrameDecoder decoder(Role::client);
  std::span<char> input(stream);
  auto event = decoder.next(input);
  EXPECT_EQ(event.bytes.data(), stream.data() + 2);
  EXPECT_EQ(event.bytes, "Hello");
  EXPECT_TRUE(event.first);
  EXPECT_FALSE(event.last);
  EXPECT_TRUE(input.empty());
  std::string rest = "World";
  input = rest;
  event = decoder.next(input);
  EXPECT_EQ(event.bytes.data(), rest.data());
  EXPECT_FALSE(event.first);
  EXPECT_TRUE(event.last);
}

TEST(FrameDecoder, RefusesALengthAboveTheLimitWhenItIsAnnounced) {
  const Limits limits{1000};
  const auto client = Role::client;
  EXPECT_THAT(read("\x82\x7e\x03\xe8"s, client, limits), IsEmpty());
  EXPECT_THAT(read("\x82\x7e\x03\xe9"s, client, limits),
              ElementsAre("error 1009: a message is too long"));
  // The limit applies to all fragments together, and to the announced length before it is received.
  EXPECT_THAT(
      read(sent(Opcode::text, std::string(600, 'x'), false) + "\x80\x7e\x01\x90"s, client, limits),
      IsEmpty());
  EXPECT_THAT(
      read(sent(Opcode::text, std::string(600, 'x'), false) + "\x80\x7e\x01\x91"s, client, limits),
      ElementsAre("error 1009: a message is too long"));
  // A message that is complete in the input takes a shorter path through the decoder.
  EXPECT_THAT(read(sent(Opcode::binary, std::string(1001, 'x')), client, limits),
              ElementsAre("error 1009: a message is too long"));
  EXPECT_THAT(read(sent(Opcode::binary, std::string(101, 'x')), client, Limits{100}),
              ElementsAre("error 1009: a message is too long"));
  // The count restarts with the next message.
  EXPECT_EQ(
      read(sent(Opcode::text, std::string(1000, 'x')) + sent(Opcode::text, std::string(1000, 'y')),
           client, limits)
          .size(),
      2u);
  EXPECT_THROW(FrameDecoder(client, Limits{kMaxMessageBytes + 1}), Error);
  EXPECT_NO_THROW(FrameDecoder(client, Limits{kMaxMessageBytes}));
}

TEST(FrameDecoder, RefusesAMessageOfEmptyFramesThatNeverEnds) {
  const auto message_of = [](std::size_t empty) {
    std::string stream = sent(Opcode::text, "a", false);
    for (std::size_t i = 0; i < empty; ++i) stream += sent(Opcode::continuation, "", false);
    return stream + sent(Opcode::continuation, "b");
  };
  EXPECT_THAT(read(message_of(kMaxEmptyFrames)), ElementsAre("text: ab"));
  EXPECT_THAT(read(message_of(kMaxEmptyFrames + 1)),
              ElementsAre("error 1008: a message has too many empty frames"));
  // The count restarts with the next message.
  EXPECT_THAT(read(message_of(kMaxEmptyFrames) + message_of(kMaxEmptyFrames)),
              ElementsAre("text: ab", "text: ab"));
  std::string many;
  for (std::uint32_t i = 0; i <= kMaxEmptyFrames; ++i) many += sent(Opcode::binary, "");
  EXPECT_EQ(read(many).size(), kMaxEmptyFrames + 1) << "empty messages are none of it";
}

TEST(FrameDecoder, ChecksTextAcrossFramesAndLeavesBinaryAlone) {
  const std::string text = "\xce\xba\xe1\xbd\xb9\xf0\x9f\x98\x80";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_THAT(read(sent(Opcode::text, text.substr(0, i), false) +
                     sent(Opcode::continuation, text.substr(i))),
                ElementsAre("text: " + text));
  }
  EXPECT_THAT(read(sent(Opcode::text, "\xce")),
              ElementsAre("error 1007: a text message is not UTF-8"));
  EXPECT_THAT(read(sent(Opcode::text, "a longer text\xce")),
              ElementsAre("error 1007: a text message is not UTF-8"));
  EXPECT_THAT(read(sent(Opcode::text, "a longer\xff text")),
              ElementsAre("error 1007: a text message is not UTF-8"));
  EXPECT_THAT(read(sent(Opcode::text, "\xce", false) + sent(Opcode::continuation, "")),
              ElementsAre("error 1007: a text message is not UTF-8"));
  EXPECT_THAT(read(sent(Opcode::text, "\xed\xa0\x80", false)),
              ElementsAre("error 1007: a text message is not UTF-8"));
  EXPECT_THAT(read(sent(Opcode::binary, "\xff\xc0")), ElementsAre("binary: \xff\xc0"));
  // A text that left a message incomplete does not affect the next one.
  EXPECT_THAT(read(sent(Opcode::binary, "\xce") + sent(Opcode::text, "a")),
              ElementsAre("binary: \xce", "text: a"));
}

// A stream with every kind of frame, as `me` would receive it.
std::string long_conversation(Role me) {
  const auto other = me == Role::client ? Role::server : Role::client;
  const MaskKey key{0x37, 0xfa, 0x21, 0x3d};
  std::string out;
  append_frame(out, other, Opcode::text, "h\xc3\xa9llo \xf0\x9f\x98\x80", key);
  append_ping(out, other, "", key);
  append_frame(out, other, Opcode::text, "\xe2\x82", key, false);
  append_ping(out, other, std::string(125, 'p'), key);
  append_frame(out, other, Opcode::continuation, "", key, false);
  append_frame(out, other, Opcode::continuation, "\xac!", key, true);
  append_frame(out, other, Opcode::binary, std::string(130, '\xff'), key);
  append_frame(out, other, Opcode::binary, "", key);
  append_pong(out, other, "po", key);
  append_close(out, other, CloseCode::bad_host_or_origin, "caf\xc3\xa9", key);
  return out;
}

TEST(FrameDecoder, SaysTheSameHoweverTheStreamIsCut) {
  for (const auto me : {Role::client, Role::server}) {
    SCOPED_TRACE(me == Role::client ? "client" : "server");
    const auto stream = long_conversation(me);
    const Transcript expected = {"text: h\xc3\xa9llo \xf0\x9f\x98\x80",
                                 "ping: ",
                                 "ping: " + std::string(125, 'p'),
                                 "text: \xe2\x82\xac!",
                                 "binary: " + std::string(130, '\xff'),
                                 "binary: ",
                                 "pong: po",
                                 "close 4403: caf\xc3\xa9"};
    const auto check = [&](const Cut& cut) {
      FrameDecoder decoder(me);
      EXPECT_EQ(read_all(decoder, stream, cut), expected);
      MessageReader reader(me);
      EXPECT_EQ(read_all(reader, stream, cut), expected);
    };
    check(whole);
    check(byte_by_byte);
    for (std::size_t at = 1; at < stream.size(); ++at) {
      SCOPED_TRACE(at);
      check([&](std::size_t left) { return left == stream.size() ? at : left; });
    }
  }
}

TEST(FrameDecoder, ReadsWhatTheEncoderWrites) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  for (int round = 0; round < 200; ++round) {
    const auto me = below(2) ? Role::client : Role::server;
    const auto other = me == Role::client ? Role::server : Role::client;
    std::string stream;
    Transcript expected;
    for (auto messages = below(5); messages-- > 0;) {
      constexpr std::size_t kSizes[] = {0,   1,   7,   8,    9,     63,    64,   65,
                                        125, 126, 127, 1000, 65535, 65536, 65537};
      std::string payload(kSizes[below(std::size(kSizes))], ' ');
      for (auto& c : payload) c = static_cast<char>(random());
      expected.push_back("binary: " + payload);
      auto opcode = Opcode::binary;
      std::string_view rest = payload;
      while (true) {
        const auto size = below(3) ? rest.size() : below(rest.size() + 1);
        const bool fin = size == rest.size();
        const MaskKey key{static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()),
                          static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random())};
        append_frame(stream, other, opcode, rest.substr(0, size), key, fin);
        rest.remove_prefix(size);
        opcode = Opcode::continuation;
        if (fin) break;
      }
    }
    FrameDecoder decoder(me);
    ASSERT_EQ(read_all(decoder, stream, [&](std::size_t) { return 1 + below(5000); }), expected);
  }
}

}  // namespace
}  // namespace pintle::ws
