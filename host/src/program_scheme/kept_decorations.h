// SPDX-License-Identifier: Apache-2.0
//
// The decorations that are used again, so that no request waits for the program. Header-only.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/plugin.h>

#include "program_scheme/replies.h"
#include "scheme/abi_views.h"

namespace pintle::program {

/// Returns the target of `request` without its query.
inline std::string_view path_of(const pintle_request& request) {
  const auto target = text(request.target);
  return target.substr(0, target.find('?'));
}

class KeptDecorations {
 public:
  /// `by_target`: one for each method and path; else one for each kind of request.
  explicit KeptDecorations(bool by_target) : by_target_(by_target) {}

  /// Returns what is kept for requests like `request`, or null; valid until the next change.
  const DecorationReply* find(const pintle_request& request) const {
    for (const auto& entry : entries_) {
      if (is_for(entry, request)) return &entry.decoration;
    }
    return nullptr;
  }

  const DecorationReply& keep(const pintle_request& request, DecorationReply decoration) {
    for (auto& entry : entries_) {
      if (is_for(entry, request)) return entry.decoration = std::move(decoration);
    }
    Entry made{request.kind, {}, {}, std::move(decoration)};
    if (by_target_) {
      made.method = text(request.method);
      made.path = path_of(request);
    }
    if (entries_.size() < kMax) return entries_.emplace_back(std::move(made)).decoration;
    oldest_ = (oldest_ + 1) % kMax;
    return (entries_[oldest_] = std::move(made)).decoration;
  }

  void clear() { entries_.clear(); }

 private:
  static constexpr std::size_t kMax = 64;
  struct Entry {
    std::uint32_t kind = 0;
    std::string method;
    std::string path;
    DecorationReply decoration;
  };

  bool is_for(const Entry& entry, const pintle_request& request) const {
    return entry.kind == request.kind && (!by_target_ || (entry.path == path_of(request) &&
                                                          entry.method == text(request.method)));
  }

  const bool by_target_;
  std::vector<Entry> entries_;
  std::size_t oldest_ = kMax - 1;
};

}  // namespace pintle::program
