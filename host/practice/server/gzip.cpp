// SPDX-License-Identifier: Apache-2.0
#include "practice/server/gzip.h"

#include <new>
#include <string>
#include <utility>

#include <zlib.h>

namespace pintle::practice {

void gzip_if_accepted(const Request& request, HttpResponse& response) {
  auto& body = response.body;
  if (body.empty() || !request.headers.has_token("Accept-Encoding", "gzip")) return;
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, 6, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(body.data());
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);  // All of it: the space is the bound's.
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  body = std::move(packed);
  response.headers.set("Content-Encoding", "gzip");
  response.headers.set("Vary", "Accept-Encoding");
}

}  // namespace pintle::practice
