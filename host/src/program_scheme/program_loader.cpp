// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <fcntl.h>
#include <memory>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/files/unique_fd.h>
#include <pintle/loading/trusted_file.h>
#include <pintle/program_loader.h>

#include "program_scheme/program_plugin.h"

namespace pintle {
namespace {

// A scheme that needs nothing of the system answers at once; the time is for a machine under load.
constexpr program::ProgramLimits kCageLimits{.hello = std::chrono::milliseconds(5'000),
                                             .call = std::chrono::milliseconds(1'000),
                                             .step = std::chrono::milliseconds(3'000)};

std::shared_ptr<const pintle_plugin_table> table_of(
    const std::shared_ptr<program::ProgramPlugin>& plugin) {
  return {plugin, &plugin->table()};
}

}  // namespace

loading::ProgramLoader program_loader() {
  return [](const std::filesystem::path& file, const std::string& digest) {
    return table_of(program::ProgramPlugin::start(file, digest));
  };
}

loading::CageLoader cage_loader(std::filesystem::path programs) {
  return [programs = std::move(programs)](const std::filesystem::path& file,
                                          const std::string& digest, int copy) {
    const auto cage = programs / "pintle-cage";
    if (!cage.is_absolute() || !std::filesystem::exists(cage)) {
      throw Error(Layer::plugin,
                  file.string() + ": must run in the cage, but there is no " + cage.string())
          .with_user_action()
          .with_hint("Reinstall Pintle, or set HostOptions::paths.load_check_program.");
    }
    auto kept = std::make_shared<UniqueFd>(::fcntl(copy, F_DUPFD_CLOEXEC, 0));
    if (!*kept) throw Error(Layer::plugin, file.string() + ": cannot be kept open").with_retry();
    return table_of(program::ProgramPlugin::start({.file = file,
                                                   .digest = digest,
                                                   .cage = loading::trusted_program(cage),
                                                   .copy = std::move(kept)},
                                                  kCageLimits));
  };
}

}  // namespace pintle
