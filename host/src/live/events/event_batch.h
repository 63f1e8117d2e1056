// SPDX-License-Identifier: Apache-2.0
//
// The events of one read round, stored for another thread, with their texts in one block of memory.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/live.h>

namespace pintle::live {

using Done = std::function<void(const CallResult&)>;

class EventBatch {
 public:
  void add(const LiveEvent& event);
  void add(Done done, const CallResult& result);

  bool empty() const noexcept { return stored_.empty(); }
  /// Returns its approximate memory, in bytes.
  std::size_t bytes() const noexcept;

  /// Returns the next one; nothing after the last. It points into the batch.
  struct Item {
    LiveEvent event;
    const Done* done = nullptr;  ///< Then `result` counts, not `event`.
    CallResult result{};
  };
  std::optional<Item> next();

 private:
  struct Stored {
    LiveEvent event;
    std::size_t begin = 0;  // of its texts
    Done done{};
    CallResult::Kind result{};
  };

  std::string texts_;
  std::vector<Stored> stored_;
  std::vector<std::unique_ptr<LiveState>> states_;
  std::vector<std::unique_ptr<Error>> errors_;
  std::size_t state_bytes_ = 0;  // of states and errors
  std::size_t taken_ = 0;
};

}  // namespace pintle::live
