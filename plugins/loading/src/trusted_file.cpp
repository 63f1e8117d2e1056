#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <pintle/core/error.h>
#include <pintle/loading/trusted_file.h>

namespace pintle::loading {
namespace {

// True where the group is this user's own and nobody else is in it.
bool is_private_group(gid_t gid) {
  if (gid != ::getegid()) return false;
  std::array<char, 4096> user_text{};
  std::array<char, 4096> group_text{};
  passwd user_store{};
  passwd* user = nullptr;
  group group_store{};
  group* found = nullptr;
  if (::getpwuid_r(::geteuid(), &user_store, user_text.data(), user_text.size(), &user) != 0 ||
      user == nullptr ||
      ::getgrgid_r(gid, &group_store, group_text.data(), group_text.size(), &found) != 0 ||
      found == nullptr) {
    return false;
  }
  if (std::string(found->gr_name) != user->pw_name) return false;
  for (char** member = found->gr_mem; *member != nullptr; ++member) {
    if (std::string(*member) != user->pw_name) return false;
  }
  return true;
}

void check_one(const std::filesystem::path& path, bool is_ancestor) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    throw Error(Layer::plugin, path.string() + ": cannot be looked at: " + std::strerror(errno));
  }
  const auto refuse = [&](const char* rule, const char* next) {
    return Error(Layer::plugin, path.string() + ": " + rule).with_next(next).with_person();
  };
  if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
    throw refuse("belongs to another user, who could change what is loaded",
                 "Install the plugin as yourself or as root.");
  }
  const bool sticky_folder = is_ancestor && (facts.st_mode & S_ISVTX) != 0;
  if (sticky_folder) return;  // others may add to it but not touch what is ours
  if ((facts.st_mode & S_IWOTH) != 0) {
    throw refuse("is writable by everyone", "Take the right away: chmod o-w.");
  }
  if ((facts.st_mode & S_IWGRP) != 0 && facts.st_gid != 0 && !is_private_group(facts.st_gid)) {
    throw refuse("is writable by a group with other members", "Take the right away: chmod g-w.");
  }
}

}  // namespace

void check_trusted_folder(const std::filesystem::path& folder) {
  if (!folder.is_absolute()) {
    throw Error(Layer::plugin, folder.string() + ": is not an absolute path");
  }
  check_one(folder, false);
  auto ancestor = folder;
  while (ancestor != ancestor.parent_path()) {
    ancestor = ancestor.parent_path();
    check_one(ancestor, true);
  }
}

void check_trusted_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file, error))) {
    throw Error(Layer::plugin, file.string() + ": is not a regular file");
  }
  check_one(file, false);
}

}  // namespace pintle::loading
