// SPDX-License-Identifier: Apache-2.0
#include "sign_in/socket_table_linux.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <netinet/in.h>
#include <system_error>

namespace pintle {
namespace {

constexpr std::string_view kEstablishedText = "01";

std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

std::optional<uid_t> number(std::string_view text) {
  uid_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && !text.empty() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string table_address(const sockaddr_storage& address) {
  std::array<char, 48> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    std::snprintf(text.data(), text.size(), "%08X:%04X", in.sin_addr.s_addr, ntohs(in.sin_port));
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    std::array<std::uint32_t, 4> words{};
    std::memcpy(words.data(), &in.sin6_addr, sizeof words);
    std::snprintf(text.data(), text.size(), "%08X%08X%08X%08X:%04X", words[0], words[1], words[2],
                  words[3], ntohs(in.sin6_port));
  }
  return text.data();
}

std::optional<TableEntry> find_connection(std::string_view table, std::string_view local,
                                          std::string_view remote) {
  while (!table.empty()) {
    const auto end = table.find('\n');
    auto line = table.substr(0, end);
    table = end == std::string_view::npos ? std::string_view() : table.substr(end + 1);
    next_word(line);  // its number
    if (next_word(line) != local || next_word(line) != remote) continue;
    const bool established = next_word(line) == kEstablishedText;
    for (int skipped = 0; skipped < 3; ++skipped) next_word(line);  // queues, timer, retransmits
    const auto user = number(next_word(line));
    return user ? std::optional(TableEntry{*user, established}) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace pintle
