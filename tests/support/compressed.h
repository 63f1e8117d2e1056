// SPDX-License-Identifier: Apache-2.0
//
// Bodies compressed as by a server's Content-Encoding.

#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>

namespace pintle::test {

enum class Packing { gzip, zlib, raw_deflate };

inline std::string compressed(std::string_view text, Packing packing = Packing::gzip) {
  z_stream stream{};
  const int window_bits = packing == Packing::gzip ? 15 + 16 : packing == Packing::zlib ? 15 : -15;
  if (deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot deflate");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("zlib did not finish");
  return out;
}

}  // namespace pintle::test
