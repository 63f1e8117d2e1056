// SPDX-License-Identifier: Apache-2.0
#include "needed_libraries_linux.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::cage {
namespace {

constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxNeeded = 64;

// The bytes of a file, read with checks: they may be hostile.
class ElfFile {
 public:
  explicit ElfFile(int fd) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0 || facts.st_size <= 0) return;
    size_ = static_cast<std::size_t>(facts.st_size);
    mapped_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped_ == MAP_FAILED) {
      size_ = 0;
    } else {
      bytes_ = static_cast<const char*>(mapped_);
    }
  }
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile() {
    if (size_ > 0) ::munmap(mapped_, size_);
  }

  template <class Struct>
  std::optional<Struct> at(std::uint64_t offset) const {
    if (offset > size_ || size_ - offset < sizeof(Struct)) return std::nullopt;
    Struct read{};
    std::memcpy(&read, bytes_ + offset, sizeof(Struct));
    return read;
  }

  std::string text_at(std::uint64_t offset) const {
    if (offset >= size_) return {};
    const std::string_view rest(bytes_ + offset, size_ - offset);
    const auto end = rest.substr(0, kMaxName).find('\0');
    return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
  }

 private:
  void* mapped_ = nullptr;
  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
};

struct Segments {
  std::vector<ElfW(Phdr)> loaded;
  std::optional<ElfW(Phdr)> dynamic;

  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const auto& segment : loaded) {
      if (address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
        return segment.p_offset + (address - segment.p_vaddr);
      }
    }
    return std::nullopt;
  }
};

Segments segments_of(const ElfFile& file) {
  Segments segments;
  const auto head = file.at<ElfW(Ehdr)>(0);
  constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
      head->e_ident[EI_CLASS] != kClass || head->e_phentsize != sizeof(ElfW(Phdr))) {
    return segments;
  }
  segments.loaded.reserve(head->e_phnum);
  for (std::size_t i = 0; i < head->e_phnum; ++i) {
    const auto segment = file.at<ElfW(Phdr)>(head->e_phoff + i * sizeof(ElfW(Phdr)));
    if (!segment) break;
    if (segment->p_type == PT_LOAD) segments.loaded.push_back(*segment);
    if (segment->p_type == PT_DYNAMIC) segments.dynamic = segment;
  }
  return segments;
}

// dlopen with RTLD_NOLOAD would look for the file first, at each start.
bool has_openssl() {
  const auto is_it = [](dl_phdr_info* library, std::size_t, void*) {
    const std::string_view path = library->dlpi_name;
    return path.find("/libcrypto.so") == std::string_view::npos ? 0 : 1;
  };
  return ::dl_iterate_phdr(is_it, nullptr) != 0;
}

// OpenSSL reads its configuration at its first use, which would be inside.
void prepare_openssl() {
  if (!has_openssl()) return;
  using Init = int (*)(std::uint64_t, const void*);
  constexpr std::uint64_t kLoadConfig = 0x40;
  void* handle = ::dlopen("libcrypto.so.3", RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
  if (handle == nullptr) return;
  if (auto* init = reinterpret_cast<Init>(::dlsym(handle, "OPENSSL_init_crypto"))) {
    init(kLoadConfig, nullptr);
  }
}

}  // namespace

std::vector<std::string> needed_libraries(int fd) {
  const ElfFile file(fd);
  const auto segments = segments_of(file);
  std::vector<std::string> names;
  if (!segments.dynamic) return names;
  std::vector<std::uint64_t> offsets;
  std::optional<std::uint64_t> texts;
  for (std::uint64_t i = 0; i < segments.dynamic->p_filesz / sizeof(ElfW(Dyn)); ++i) {
    const auto entry = file.at<ElfW(Dyn)>(segments.dynamic->p_offset + i * sizeof(ElfW(Dyn)));
    if (!entry || entry->d_tag == DT_NULL) break;
    if (entry->d_tag == DT_STRTAB) texts = segments.offset_of(entry->d_un.d_ptr);
    if (entry->d_tag == DT_NEEDED && offsets.size() < kMaxNeeded) {
      offsets.push_back(entry->d_un.d_val);
    }
  }
  if (!texts) return names;
  names.reserve(offsets.size());
  for (const auto offset : offsets) {
    if (auto name = file.text_at(*texts + offset); !name.empty()) names.push_back(std::move(name));
  }
  return names;
}

void open_needed_libraries(int fd) {
  for (const auto& name : needed_libraries(fd)) {
    const bool is_path = name.find('/') != std::string::npos;
    if (!is_path && ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) continue;
    throw Error(Layer::plugin, "needs the library " + printable(name, kMaxName) +
                                   ", which is in no library folder of this system")
        .with_user_action()
        .with_hint(
            "Link it statically: a caged library finds no other beside it. Or set \"cage\": "
            "\"never\" in plugins.json if you trust this library.");
  }
  prepare_openssl();
}

}  // namespace pintle::cage
