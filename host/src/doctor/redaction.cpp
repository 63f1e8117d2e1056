// SPDX-License-Identifier: Apache-2.0
#include "doctor/redaction.h"

#include <algorithm>
#include <utility>

#include <pintle/core/text/ascii.h>

#include "doctor/redaction_words.h"

namespace pintle::doctor {
namespace {

constexpr std::string_view kHidden = "(hidden)";

}  // namespace

void Redaction::hide_host(std::string_view text) {
  auto host = split_authority(text).host;
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.empty() || is_loopback(ascii::lower(host)) || family_of(host) != Family::none) return;
  host_word(host);
}

void Redaction::hide_hosts_in(std::string_view text) {
  while (!text.empty()) {
    const auto begin = std::find_if(text.begin(), text.end(), is_in_word);
    const auto end = std::find_if_not(begin, text.end(), is_in_word);
    const std::string_view found(begin, end);
    if (is_dotted_name(split_authority(found).host)) hide_host(found);
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
  if (is_new) at->second = "host-" + std::to_string(hosts_.size() + via_names_.size());
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
  const auto parts = split_authority(text);
  const auto host = ascii::lower(parts.host.starts_with("*.") ? parts.host.substr(2) : parts.host);
  if (is_loopback(host)) return std::string(text);
  const auto replaced = [&](const std::string& by) {
    return std::string(parts.before) + by + std::string(parts.after);
  };
  if (!keeps_hosts_) {
    if (family_of(host) != Family::none) return replaced(address_word(host));
    // "https://…" in a hint names no host.
    if (hosts_.contains(host) || (is_after_slashes && !host.empty() && host != "…")) {
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
    const auto [folder, by] = user_folder_at(std::string_view(text).substr(at));
    if (folder > 0 && may_begin_path(out)) {
      out += by;
      at += folder;
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
