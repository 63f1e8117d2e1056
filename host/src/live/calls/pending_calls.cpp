// SPDX-License-Identifier: Apache-2.0
#include "live/calls/pending_calls.h"

#include <algorithm>

namespace pintle::live {

void PendingCalls::add(PendingCall call, bool ahead) {
  const auto id = call.id;
  unsent_bytes_ += call.text.size();
  if (call.on_loop) ++waited_for_;
  if (call.due != kNever) dues_.emplace(call.due, id);
  calls_.emplace(id, std::move(call));
  if (ahead) {
    unsent_.push_front(id);
  } else {
    unsent_.push_back(id);
  }
}

PendingCall* PendingCalls::next_unsent() {
  while (!unsent_.empty()) {
    if (auto* call = find(unsent_.front())) return call;
    unsent_.pop_front();
  }
  return nullptr;
}

void PendingCalls::sent(PendingCall& call) {
  unsent_.pop_front();
  unsent_bytes_ -= call.text.size();
  call.sent = true;
  if (!call.idempotent) call.text = {};
}

PendingCall* PendingCalls::find(std::int64_t id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

std::optional<PendingCall> PendingCalls::take(std::int64_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return std::nullopt;
  auto call = std::move(found->second);
  calls_.erase(found);
  if (call.due != kNever) dues_.erase({call.due, id});
  if (call.on_loop) --waited_for_;
  if (!call.sent) {
    unsent_bytes_ -= call.text.size();
    // Remove cancelled requests.
    if (unsent_.size() > 2 * calls_.size() + 64) {
      unsent_.remove_if([this](std::int64_t one) { return !calls_.contains(one); });
    }
  }
  return call;
}

std::optional<PendingCall> PendingCalls::take_due(TimePoint now) {
  if (dues_.empty() || dues_.begin()->first > now) return std::nullopt;
  return take(dues_.begin()->second);
}

TimePoint PendingCalls::next_due() const { return dues_.empty() ? kNever : dues_.begin()->first; }

std::vector<PendingCall> PendingCalls::dropped() {
  std::vector<std::int64_t> again;
  std::vector<std::int64_t> lost;
  for (auto& [id, call] : calls_) {
    if (call.sent) (call.idempotent ? again : lost).push_back(id);
  }
  std::sort(again.begin(), again.end(), std::greater<>());
  for (const auto id : again) {
    auto& call = *find(id);
    call.sent = false;
    unsent_bytes_ += call.text.size();
    unsent_.push_front(id);
  }
  std::sort(lost.begin(), lost.end());
  std::vector<PendingCall> given;
  given.reserve(lost.size());
  for (const auto id : lost) given.push_back(*take(id));
  return given;
}

std::vector<PendingCall> PendingCalls::take_all() {
  std::vector<std::int64_t> ids;
  ids.reserve(calls_.size());
  for (const auto& [id, call] : calls_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  std::vector<PendingCall> given;
  given.reserve(ids.size());
  for (const auto id : ids) given.push_back(*take(id));
  unsent_.clear();
  return given;
}

}  // namespace pintle::live
