// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstring>

#include <pintle/core/base/error.h>
#include <pintle/core/text/utf8.h>
#include <pintle/core/ws/ws_encode.h>

namespace pintle::ws {

void apply_mask(std::span<char> bytes, MaskKey key, std::size_t offset) noexcept {
  // Two copies of the key from its first byte on make a word; memcpy keeps it free of byte order
  // and alignment, and the compiler turns the inner loop into vector instructions.
  std::array<std::uint8_t, 8> turned{};
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = key[(offset + i) % 4];
  std::uint64_t mask;
  std::memcpy(&mask, turned.data(), sizeof mask);

  const auto mask_word = [mask](char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= mask;
    std::memcpy(at, &word, sizeof word);
  };
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 64; at += 64, left -= 64) {
    for (std::size_t i = 0; i < 64; i += 8) mask_word(at + i);
  }
  for (; left >= 8; at += 8, left -= 8) mask_word(at);
  for (std::size_t i = 0; i < left; ++i) {
    at[i] = static_cast<char>(static_cast<std::uint8_t>(at[i]) ^ turned[i]);
  }
}

void append_frame(std::string& out, Role me, Opcode opcode, std::string_view payload, MaskKey key,
                  bool fin, bool rsv1) {
  if (is_control(opcode) && (!fin || payload.size() > kMaxControlBytes)) {
    throw Error(Layer::websocket, "cannot send a control frame of " +
                                      std::to_string(payload.size()) +
                                      " bytes: the maximum is 125, in one fragment");
  }
  const auto put = [&out](std::uint64_t byte) { out += static_cast<char>(byte & 0xff); };
  const bool masked = me == Role::client;
  const unsigned mask_bit = masked ? 0x80u : 0u;
  const int length_bytes = payload.size() < 126 ? 0 : payload.size() <= 0xffff ? 2 : 8;
  put((fin ? 0x80u : 0u) | (rsv1 ? 0x40u : 0u) | static_cast<std::uint8_t>(opcode));
  put(mask_bit | (length_bytes == 0 ? payload.size() : length_bytes == 2 ? 126u : 127u));
  for (int i = length_bytes - 1; i >= 0; --i) put(std::uint64_t{payload.size()} >> (8 * i));
  if (masked) out.append(reinterpret_cast<const char*>(key.data()), key.size());

  // Block by block: each is masked while it is in the nearest cache, and glibc copies more than
  // 2 KiB with "rep movsb", which some processors do 30 times slower where source and target lie
  // at almost the same place in their pages.
  constexpr std::size_t kBlock = 1024;  // A multiple of the key's 4 bytes.
  if (payload.size() > kBlock) out.reserve(out.size() + payload.size());
  while (!payload.empty()) {
    const auto block = payload.substr(0, kBlock);
    const auto at = out.size();
    out += block;
    if (masked) apply_mask({out.data() + at, block.size()}, key);
    payload.remove_prefix(block.size());
  }
}

std::size_t frame_size(std::string_view bytes) noexcept {
  const auto byte = [bytes](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  const std::size_t mask_bytes = (byte(1) & 0x80) != 0 ? 4 : 0;
  const std::size_t length = byte(1) & 0x7f;
  if (length < 126) return 2 + mask_bytes + length;
  const std::size_t length_bytes = length == 126 ? 2 : 8;
  std::size_t size = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte(2 + i);
  return 2 + length_bytes + mask_bytes + size;
}

void append_close(std::string& out, Role me, CloseCode code, std::string_view reason, MaskKey key) {
  if (code == CloseCode::no_status) return append_frame(out, me, Opcode::close, {}, key);
  if (!may_be_sent(code)) {
    throw Error(Layer::websocket, "the close code " + std::to_string(number_of(code)) +
                                      " must not be sent in a close frame");
  }
  std::size_t size = 0;
  while (size < reason.size()) {
    const auto character = decode_utf8(reason.substr(size));
    if (!character.valid) {
      throw Error(Layer::websocket, "the reason of a close frame is not UTF-8");
    }
    if (size + character.size > kMaxControlBytes - 2) break;
    size += character.size;
  }
  std::string payload{static_cast<char>(number_of(code) >> 8),
                      static_cast<char>(number_of(code) & 0xff)};
  payload += reason.substr(0, size);
  append_frame(out, me, Opcode::close, payload, key);
}

void append_ping(std::string& out, Role me, std::string_view payload, MaskKey key) {
  append_frame(out, me, Opcode::ping, payload, key);
}

void append_pong(std::string& out, Role me, std::string_view payload, MaskKey key) {
  append_frame(out, me, Opcode::pong, payload, key);
}

}  // namespace pintle::ws
