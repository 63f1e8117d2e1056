// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/http/content_decoder.h>

#include "support/compressed.h"
#include "support/error_of.h"

namespace pintle {
namespace {

using test::compressed;
using test::error_if_any;
using test::Packing;
using testing::HasSubstr;

std::string decoded(const std::vector<std::string_view>& fields, std::string_view body,
                    std::size_t step) {
  ContentDecoder decoder(fields);
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += step) {
    decoder.decode(body.substr(at, step), [&](std::string_view piece) { out += piece; });
  }
  decoder.finish();
  return out;
}

std::string why(const std::vector<std::string_view>& fields, std::string_view body) {
  const auto error = error_if_any([&] { decoded(fields, body, body.size() + 1); });
  if (!error) return "";
  EXPECT_EQ(error->layer(), Layer::protocol);
  return error->message();
}

std::string text_of_size(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + ",";
  return text;
}

TEST(ContentDecoder, UndoesEveryCodingHoweverTheBodyIsCut) {
  const auto text = text_of_size(300'000);
  const auto gzip = compressed(text);
  struct Row {
    std::vector<std::string_view> fields;
    std::string body;
  };
  const Row rows[] = {
      {{"gzip"}, gzip},
      {{"X-GZip"}, gzip},
      {{"deflate"}, compressed(text, Packing::zlib)},
      {{"deflate"}, compressed(text, Packing::raw_deflate)},
      {{"identity"}, text},
      {{"", "identity, ,"}, text},
      {{"deflate, gzip"}, compressed(compressed(text, Packing::zlib))},
      {{"deflate", "gzip"}, compressed(compressed(text, Packing::zlib))},
      {{"gzip, identity, gzip"}, compressed(gzip)},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(testing::PrintToString(row.fields));
    for (const std::size_t step : {std::size_t{1}, std::size_t{777}, row.body.size()}) {
      EXPECT_TRUE(decoded(row.fields, row.body, step) == text) << "pieces of " << step;
    }
  }
}

TEST(ContentDecoder, TakesAGzipBodyOfSeveralMembersAsOne) {
  const auto body = compressed("one ") + compressed("") + compressed("two");
  EXPECT_EQ(decoded({"gzip"}, body, 1), "one two");
  EXPECT_EQ(decoded({"gzip"}, body, body.size()), "one two");
}

TEST(ContentDecoder, TakesAnEmptyBodyForWhole) { EXPECT_EQ(decoded({"gzip"}, "", 1), ""); }

TEST(ContentDecoder, NamesACodingThatItDoesNotKnow) {
  EXPECT_THAT(why({"br"}, "x"), HasSubstr("\"br\" is not supported"));
  EXPECT_THAT(why({"gzip, zstd"}, "x"), HasSubstr("\"zstd\""));
  EXPECT_THAT(why({"gzip,gzip,gzip,gzip,gzip"}, "x"), HasSubstr("more than 4"));
}

TEST(ContentDecoder, RefusesABodyThatIsCutOffOrBroken) {
  for (const auto packing : {Packing::gzip, Packing::zlib, Packing::raw_deflate}) {
    const char* name = packing == Packing::gzip ? "gzip" : "deflate";
    auto body = compressed(text_of_size(5'000), packing);
    for (std::size_t size = 1; size < body.size(); size += 97) {
      EXPECT_THAT(why({name}, std::string_view(body).substr(0, size)), HasSubstr("cut off"));
    }
    EXPECT_THAT(why({name}, body + "x"), HasSubstr(packing == Packing::gzip ? "" : "not valid"));
  }
  EXPECT_THAT(why({"gzip"}, "<html>"), HasSubstr("not valid"));
  EXPECT_NE(why({"gzip"}, compressed("a") + "trailer"), "");
}

TEST(ContentDecoder, StopsABombAtTheFirstPieceTooMany) {
  const auto bomb = compressed(compressed(std::string(64 << 20, ' ')));
  EXPECT_LT(bomb.size(), 2'000u);
  ContentDecoder decoder({"gzip, gzip"});
  struct Full {};
  std::size_t got = 0;
  std::size_t longest = 0;
  EXPECT_THROW(decoder.decode(bomb,
                              [&](std::string_view piece) {
                                longest = std::max(longest, piece.size());
                                got += piece.size();
                                if (got > 1'000'000) throw Full();
                              }),
               Full);
  EXPECT_LE(longest, 32u * 1024);
  EXPECT_LT(got, 1'100'000u);
}

}  // namespace
}  // namespace pintle
