#include "body_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pintle::program {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxTries = 100;

Error cannot_read(const std::string& name, int error_number) {
  return Error(Layer::config, "cannot read " + name + ": " + std::strerror(error_number))
      .with_person();
}

// The file itself where a symbolic link leads to it: the link is to stay one.
std::string behind_links(const std::string& name) {
  std::error_code none;
  const auto file = fs::canonical(name, none);
  return none ? name : file.string();
}

// ".NAME.PID-N.part" in the file's own folder: a rename cannot cross file systems.
std::string temporary_name(const std::string& file, int number) {
  const fs::path path(file);
  auto name = "." + path.filename().string().substr(0, 200) + "." + std::to_string(::getpid()) +
              "-" + std::to_string(number) + ".part";
  return (path.parent_path() / name).string();
}

}  // namespace

File::~File() { close(); }

int File::close() noexcept {
  const int fd = std::exchange(fd_, -1);
  return fd < 0 || ::close(fd) == 0 ? 0 : errno;
}

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

std::size_t FileSource::read(std::span<char> room) {
  ssize_t got = 0;
  do {
    got = ::read(file_.fd(), room.data(), room.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw cannot_read(name_, errno);
  moved_ += static_cast<std::uint64_t>(got);
  on_moved_(moved_, size_);
  return static_cast<std::size_t>(got);
}

bool FileSource::rewind() {
  moved_ = 0;
  return ::lseek(file_.fd(), static_cast<off_t>(begin_), SEEK_SET) >= 0;
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
    out_ = std::make_unique<File>(::open(file_.c_str(), O_WRONLY | O_CLOEXEC));
    if (out_->fd() < 0) throw failed(errno);
    return;
  }
  for (int number = 0;; ++number) {
    const auto name = temporary_name(file_, number);
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST && number < kMaxTries) continue;
    if (fd < 0) throw failed(errno);
    out_ = std::make_unique<File>(fd);
    temporary_ = name;
    if (exists) ::fchmod(fd, found.st_mode & 07777);
    return;
  }
}

FileSink::~FileSink() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool FileSink::accepts(const HttpResponse& head) {
  has_answer_ = accepts_(head);
  if (const auto length = head.headers.find("Content-Length"); has_answer_ && length) {
    std::from_chars(length->data(), length->data() + length->size(), whole_);
  }
  return has_answer_;
}

void FileSink::write(std::string_view piece) {
  while (!piece.empty()) {
    const auto put = ::write(out_->fd(), piece.data(), piece.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw failed(errno);
    piece.remove_prefix(static_cast<std::size_t>(put));
    moved_ += static_cast<std::uint64_t>(put);
  }
  on_moved_(moved_, whole_);
}

void FileSink::commit() {
  // A disk may be found full only when the bytes get there.
  if (!temporary_.empty() && ::fsync(out_->fd()) != 0) throw failed(errno);
  if (const int error = out_->close(); error != 0) throw failed(error);
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), file_.c_str()) != 0) throw failed(errno);
  temporary_.clear();
}

Error FileSink::failed(int error_number) const {
  Error error(Layer::store, "cannot write " + name_ + ": " + std::strerror(error_number));
  error.with_person();
  if (error_number == ENOSPC || error_number == EDQUOT) {
    error.with_next("Free space there, or name a file on another disk with --output.");
  }
  return error;
}

}  // namespace pintle::program
