// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <new>

#include <zlib.h>

#include <pintle/core/base/error.h>
#include <pintle/core/ws/ws_deflate.h>

namespace pintle::ws {
namespace {

// Every message ends with an empty stored block whose last four bytes are not sent (RFC 7692 7.2).
constexpr std::array<unsigned char, 4> kTail = {0x00, 0x00, 0xff, 0xff};
constexpr std::size_t kStep = 16 * 1024;

// zlib's raw deflate does not support a window of 256 bytes. It never looks back further than its
// window less 262 bytes (MAX_DIST in its deflate.h), so what it writes with a window of 512 fits
// one of 256, and a reader with 512 reads every stream written for 256.
constexpr int zlib_bits(int window_bits) noexcept { return std::max(9, window_bits); }

Bytef* bytes_of(std::string_view text) noexcept {
  // zlib does not write to its input; its struct lacks the const.
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

}  // namespace

Inflater::Inflater(Role me, const DeflateParams& agreed, std::uint64_t max_message)
    : window_bits_(zlib_bits(me == Role::client ? agreed.server_max_window_bits
                                                : agreed.client_max_window_bits)),
      keep_context_(!(me == Role::client ? agreed.server_no_context_takeover
                                         : agreed.client_no_context_takeover)),
      max_message_(std::min(max_message, kMaxMessageBytes)) {}

Inflater::~Inflater() {
  if (stream_) inflateEnd(stream_.get());
}

Inflater::Result Inflater::inflate(std::string_view piece, bool last, PaddedBuffer& out) {
  if (!stream_) {
    auto stream = std::make_unique<z_stream>();
    if (inflateInit2(stream.get(), -window_bits_) != Z_OK) throw std::bad_alloc();
    stream_ = std::move(stream);
  }
  auto result = run(piece, out);
  if (!last || result != Result::ok) return result;
  // Some senders end a message with only a final block; the tail then has nothing to end.
  if (!ended_) {
    result = run({reinterpret_cast<const char*>(kTail.data()), kTail.size()}, out);
    // 128: zlib stands between two blocks. Otherwise the message was truncated within one.
    if (result == Result::ok && !ended_ && (stream_->data_type & 128) == 0) return Result::broken;
  }
  produced_ = 0;
  if (!keep_context_) {
    inflateReset(stream_.get());
    ended_ = false;
  }
  return result;
}

Inflater::Result Inflater::run(std::string_view piece, PaddedBuffer& out) {
  stream_->next_in = bytes_of(piece);
  stream_->avail_in = static_cast<uInt>(piece.size());
  bool full = true;
  // `full`: zlib may hold back output that did not fit, with no input left.
  while (stream_->avail_in != 0 || full) {
    if (ended_) {
      if (stream_->avail_in == 0) break;
      if (!restart_after_final_block()) return Result::broken;
    }
    // One byte more than the limit allows is enough to detect that it is exceeded.
    const auto max_output = std::min<std::uint64_t>(kStep, max_message_ - produced_ + 1);
    const auto buffer = out.prepare(static_cast<std::size_t>(max_output));
    stream_->next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_->avail_out = static_cast<uInt>(max_output);
    const int code = ::inflate(stream_.get(), Z_SYNC_FLUSH);
    const auto made = static_cast<std::size_t>(max_output) - stream_->avail_out;
    out.commit(made);
    produced_ += made;
    if (produced_ > max_message_) return Result::too_big;
    full = stream_->avail_out == 0;
    if (code == Z_STREAM_END) {
      ended_ = true;
      full = false;
    } else if (code == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return Result::broken;
    } else if (code == Z_BUF_ERROR && made == 0) {
      break;
    }
  }
  return stream_->avail_in == 0 ? Result::ok : Result::broken;
}

// A block with BFINAL ends zlib's stream, and not the message or its context (RFC 7692 7.2.3.4).
bool Inflater::restart_after_final_block() noexcept {
  ended_ = false;
  if (!keep_context_) return inflateReset(stream_.get()) == Z_OK;
  std::array<Bytef, 32768> window;
  uInt size = 0;
  if (inflateGetDictionary(stream_.get(), window.data(), &size) != Z_OK) return false;
  if (inflateReset(stream_.get()) != Z_OK) return false;
  return size == 0 || inflateSetDictionary(stream_.get(), window.data(), size) == Z_OK;
}

Deflater::Deflater(Role me, const DeflateParams& agreed, int level)
    : window_bits_(zlib_bits(me == Role::client ? agreed.client_max_window_bits
                                                : agreed.server_max_window_bits)),
      keep_context_(!(me == Role::client ? agreed.client_no_context_takeover
                                         : agreed.server_no_context_takeover)),
      level_(std::clamp(level, 1, 9)) {}

Deflater::~Deflater() {
  if (stream_) deflateEnd(stream_.get());
}

void Deflater::deflate(std::string_view message, std::string& out) {
  if (message.size() > kMaxMessageBytes) {
    throw Error(Layer::websocket, "cannot send a message of " + std::to_string(message.size()) +
                                      " bytes: the maximum is " + std::to_string(kMaxMessageBytes));
  }
  if (message.empty()) {
    out += '\0';  // RFC 7692 7.2.3.6: zlib writes nothing for a second flush in a row.
    return;
  }
  if (!stream_) {
    auto stream = std::make_unique<z_stream>();
    constexpr int kMemoryLevel = 8;
    if (deflateInit2(stream.get(), level_, Z_DEFLATED, -window_bits_, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
    stream_ = std::move(stream);
  }
  stream_->next_in = bytes_of(message);
  stream_->avail_in = static_cast<uInt>(message.size());
  std::array<char, kStep> buffer;
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_->avail_out = static_cast<uInt>(buffer.size());
    ::deflate(stream_.get(), Z_SYNC_FLUSH);
    out.append(buffer.data(), buffer.size() - stream_->avail_out);
  } while (stream_->avail_out == 0);
  out.resize(out.size() - kTail.size());
  if (!keep_context_) deflateReset(stream_.get());
}

}  // namespace pintle::ws
