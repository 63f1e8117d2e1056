// SPDX-License-Identifier: Apache-2.0
//
// The cost of a message, in CPU time: read, and written with and without a mask.

#include <benchmark/benchmark.h>
#include <cstdint>
#include <span>
#include <string>

#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_frame.h>
#include <pintle/core/ws/ws_message.h>

namespace pintle::ws {
namespace {

constexpr MaskKey kKey{0x37, 0xfa, 0x21, 0x3d};
constexpr MaskKey kNoKey{};
constexpr std::size_t kReadSize = 64 * 1024;

// Frames of `size` bytes, about as many as one read from a socket returns. A server's stream is
// masked with zeros: unmasking costs the same, and the buffer is the same for the next round.
std::string stream_for(Role me, Opcode opcode, std::size_t size, const char* unit,
                       std::int64_t& frames) {
  std::string payload;
  while (payload.size() < size) payload += unit;
  payload.resize(size);
  // A character that was cut at the end is replaced by ASCII.
  for (std::size_t i = size; i > 0 && static_cast<unsigned char>(payload[i - 1]) >= 0x80; --i) {
    payload[i - 1] = 'x';
  }
  std::string out;
  for (frames = 0; out.size() + size + 8 < kReadSize; ++frames) {
    append_frame(out, me == Role::client ? Role::server : Role::client, opcode, payload, kNoKey);
  }
  return out;
}

template <class Reader>
void read(benchmark::State& state, Role me, Opcode opcode, const char* unit) {
  std::int64_t frames = 0;
  const auto size = static_cast<std::size_t>(state.range(0));
  auto stream = stream_for(me, opcode, size, unit, frames);
  Reader reader(me);
  std::int64_t messages = 0;
  for (auto _ : state) {
    std::span<char> input(stream);
    while (true) {
      const auto event = reader.next(input);
      if (event.kind == Kind::need_more) break;
      if (event.kind == Kind::error) return state.SkipWithError("the stream was refused");
      benchmark::DoNotOptimize(event.bytes.data());
      ++messages;
    }
  }
  state.SetItemsProcessed(messages);
  state.SetBytesProcessed(messages * state.range(0));
  state.counters["ns/message"] =
      benchmark::Counter(static_cast<double>(messages) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void write(benchmark::State& state, Role me) {
  const std::string payload(static_cast<std::size_t>(state.range(0)), 'x');
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_frame(out, me, Opcode::text, payload, kKey);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

constexpr auto decode = read<FrameDecoder>;
constexpr auto deliver = read<MessageReader>;

constexpr const char* kAscii = "{\"jsonrpc\":\"2.0\",\"method\":\"event\"} ";
constexpr const char* kMixed = "gr\xc3\xbc\xc3\x9f dich, \xe4\xb8\x96\xe7\x95\x8c ";

void sizes(benchmark::internal::Benchmark* bench) { bench->Arg(64)->Arg(1024)->Arg(16384); }

BENCHMARK_CAPTURE(decode, binary, Role::client, Opcode::binary, kAscii)->Apply(sizes);
BENCHMARK_CAPTURE(deliver, binary, Role::client, Opcode::binary, kAscii)->Apply(sizes);
BENCHMARK_CAPTURE(deliver, text, Role::client, Opcode::text, kAscii)->Apply(sizes);
BENCHMARK_CAPTURE(deliver, text_not_ascii, Role::client, Opcode::text, kMixed)->Apply(sizes);
BENCHMARK_CAPTURE(deliver, masked_binary, Role::server, Opcode::binary, kAscii)->Apply(sizes);
BENCHMARK_CAPTURE(deliver, masked_text, Role::server, Opcode::text, kAscii)->Apply(sizes);
BENCHMARK_CAPTURE(write, plain, Role::server)->Apply(sizes);
BENCHMARK_CAPTURE(write, masked, Role::client)->Apply(sizes);

}  // namespace
}  // namespace pintle::ws

BENCHMARK_MAIN();
