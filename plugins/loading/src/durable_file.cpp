#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <pintle/core/error.h>
#include <pintle/loading/durable_file.h>

namespace pintle {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

Error failed(const std::string& what, const std::filesystem::path& file) {
  const int code = errno;
  Error error(Layer::store, "cannot " + what + " " + file.string() + ": " + std::strerror(code));
  if (code == ENOSPC || code == EDQUOT) {
    error.with_next("Free some space; what was stored before is still there.").with_person();
  } else if (code == EACCES || code == EPERM || code == EROFS) {
    error.with_next("Check who owns the file and its folder, and their modes.").with_person();
  }
  return error;
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t most) {
  // Not blocking: opening a pipe that nobody writes to would hang here.
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (in.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw failed("read", file);
  }
  struct stat facts {};
  if (::fstat(in.get(), &facts) != 0) throw failed("read", file);
  if (!S_ISREG(facts.st_mode)) {
    throw Error(Layer::store, file.string() + " is not a regular file");
  }
  std::string bytes(std::min(static_cast<std::size_t>(facts.st_size), most) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    if (size == bytes.size()) {
      if (size > most) break;
      bytes.resize(std::min(size * 2, most + 1));
    }
    const auto got = ::read(in.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw failed("read", file);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most) {
    throw Error(Layer::store, file.string() + " is larger than " + std::to_string(most) + " bytes");
  }
  bytes.resize(size);
  return bytes;
}

void write_file_durably(const std::filesystem::path& file, std::string_view bytes) {
  const auto folder = file.parent_path();
  if (!std::filesystem::exists(folder)) {
    if (!folder.parent_path().empty()) {
      std::error_code ignored;  // what is wrong shows at the next line
      std::filesystem::create_directories(folder.parent_path(), ignored);
    }
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw failed("make", folder);
  }
  // Hidden, and with an ending that a file's own name cannot have together with its dot: whoever
  // cleans up after a killed process knows it by that.
  std::string temporary = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  Descriptor out(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (out.get() < 0) throw failed("write", file);
  try {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const auto put = ::write(out.get(), rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) throw failed("write", file);
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(out.get()) != 0) throw failed("write", file);
    if (out.close() != 0) throw failed("write", file);
    if (::rename(temporary.c_str(), file.c_str()) != 0) throw failed("write", file);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0 || (::fsync(parent.get()) != 0 && errno != EINVAL)) {
    throw failed("sync the folder of", file);
  }
}

FileLock::FileLock(const std::filesystem::path& file, int most_ms) : fd_(-1) {
  const auto folder = file.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::exists(folder)) {
    std::filesystem::create_directories(folder.parent_path(), ignored);
    ::mkdir(folder.c_str(), 0700);
  }
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) throw failed("lock", file);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(most_ms);
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      const auto error = failed("lock", file);
      ::close(fd_);
      throw error;
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      ::close(fd_);
      throw Error(Layer::store, "another process has held " + file.string() + " locked for " +
                                    std::to_string(most_ms) + " ms")
          .with_retry();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace pintle
