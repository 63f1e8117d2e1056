// SPDX-License-Identifier: Apache-2.0
#include "caged_plugin.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>

#include <pintle/core/base/error.h>
#include <pintle/files/unique_fd.h>
#include <pintle/loading/load_check.h>
#include <pintle/program_loader.h>

namespace pintle::cli {

const char* where_it_runs(const loading::LoadingRules& rules, const loading::Entry& entry) {
  if (entry.is_program) return "program";
  return loading::is_caged(rules, entry) ? "cage" : "host";
}

bool is_caged(const UserHost& user, const std::filesystem::path& file) {
  loading::Entry entry;
  entry.library = file;
  return loading::is_caged(user.options().loading, entry);
}

// Unlike the loader's, this copy is not sealed: it is opened for one look.
loading::Manifest described_in_the_cage(const UserHost& user, const std::filesystem::path& file) {
  const UniqueFd library(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!library) {
    throw Error(Layer::plugin, file.string() + ": cannot be read: " + std::strerror(errno));
  }
  const auto run = cage_loader(user.paths().load_check_program.parent_path());
  return loading::manifest_of(*run(file, loading::digest_of(file), library.get()));
}

}  // namespace pintle::cli
