// SPDX-License-Identifier: Apache-2.0
//
// Reading small files and writing them so that a crash at any moment leaves the old or the new one.
//
// Threads: functions without state. Errors: Error(store) that names the file and the reason.

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle {

/// The whole file, or nothing where there is none. A file larger than `most` bytes is an error, so
/// is one that is not a regular file.
std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t most);

/// The same from the descriptor of a file that is open at its beginning; `file` names it in an
/// error.
std::string read_open_file(int fd, const std::filesystem::path& file, std::size_t most);

/// What a file is to hold next, with room for it on the disk before it is known.
///
/// It lies beside the file under a name of its own, locked (flock), and holds zeros or random
/// bytes. What a killed process leaves of it is removed as that of `write_file_durably` is.
class ReservedFile {
 public:
  /// Makes sure that `bytes` bytes can be written, durably; 0: without a reservation. The file has
  /// mode 0600; a missing folder is made with mode 0700. Throws Error(store).
  ReservedFile(std::filesystem::path file, std::size_t bytes);
  ReservedFile(const ReservedFile&) = delete;
  ReservedFile& operator=(const ReservedFile&) = delete;
  /// Gives the room back if it was not used.
  ~ReservedFile();

  /// Adds to what the file is to hold. More than was reserved is written as long as the disk takes
  /// it. Throws Error(store).
  void append(std::string_view bytes);
  /// Syncs, renames over the file and syncs the folder; at most once. Throws Error(store), and then
  /// the old file is as it was.
  void commit();
  /// For other modes than 0600.
  int descriptor() const noexcept { return fd_; }

 private:
  std::filesystem::path file_;
  std::string temporary_;  // empty if it was renamed
  int fd_ = -1;
};

/// Writes beside the file, syncs, renames over it and syncs the folder. The file has mode 0600; a
/// missing folder is made with mode 0700. On an error (a full disk) the old file is as it was.
///
/// What killed processes left behind while they wrote the same file is removed after a success. A
/// file under way is locked by its writer (flock), so that no living process loses its own.
void write_file_durably(const std::filesystem::path& file, std::string_view bytes);

/// The files under way beside `file`: being written now, or left behind by a process that was
/// killed.
std::vector<std::filesystem::path> unfinished_writes(const std::filesystem::path& file);

/// The same file name for every process: an exclusive lock, held until this dies. Waits
/// `timeout_ms` at most and then throws Error(store). The lock is the kernel's (flock), so a killed
/// process leaves none behind.
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
