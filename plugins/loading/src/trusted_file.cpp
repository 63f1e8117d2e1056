// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>
#include <pintle/files/unique_fd.h>
#include <pintle/loading/trusted_file.h>

#include "access_list.h"

namespace pintle::loading {
namespace {

// Returns true if the group is this user's own and has no other member.
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

// The open file `fd` at `path`; for a parent folder only the path.
struct Checked {
  const std::filesystem::path& path;
  int fd = -1;
  bool is_ancestor = false;
};

void check_one(const Checked& checked, Layer layer) {
  const auto& path = checked.path;
  struct stat facts {};
  if ((checked.fd >= 0 ? ::fstat(checked.fd, &facts) : ::lstat(path.c_str(), &facts)) != 0) {
    throw Error(layer, path.string() + ": cannot be checked: " + std::strerror(errno));
  }
  const auto refuse = [&](const char* rule, const std::string& next) {
    return Error(layer, path.string() + " " + rule).with_hint(next).with_user_action();
  };
  if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
    throw refuse("belongs to another user, who could change it",
                 "Make it yours: chown, or use a folder that belongs to you or to root.");
  }
  const bool sticky_folder = checked.is_ancestor && (facts.st_mode & S_ISVTX) != 0;
  if (sticky_folder) return;  // others may create files in it but not change ours
  if ((facts.st_mode & S_IWOTH) != 0) {
    throw refuse("is writable by everyone", "Remove the permission: chmod o-w " + path.string());
  }
  // With a list, the mode's group bits are the list's mask.
  const auto acl = access_list_of(path, checked.fd, layer);
  if (acl && acl->others) {
    throw refuse("is writable by others through its access control list",
                 "Remove the permission: setfacl -b " + path.string());
  }
  const bool group_writes = acl ? acl->owning_group : (facts.st_mode & S_IWGRP) != 0;
  if (group_writes && facts.st_gid != 0 && !is_private_group(facts.st_gid)) {
    throw refuse("is writable by a group with other members",
                 "Remove the permission: chmod g-w " + path.string());
  }
}

// Non-blocking: opening a pipe without a writer would block.
UniqueFd open_for_check(const std::filesystem::path& file, Layer layer) {
  UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (opened.get() >= 0) return opened;
  if (errno == ELOOP) throw Error(layer, file.string() + ": is not a regular file");
  throw Error(layer, file.string() + ": cannot be read: " + std::strerror(errno))
      .with_user_action();
}

// Returns the file without symbolic links if its folder passes the check, nullopt if there is none.
// A link may point to another folder: anyone who can write to either controls what is used.
std::optional<std::filesystem::path> real_file(const std::filesystem::path& file, Layer layer) {
  std::error_code error;
  auto real = std::filesystem::canonical(file, error);
  if (error == std::errc::no_such_file_or_directory) return std::nullopt;
  if (error) throw Error(layer, file.string() + ": cannot be read: " + error.message());
  const auto folder = std::filesystem::canonical(file.parent_path(), error);
  if (error) throw Error(layer, file.string() + ": cannot be read: " + error.message());
  check_trusted_folder(folder, layer);
  if (folder != real.parent_path()) check_trusted_folder(real.parent_path(), layer);
  return real;
}

}  // namespace

void check_trusted_folder(const std::filesystem::path& folder, Layer layer) {
  if (!folder.is_absolute()) {
    throw Error(layer, folder.string() + ": is not an absolute path");
  }
  // From the root down: entries of a checked folder can no longer be replaced.
  std::filesystem::path walked;
  for (const auto& part : folder) {
    walked /= part;
    check_one({.path = walked, .is_ancestor = walked != folder}, layer);
  }
}

void check_trusted_file(int fd, const std::filesystem::path& file, Layer layer) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    throw Error(layer, file.string() + ": is not a regular file");
  }
  check_one({.path = file, .fd = fd}, layer);
}

void check_trusted_file(const std::filesystem::path& file, Layer layer) {
  const auto opened = open_for_check(file, layer);
  check_trusted_file(opened.get(), file, layer);
}

std::filesystem::path trusted_program(const std::filesystem::path& program, Layer layer) {
  const auto real = real_file(program, layer);
  if (real) check_trusted_file(*real, layer);
  return real.value_or(program);
}

std::optional<std::string> read_trusted_file(const std::filesystem::path& file,
                                             std::size_t max_bytes, Layer layer) {
  const auto real = real_file(file, layer);
  if (!real) return std::nullopt;
  const auto in = open_for_check(*real, layer);
  check_trusted_file(in.get(), *real, layer);
  return read_open_file(in.get(), file, max_bytes);
}

}  // namespace pintle::loading
