// SPDX-License-Identifier: Apache-2.0
#include "commands/call/body_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pintle::cli {
namespace {

namespace fs = std::filesystem;

Error cannot_read(const std::string& name, int error_number) {
  return Error(Layer::store, "cannot read " + name + ": " + std::strerror(error_number))
      .with_user_action();
}

// The file itself where a symbolic link leads to it: the link is to stay one.
std::string behind_links(const std::string& name) {
  std::error_code none;
  const auto file = fs::canonical(name, none);
  return none ? fs::absolute(name).string() : file.string();
}

// The mode that a new file gets.
mode_t new_mode() noexcept {
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

std::unique_ptr<FileSource> FileSource::open(const std::string& name, OnMoved on_moved) {
  const bool is_input = name == "-";
  const int fd = is_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                          : ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw cannot_read(is_input ? "standard input" : name, errno);
  auto source = std::unique_ptr<FileSource>(
      new FileSource(fd, is_input ? "standard input" : name, std::move(on_moved)));
  struct stat found {};
  if (::fstat(fd, &found) != 0) throw cannot_read(source->name_, errno);
  if (S_ISDIR(found.st_mode)) throw cannot_read(source->name_, EISDIR);
  const auto begin = ::lseek(fd, 0, SEEK_CUR);
  if (!S_ISREG(found.st_mode) || begin < 0) return nullptr;
  source->begin_ = static_cast<std::uint64_t>(begin);
  if (found.st_size > begin) source->size_ = static_cast<std::uint64_t>(found.st_size - begin);
  return source;
}

FileSource::FileSource(int fd, std::string name, OnMoved on_moved)
    : file_(fd), name_(std::move(name)), on_moved_(std::move(on_moved)) {}

std::size_t FileSource::read(std::span<char> buffer) {
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw cannot_read(name_, errno);
  moved_ += static_cast<std::uint64_t>(got);
  on_moved_(moved_, size_);
  return static_cast<std::size_t>(got);
}

bool FileSource::rewind() {
  moved_ = 0;
  return ::lseek(file_.get(), static_cast<off_t>(begin_), SEEK_SET) >= 0;
}

FileSink::FileSink(std::string file, Accepts accepts, OnMoved on_moved)
    : name_(std::move(file)),
      file_(behind_links(name_)),
      accepts_(std::move(accepts)),
      on_moved_(std::move(on_moved)) {
  struct stat found {};
  const bool exists = ::stat(file_.c_str(), &found) == 0;
  if (exists && S_ISDIR(found.st_mode)) throw failed(EISDIR);
  if (exists && !S_ISREG(found.st_mode)) {
    device_ = UniqueFd(::open(file_.c_str(), O_WRONLY | O_CLOEXEC));
    if (!device_) throw failed(errno);
    return;
  }
  if (!fs::exists(fs::path(file_).parent_path())) throw failed(ENOENT);
  unfinished_ = std::make_unique<ReservedFile>(file_, 0);
  ::fchmod(unfinished_->descriptor(), exists ? found.st_mode & 07777 : new_mode());
}

bool FileSink::accepts(const HttpResponse& head) {
  has_answer_ = accepts_(head);
  if (const auto length = head.headers.find("Content-Length"); has_answer_ && length) {
    std::from_chars(length->data(), length->data() + length->size(), whole_);
  }
  return has_answer_;
}

void FileSink::write(std::string_view piece) {
  moved_ += piece.size();
  if (unfinished_) {
    unfinished_->append(piece);
    piece = {};
  }
  while (!piece.empty()) {
    const auto put = ::write(device_.get(), piece.data(), piece.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw failed(errno);
    piece.remove_prefix(static_cast<std::size_t>(put));
  }
  on_moved_(moved_, whole_);
}

void FileSink::commit() {
  if (unfinished_) return unfinished_->commit();
  if (device_.close() != 0) throw failed(errno);
}

Error FileSink::failed(int error_number) const {
  return Error(Layer::store, "cannot write " + name_ + ": " + std::strerror(error_number))
      .with_user_action();
}

}  // namespace pintle::cli
