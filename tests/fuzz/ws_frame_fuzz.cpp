// Whatever the bytes are, a stream read whole, in pieces and byte by byte must say the same, and
// nothing may crash. For libFuzzer with PINTLE_LIBFUZZER, else a test of the ordinary suite.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <pintle/core/ws_deflate.h>
#include <pintle/core/ws_encode.h>
#include <pintle/core/ws_frame.h>
#include <pintle/core/ws_message.h>

#include "core/ws_transcript.h"

namespace pintle::ws {
namespace {

void must_agree(const char* what, const Transcript& a, const Transcript& b) {
  if (a == b) return;
  std::fprintf(stderr, "%s differ:\n", what);
  for (const auto* side : {&a, &b}) {
    for (const auto& line : *side) std::fprintf(stderr, "  %s\n", line.substr(0, 200).c_str());
    std::fprintf(stderr, "  --\n");
  }
  std::abort();
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

}  // namespace
}  // namespace pintle::ws

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pintle::ws::check_stream({reinterpret_cast<const char*>(data), size});
  return 0;
}

#ifndef PINTLE_LIBFUZZER

#include <gtest/gtest.h>

namespace pintle::ws {
namespace {

// Mostly valid frames, as the peer of `settings` would send them: random bytes alone would nearly
// all be refused at their first header.
class StreamMaker {
 public:
  explicit StreamMaker(std::uint32_t seed) : random_(seed) {}

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
    damage(input);
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

  void damage(std::string& input) {
    if (below(3) == 0) return;
    for (auto times = below(3); times-- > 0 && input.size() > 2;) {
      const auto at = 2 + below(static_cast<std::uint32_t>(input.size()) - 2);
      switch (below(4)) {
        case 0:
          input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
          break;
        case 1:
          input[at] = static_cast<char>(random_());
          break;
        case 2:
          input.erase(at, 1 + below(4));
          break;
        default:
          input.insert(at, 1, static_cast<char>(random_()));
      }
    }
  }

  std::minstd_rand random_;
  Role sender_ = Role::server;
};

TEST(WsFrameFuzz, SaysTheSameHoweverADamagedStreamIsCut) {
  auto seed = std::random_device{}();
  if (const char* given = std::getenv("PINTLE_FUZZ_SEED")) {
    seed = static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
  }
  std::printf("PINTLE_FUZZ_SEED=%u\n", seed);
  std::fflush(stdout);  // A failure aborts.
  StreamMaker maker(seed);
  for (int round = 0; round < 5000; ++round) check_stream(maker.make());
}

}  // namespace
}  // namespace pintle::ws

#endif
