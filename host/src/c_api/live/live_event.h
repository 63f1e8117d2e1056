// SPDX-License-Identifier: Apache-2.0
//
// What comes on a live connection, as the C struct.
//
// Threads: a value each; it points into what it was made from, and dies before that.

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
  pintle_error failure_;  // only filled where it is pointed to: it is large
};

std::uint32_t number_of(LiveState::Kind kind) noexcept;

}  // namespace pintle::c_api
