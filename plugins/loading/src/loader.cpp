// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/library.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/trusted_file.h>

#include "sealed_copy.h"

namespace pintle::loading {
namespace {

Error refused(const Entry& entry, const std::string& rule) {
  return Error(Layer::plugin, entry.where() + ": " + rule);
}

// A library is never unloaded: nothing is to be released.
std::shared_ptr<const pintle_plugin_table> unowned(const pintle_plugin_table& table) {
  return {std::shared_ptr<void>(), &table};
}

// Changes if a file is modified or replaced.
auto identity_of(const Entry& entry) {
  struct stat facts {};
  if (::stat(entry.library.c_str(), &facts) != 0) throw refused(entry, "no longer exists");
  return std::make_tuple(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec,
                         facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec);
}

}  // namespace

bool is_caged(const LoadingRules& rules, const Entry& entry) {
  if (entry.library.empty() || entry.is_program || rules.cage == Cage::never) return false;
  if (rules.cage == Cage::always) return true;
  const auto real = [](const std::filesystem::path& file) {
    std::error_code error;
    auto found = std::filesystem::canonical(file, error);
    return error ? file : found;
  };
  const auto library = real(entry.library);
  return std::none_of(rules.trusted.begin(), rules.trusted.end(),
                      [&](const auto& file) { return real(file) == library; });
}

Loader::Loader(LoadingRules rules, LoadCheck load_check, ProgramLoader programs, CageLoader cage)
    : rules_(std::move(rules)),
      load_check_(std::move(load_check)),
      programs_(std::move(programs)),
      cage_(std::move(cage)) {}

std::string Loader::refusal(const std::string& scheme_id) const {
  if (!rules_.allowed.empty() &&
      std::find(rules_.allowed.begin(), rules_.allowed.end(), scheme_id) == rules_.allowed.end()) {
    return "the settings do not allow the scheme " + scheme_id;
  }
  return {};
}

const pintle_scheme& Loader::load(const Entry& entry) {
  if (!entry.fault.empty()) throw Error(Layer::plugin, entry.fault);
  if (const auto why = refusal(entry.scheme.id); !why.empty()) throw refused(entry, why);
  const pintle_plugin_table& table = entry.built_in != nullptr ? *entry.built_in : opened(entry);
  const auto manifest = manifest_of(table);
  const auto next = "Rewrite the manifest: pintle plugins manifest " + entry.where();
  if (manifest.name != entry.plugin_name || manifest.version != entry.plugin_version) {
    throw refused(
        entry, "is " + printable(manifest.name, 64) + " " + printable(manifest.version, 64) +
                   ", but the manifest beside it is for " + printable(entry.plugin_name, 64) + " " +
                   printable(entry.plugin_version, 64))
        .with_hint(next);
  }
  const auto& own = manifest.schemes;
  const auto found = std::find_if(own.begin(), own.end(), [&](const SchemeFacts& facts) {
    return facts.id == entry.scheme.id;
  });
  const bool same_ids =
      std::equal(own.begin(), own.end(), entry.siblings.begin(), entry.siblings.end(),
                 [](const SchemeFacts& facts, const std::string& id) { return facts.id == id; });
  if (found == own.end() || *found != entry.scheme || !same_ids) {
    throw refused(entry, "describes the scheme " + entry.scheme.id +
                             " differently from the manifest beside it")
        .with_hint(next);
  }
  return *table.schemes[static_cast<std::size_t>(found - own.begin())];
}

// A library that hangs while it is opened keeps nobody from using another one.
const pintle_plugin_table& Loader::opened(const Entry& entry) {
  std::shared_ptr<std::mutex> turn;
  {
    const std::lock_guard lock(mutex_);
    auto& its = turns_[entry.library];
    if (!its) its = std::make_shared<std::mutex>();
    turn = its;
  }
  const std::lock_guard one_at_a_time(*turn);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = open_.find(entry.library); known != open_.end()) {
      check_pin(entry.scheme.id, entry, known->second.digest);
      return *known->second.table;
    }
  }
  auto made = open(entry);
  const std::lock_guard lock(mutex_);
  return *open_.emplace(entry.library, std::move(made)).first->second.table;
}

Loader::Opened Loader::open(const Entry& entry) {
  check_trusted_folder(entry.library.parent_path());
  if (entry.is_program) return start(entry);
  if (is_caged(rules_, entry)) return open_caged(entry);
  if (is_pinned(entry)) return open_pinned(entry);
  check_trusted_file(entry.library);
  const auto before = identity_of(entry);
  const auto digest = digest_of(entry.library);
  load_check_.run(entry.library, digest);
  const auto& table = open_library(entry.library);
  if (identity_of(entry) != before) throw refused(entry, "changed while it was being loaded");
  return {unowned(table), digest};
}

// A program runs from its file, as an interpreter cannot be relied on to read a copy: whoever
// starts it checks the digest each time. It runs in a process of its own, so it needs no load
// check.
Loader::Opened Loader::start(const Entry& entry) {
  if (!programs_) throw refused(entry, "is a program, and this loader starts none");
  check_trusted_file(entry.library);
  const auto digest = digest_of(entry.library);
  for (const auto& id : entry.siblings) check_pin(id, entry, digest);
  return {programs_(entry.library, digest), digest};
}

// The cage is a process of its own, so no load check is needed: what the library does while it is
// opened, it does there.
Loader::Opened Loader::open_caged(const Entry& entry) {
  if (!cage_) {
    throw refused(entry, "must run in the cage, and this loader has none")
        .with_hint("Give the Loader a cage_loader(), or trust the library (LoadingRules).");
  }
  const auto copy = seal(entry.library);
  for (const auto& id : entry.siblings) check_pin(id, entry, copy.digest);
  return {cage_(entry.library, copy.digest, copy.fd.get()), copy.digest};
}

// Opening a library runs its code for any of its schemes, so the pins of all of them apply.
bool Loader::is_pinned(const Entry& entry) const {
  return std::any_of(entry.siblings.begin(), entry.siblings.end(),
                     [&](const std::string& id) { return rules_.pins.contains(id); });
}

// Checks, hashes, test-loads and loads the same copy in memory. The copy is never freed, like the
// library, and is stored by digest, so that another loader of this process opens the same one.
Loader::Opened Loader::open_pinned(const Entry& entry) {
  static std::mutex mutex;
  static auto& kept = *new std::map<std::string, UniqueFd>;
  auto copy = seal(entry.library);
  for (const auto& id : entry.siblings) check_pin(id, entry, copy.digest);
  const std::lock_guard lock(mutex);
  const int fd = kept.try_emplace(copy.digest, std::move(copy.fd)).first->second.get();
  load_check_.run(entry.library, copy.digest, fd);
  const auto& table = open_library(entry.library, fd);
  check_unchanged(entry.library, copy.digest);
  return {unowned(table), copy.digest};
}

void Loader::check_pin(const std::string& scheme_id, const Entry& entry,
                       const std::string& digest) const {
  const auto pin = rules_.pins.find(scheme_id);
  if (pin == rules_.pins.end() || pin->second == "sha256:" + digest) return;
  throw refused(entry, "has the digest sha256:" + digest + ", but the settings pin " + pin->second +
                           " for the scheme " + scheme_id);
}

std::size_t Loader::opened() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

}  // namespace pintle::loading
