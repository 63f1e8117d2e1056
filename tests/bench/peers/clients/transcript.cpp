// SPDX-License-Identifier: Apache-2.0
#include "clients/transcript.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/text/json.h>

namespace pintle::bench {
namespace {

constexpr std::size_t kTurnBytes = 300;  // Of one turn's JSON, approximately.
constexpr std::string_view kText =
    "The build is green again.\nThe cause was a \"stale\" cache: it kept the headers of an older "
    "compiler, and so the symbol was found twice. I have cleared it, and added a check that "
    "compares the versions first.";

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace

Transcript make_transcript(std::size_t bytes) {
  Transcript made{.session_id = "20260105_101500_9f3c2a", .turns = {}};
  const auto turns = std::max<std::size_t>(1, bytes / kTurnBytes);
  for (std::size_t i = 0; i < turns; ++i) {
    made.turns.push_back({.role = i % 2 == 0 ? "user" : "assistant",
                          .text = std::string(kText),
                          .at_ms = 1'767'225'600'000 + static_cast<std::int64_t>(i) * 1'000,
                          .score = 0.5 + static_cast<double>(i) / 1'024,
                          .last = i + 1 == turns});
  }
  return made;
}

std::string to_json(const Transcript& transcript) {
  std::string out;
  out.reserve(64 + transcript.turns.size() * (kTurnBytes + 64));
  out.append(R"({"session_id":)").append(json_string(transcript.session_id));
  out.append(R"(,"turns":[)");
  for (const auto& turn : transcript.turns) {
    if (out.back() != '[') out += ',';
    out.append(R"({"role":)").append(json_string(turn.role));
    out.append(R"(,"text":)").append(json_string(turn.text)).append(R"(,"at_ms":)");
    append_number(out, turn.at_ms);
    out += R"(,"score":)";
    append_number(out, turn.score);
    out.append(R"(,"last":)").append(turn.last ? "true}" : "false}");
  }
  return out += "]}";
}

Transcript TranscriptReader::read(std::string_view json) {
  auto document = parser_.iterate(json.data(), json.size(), json.size() + JsonRpcReader::kPadding);
  Transcript read;
  read.session_id = std::string_view(document["session_id"]);
  for (auto value : document["turns"]) {
    auto turn = value.get_object().value();
    read.turns.push_back({.role = std::string(std::string_view(turn["role"])),
                          .text = std::string(std::string_view(turn["text"])),
                          .at_ms = turn["at_ms"],
                          .score = turn["score"],
                          .last = turn["last"]});
  }
  return read;
}

void check_same(const Transcript& sent, const Transcript& received) {
  const bool same = sent.session_id == received.session_id &&
                    sent.turns.size() == received.turns.size() &&
                    sent.turns.back().text == received.turns.back().text &&
                    sent.turns.back().score == received.turns.back().score;
  if (!same) throw std::runtime_error("the answer is not what was sent");
}

}  // namespace pintle::bench
