// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include <pintle/core/text/utf8.h>
#include <pintle/core/text/utf8_stream.h>

namespace pintle {
namespace {

bool valid_when_cut(std::string_view text, std::size_t at) {
  Utf8Stream stream;
  return stream.feed(text.substr(0, at)) && stream.feed(text.substr(at)) && stream.is_whole();
}

bool valid_by_byte(std::string_view text) {
  Utf8Stream stream;
  for (const char c : text) {
    if (!stream.feed({&c, 1})) return false;
  }
  return stream.is_whole();
}

TEST(Utf8Stream, AgreesWithTheCheckOfTheWholeTextAtEveryCut) {
  // Every character of up to three bytes and every prefix of a longer one, valid or not, at the end
  // of a text and within one.
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0x70; second < 256; second += (second < 0xc4 ? 1 : 15)) {
      for (const char* rest :
           {"", "\x80", "\xbf", "\x80\x80", "\xbf\xbf", "a", "\x80\xc0", "\x80\x80\x80"}) {
        std::string text = "ab";
        text += static_cast<char>(first);
        text += static_cast<char>(second);
        text += rest;
        const bool expected = is_valid_utf8(text);
        ASSERT_EQ(valid_by_byte(text), expected) << first << " " << second << " " << rest;
        for (std::size_t at = 0; at <= text.size(); ++at) {
          ASSERT_EQ(valid_when_cut(text, at), expected)
              << first << " " << second << " " << rest << " at " << at;
        }
      }
    }
  }
}

TEST(Utf8Stream, RefusesAsSoonAsNoCharacterCanBeginThatWay) {
  for (const char* text : {"\xc0", "\xc1", "\xf5", "\xff", "\x80", "\xe0\x80", "\xed\xa0",
                           "\xf0\x80", "\xf4\x90", "\xc3\x28", "\xe2\x82\x28"}) {
    const std::string_view bytes(text);
    Utf8Stream together;
    EXPECT_FALSE(together.feed(bytes)) << bytes.size();
    Utf8Stream apart;
    bool fine = true;
    for (const char c : bytes) fine = fine && apart.feed({&c, 1});
    EXPECT_FALSE(fine) << bytes.size();
  }
}

TEST(Utf8Stream, FindsABadByteAnywhereInALongText) {
  for (const std::size_t size : {1u, 7u, 8u, 9u, 63u, 64u, 65u, 200u}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      Utf8Stream good;
      ASSERT_TRUE(good.feed(text) && good.is_whole());
      text[at] = '\xff';
      Utf8Stream bad;
      ASSERT_FALSE(bad.feed(text)) << size << " at " << at;
    }
  }
}

TEST(Utf8Stream, IsWholeOnlyBetweenCharacters) {
  Utf8Stream stream;
  EXPECT_TRUE(stream.is_whole());
  EXPECT_TRUE(stream.feed("x\xf0\x9f\x98"));
  EXPECT_FALSE(stream.is_whole());
  EXPECT_TRUE(stream.feed(""));
  EXPECT_FALSE(stream.is_whole());
  EXPECT_TRUE(stream.feed("\x80"));
  EXPECT_TRUE(stream.is_whole());
  EXPECT_TRUE(stream.feed("\xc3"));
  stream.reset();
  EXPECT_TRUE(stream.is_whole());
}

}  // namespace
}  // namespace pintle
