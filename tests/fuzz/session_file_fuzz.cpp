// SPDX-License-Identifier: Apache-2.0
//
// A session file: it is read as it was written, or it is refused.

#include "fuzz.h"
#include "session/session_file.h"

namespace pintle::session_file {
namespace {

using fuzz::require;
using fuzz::require_same;

SessionKey key() { return {"home", GatewayUrl::parse("https://gateway.example/hermes"), "oauth"}; }

Reading read_exactly(std::string_view text, const SessionKey& of, Secret& session) {
  return read(fuzz::Block(text).view(), of, session);
}

void check_read(std::string_view text) {
  Secret session;
  const auto reading = read_exactly(text, key(), session);
  require(reading == Reading::session || session.empty(), "a session is given if it is whole");
  if (reading == Reading::session) {
    require_same(write(key(), session), text, "a session's file is the one that is written for it");
  }
}

void check_written(std::string_view bytes) {
  const auto text = write(key(), Secret(bytes));
  Secret session;
  require(read_exactly(text, key(), session) == Reading::session, "what is written is read");
  require_same(session.reveal(), bytes, "a session reads back the same");
  for (const auto& other :
       {SessionKey{"work", key().url, "oauth"}, SessionKey{"home", key().url, "token"},
        SessionKey{"home", GatewayUrl::parse("https://other.example"), "oauth"}}) {
    Secret none;
    require(read_exactly(text, other, none) == Reading::foreign && none.empty(),
            "a session is for the connection that it was made for");
  }
  const auto step = 1 + text.size() / 16;
  for (std::size_t at = 0; at < text.size(); at += step) {
    Secret none;
    require(read_exactly(std::string_view(text).substr(0, at), key(), none) == Reading::damaged,
            "a file that was cut off is damaged", text);
    auto flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    require(read_exactly(flipped, key(), none) != Reading::session && none.empty(),
            "a file with a changed bit is not taken", flipped);
  }
}

void check(std::string_view bytes) {
  check_read(bytes);
  check_written(bytes);
}

fuzz::Target target() {
  return {check,
          {write(key(), Secret("{\"version\":1}")), write(key(), Secret("")),
           write({"", key().url, "oauth"}, Secret("x")), "pintle-session 2\n\n\n\n\n",
           "pintle-session 99999999999\nhome\n"},
          {"pintle-session 1\n", "\n", "home\n", "https://gateway.example/hermes\n", "oauth\n",
           "0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"},
          nullptr,
          1000};
}

}  // namespace
}  // namespace pintle::session_file

PINTLE_FUZZ_TARGET(SessionFileFuzz, AFileIsTakenAsItWasWrittenOrNotAtAll,
                   pintle::session_file::target())
