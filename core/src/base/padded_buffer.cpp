// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <simdjson.h>

#include <pintle/core/base/padded_buffer.h>

namespace pintle {

static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

namespace {

constexpr std::size_t kCopyBlock = 1024;

}  // namespace

PaddedBuffer::PaddedBuffer(PaddedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

PaddedBuffer& PaddedBuffer::operator=(PaddedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

PaddedBuffer::~PaddedBuffer() { std::free(data_); }

std::span<char> PaddedBuffer::prepare(std::size_t size) {
  if (size > capacity_ - size_ || data_ == nullptr) {
    const auto max = static_cast<std::size_t>(-1) / 4;
    if (size > max - std::min(max, size_)) throw std::bad_alloc();
    const auto capacity = std::max({size_ + size, size_ + size_ / 2, std::size_t{1024}});
    // realloc, because the C library remaps the pages of a large block instead of copying.
    auto* data = static_cast<char*>(std::realloc(data_, capacity + kPadding));
    if (data == nullptr) throw std::bad_alloc();
    data_ = data;
    capacity_ = capacity;
    std::memset(data_ + size_, 0, kPadding);
  }
  return {data_ + size_, capacity_ - size_};
}

void PaddedBuffer::commit(std::size_t size) noexcept {
  size_ += std::min(size, capacity_ - size_);
  if (data_ != nullptr) std::memset(data_ + size_, 0, kPadding);
}

void PaddedBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  auto* to = prepare(bytes.size()).data();
  commit(bytes.size());
  // In blocks: glibc copies more than 2 KiB with "rep movsb", which some processors do 30 times
  // slower where source and target lie at almost the same place in their pages.
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kCopyBlock, bytes.size()))) {
    to += bytes.copy(to, kCopyBlock);
  }
}

void PaddedBuffer::clear(std::size_t keep) noexcept {
  size_ = 0;
  if (capacity_ <= keep) return;
  std::free(std::exchange(data_, nullptr));
  capacity_ = 0;
}

}  // namespace pintle
