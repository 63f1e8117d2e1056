// SPDX-License-Identifier: Apache-2.0
//
// Loads the scheme of a catalogue entry after checking the loading rules.
//
// Threads: any, concurrently.

/// @file
/// @snippet reference/loading.cpp loader

#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <pintle/loading/catalogue.h>
#include <pintle/loading/load_check.h>
#include <pintle/plugin.h>

namespace pintle::loading {

/// Which libraries run in the cage: a process of their own that may do nothing
/// (docs/decisions/0019).
enum class Cage {
  third_party,  ///< All but LoadingRules::trusted.
  always,       ///< All libraries. Built-in schemes have no file to cage; scheme programs
                ///< (decisions/0018) run with the user's rights: allow or pin them.
  never         ///< None: each is opened in this process.
};

/// Restricts which schemes may be loaded, and says where they run.
struct LoadingRules {
  /// Ids of schemes; empty: any.
  std::vector<std::string> allowed{};
  /// Scheme id to "sha256:<64 hex digits>", the required digest of its library or program.
  std::map<std::string, std::string> pins{};
  Cage cage = Cage::third_party;
  /// Libraries that Cage::third_party does not cage. A Host adds the schemes that were installed
  /// with it.
  std::vector<std::filesystem::path> trusted{};
};

/// Starts the program `file`, whose SHA-256 must be `digest` (64 hex digits), and returns the table
/// of its schemes. The program runs until the table and all that was opened with it are released.
/// Throws Error(plugin). The host's: pintle/program_loader.h.
using ProgramLoader = std::function<std::shared_ptr<const pintle_plugin_table>(
    const std::filesystem::path& file, const std::string& digest)>;

/// Runs the library `file` in the cage and returns the table of its schemes. `copy`: its sealed
/// copy, which is what runs; `digest`: that of the copy. The cage runs until the table and all that
/// was opened with it are released. Throws Error(plugin). The host's: pintle/program_loader.h.
using CageLoader = std::function<std::shared_ptr<const pintle_plugin_table>(
    const std::filesystem::path& file, const std::string& digest, int copy)>;

/// Returns true if `rules` put the library of `entry` into the cage.
bool is_caged(const LoadingRules& rules, const Entry& entry);

class Loader {
 public:
  /// `programs`: empty: entries that are programs are refused. `cage`: empty: libraries that the
  /// rules put into the cage are refused.
  Loader(LoadingRules rules, LoadCheck load_check, ProgramLoader programs = {},
         CageLoader cage = {});

  /// Loads a scheme. Checks in this order: the entry's fault (its manifest); the allow-list; that
  /// the path is absolute; owner and mode of folder and file; the digest pins; the load check; the
  /// rules of open_library; that the library's facts equal the manifest's. Throws Error(plugin)
  /// with the file and the violated rule. A library is opened once per process and never unloaded.
  /// A pinned library is loaded from a sealed copy in memory: it cannot load libraries beside it
  /// ($ORIGIN), and debuggers show it as /proc/self/fd/N. A program is started instead, once for
  /// this loader, without a load check; its table is valid as long as the loader. So is a library
  /// that is_caged: its sealed copy runs in the cage.
  const pintle_scheme& load(const Entry& entry);

  /// Returns why the allow-list refuses a scheme; empty if it does not. Loads nothing and checks no
  /// other rule: `load` may still refuse the scheme.
  std::string refusal(const std::string& scheme_id) const;

  /// Returns how many libraries and programs this loader has opened.
  std::size_t opened() const;

 private:
  struct Opened {
    std::shared_ptr<const pintle_plugin_table> table;
    std::string digest;
  };

  const pintle_plugin_table& opened(const Entry& entry);
  Opened open(const Entry& entry);
  Opened open_pinned(const Entry& entry);
  Opened open_caged(const Entry& entry);
  Opened start(const Entry& entry);
  bool is_pinned(const Entry& entry) const;
  void check_pin(const std::string& scheme_id, const Entry& entry, const std::string& digest) const;

  LoadingRules rules_;
  LoadCheck load_check_;
  ProgramLoader programs_;
  CageLoader cage_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, Opened> open_;
  std::map<std::filesystem::path, std::shared_ptr<std::mutex>> turns_;
};

}  // namespace pintle::loading
