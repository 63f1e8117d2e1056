#include <cstdint>
#include <cstring>

#include <pintle/core/error.h>
#include <pintle/core/utf8.h>
#include <pintle/core/ws_encode.h>

namespace pintle::ws {
namespace {

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> shift) & 0xff);
  }
}

}  // namespace

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
  if (is_control(opcode) && (!fin || payload.size() > kMostControlBytes)) {
    throw Error(Layer::websocket,
                "a control frame holds at most 125 bytes and is never a fragment, and one of " +
                    std::to_string(payload.size()) + " bytes was to be sent");
  }
  out += static_cast<char>((fin ? 0x80u : 0u) | (rsv1 ? 0x40u : 0u) |
                           static_cast<std::uint8_t>(opcode));
  const unsigned masked = me == Role::client ? 0x80u : 0u;
  if (payload.size() < 126) {
    out += static_cast<char>(masked | payload.size());
  } else if (payload.size() <= 0xffff) {
    out += static_cast<char>(masked | 126u);
    put_big_endian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(masked | 127u);
    put_big_endian(out, payload.size(), 8);
  }
  if (masked) out.append(reinterpret_cast<const char*>(key.data()), key.size());
  const auto at = out.size();
  out += payload;
  if (masked) apply_mask({out.data() + at, payload.size()}, key);
}

void append_close(std::string& out, Role me, CloseCode code, std::string_view reason, MaskKey key) {
  if (code == CloseCode::no_status) return append_frame(out, me, Opcode::close, {}, key);
  if (!may_be_sent(code)) {
    throw Error(Layer::websocket, "the close code " + std::to_string(number_of(code)) +
                                      " may not stand in a close frame");
  }
  std::size_t size = 0;
  while (size < reason.size()) {
    const auto character = decode_utf8(reason.substr(size));
    if (!character.valid) {
      throw Error(Layer::websocket, "the reason of a close frame must be UTF-8, and it is not");
    }
    if (size + character.size > kMostControlBytes - 2) break;
    size += character.size;
  }
  std::string payload;
  put_big_endian(payload, number_of(code), 2);
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
