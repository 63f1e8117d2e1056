// SPDX-License-Identifier: Apache-2.0
#include "live/ws/send_queue.h"

#include <utility>

#include <pintle/core/ws/ws_encode.h>

namespace pintle::live {
namespace {

constexpr std::size_t kSmallBuffer = 4 * 1024;

}  // namespace

std::string& SendQueue::buffer() {
  if (bytes_.capacity() < kSmallBuffer && bytes_.empty()) bytes_ = shared_.take_buffer();
  return bytes_;
}

void SendQueue::append(ws::Opcode opcode, std::string_view payload, bool compressed) {
  auto& bytes = buffer();
  const auto before = bytes.size();
  try {
    ws::append_frame(bytes, ws::Role::client, opcode, payload, shared_.new_mask_key(), true,
                     compressed);
  } catch (...) {
    bytes.resize(before);
    throw;
  }
}

void SendQueue::append_close(ws::CloseCode code, std::string_view reason) {
  auto& bytes = buffer();
  const auto before = bytes.size();
  ws::append_close(bytes, ws::Role::client, code, reason, shared_.new_mask_key());
  close_size_ = bytes.size() - before;
}

void SendQueue::find_frame_end(std::size_t at) noexcept {
  while (frame_end_ < at) {
    frame_end_ += ws::frame_size(std::string_view(bytes_).substr(frame_end_));
  }
}

void SendQueue::compact() {
  if (empty()) return release();
  find_frame_end(sent_);
  if (sent_ <= bytes_.size() / 2) return;
  bytes_.erase(0, sent_);
  frame_end_ -= std::exchange(sent_, 0);
}

void SendQueue::release() noexcept {
  if (bytes_.capacity() != 0) shared_.give_back(std::move(bytes_));
  bytes_.clear();
  sent_ = frame_end_ = 0;
}

bool SendQueue::drop_unbegun(std::size_t taken) {
  find_frame_end(sent_ + taken);
  const auto close_begin = bytes_.size() - (has_close() ? close_size_ : 0);
  if (frame_end_ >= close_begin) return false;
  bytes_.erase(frame_end_, close_begin - frame_end_);
  return true;
}

}  // namespace pintle::live
