// SPDX-License-Identifier: Apache-2.0
//
// What a word of a report may be: a host, an address, a token, a user's folder.
//
// Threads: pure functions.

#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace pintle::doctor {

/// True for the characters of host names, addresses with a port, and tokens.
bool is_in_word(char c);
/// Returns the word that `text` begins with, and removes it.
std::string_view take_word(std::string_view& text);

enum class Family { none, v4, v6 };
/// Returns which kind of IP address it is, if it is one.
Family family_of(std::string_view text);
/// `host` in lower case.
bool is_loopback(std::string_view host);
/// True for letters behind a dot: "gateway.example".
bool is_dotted_name(std::string_view host);
bool looks_like_token(std::string_view text);

/// The parts of "[::1]:9119", "gateway.example:443", "192.0.2.1": what stands in front of the host,
/// the host, and what follows it.
struct Authority {
  std::string_view before;
  std::string_view host;
  std::string_view after;
};
Authority split_authority(std::string_view word);

/// Returns the length of a user's folder that `text` begins with, and what replaces it: "/home/ada"
/// by "~". 0: it begins with none.
std::pair<std::size_t, std::string_view> user_folder_at(std::string_view text);
/// True if a path may begin behind `before`, false in the middle of a path or a URL.
bool may_begin_path(std::string_view before);

}  // namespace pintle::doctor
