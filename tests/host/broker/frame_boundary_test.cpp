// SPDX-License-Identifier: Apache-2.0
#include "broker/frame_boundary.h"

#include <string>

#include <gtest/gtest.h>

#include <pintle/core/ws/ws_encode.h>

namespace pintle::broker {
namespace {

std::string frames_of(ws::Role me) {
  std::string frames;
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65'535u, 65'536u}) {
    ws::append_frame(frames, me, ws::Opcode::binary, std::string(size, '\x88'), {1, 2, 3, 4});
  }
  return frames;
}

TEST(FrameBoundary, IsFoundForEveryLengthWhereverTheBytesAreSplit) {
  for (const auto me : {ws::Role::client, ws::Role::server}) {
    const auto frames = frames_of(me);
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u, 1'000'000u}) {
      FrameBoundary boundary;
      std::string whole = frames;
      std::string_view rest = whole;
      std::size_t boundaries = 0;
      while (!rest.empty()) {
        boundary.take(rest.substr(0, piece));
        rest.remove_prefix(std::min(piece, rest.size()));
        if (boundary.is_between_frames()) ++boundaries;
      }
      EXPECT_TRUE(boundary.is_between_frames()) << piece;
      EXPECT_FALSE(boundary.has_close());
      if (piece == 1) {
        EXPECT_EQ(boundaries, 6u);
      }
    }
  }
}

TEST(FrameBoundary, IsNotWithinAFrame) {
  const auto frames = frames_of(ws::Role::server);
  FrameBoundary boundary;
  boundary.take(std::string_view(frames).substr(0, frames.size() - 1));
  EXPECT_FALSE(boundary.is_between_frames());
  FrameBoundary within_head;
  within_head.take("\x82");
  EXPECT_FALSE(within_head.is_between_frames());
}

TEST(FrameBoundary, TellsThatACloseFrameHasBegun) {
  std::string frames = frames_of(ws::Role::server);
  ws::append_close(frames, ws::Role::server, ws::CloseCode::normal, "bye", {});
  FrameBoundary boundary;
  boundary.take(frames);
  EXPECT_TRUE(boundary.has_close());
  EXPECT_TRUE(boundary.is_between_frames());
}

}  // namespace
}  // namespace pintle::broker
