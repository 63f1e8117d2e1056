// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/http/http_chunked.h>

namespace pintle {
namespace {

using Kind = ChunkedDecoder::Kind;

// The body, then how it ended: "Wikipedia|finished|rest".
std::string read(std::string_view stream, std::size_t first, std::size_t step,
                 std::uint64_t max_body = 1 << 20) {
  ChunkedDecoder decoder(max_body);
  std::string body;
  while (true) {
    const auto size = std::min(first, stream.size());
    first = step;
    if (size == 0) return body + "|cut off";
    const auto block = std::make_unique<char[]>(size);
    std::memcpy(block.get(), stream.data(), size);
    std::string_view input(block.get(), size);
    stream.remove_prefix(size);
    while (true) {
      const auto result = decoder.next(input);
      if (result.kind == Kind::body) body += result.bytes;
      if (result.kind == Kind::malformed) return body + "|" + std::string(result.bytes);
      if (result.kind == Kind::finished) {
        return body + "|finished|" + std::string(input) + std::string(stream);
      }
      if (result.kind == Kind::need_more) break;
    }
    EXPECT_TRUE(input.empty());
  }
}

struct Row {
  std::string stream;
  std::string expected;
};

TEST(ChunkedDecoder, ReadsEveryFormTheRfcAllowsHoweverItIsCut) {
  const std::vector<Row> kTable = {
      {"4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n", "Wikipedia|finished|"},
      {"0\r\n\r\n", "|finished|"},
      {"000\r\n\r\nHTTP/1.1", "|finished|HTTP/1.1"},
      {"00a\r\n0123456789\r\n0\r\n\r\n", "0123456789|finished|"},
      {"A;name=value;x=\"quoted; \\\" text\"\r\n0123456789\r\n0;last\r\n\r\n",
       "0123456789|finished|"},
      {"1 ;x\r\nb\r\n0\r\n\r\n", "b|finished|"},
      {"1\r\n\r\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nrest", "\r|finished|rest"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.stream);
    EXPECT_EQ(read(row.stream, row.stream.size(), row.stream.size()), row.expected);
    EXPECT_EQ(read(row.stream, 1, 1), row.expected);
    for (std::size_t at = 1; at < row.stream.size(); ++at) {
      EXPECT_EQ(read(row.stream, at, row.stream.size()), row.expected) << at;
    }
  }
}

TEST(ChunkedDecoder, KnowsABodyThatWasCutOff) {
  const std::string stream = "4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_THAT(read(stream.substr(0, size), 3, 3), testing::EndsWith("|cut off")) << size;
  }
}

TEST(ChunkedDecoder, SaysWhatIsWrong) {
  const std::vector<Row> kTable = {
      {"x", "|a chunk does not start with its size in hex"},
      {"\r\n", "|a chunk does not start with its size in hex"},
      {" 4\r\n", "|a chunk does not start with its size in hex"},
      {"-1\r\n", "|a chunk does not start with its size in hex"},
      {"+1\r\n", "|a chunk does not start with its size in hex"},
      {"0x4\r\nWiki", "|a chunk's size is not hex"},
      {"4\nWiki\n", "|a chunk's size is not hex"},
      {"4 \r\nWiki", "|a chunk's size is followed by a space but no extension"},
      {"4\rWiki", "|a chunk's size does not end with CR LF"},
      {"4;a\nb\r\nWiki", "|a chunk's extension contains a control character"},
      {"4\r\nWikipedia\r\n", "Wiki|a chunk is longer than its size"},
      {"4\r\nWiki\rx", "Wiki|a chunk does not end with CR LF"},
      {"4\r\nWiki\n", "Wiki|a chunk is longer than its size"},
      {"0\r\nA: b\nC: d\r\n\r\n", "|a trailer contains a control character"},
      {"0\r\nA: b\rC", "|a trailer does not end with CR LF"},
      {"0\r\n\rx", "|the last chunk does not end with CR LF"},
      {"ffffffffffffffff\r\n", "|the body is too long"},
      {"10000000000000000\r\n", "|the body is too long"},
      {"00000000000000001\r\n", "|a chunk's size has more than 16 digits"},
      {"0;" + std::string(20000, 'x'), "|a chunk's extension is too long"},
      {"0 " + std::string(20000, ' '), "|a chunk's extension is too long"},
      {"0\r\n" + std::string(20000, 'x'), "|the trailers are too long"}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.stream.substr(0, 40));
    EXPECT_EQ(read(row.stream, row.stream.size(), row.stream.size()), row.expected);
    EXPECT_EQ(read(row.stream, 1, 1), row.expected);
  }
}

TEST(ChunkedDecoder, BoundsManyTrailersTogether) {
  std::string stream = "0\r\n";
  for (int i = 0; i < 5000; ++i) stream += "a: b\r\n";
  EXPECT_EQ(read(stream, 100, 100), "|the trailers are too long");
}

TEST(ChunkedDecoder, RefusesABodyAboveTheLimitWhenItIsAnnounced) {
  EXPECT_EQ(read("a\r\n", 9, 9, 10), "|cut off");
  EXPECT_EQ(read("b\r\n", 9, 9, 10), "|the body is too long");
  EXPECT_EQ(read("a\r\n0123456789\r\n0\r\n\r\n", 9, 9, 10), "0123456789|finished|");
  EXPECT_EQ(read("a\r\n0123456789\r\n1\r\n", 9, 9, 10), "0123456789|the body is too long");
  const auto all = ~std::uint64_t{0};
  EXPECT_EQ(read("ffffffffffffffff\r\nx", 99, 99, all), "x|cut off");
  EXPECT_EQ(read("1\r\nx\r\nffffffffffffffff\r\nx", 99, 99, all), "x|the body is too long");
}

TEST(ChunkedDecoder, StaysWhereItEnded) {
  ChunkedDecoder good(100);
  std::string_view input = "0\r\n\r\n5\r\n";
  EXPECT_EQ(good.next(input).kind, Kind::finished);
  EXPECT_EQ(good.next(input).kind, Kind::finished);
  EXPECT_EQ(input, "5\r\n");
  ChunkedDecoder bad(100);
  input = "x0\r\n\r\n";
  EXPECT_EQ(bad.next(input).kind, Kind::malformed);
  EXPECT_EQ(bad.next(input).kind, Kind::malformed);
}

}  // namespace
}  // namespace pintle
