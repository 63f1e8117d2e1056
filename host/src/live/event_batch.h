// What came in one go, kept for a thread that takes it later: the texts in one piece of memory.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <pintle/core/error.h>
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
  const Item* next();

 private:
  struct Stored {
    LiveEvent event;
    std::size_t begin = 0;  // of its texts
    Done done{};
    CallResult::Kind result{};
  };

  std::string texts_;
  std::vector<Stored> stored_;
  std::deque<LiveState> states_;  // does not move what it holds
  std::deque<Error> errors_;
  std::size_t taken_ = 0;
  Item item_;
};

}  // namespace pintle::live
