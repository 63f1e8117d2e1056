// SPDX-License-Identifier: Apache-2.0
//
// A scheme program, or a library in the cage, as the table of plugin.h, so that the host sees no
// difference to a library in its own process.
//
// All auths share a program. Each auth of a caged library has a process of its own: what a gateway
// does to one reaches no other, and no secret of one is in the memory of another.
//
// Threads: any, concurrently; the functions of its schemes as plugin.h says.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/plugin.h>

#include "base/mutex.h"
#include "program_scheme/scheme_program.h"
#include "program_scheme/scheme_slots.h"

namespace pintle::program {

class ProgramPlugin final : public SlotUser, public std::enable_shared_from_this<ProgramPlugin> {
 public:
  /// Starts the program (scheme_program.h). Throws Error(plugin).
  static std::shared_ptr<ProgramPlugin> start(const std::filesystem::path& file,
                                              const std::string& digest,
                                              const ProgramLimits& limits = {});
  /// Runs a library in the cage. `source`: with its sealed copy.
  static std::shared_ptr<ProgramPlugin> start(ProgramSource source, const ProgramLimits& limits);
  ProgramPlugin(const ProgramPlugin&) = delete;
  ProgramPlugin& operator=(const ProgramPlugin&) = delete;

  /// Valid as long as this. What is opened with it keeps this.
  const pintle_plugin_table& table() const noexcept { return table_; }

  /// Returns why the program has ended, with the last line of its standard error, or nothing while
  /// it runs. Show it only if the program was given no secret of a user.
  std::optional<Ending> ending() const;

  std::int32_t match(std::size_t scheme, const pintle_probe& probe, pintle_match& out,
                     pintle_error* error) noexcept override;
  std::int32_t open(std::size_t scheme, const pintle_opening& opening, pintle_auth*& out,
                    pintle_error* error) noexcept override;

 private:
  // What a table points to, beside the texts of the manifest.
  struct SchemeTable {
    std::vector<pintle_rule> rules;
    std::vector<pintle_view> profiles;
    std::vector<pintle_setting> settings;
    std::string front{};
    std::unique_ptr<SchemeSlot> slot;
    pintle_scheme scheme{};
  };

  ProgramPlugin(ProgramSource source, const ProgramLimits& limits)
      : program_(std::make_shared<SchemeProgram>(std::move(source), limits)) {}
  std::shared_ptr<SchemeProgram> another() const;
  std::shared_ptr<SchemeProgram> program_for_auth(std::string_view url);
  std::shared_ptr<SchemeProgram> program_for_match(std::string_view url);
  void make_tables();
  void make_table(std::size_t index);

  const std::shared_ptr<SchemeProgram> program_;
  Mutex use_mutex_;
  std::string url_ PINTLE_GUARDED_BY(use_mutex_);  // of program_'s gateway, if it is caged
  bool has_auth_ PINTLE_GUARDED_BY(use_mutex_) = false;
  Mutex matcher_mutex_;
  std::shared_ptr<SchemeProgram> matcher_ PINTLE_GUARDED_BY(matcher_mutex_);  // for other gateways
  std::deque<SchemeTable> tables_;
  std::vector<const pintle_scheme*> schemes_;
  pintle_plugin_table table_{};
};

}  // namespace pintle::program
