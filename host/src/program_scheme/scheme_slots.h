// SPDX-License-Identifier: Apache-2.0
//
// Functions of pintle_scheme that know which scheme they belong to.
//
// `open` and `match` have no context in plugin.h: a library has a function for each of its schemes.
// A scheme of a program has a slot, which has a pair of functions of its own.
//
// Threads: any, concurrently.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <pintle/plugin.h>

namespace pintle::program {

/// What a slot's functions call.
class SlotUser {
 public:
  virtual ~SlotUser() = default;
  virtual std::int32_t match(std::size_t scheme, const pintle_probe& probe, pintle_match& out,
                             pintle_error* error) noexcept = 0;
  virtual std::int32_t open(std::size_t scheme, const pintle_opening& opening, pintle_auth*& out,
                            pintle_error* error) noexcept = 0;
};

inline constexpr std::size_t kSlots = 128;

/// A reserved slot.
class SchemeSlot {
 public:
  /// Reserves a slot whose functions call `user` with the number `scheme`. Throws Error(plugin) if
  /// all kSlots are taken.
  SchemeSlot(std::weak_ptr<SlotUser> user, std::size_t scheme);
  SchemeSlot(const SchemeSlot&) = delete;
  SchemeSlot& operator=(const SchemeSlot&) = delete;
  /// Frees the slot: its functions then fail.
  ~SchemeSlot();

  decltype(pintle_scheme::match) match() const noexcept;
  decltype(pintle_scheme::open) open() const noexcept;

 private:
  std::size_t number_ = 0;
};

}  // namespace pintle::program
