// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <pintle/core/ws/ws_deflate.h>

namespace pintle::ws {
namespace {

using namespace std::string_literals;
using Result = Inflater::Result;

constexpr std::uint64_t kPlenty = 1 << 20;

std::string inflated(Inflater& inflater, std::string_view payload) {
  PaddedBuffer out;
  const auto result = inflater.inflate(payload, true, out);
  if (result == Result::too_big) return "too big";
  if (result == Result::broken) return "broken";
  return std::string(out.view());
}

std::string deflated(Deflater& deflater, std::string_view message) {
  std::string out;
  deflater.deflate(message, out);
  return out;
}

// Words from a small list: text with repetitions, near and far.
std::string sample(std::mt19937& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text += "word" + std::to_string(random() % 300) + " ";
  text.resize(size);
  return text;
}

// RFC 7692 7.2.3
TEST(Inflater, ReadsTheExamplesOfTheRfc) {
  Inflater inflater(Role::client, {}, kPlenty);
  EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");  // Refers to the one before.
  EXPECT_EQ(inflated(inflater, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\x00"s), "");
}

TEST(Inflater, ReadsAMessageInPiecesOfAnySize) {
  std::mt19937 random(1);
  const auto message = sample(random, 100000);
  Deflater deflater(Role::server, {});
  const auto payload = deflated(deflater, message);
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, payload.size()}) {
    SCOPED_TRACE(step);
    Inflater inflater(Role::client, {}, message.size());
    PaddedBuffer out;
    std::string_view rest = payload;
    while (!rest.empty()) {
      const auto piece = rest.substr(0, step);
      rest.remove_prefix(piece.size());
      ASSERT_EQ(inflater.inflate(piece, rest.empty(), out), Result::ok);
    }
    EXPECT_EQ(out.view(), message);
  }
}

TEST(Inflater, KeepsItsContextBeyondAFinalBlock) {
  Inflater inflater(Role::client, {}, kPlenty);
  EXPECT_EQ(inflated(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x00\x11\x00\x00"s), "Hello");
  // Without the byte that the RFC requires after a final block; some senders omit it.
  EXPECT_EQ(inflated(inflater, "\xf3\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(inflater, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
}

TEST(Inflater, ForgetsItsContextWhereThatWasAgreed) {
  DeflateParams agreed;
  agreed.server_no_context_takeover = true;
  Inflater client(Role::client, agreed, kPlenty);
  EXPECT_EQ(inflated(client, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(client, "\xf2\x00\x11\x00\x00"s), "broken");
  // The other direction was not asked to reset its context.
  Inflater server(Role::server, agreed, kPlenty);
  EXPECT_EQ(inflated(server, "\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated(server, "\xf2\x00\x11\x00\x00"s), "Hello");
}

TEST(Inflater, RefusesWhatDoesNotInflate) {
  struct Row {
    const char* what;
    std::string payload;
  };
  const Row kTable[] = {{"a reserved block type", "\x07\x00"s},
                        {"a stored block whose lengths differ", "\x00\x05\x00\xfa\xfeHello\x00"s},
                        {"a look back beyond the beginning", "\xf2\x00\x11\x00\x00"s},
                        {"a message cut in a stored block", "\x00\xff\x00\x00\xffHello"s},
                        {"a message cut in a block of codes", "\xf2\x48\xcd"s}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.what);
    Inflater inflater(Role::client, {}, kPlenty);
    EXPECT_EQ(inflated(inflater, row.payload), "broken");
  }
}

TEST(Inflater, StopsABombAtTheLimit) {
  constexpr std::size_t kBomb = 64 << 20;
  Deflater deflater(Role::server, {}, 9);
  const auto payload = deflated(deflater, std::string(kBomb, '\0'));
  ASSERT_LT(payload.size(), kBomb / 500);
  Inflater inflater(Role::client, {}, 1000000);
  PaddedBuffer out;
  EXPECT_EQ(inflater.inflate(payload, true, out), Result::too_big);
  EXPECT_LE(out.size(), 1000001u);
}

TEST(Inflater, CountsTheLimitOverThePiecesOfAMessageAndAnewForTheNext) {
  DeflateParams agreed;
  agreed.server_no_context_takeover = true;
  Deflater deflater(Role::server, agreed);
  const auto fits = deflated(deflater, std::string(5000, 'x'));
  const auto too_long = deflated(deflater, std::string(5001, 'x'));
  Inflater inflater(Role::client, agreed, 5000);
  EXPECT_EQ(inflated(inflater, fits), std::string(5000, 'x'));
  EXPECT_EQ(inflated(inflater, fits), std::string(5000, 'x'));
  PaddedBuffer out;
  auto result = Result::ok;
  for (std::size_t i = 0; i < too_long.size() && result == Result::ok; ++i) {
    out.clear();
    result = inflater.inflate(too_long.substr(i, 1), i + 1 == too_long.size(), out);
  }
  EXPECT_EQ(result, Result::too_big);
}

TEST(Deflater, WritesWhatAnInflaterReadsForEveryAgreement) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int bits = 8; bits <= 15; ++bits) {
    for (const bool reset : {false, true}) {
      for (const auto sender : {Role::client, Role::server}) {
        SCOPED_TRACE(std::to_string(bits) + (reset ? " reset" : ""));
        DeflateParams agreed;
        agreed.client_max_window_bits = agreed.server_max_window_bits = bits;
        agreed.client_no_context_takeover = agreed.server_no_context_takeover = reset;
        Deflater deflater(sender, agreed, 1 + static_cast<int>(random() % 9));
        Inflater inflater(sender == Role::client ? Role::server : Role::client, agreed, kPlenty);
        for (const std::size_t size : {0u, 1u, 5u, 300u, 0u, 16384u, 100000u}) {
          const auto message = sample(random, size);
          ASSERT_EQ(inflated(inflater, deflated(deflater, message)), message) << size;
        }
      }
    }
  }
}

// Written one byte at a time, zlib's inflate has only its window to look back into.
bool fits_window(std::string_view payload, int bits) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -bits), Z_OK);
  std::string bytes(payload);
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  int code = Z_OK;
  while (code == Z_OK) {
    Bytef out;
    stream.next_out = &out;
    stream.avail_out = 1;
    code = inflate(&stream, Z_SYNC_FLUSH);
  }
  inflateEnd(&stream);
  return code == Z_BUF_ERROR;
}

TEST(Deflater, NeverLooksBackFurtherThanTheAgreedWindow) {
  std::mt19937 random(7);
  std::string message = sample(random, 60000);
  // A repetition at every distance around the smallest windows.
  for (std::size_t distance = 200; distance < 600; ++distance) {
    std::string block(distance, ' ');
    for (auto& c : block) c = static_cast<char>(random());
    message += block + block.substr(0, 100);
  }
  for (int bits = 8; bits < 15; ++bits) {
    for (const int level : {1, 6, 9}) {
      SCOPED_TRACE(std::to_string(bits) + " bits, level " + std::to_string(level));
      DeflateParams agreed;
      agreed.client_max_window_bits = bits;
      Deflater deflater(Role::client, agreed, level);
      EXPECT_TRUE(fits_window(deflated(deflater, message), bits));
    }
  }
  // Checks that the check itself can fail.
  Deflater wide(Role::client, {});
  EXPECT_FALSE(fits_window(deflated(wide, message), 8));
}

}  // namespace
}  // namespace pintle::ws
