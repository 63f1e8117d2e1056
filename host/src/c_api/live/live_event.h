// SPDX-License-Identifier: Apache-2.0
//
// Converts an event, state or result of a live connection to the C struct.
//
// The struct points into its source, which must outlive it.
//
// Threads: each is a value.

#pragma once

#include <pintle/live.h>
#include <pintle/pintle.h>

namespace pintle::c_api {

class EventView {
 public:
  explicit EventView(const LiveEvent& event);
  explicit EventView(const LiveState& state);
  explicit EventView(const CallResult& result);
  EventView(const EventView&) = delete;
  EventView& operator=(const EventView&) = delete;

  const pintle_event& get() const noexcept { return event_; }

 private:
  EventView() noexcept { event_.struct_size = sizeof(event_); }
  void put(const LiveState& state);
  void put(const Error* why);

  pintle_event event_{};
  pintle_error failure_;  // only filled if event_ points to it: it is large
};

std::uint32_t number_of(LiveState::Kind kind) noexcept;

}  // namespace pintle::c_api
