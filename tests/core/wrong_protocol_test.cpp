// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/http/wrong_protocol.h>

namespace pintle {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;

TEST(WrongProtocol, IsKnownByTheFirstBytesOfTheAnswer) {
  const struct {
    std::string_view begin;
    Layer layer;
    const char* says;
    const char* next;
  } kTable[] = {
      {"\x15\x03\x01\x00\x02\x02\x46"sv, Layer::config, "speaks https", "https://"},
      {"\x15\x03\x03"sv, Layer::config, "speaks https", "https://"},
      {"\0\0\x12\x04\0\0\0\0\0\0"sv, Layer::tls, "only HTTP/2", "HTTP/1.1"},
      {"\0\0\x08\x07\0\0\0\0\0"sv, Layer::tls, "only HTTP/2", "HTTP/1.1"},
      {"SSH-2.0-OpenSSH_9.2\r\n"sv, Layer::config, "speaks SSH", "port"},
  };
  for (const auto& row : kTable) {
    const auto error = not_http1_error(row.begin, "h:9119");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), row.layer);
    EXPECT_THAT(error->message(), HasSubstr("h:9119"));
    EXPECT_THAT(error->message(), HasSubstr(row.says));
    EXPECT_THAT(error->hint(), HasSubstr(row.next));
    EXPECT_FALSE(error->can_retry());
    EXPECT_TRUE(error->needs_user_action());
  }
}

TEST(WrongProtocol, IsKnownByTheFirstBytesInPlaceOfAHandshake) {
  const struct {
    std::string_view begin;
    const char* message;
    const char* hint;
  } kTable[] = {
      {"HTTP/"sv, "h:22 speaks http, but the URL is https", "http://"},
      {"<html"sv, "h:22 speaks http, but the URL is https", "http://"},
      {"SSH-2"sv, "h:22 speaks SSH, not https", "port"},
      {"220 m"sv, "h:22 speaks another protocol than https", "port"},
      {""sv, "h:22 speaks another protocol than https", "port"},
  };
  for (const auto& row : kTable) {
    const auto error = not_tls_error(row.begin, "h:22");
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_EQ(error.message(), row.message);
    EXPECT_THAT(error.hint(), HasSubstr(row.hint));
    EXPECT_FALSE(error.can_retry());
    EXPECT_TRUE(error.needs_user_action());
  }
}

TEST(WrongProtocol, LeavesWhateverElseCameToOthers) {
  for (const auto begin :
       {""sv, "\x15"sv, "HTTP/1.1 200 OK"sv, "SSH"sv, "\x16\x03\x01"sv, "\0\0\x12\x04\0\0\0\0"sv,
        "\0\0\x12\x00\0\0\0\0\0"sv, "\0\0\x12\x04\0\0\0\0\x01"sv}) {
    EXPECT_FALSE(not_http1_error(begin, "h:9119").has_value());
  }
}

}  // namespace
}  // namespace pintle
