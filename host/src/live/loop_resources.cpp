// SPDX-License-Identifier: Apache-2.0
#include "live/loop_resources.h"

#include <cstring>
#include <utility>

#include "base/random_bytes.h"

namespace pintle::live {
namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;
constexpr std::size_t kMaxSpare = 4;
constexpr std::size_t kMaxSpareBytes = 512 * 1024;

}  // namespace

LoopResources::LoopResources(Loop::AsleepClock asleep_ms)
    : read_buffer_(kReadBufferBytes + JsonRpcReader::kPadding), loop_(std::move(asleep_ms)) {}

std::span<char> LoopResources::read_buffer() noexcept {
  loop_.assert_this_thread();
  return {read_buffer_.data(), kReadBufferBytes};
}

JsonRpcReader& LoopResources::rpc_reader() noexcept {
  loop_.assert_this_thread();
  return rpc_reader_;
}

std::string LoopResources::take_buffer() {
  loop_.assert_this_thread();
  if (spare_.empty()) return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void LoopResources::give_back(std::string&& buffer) noexcept {
  loop_.assert_this_thread();
  if (spare_.size() >= kMaxSpare || buffer.capacity() > kMaxSpareBytes) {
    std::string().swap(buffer);
    return;
  }
  buffer.clear();
  spare_.push_back(std::move(buffer));
  buffer = {};
}

ws::MaskKey LoopResources::new_mask_key() {
  ws::MaskKey key;
  const auto random_bits = random();
  std::memcpy(key.data(), &random_bits, key.size());
  return key;
}

std::uint64_t LoopResources::random() {
  loop_.assert_this_thread();
  std::uint64_t bits;
  if (random_used_ + sizeof(bits) > random_.size()) {
    // Many at a time: one call costs as much as the rest of sending a short message.
    fill_random(random_);
    random_used_ = 0;
  }
  std::memcpy(&bits, random_.data() + random_used_, sizeof(bits));
  std::memset(random_.data() + random_used_, 0, sizeof(bits));
  random_used_ += sizeof(bits);
  return bits;
}

}  // namespace pintle::live
