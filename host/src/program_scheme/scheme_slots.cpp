// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/scheme_slots.h"

#include <array>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/mutex.h"
#include "program_scheme/guarded_call.h"

namespace pintle::program {
namespace {

struct Slot {
  std::weak_ptr<SlotUser> user;
  std::size_t scheme = 0;
  bool is_taken = false;
};

struct Slots {
  Mutex mutex;
  std::array<Slot, kSlots> list PINTLE_GUARDED_BY(mutex);
};

// Never destroyed: an app's static host may free a slot later.
Slots& slots() {
  static auto& made = *new Slots;
  return made;
}

struct Used {
  std::shared_ptr<SlotUser> user;
  std::size_t scheme;
};

Used use(std::size_t number) {
  auto& all = slots();
  const MutexLock lock(all.mutex);
  const auto& slot = all.list[number];
  auto user = slot.user.lock();
  if (!user) throw Error(Layer::plugin, "the scheme's program is no longer loaded");
  return {std::move(user), slot.scheme};
}

template <std::size_t kNumber>
std::int32_t match_in(const pintle_probe* probe, pintle_match* out, pintle_error* error) {
  std::int32_t code = PINTLE_OK;
  const auto failure = guarded_call(error, [&] {
    const auto used = use(kNumber);
    code = used.user->match(used.scheme, *probe, *out, error);
  });
  return failure != PINTLE_OK ? failure : code;
}

template <std::size_t kNumber>
std::int32_t open_in(const pintle_opening* opening, pintle_auth** out, pintle_error* error) {
  std::int32_t code = PINTLE_OK;
  const auto failure = guarded_call(error, [&] {
    const auto used = use(kNumber);
    code = used.user->open(used.scheme, *opening, *out, error);
  });
  return failure != PINTLE_OK ? failure : code;
}

struct Functions {
  decltype(pintle_scheme::match) match;
  decltype(pintle_scheme::open) open;
};

template <std::size_t... kNumbers>
constexpr std::array<Functions, sizeof...(kNumbers)> functions_of(
    std::index_sequence<kNumbers...>) {
  return {Functions{&match_in<kNumbers>, &open_in<kNumbers>}...};
}

constexpr auto kFunctions = functions_of(std::make_index_sequence<kSlots>());

}  // namespace

SchemeSlot::SchemeSlot(std::weak_ptr<SlotUser> user, std::size_t scheme) {
  auto& all = slots();
  const MutexLock lock(all.mutex);
  while (number_ < kSlots && all.list[number_].is_taken) ++number_;
  if (number_ == kSlots) {
    throw Error(Layer::plugin, "this process has loaded " + std::to_string(kSlots) +
                                   " schemes of programs, and can load no more");
  }
  all.list[number_] = {std::move(user), scheme, true};
}

SchemeSlot::~SchemeSlot() {
  auto& all = slots();
  const MutexLock lock(all.mutex);
  all.list[number_] = {};
}

decltype(pintle_scheme::match) SchemeSlot::match() const noexcept {
  return kFunctions[number_].match;
}

decltype(pintle_scheme::open) SchemeSlot::open() const noexcept { return kFunctions[number_].open; }

}  // namespace pintle::program
