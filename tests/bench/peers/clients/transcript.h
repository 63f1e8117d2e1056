// SPDX-License-Identifier: Apache-2.0
//
// The JSON-RPC payload of the benchmark: part of a conversation, as a program's values, as JSON,
// and back. peer_node.js has the same.
//
// Threads: stateless functions, except for a reader.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

namespace pintle::bench {

struct Turn {
  std::string role;
  std::string text;
  std::int64_t at_ms = 0;
  double score = 0;
  bool last = false;
};

struct Transcript {
  std::string session_id;
  std::vector<Turn> turns;
};

/// Returns one whose JSON has about `bytes` bytes.
Transcript make_transcript(std::size_t bytes);

std::string to_json(const Transcript& transcript);

class TranscriptReader {
 public:
  /// 64 bytes must be readable behind `json`. Throws simdjson::simdjson_error.
  Transcript read(std::string_view json);

 private:
  simdjson::ondemand::parser parser_;
};

/// Throws std::runtime_error if the two differ.
void check_same(const Transcript& sent, const Transcript& received);

}  // namespace pintle::bench
