// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <sys/mman.h>

#include <pintle/core/base/error.h>

#include "channel.h"

namespace pintle::conformance {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kStructs = 16;
constexpr std::size_t kTexts = 8192;
constexpr std::size_t kLarge = 6;
constexpr std::size_t kLargeSize = 2 << 20;

// The fault handler reads these: it can take no argument.
struct Regions {
  char* structs = nullptr;
  char* texts = nullptr;
  char* large = nullptr;
  std::size_t unmapped = 0;  // so many text slots from the first are inaccessible
  int fd = -1;
};
Regions regions;

constexpr std::size_t kStructBytes = kStructs * 2 * kPage;
constexpr std::size_t kTextBytes = kTexts * 2 * kPage;
constexpr std::size_t kLargeStride = kLargeSize + kPage;
constexpr std::size_t kLargeBytes = kLarge * kLargeStride;

// Slots of `size` bytes, each with an inaccessible page behind it.
char* map_slots(std::size_t count, std::size_t size) {
  const auto stride = size + kPage;
  void* at = ::mmap(nullptr, count * stride, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw Error(Layer::plugin, "cannot reserve memory for the test");
  auto* bytes = static_cast<char*>(at);
  for (std::size_t i = 0; i < count; ++i) {
    ::mprotect(bytes + i * stride + size, kPage, PROT_NONE);
  }
  return bytes;
}

bool is_in(const char* at, const char* region, std::size_t size) noexcept {
  return region != nullptr && at >= region && at < region + size;
}

void on_fault(int signal, siginfo_t* info, void*) noexcept {
  const auto* at = static_cast<const char*>(info->si_addr);
  if (is_in(at, regions.structs, kStructBytes)) {
    Channel::fatal(regions.fd, Rule::sizes);
  } else if (is_in(at, regions.texts, kTextBytes)) {
    const auto slot = static_cast<std::size_t>(at - regions.texts) / (2 * kPage);
    Channel::fatal(regions.fd, slot < regions.unmapped ? Rule::borrowed : Rule::views);
  } else if (is_in(at, regions.large, kLargeBytes)) {
    Channel::fatal(regions.fd, Rule::views);
  }
  // Again, and this time it ends the process.
  ::signal(signal, SIG_DFL);
}

void handle_faults() {
  static std::array<char, 64 * 1024> stack;  // the fault may be a stack that is used up
  stack_t alternative{};
  alternative.ss_sp = stack.data();
  alternative.ss_size = stack.size();
  ::sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigaction(SIGSEGV, &action, nullptr);
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

Memory::Memory(int channel_fd) {
  regions.fd = channel_fd;
  regions.structs = map_slots(kStructs, kPage);
  regions.texts = map_slots(kTexts, kPage);
  regions.large = map_slots(kLarge, kLargeSize);
  handle_faults();
}

Memory::~Memory() {
  ::munmap(regions.structs, kStructBytes);
  ::munmap(regions.texts, kTextBytes);
  ::munmap(regions.large, kLargeBytes);
  regions = {};
}

char* Memory::struct_end() {
  const auto slot = next_struct_++ % kStructs;
  return regions.structs + slot * 2 * kPage + kPage;
}

char* Memory::text_end(std::size_t size) {
  if (size <= kPage) {
    if (unmapped_ + next_text_ >= kTexts) return nullptr;
    return regions.texts + (unmapped_ + next_text_++) * 2 * kPage + kPage;
  }
  if (size > kLargeSize || next_large_ == kLarge) return nullptr;
  return regions.large + next_large_++ * kLargeStride + kLargeSize;
}

pintle_view Memory::text(std::string_view text) {
  if (text.empty()) {
    if (empty_ == Empty::null) return {nullptr, 0};
    if (empty_ == Empty::readable) return {"", 0};
    return {regions.texts + kTextBytes - kPage, 0};  // the inaccessible page behind the last slot
  }
  char* end = text_end(text.size());
  if (end == nullptr) {
    spilled_.emplace_back(text);
    return {spilled_.back().data(), text.size()};
  }
  char* at = end - text.size();
  text.copy(at, text.size());
  used_.push_back({at, text.size()});
  return {at, text.size()};
}

void Memory::release(bool unmap) {
  for (const auto& used : used_) std::memset(used.at, 0xdb, used.size);
  for (auto& text : spilled_) std::memset(text.data(), 0xdb, text.size());
  if (unmap) {
    for (const auto& used : used_) {
      if (!is_in(used.at, regions.texts, kTextBytes)) continue;
      const auto slot = static_cast<std::size_t>(used.at - regions.texts) / (2 * kPage);
      ::mprotect(regions.texts + slot * 2 * kPage, kPage, PROT_NONE);
    }
    unmapped_ += next_text_;
    regions.unmapped = unmapped_;
  }
  used_.clear();
  spilled_.clear();
  next_text_ = next_large_ = next_struct_ = 0;
}

void Memory::restore() {
  for (std::size_t slot = 0; slot < unmapped_; ++slot) {
    ::mprotect(regions.texts + slot * 2 * kPage, kPage, PROT_READ | PROT_WRITE);
  }
  regions.unmapped = unmapped_ = 0;
}

}  // namespace pintle::conformance
