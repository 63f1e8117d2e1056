// SPDX-License-Identifier: Apache-2.0
//
// Reads small files, and writes them atomically: after a crash there is either the old or the new
// file.
//
// Threads: stateless functions. Errors: Error(store) that names the file and the reason.

/// @file
/// @snippet reference/files.cpp durable_file

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle {

/// Returns the whole file, or nullopt if it does not exist. Throws Error(store) if it is larger
/// than `max_bytes` bytes or not a regular file.
std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes);

/// Reads an open file in the same way; `fd` must be at its beginning. `file` names it in errors.
std::string read_open_file(int fd, const std::filesystem::path& file, std::size_t max_bytes);

/// Reserves disk space for the next contents of a file before they are known.
///
/// The space is a locked (flock) temporary file beside the file, filled with zeros or random bytes.
/// If the process is killed, it is removed in the same way as that of `write_file_durably`. The
/// lock is held until destruction, after `commit` on the file itself: see `remove_if_abandoned`.
class ReservedFile {
 public:
  /// Reserves `bytes` bytes durably; 0: no reservation. The file has mode 0600; a missing folder is
  /// created with mode 0700. Throws Error(store) on failure.
  ReservedFile(std::filesystem::path file, std::size_t bytes);
  ReservedFile(const ReservedFile&) = delete;
  ReservedFile& operator=(const ReservedFile&) = delete;
  /// Releases the space unless it was committed.
  ~ReservedFile();

  /// Appends to the new contents. May exceed the reservation if the disk has space. Throws
  /// Error(store) on failure.
  void append(std::string_view bytes);
  /// Syncs, renames over the file and syncs the folder; call at most once. Throws Error(store) on
  /// failure and leaves the old file unchanged.
  void commit();
  /// Returns the descriptor, to set a mode other than 0600.
  int descriptor() const noexcept { return fd_; }

 private:
  std::filesystem::path file_;
  std::string temporary_;  // empty once renamed
  int fd_ = -1;
};

/// Writes a temporary file beside `file`, syncs, renames over `file` and syncs the folder. The file
/// has mode 0600; a missing folder is created with mode 0700. Throws Error(store) on failure (a
/// full disk) and leaves the old file unchanged.
///
/// After a success, removes temporary files that killed processes left beside `file`. A writer
/// locks its temporary file (flock), so that a running process never loses its own.
void write_file_durably(const std::filesystem::path& file, std::string_view bytes);

/// Removes `file` if no process has locked it (flock), so that its writer has ended: for a file
/// that a ReservedFile holds for as long as its process runs. It must be a regular file of this
/// user. Returns true if it was removed.
bool remove_if_abandoned(const std::filesystem::path& file) noexcept;

/// Returns the temporary files beside `file`: being written now, or left by a killed process.
std::vector<std::filesystem::path> unfinished_writes(const std::filesystem::path& file);

/// An exclusive lock across processes that use the same file name, held until destruction. The
/// constructor blocks for at most `timeout_ms` and then throws Error(store). The lock is the
/// kernel's (flock), so a killed process leaves no lock.
class FileLock {
 public:
  FileLock(const std::filesystem::path& file, int timeout_ms);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  int fd_;
};

}  // namespace pintle
