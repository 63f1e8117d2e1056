// SPDX-License-Identifier: Apache-2.0
#include "doctor/redaction_words.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <string>

#include <pintle/core/text/ascii.h>

namespace pintle::doctor {
namespace {

// Words of this length or longer that have letters and digits are taken for tokens.
constexpr std::size_t kTokenLength = 20;

// A folder whose entries are named after users.
struct UserFolders {
  std::string_view parent;
  std::string_view by;  // Instead of the parent and the name.
};

constexpr std::array kUserFolders = {UserFolders{"/home/", "~"},
                                     UserFolders{"/Users/", "~"},
                                     UserFolders{"/var/home/", "~"},
                                     UserFolders{"/export/home/", "~"},
                                     UserFolders{"/media/", "/media/(user)"},
                                     UserFolders{"/run/media/", "/run/media/(user)"}};
constexpr std::string_view kRootsHome = "/root";
constexpr std::string_view kEndsName = "/ \t\n\"'(),;:";

}  // namespace

bool is_in_word(char c) {
  return ascii::is_alnum(c) || std::string_view("._-:@%[]*+=~").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

Family family_of(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const std::string address(text.substr(0, text.find('%')));
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return Family::v4;
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return Family::v6;
  return Family::none;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") ||
         host == "::1" || host == "0.0.0.0" || host == "::";
}

bool looks_like_token(std::string_view text) {
  if (text.size() < kTokenLength || std::none_of(text.begin(), text.end(), ascii::is_digit))
    return false;
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool has_lower = std::any_of(text.begin(), text.end(), is_lower);
  // "TLS_AES_256_GCM_SHA384" is the name of a cipher.
  const bool is_constant = !has_lower && text.find('_') != std::string_view::npos;
  return !is_constant && (has_lower || std::any_of(text.begin(), text.end(), is_upper));
}

Authority split_authority(std::string_view word) {
  if (word.starts_with('[')) {
    const auto end = std::min(word.find(']'), word.size());
    return {word.substr(0, 1), word.substr(1, end - 1), word.substr(end)};
  }
  // The punctuation of the sentence around it.
  const auto last = word.find_last_not_of(".:");
  const auto size = last == std::string_view::npos ? word.size() : last + 1;
  auto host = word.substr(0, size);
  if (family_of(host) == Family::v6) return {"", host, word.substr(size)};
  const auto colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && colon + 1 < host.size() &&
                        std::all_of(host.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
                                    host.end(), ascii::is_digit);
  if (has_port) host = host.substr(0, colon);
  return {"", host, word.substr(host.size())};
}

bool is_dotted_name(std::string_view host) {
  const auto dot = host.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < host.size() &&
         std::isalpha(static_cast<unsigned char>(host[dot + 1])) != 0;
}

std::string_view take_word(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_in_word);
  const std::string_view word(text.begin(), end);
  text.remove_prefix(word.size());
  return word;
}

std::pair<std::size_t, std::string_view> user_folder_at(std::string_view text) {
  const auto end_of_name = [&](std::size_t begin) {
    return std::min(text.find_first_of(kEndsName, begin), text.size());
  };
  for (const auto& [parent, by] : kUserFolders) {
    if (!text.starts_with(parent)) continue;
    const auto end = end_of_name(parent.size());
    if (end > parent.size()) return {end, by};
  }
  const bool is_root = text.starts_with(kRootsHome) && end_of_name(1) == kRootsHome.size();
  return is_root ? std::pair(kRootsHome.size(), std::string_view("~")) : std::pair(0UL, "");
}

bool may_begin_path(std::string_view before) {
  if (before.empty()) return true;
  const char last = before.back();
  return !ascii::is_alnum(last) && std::string_view("._-~]*").find(last) == std::string_view::npos;
}

}  // namespace pintle::doctor
