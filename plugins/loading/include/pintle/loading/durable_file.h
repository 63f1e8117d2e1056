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
/// `most_ms` at most and then throws Error(store). The lock is the kernel's (flock), so a killed
/// process leaves none behind.
class FileLock {
 public:
  FileLock(const std::filesystem::path& file, int most_ms);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  int fd_;
};

}  // namespace pintle
