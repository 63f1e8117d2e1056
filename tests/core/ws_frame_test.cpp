#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/ws_encode.h>
#include <pintle/core/ws_frame.h>

namespace pintle::ws {
namespace {

TEST(FrameDecoder, ReadsTheExamplesOfTheRfc) {
  std::string hello = "\x81\x05Hello";
  FrameDecoder decoder(Role::client);
  std::span<char> input(hello);
  const auto event = decoder.next(input);
  EXPECT_EQ(event.kind, Kind::data);
  EXPECT_EQ(event.bytes, "Hello");
  EXPECT_EQ(decoder.next(input).kind, Kind::need_more);
}

}  // namespace
}  // namespace pintle::ws
