// SPDX-License-Identifier: Apache-2.0
//
// A WebSocket's stream has the same meaning, read whole, in pieces and byte by byte.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/ws/ws_deflate.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_frame.h>
#include <pintle/core/ws/ws_message.h>

#include "core/ws_transcript.h"
#include "fuzz.h"

namespace pintle::ws {
namespace {

void must_agree(std::string_view what, const Transcript& a, const Transcript& b) {
  if (a == b) return;
  std::string sides[2];
  for (const auto& line : a) sides[0] += line.substr(0, 200) + "\n";
  for (const auto& line : b) sides[1] += line.substr(0, 200) + "\n";
  fuzz::fail(std::string(what) + " say the same", sides[0], sides[1]);
}

// The first two bytes choose the settings and the cuts, the rest is the stream.
void check_stream(std::string_view input) {
  if (input.size() < 2) return;
  const auto settings = static_cast<std::uint8_t>(input[0]);
  const auto cuts = static_cast<std::uint8_t>(input[1]);
  const auto stream = input.substr(2);
  const auto me = (settings & 1) ? Role::server : Role::client;
  const Limits limits{(settings & 2) ? std::uint64_t{100} : std::uint64_t{1} << 20};
  std::optional<DeflateParams> deflate;
  if (settings & 4) {
    const bool reset = (settings & 8) != 0;
    deflate = DeflateParams{reset, reset, (settings & 16) ? 8 : 15, (settings & 16) ? 8 : 15};
  }
  const auto decoded = [&](const Cut& cut) {
    FrameDecoder decoder(me, limits, deflate.has_value());
    return read_all(decoder, stream, cut);
  };
  const auto messages = [&](const Cut& cut) {
    MessageReader reader(me, limits, deflate);
    return read_all(reader, stream, cut);
  };
  std::minstd_rand random(cuts + 1u);
  const Cut pieces = [&](std::size_t) { return 1 + random() % (1u + cuts); };
  const auto frames = decoded(whole);
  must_agree("a decoder, whole and in pieces", frames, decoded(pieces));
  must_agree("a decoder, whole and byte by byte", frames, decoded(byte_by_byte));
  const auto joined = messages(whole);
  must_agree("a reader, whole and in pieces", joined, messages(pieces));
  must_agree("a reader, whole and byte by byte", joined, messages(byte_by_byte));
  if (!deflate) must_agree("a decoder and a reader", frames, joined);
}

// Mostly valid frames, as the peer of `settings` would send them: random bytes alone would nearly
// all be refused at their first header.
class StreamMaker {
 public:
  explicit StreamMaker(fuzz::Random& random) : random_(random) {}

  std::string make() {
    const auto settings = static_cast<std::uint8_t>(random_());
    std::string input{static_cast<char>(settings), static_cast<char>(random_())};
    sender_ = (settings & 1) ? Role::client : Role::server;
    const bool reset = (settings & 8) != 0;
    Deflater deflater(sender_, DeflateParams{reset, reset, 9, 9}, 1);
    for (auto messages = below(6); messages-- > 0;) {
      append_message(input, (settings & 4) && below(2) ? &deflater : nullptr);
    }
    if (below(3) == 0) {
      constexpr CloseCode kCodes[] = {CloseCode::normal, CloseCode::no_status,
                                      CloseCode::bad_credential};
      append_close(input, sender_, kCodes[below(3)], "bye", key());
    }
    return input;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  MaskKey key() {
    MaskKey key{};
    for (auto& byte : key) byte = static_cast<std::uint8_t>(random_());
    return key;
  }

  std::string text() {
    constexpr const char* kParts[] = {"a", "JSON-RPC ", "\xc3\xa9", "\xe4\xb8\x96",
                                      "\xf0\x9f\x98\x80"};
    std::string text;
    for (auto parts = below(below(8) == 0 ? 200 : 12); parts-- > 0;) text += kParts[below(5)];
    return text;
  }

  void append_message(std::string& out, Deflater* deflater) {
    auto payload = text();
    if (deflater != nullptr) {
      std::string compressed;
      deflater->deflate(payload, compressed);
      payload = compressed;
    }
    auto opcode = below(4) ? Opcode::text : Opcode::binary;
    bool rsv1 = deflater != nullptr;
    std::string_view rest = payload;
    for (bool fin = false; !fin;) {
      if (below(6) == 0) append_ping(out, sender_, text().substr(0, 100), key());
      const auto size = below(2) ? rest.size() : below(static_cast<std::uint32_t>(rest.size()) + 1);
      fin = size == rest.size() && below(8) != 0;
      append_frame(out, sender_, opcode, rest.substr(0, size), key(), fin, rsv1);
      rest.remove_prefix(size);
      opcode = Opcode::continuation;
      rsv1 = false;
    }
  }

  fuzz::Random& random_;
  Role sender_ = Role::server;
};

std::string make(fuzz::Random& random) { return StreamMaker(random).make(); }

fuzz::Target target() { return {check_stream, {std::string(2, '\0')}, {}, make, 3000}; }

}  // namespace
}  // namespace pintle::ws

PINTLE_FUZZ_TARGET(WsFrameFuzz, SaysTheSameHoweverADamagedStreamIsCut, pintle::ws::target())
