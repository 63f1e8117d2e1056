// SPDX-License-Identifier: Apache-2.0
#include "live/events/event_batch.h"

#include <utility>

namespace pintle::live {
namespace {

constexpr std::size_t kErrorBytes = 512;  // Approximate.

}  // namespace

void EventBatch::add(const LiveEvent& event) {
  auto& stored = stored_.emplace_back(Stored{event, texts_.size()});
  for (const auto text : {event.id_json, event.type, event.session_id, event.json, event.text}) {
    texts_ += text;
  }
  if (event.state != nullptr) {
    state_bytes_ += sizeof(LiveState) + event.state->greeting.size() + kErrorBytes;
    stored.event.state = states_.emplace_back(std::make_unique<LiveState>(*event.state)).get();
  }
  if (event.failure != nullptr) {
    state_bytes_ += kErrorBytes;
    stored.event.failure = errors_.emplace_back(std::make_unique<Error>(*event.failure)).get();
  }
}

void EventBatch::add(Done done, const CallResult& result) {
  LiveEvent event{.code = result.code, .json = result.json, .text = result.text};
  event.failure = result.error;
  add(event);
  stored_.back().done = std::move(done);
  stored_.back().result = result.kind;
}

std::size_t EventBatch::bytes() const noexcept {
  return texts_.size() + stored_.size() * sizeof(Stored) + state_bytes_;
}

std::optional<EventBatch::Item> EventBatch::next() {
  if (taken_ == stored_.size()) return std::nullopt;
  const auto& stored = stored_[taken_++];
  Item item{.event = stored.event, .done = stored.done ? &stored.done : nullptr};
  const char* at = texts_.data() + stored.begin;
  auto& event = item.event;
  for (auto* text : {&event.id_json, &event.type, &event.session_id, &event.json, &event.text}) {
    *text = {at, text->size()};
    at += text->size();
  }
  item.result = {stored.result, event.code, event.json, event.text, event.failure};
  return item;
}

}  // namespace pintle::live
