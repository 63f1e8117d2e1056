// SPDX-License-Identifier: Apache-2.0
#include "doctor/redaction.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <utility>

#include <pintle/core/text/ascii.h>

namespace pintle::doctor {
namespace {

constexpr std::string_view kHidden = "(hidden)";
// Words of this length or longer that have letters and digits are taken for tokens.
constexpr std::size_t kTokenLength = 20;

bool is_in_word(char c) {
  return ascii::is_alnum(c) || std::string_view("._-:@%[]*+=~").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

enum class Family { none, v4, v6 };

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

// The parts of "[::1]:9119", "gateway.example:443", "192.0.2.1": what stands in front of the host,
// the host, and what follows it.
struct Authority {
  std::string_view before;
  std::string_view host;
  std::string_view after;
};

Authority split(std::string_view word) {
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

}  // namespace

void Redaction::hide_host(std::string_view text) {
  auto host = split(text).host;
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.empty() || is_loopback(ascii::lower(host)) || family_of(host) != Family::none) return;
  host_word(host);
}

void Redaction::hide_hosts_in(std::string_view text) {
  while (!text.empty()) {
    const auto begin = std::find_if(text.begin(), text.end(), is_in_word);
    const auto end = std::find_if_not(begin, text.end(), is_in_word);
    const std::string_view found(begin, end);
    const auto host = split(found).host;
    const auto dot = host.rfind('.');
    const bool is_host = dot != std::string_view::npos && dot > 0 && dot + 1 < host.size() &&
                         std::isalpha(static_cast<unsigned char>(host[dot + 1])) != 0;
    if (is_host) hide_host(found);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
}

void Redaction::hide(std::string_view text, std::string replacement) {
  if (!text.empty()) add({std::string(text), std::move(replacement)});
}

void Redaction::hide_folder(std::string_view path, std::string replacement) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path.size() > 1) add({std::string(path), std::move(replacement), true});
}

// A longer one first: a user's name may be a part of the home folder.
void Redaction::add(Replacement one) {
  const auto at = std::find_if(named_.begin(), named_.end(), [&](const Replacement& other) {
    return other.text.size() < one.text.size();
  });
  named_.insert(at, std::move(one));
}

std::string Redaction::host_word(std::string_view host) {
  const auto [at, is_new] = hosts_.try_emplace(ascii::lower(host));
  if (is_new) at->second = "host-" + std::to_string(hosts_.size());
  return at->second;
}

std::string Redaction::address_word(std::string_view address) {
  const auto [at, is_new] = addresses_.try_emplace(ascii::lower(address));
  if (is_new) {
    at->second = "address-" + std::to_string(addresses_.size()) +
                 (family_of(address) == Family::v6 ? "-v6" : "-v4");
  }
  return at->second;
}

std::string Redaction::without_named(std::string text) const {
  for (const auto& one : named_) {
    for (auto at = text.find(one.text); at != std::string::npos; at = text.find(one.text, at)) {
      const auto end = at + one.text.size();
      const bool begins =
          at == 0 || !ascii::is_alnum(text[at - 1]) || !ascii::is_alnum(one.text.front());
      const bool ends = end == text.size() || !ascii::is_alnum(text[end]) ||
                        (!one.is_folder && !ascii::is_alnum(one.text.back()));
      if (begins && ends) {
        text.replace(at, one.text.size(), one.by);
        at += one.by.size();
      } else {
        at = end;
      }
    }
  }
  return text;
}

std::string Redaction::word(std::string_view text, bool is_after_slashes) {
  if (text.starts_with("...") && text.size() > 3) return "...";  // the preview of a secret
  if (const auto at = text.find('@'); at != std::string_view::npos && at > 0) {
    return std::string(kHidden) + "@" + word(text.substr(at + 1), true);
  }
  const auto parts = split(text);
  const auto host = ascii::lower(parts.host.starts_with("*.") ? parts.host.substr(2) : parts.host);
  if (is_loopback(host)) return std::string(text);
  const auto replaced = [&](const std::string& by) {
    return std::string(parts.before) + by + std::string(parts.after);
  };
  if (!keeps_hosts_) {
    if (family_of(host) != Family::none) return replaced(address_word(host));
    if (hosts_.contains(host) || (is_after_slashes && !host.empty())) {
      return replaced(host_word(host));
    }
  } else if (family_of(host) != Family::none || hosts_.contains(host) || is_after_slashes) {
    return std::string(text);
  }
  if (looks_like_token(text)) return std::string(kHidden);
  return std::string(text);
}

std::string Redaction::apply(std::string_view original) {
  const auto text = without_named(std::string(original));
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '?' && at + 1 < text.size() && is_in_word(text[at + 1])) {
      // A query, to the end of the URL.
      out += "?…";
      at = std::min(text.find_first_of(" \t\n\"')>,", at), text.size());
      continue;
    }
    if (!is_in_word(text[at])) {
      out += text[at++];
      continue;
    }
    auto end = at;
    while (end < text.size() && is_in_word(text[end])) ++end;
    const bool is_after_slashes = out.ends_with("//");
    out += word(std::string_view(text).substr(at, end - at), is_after_slashes);
    at = end;
  }
  return out;
}

}  // namespace pintle::doctor
