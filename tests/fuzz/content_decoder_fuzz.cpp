// SPDX-License-Identifier: Apache-2.0
//
// A body with a Content-Encoding, compared with zlib on the whole of it.

#include <algorithm>
#include <array>

#include <zlib.h>

#include <pintle/core/http/content_decoder.h>

#include "fuzz.h"
#include "support/compressed.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;
using test::compressed;
using test::Packing;

constexpr std::size_t kMaxBody = 256 * 1024;

struct TooLong {};

// Damage after a body's last allowed byte may or may not be detected first.
constexpr const char* kRefused = "damaged, or too long";

// "whole TEXT", "cut off", or kRefused.
std::string decoded(std::string_view coding, std::string_view bytes, std::size_t piece) {
  std::string body;
  try {
    ContentDecoder decoder({coding});
    while (!bytes.empty()) {
      const fuzz::Block block(bytes.substr(0, piece));
      bytes.remove_prefix(block.view().size());
      decoder.decode(block.view(), [&](std::string_view part) {
        require(part.size() <= 32 * 1024, "a piece of the body is small");
        body += part;
        if (body.size() > kMaxBody) throw TooLong();
      });
    }
    decoder.finish();
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::protocol, "who sent it is to blame", error.what());
    return error.can_retry() ? "cut off" : kRefused;
  } catch (const TooLong&) {
    return kRefused;
  }
  return "whole " + body;
}

// RFC 1952 2.2: members one after the other.
std::string expected(std::string_view bytes) {
  std::string body;
  while (!bytes.empty()) {
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) std::abort();
    std::string buffer(kMaxBody + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int code = inflate(&stream, Z_FINISH);
    body += std::string_view(buffer).substr(0, buffer.size() - stream.avail_out);
    bytes.remove_prefix(bytes.size() - stream.avail_in);
    inflateEnd(&stream);
    if (body.size() > kMaxBody) return kRefused;
    if (code == Z_DATA_ERROR || code == Z_NEED_DICT) return kRefused;
    if (code != Z_STREAM_END) return "cut off";
  }
  return "whole " + body;
}

void check(std::string_view bytes) {
  for (const std::string_view coding : {"gzip", "deflate", "gzip, deflate"}) {
    const auto whole = decoded(coding, bytes, std::max<std::size_t>(bytes.size(), 1));
    require_same(whole, decoded(coding, bytes, 1), "a body is the same, whole and byte by byte");
    require_same(whole, decoded(coding, bytes, 7), "a body is the same, whole and in pieces");
  }
  require_same(decoded("identity", bytes, 5), "whole " + std::string(bytes),
               "a body without a coding stays as it is");
  require_same(decoded("gzip", bytes, 64), expected(bytes), "zlib reads the same body");
  require_same(decoded("gzip", compressed(bytes), 3), "whole " + std::string(bytes),
               "what gzip packs is unpacked");
  require_same(decoded("deflate", compressed(bytes, Packing::zlib), 3),
               "whole " + std::string(bytes), "what zlib packs is unpacked");
}

std::string make(fuzz::Random& random) {
  std::string text;
  for (auto n = random() % 2000; n > 0; --n) text += static_cast<char>('a' + random() % 4);
  constexpr std::array kPackings = {Packing::gzip, Packing::zlib, Packing::raw_deflate};
  auto out = compressed(text, kPackings[random() % kPackings.size()]);
  if (random() % 3 == 0) out += compressed("another");
  if (random() % 3 == 0) out.resize(random() % out.size());
  return out;
}

fuzz::Target target() {
  return {check,
          {"", compressed("hello"), compressed("hello", Packing::zlib),
           compressed("hello", Packing::raw_deflate), compressed("one") + compressed("two"),
           compressed(std::string(100'000, 'a')), compressed(std::string(300'000, 'a')),
           compressed(compressed("twice"), Packing::zlib), compressed("hello") + "tail"},
          {"\x1f\x8b\x08", "\x78\x9c", "\x78\x01", "\x78\xbb"},
          make,
          300};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(ContentDecoderFuzz, ZlibReadsTheSameBody, pintle::target())
