// SPDX-License-Identifier: Apache-2.0
//
// What came in one go, kept for a thread that takes it later: the texts in one piece of memory.
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
  /// The memory that it holds for the app, about; in bytes.
  std::size_t bytes() const noexcept;

  /// One after another; nothing after the last. What it points to is the batch's.
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
  std::size_t told_bytes_ = 0;  // of states and errors
  std::size_t taken_ = 0;
};

}  // namespace pintle::live
