// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <new>
#include <string>

#include <zlib.h>

#include <pintle/core/base/error.h>
#include <pintle/core/http/content_decoder.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

constexpr std::size_t kMaxStages = 4;
constexpr std::size_t kOutputSize = 32 * 1024;
// zlib counts its input in 32 bits.
constexpr std::size_t kMaxInput = std::size_t{1} << 20;

enum class Coding { gzip, deflate };

const char* name_of(Coding coding) noexcept { return coding == Coding::gzip ? "gzip" : "deflate"; }

// RFC 9110 8.4.1: x-gzip is gzip.
Coding coding_from(std::string_view name) {
  if (ascii::is_same(name, "gzip") || ascii::is_same(name, "x-gzip")) return Coding::gzip;
  if (ascii::is_same(name, "deflate")) return Coding::deflate;
  throw Error(Layer::protocol, "the answer's Content-Encoding \"" + printable(name, 40) +
                                   "\" is not supported and was not requested")
      .with_hint(
          "Configure the gateway, or the proxy in front of it, to send gzip or no "
          "Content-Encoding.");
}

}  // namespace

class ContentDecoder::Stage {
 public:
  explicit Stage(Coding coding) : coding_(coding) {}
  ~Stage() {
    if (state_ != State::empty) inflateEnd(&stream_);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  template <class Next>
  void decode(std::string_view piece, const Next& next) {
    if (state_ == State::empty) begin(piece);
    while (!piece.empty()) {
      if (state_ == State::ended) begin_another_member();
      auto input = piece.substr(0, kMaxInput);
      piece.remove_prefix(input.size());
      inflate(input, next);
      // Bytes after a member's end belong to the next one.
      piece = {input.data(), input.size() + piece.size()};
    }
  }

  void finish() const {
    if (state_ == State::running) {
      throw Error(Layer::protocol,
                  std::string("the answer's ") + name_of(coding_) + " body was cut off")
          .with_retry();
    }
  }

 private:
  enum class State { empty, running, ended };

  // "deflate" is zlib's format, but some servers send raw deflate (RFC 9110 8.4.1.2). The first
  // byte of zlib's format identifies it: method 8 and a valid window (RFC 1950 2.2).
  void begin(std::string_view piece) {
    if (piece.empty()) return;
    const auto first = static_cast<unsigned char>(piece.front());
    const bool is_zlib = (first & 0x8f) == 0x08;
    const int window_bits = coding_ == Coding::gzip ? 15 + 16 : is_zlib ? 15 : -15;
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
    state_ = State::running;
  }

  // RFC 1952 2.2: a gzip file has one or more members.
  void begin_another_member() {
    if (coding_ != Coding::gzip) throw broken();
    inflateReset(&stream_);
    state_ = State::running;
  }

  template <class Next>
  void inflate(std::string_view& input, const Next& next) {
    std::array<char, kOutputSize> output;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(output.data());
      stream_.avail_out = static_cast<uInt>(output.size());
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) throw broken();
      const auto size = output.size() - stream_.avail_out;
      if (size != 0) next(std::string_view(output.data(), size));
      if (code == Z_STREAM_END) state_ = State::ended;
      // Unused output space means that this input is exhausted.
      if (code == Z_STREAM_END || stream_.avail_out != 0) break;
    }
    input.remove_prefix(input.size() - stream_.avail_in);
  }

  Error broken() const {
    return Error(Layer::protocol,
                 std::string("the answer's ") + name_of(coding_) + " body is not valid");
  }

  const Coding coding_;
  State state_ = State::empty;
  z_stream stream_{};
};

ContentDecoder::ContentDecoder(const std::vector<std::string_view>& fields) {
  for (auto rest : fields) {
    for (bool more = true; more;) {
      const auto comma = rest.find(',');
      more = comma != std::string_view::npos;
      const auto name = ascii::trim(rest.substr(0, comma), " \t");
      if (more) rest.remove_prefix(comma + 1);
      if (name.empty() || ascii::is_same(name, "identity")) continue;
      if (stages_.size() == kMaxStages) {
        throw Error(Layer::protocol, "the answer has more than " + std::to_string(kMaxStages) +
                                         " Content-Encodings");
      }
      stages_.insert(stages_.begin(), std::make_unique<Stage>(coding_from(name)));
    }
  }
}

ContentDecoder::~ContentDecoder() = default;

void ContentDecoder::decode(std::string_view piece, const Output& output) { run(0, piece, output); }

void ContentDecoder::run(std::size_t stage, std::string_view piece, const Output& output) {
  if (stage == stages_.size()) return output(piece);
  stages_[stage]->decode(piece, [&](std::string_view decoded) { run(stage + 1, decoded, output); });
}

void ContentDecoder::finish() const {
  for (const auto& stage : stages_) stage->finish();
}

}  // namespace pintle
