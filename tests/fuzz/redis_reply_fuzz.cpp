// SPDX-License-Identifier: Apache-2.0
//
// The replies of Redis: whatever answers, in whatever pieces.

#include <cstddef>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>

#include "fuzz.h"
#include "redis/reply.h"

namespace pintle::redis {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr std::size_t kMaxItems = 4096;

void write(const Reply& reply, std::string& text, std::size_t& items) {
  text += static_cast<char>('a' + static_cast<int>(reply.kind));
  text += reply.text + "," + std::to_string(reply.integer) + "," + std::to_string(reply.number());
  const auto code = reply.error_code();
  require(code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos,
          "a code has capitals alone", code);
  items += reply.items.size();
  text += "[";
  for (const auto& item : reply.items) write(item, text, items);
  text += "]";
}

// All replies in `bytes`, and how it ended.
std::string read_in_pieces(std::string_view bytes, std::size_t size) {
  std::string text;
  try {
    ReplyReader reader;
    while (!bytes.empty()) {
      const fuzz::Block piece(bytes.substr(0, size));
      bytes.remove_prefix(piece.view().size());
      reader.feed(piece.view());
      while (const auto reply = reader.next()) {
        std::size_t items = 0;
        write(*reply, text, items);
        text += "\n";
        require(items <= kMaxItems, "a reply has a limit");
      }
    }
    return text + "more";
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::store, "the store is to blame", error.what());
    return text + error.what();
  }
}

void check(std::string_view bytes) {
  const auto whole = read_in_pieces(bytes, bytes.size() + 1);
  for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{16}}) {
    require_same(read_in_pieces(bytes, size), whole, "pieces make no difference");
  }
}

fuzz::Target target() {
  return {check,
          {"+OK\r\n", "-MOVED 3999 127.0.0.1:6381\r\n", ":1000\r\n", "$5\r\nhello\r\n", "$-1\r\n",
           "*-1\r\n", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
           "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\n17\r\n", "*2\r\n*1\r\n+a\r\n*1\r\n:1\r\n",
           "HTTP/1.1 400 Bad Request\r\n\r\n", "*2147483647\r\n", "$2147483647\r\n", "#t\r\n",
           ",1.5\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"},
          {"\r\n",    "*",         "$",          ":",
           "+",       "-",         "*1\r\n",     "$0\r\n\r\n",
           "$-1\r\n", "*4096\r\n", "%1\r\n",     "_\r\n",
           "#t\r\n",  ",1\r\n",    ">1\r\n",     "=4\r\ntxt:\r\n",
           "(1\r\n",  "-1",        "2147483647", "9223372036854775807"}};
}

}  // namespace
}  // namespace pintle::redis

PINTLE_FUZZ_TARGET(RedisReplyFuzz, AReplyIsTheSameInPiecesOrRefused, pintle::redis::target())
