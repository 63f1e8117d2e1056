// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/text/base64.h>

namespace pintle {
namespace {

// RFC 4648 10
TEST(Base64, WritesTheExamplesOfTheRfc) {
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("f"), "Zg==");
  EXPECT_EQ(base64_of("fo"), "Zm8=");
  EXPECT_EQ(base64_of("foo"), "Zm9v");
  EXPECT_EQ(base64_of("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_of("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
}

// RFC 7617 2
TEST(Base64, MakesTheCredentialOfBasic) {
  EXPECT_EQ(basic_credential("Aladdin", "open sesame").reveal(), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_credential("", "").reveal(), "Og==");
}

TEST(Base64, ReadsWhatItWritesOnOneLine) {
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    const auto text = base64_of(bytes);
    EXPECT_EQ(text.find_first_of("\r\n"), std::string::npos);
    const auto read = bytes_of_base64(text);
    ASSERT_TRUE(read.has_value()) << size;
    EXPECT_EQ(read->reveal(), bytes);
    bytes += static_cast<char>(size * 37);
  }
}

TEST(Base64, ReadsNothingElse) {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm\n9", "Zm-_",
                           "=Zm9", "Zg==Zg=="}) {
    EXPECT_FALSE(bytes_of_base64(text)) << text;
  }
}

// A text that grows leaves copies behind, which nobody can wipe.
TEST(Base64, IsWrittenIntoMemoryOfItsSize) {
  const std::string bytes(3000, 'x');
  std::string reserved;
  reserved.reserve(4000);  // libc++ rounds it up
  EXPECT_EQ(base64_of(bytes).capacity(), reserved.capacity());
}

}  // namespace
}  // namespace pintle
