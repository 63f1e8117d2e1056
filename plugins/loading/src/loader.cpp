#include <algorithm>
#include <sys/stat.h>
#include <tuple>
#include <utility>

#include <pintle/core/error.h>
#include <pintle/loading/library.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/trusted_file.h>

namespace pintle::loading {
namespace {

Error refused(const Entry& entry, const std::string& rule) {
  return Error(Layer::plugin, entry.where() + ": " + rule);
}

// What changes when a file is written to or swapped.
auto identity_of(const Entry& entry) {
  struct stat facts {};
  if (::stat(entry.library.c_str(), &facts) != 0) throw refused(entry, "is gone");
  return std::make_tuple(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec,
                         facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec);
}

}  // namespace

Loader::Loader(LoadingRules rules, Judge judge)
    : rules_(std::move(rules)), judge_(std::move(judge)) {}

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
  const std::lock_guard lock(mutex_);
  const pintle_plugin_table& table = entry.built_in != nullptr ? *entry.built_in : open(entry);
  const auto own = manifest_of(table).schemes;
  const auto found = std::find_if(own.begin(), own.end(), [&](const SchemeFacts& facts) {
    return facts.id == entry.scheme.id;
  });
  if (found == own.end() || *found != entry.scheme) {
    throw refused(entry, "says of the scheme " + entry.scheme.id +
                             " something else than the manifest beside it")
        .with_next("Write the manifest anew: pintle plugins manifest " + entry.where());
  }
  return *table.schemes[static_cast<std::size_t>(found - own.begin())];
}

const pintle_plugin_table& Loader::open(const Entry& entry) {
  if (const auto known = open_.find(entry.library); known != open_.end()) {
    check_pin(entry.scheme.id, entry, known->second.digest);
    return *known->second.table;
  }
  check_trusted_folder(entry.library.parent_path());
  check_trusted_file(entry.library);
  const auto before = identity_of(entry);
  const auto digest = digest_of(entry.library);
  // To open it runs its code, whichever of its schemes is asked for: so the pins of all count.
  check_pin(entry.scheme.id, entry, digest);
  for (const auto& id : entry.siblings) check_pin(id, entry, digest);
  judge_.judge(entry.library, digest);
  const auto& table = open_library(entry.library);
  if (identity_of(entry) != before) throw refused(entry, "changed while it was being loaded");
  open_.emplace(entry.library, Opened{&table, digest});
  return table;
}

void Loader::check_pin(const std::string& scheme_id, const Entry& entry,
                       const std::string& digest) const {
  const auto pin = rules_.pins.find(scheme_id);
  if (pin == rules_.pins.end() || pin->second == "sha256:" + digest) return;
  throw refused(entry, "has the digest sha256:" + digest + ", and the settings pin " +
                           pin->second + " for the scheme " + scheme_id);
}

std::size_t Loader::opened() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

}  // namespace pintle::loading
