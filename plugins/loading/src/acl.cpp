// SPDX-License-Identifier: Apache-2.0
#include "acl.h"

#include <cstdint>
#include <cstring>
#include <endian.h>

namespace pintle::loading {
namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::uint16_t kWrite = 2;
enum Tag : std::uint16_t {
  kNamedUser = 0x02,
  kOwningGroup = 0x04,
  kNamedGroup = 0x08,
  kMask = 0x10
};

struct Entry {
  std::uint16_t tag;
  std::uint16_t permissions;
  std::uint32_t id;
};
static_assert(sizeof(Entry) == 8);

Entry entry_at(std::string_view bytes) {
  Entry entry{};
  std::memcpy(&entry, bytes.data(), sizeof entry);
  return {le16toh(entry.tag), le16toh(entry.permissions), le32toh(entry.id)};
}

}  // namespace

std::optional<AclWriters> read_acl(std::string_view bytes, uid_t user) {
  std::uint32_t version = 0;
  if (bytes.size() < sizeof version || (bytes.size() - sizeof version) % sizeof(Entry) != 0) {
    return std::nullopt;
  }
  std::memcpy(&version, bytes.data(), sizeof version);
  if (le32toh(version) != kVersion) return std::nullopt;
  bytes.remove_prefix(sizeof version);

  AclWriters writers;
  bool mask = true;  // without a mask entry no permission is removed
  for (; !bytes.empty(); bytes.remove_prefix(sizeof(Entry))) {
    const auto entry = entry_at(bytes);
    const bool writes = (entry.permissions & kWrite) != 0;
    if (entry.tag == kMask) mask = writes;
    if (entry.tag == kOwningGroup) writers.owning_group = writes;
    if (entry.tag == kNamedUser && entry.id != 0 && entry.id != user) writers.others |= writes;
    if (entry.tag == kNamedGroup && entry.id != 0) writers.others |= writes;
  }
  return mask ? writers : AclWriters{};
}

}  // namespace pintle::loading
