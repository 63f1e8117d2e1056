// SPDX-License-Identifier: Apache-2.0
//
// From an entry of the catalogue to a scheme that can be called, by the rules in their order.
//
// Threads: one loader serves many at once.

#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <pintle/loading/catalogue.h>
#include <pintle/loading/load_check.h>
#include <pintle/plugin.h>

namespace pintle::loading {

/// What may be loaded.
struct LoadingRules {
  /// Ids of schemes; empty: any.
  std::vector<std::string> allowed;
  /// Scheme id to "sha256:<64 hex digits>": that library must be that very file.
  std::map<std::string, std::string> pins;
};

class Loader {
 public:
  Loader(LoadingRules rules, LoadCheck load_check);

  /// Throws Error(plugin) that names the file and the rule which refused it, in this order:
  /// absolute path; owner and mode of file and folder; allow-list; digest pin; manifest; the load
  /// check; then open_library's; then that the library's own facts are the manifest's. A library is
  /// opened once a process and never unloaded. A pinned one is loaded from a sealed copy in memory:
  /// it cannot have libraries beside it ($ORIGIN), and debuggers show it as /proc/self/fd/N.
  const pintle_scheme& load(const Entry& entry);

  /// Why the allow-list or a bad pin keeps a scheme out, without loading it; empty: it does not.
  std::string refusal(const std::string& scheme_id) const;

  /// Libraries opened so far in this process by this loader.
  std::size_t opened() const;

 private:
  const pintle_plugin_table& open(const Entry& entry);
  const pintle_plugin_table& open_pinned(const Entry& entry);
  bool is_pinned(const Entry& entry) const;
  void check_pin(const std::string& scheme_id, const Entry& entry, const std::string& digest) const;

  LoadingRules rules_;
  LoadCheck load_check_;
  mutable std::mutex mutex_;
  struct Opened {
    const pintle_plugin_table* table;
    std::string digest;
  };
  std::map<std::filesystem::path, Opened> open_;
};

}  // namespace pintle::loading
