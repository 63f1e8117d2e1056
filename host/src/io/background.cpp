// SPDX-License-Identifier: Apache-2.0
#include "io/background.h"

#include <cstddef>
#include <utility>

#include "io/pool.h"

namespace pintle {
namespace {

// One for each operation in progress; most of them wait for a gateway, or for a user.
constexpr std::size_t kMaxOperations = 256;

}  // namespace

bool run_in_background(live::Task task) {
  // Never destroyed: its last user may be one of its own threads. Idle threads end by themselves.
  static auto& pool = *new live::Pool(kMaxOperations);
  return pool.run(std::move(task));
}

}  // namespace pintle
