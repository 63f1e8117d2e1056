// SPDX-License-Identifier: Apache-2.0
#include "session/session_file.h"

#include <charconv>
#include <optional>

#include "base/hex.h"
#include "base/sha256.h"

namespace pintle::session_file {
namespace {

constexpr std::string_view kMagic = "pintle-session ";
constexpr int kVersion = 1;

// Removes and returns the next line without its line feed; nullopt if no line is complete.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

// The file names what its session is bound to, so a copied or renamed file does not match.
std::string binding_of(const SessionKey& key) {
  return key.connection + "\n" + key.url.text() + "\n" + key.scheme + "\n";
}

std::string seal_of(std::string_view bytes) {
  return std::to_string(bytes.size()) + " " + digest_of(bytes);
}

}  // namespace

std::string digest_of(std::string_view bytes) { return hex_of(sha256_of(bytes)); }

std::string write(const SessionKey& key, const Secret& session) {
  const auto head = std::string(kMagic) + std::to_string(kVersion) + "\n" + binding_of(key) +
                    seal_of(session.reveal()) + "\n";
  std::string text;
  text.reserve(head.size() + session.size());  // reallocating would leave a copy of the secret
  return text.append(head).append(session.reveal());
}

Reading read(std::string_view text, const SessionKey& key, Secret& session) {
  auto rest = text;
  const auto first = take_line(rest);
  if (!first || !first->starts_with(kMagic)) return Reading::damaged;
  int version = 0;
  const auto number = first->substr(kMagic.size());
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), version);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || version < 1) {
    return Reading::damaged;
  }
  if (version > kVersion) return Reading::newer;
  const auto connection = take_line(rest);
  const auto url = take_line(rest);
  const auto scheme = take_line(rest);
  const auto seal = take_line(rest);
  if (!connection || !url || !scheme || !seal || *seal != seal_of(rest)) return Reading::damaged;
  if (*connection != key.connection || *url != key.url.text() || *scheme != key.scheme) {
    return Reading::foreign;
  }
  session = Secret(rest);
  return Reading::session;
}

}  // namespace pintle::session_file
