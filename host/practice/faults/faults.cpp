// SPDX-License-Identifier: Apache-2.0
#include "practice/faults/faults.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::practice {
namespace {

constexpr std::pair<FaultKind, std::string_view> kNames[] = {
    {FaultKind::delay, "delay"},
    {FaultKind::drop, "drop"},
    {FaultKind::status, "status"},
    {FaultKind::html, "html"},
    {FaultKind::redirect, "redirect"},
    {FaultKind::wrong_host, "wrong_host"},
    {FaultKind::detail, "detail"},
    {FaultKind::too_many, "too_many"},
    {FaultKind::echo, "echo"},
    {FaultKind::plain_get, "plain_get"},
    {FaultKind::lose_answer, "lose_answer"},
    {FaultKind::drop_mid_header, "drop_mid_header"},
    {FaultKind::truncated_length, "truncated_length"},
    {FaultKind::truncated_chunks, "truncated_chunks"},
    {FaultKind::slow_body, "slow_body"},
    {FaultKind::huge_body, "huge_body"},
    {FaultKind::close_after, "close_after"},
    {FaultKind::not_json, "not_json"},
    {FaultKind::provider_down, "provider_down"},
    {FaultKind::ws_drop, "ws_drop"},
    {FaultKind::ws_half_open, "ws_half_open"},
    {FaultKind::ws_malformed, "ws_malformed"},
    {FaultKind::ws_bad_frame, "ws_bad_frame"},
    {FaultKind::ws_huge_frame, "ws_huge_frame"},
    {FaultKind::ws_close, "ws_close"},
    {FaultKind::ws_echo, "ws_echo"},
    {FaultKind::greet_refuse, "greet_refuse"},
    {FaultKind::greet_drop, "greet_drop"},
    {FaultKind::greet_chatter, "greet_chatter"},
    {FaultKind::greet_delay, "greet_delay"},
    {FaultKind::greet_empty_frames, "greet_empty_frames"},
};

bool is_greeting(FaultKind kind) { return kind >= FaultKind::greet_refuse; }
bool is_ws(FaultKind kind) { return kind >= FaultKind::ws_drop && !is_greeting(kind); }
bool is_request(FaultKind kind) { return kind < FaultKind::provider_down; }

bool hits(const Fault& fault, std::string_view path) {
  return fault.count != 0 && path.starts_with(fault.path);
}

Fault count_down(Fault& fault) {
  if (fault.count > 0) --fault.count;
  return fault;
}

// A misspelt key would leave its value out silently.
void check_keys(const Poco::JSON::Object& object) {
  constexpr std::string_view kKeys[] = {"kind", "path", "count", "value", "text"};
  for (const auto& name : object.getNames()) {
    if (std::ranges::find(kKeys, name) != std::end(kKeys)) continue;
    throw Error(Layer::config, "a fault has no key \"" + printable(name, 40) + "\"")
        .with_hint("Its keys are kind, path, count, value and text.");
  }
}

Fault fault_from_json(const Poco::JSON::Object& object) {
  check_keys(object);
  Fault fault(FaultKind::drop);
  const auto kind = object.getValue<std::string>("kind");
  bool known = false;
  for (const auto& [value, name] : kNames) {
    if (name != kind) continue;
    fault.kind = value;
    known = true;
  }
  if (!known) throw Error(Layer::config, "there is no fault \"" + printable(kind) + "\"");
  // getValue throws if the type differs; optValue would hide it.
  if (object.has("path")) fault.path = object.getValue<std::string>("path");
  if (object.has("count")) fault.count = object.getValue<Poco::Int64>("count");
  if (object.has("value")) fault.value = object.getValue<Poco::Int64>("value");
  if (object.has("text")) fault.text = object.getValue<std::string>("text");
  return fault;
}

}  // namespace

std::string_view name_of(FaultKind kind) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == kind) return name;
  }
  return "";
}

void FaultBoard::set(std::vector<Fault> faults) {
  const MutexLock lock(mutex_);
  faults_ = std::move(faults);
}

FaultBoard::Taken FaultBoard::take(std::string_view path) {
  const MutexLock lock(mutex_);
  Taken taken;
  for (auto& fault : faults_) {
    if (!is_request(fault.kind) || !hits(fault, path)) continue;
    if (fault.kind == FaultKind::delay) {
      taken.delay_ms += count_down(fault).value;
    } else if (!taken.fault) {
      taken.fault = count_down(fault);
    }
  }
  return taken;
}

std::optional<Fault> FaultBoard::take_ws(std::string_view path, std::int64_t messages) {
  const MutexLock lock(mutex_);
  for (auto& fault : faults_) {
    if (!is_ws(fault.kind) || fault.kind == FaultKind::ws_half_open || !hits(fault, path)) continue;
    if (fault.kind == FaultKind::ws_drop && messages < fault.value) continue;
    return count_down(fault);
  }
  return std::nullopt;
}

std::optional<Fault> FaultBoard::take_greeting(std::string_view path) {
  const MutexLock lock(mutex_);
  for (auto& fault : faults_) {
    if (is_greeting(fault.kind) && hits(fault, path)) return count_down(fault);
  }
  return std::nullopt;
}

bool FaultBoard::half_open(std::string_view path) const {
  const MutexLock lock(mutex_);
  for (const auto& fault : faults_) {
    if (fault.kind == FaultKind::ws_half_open && hits(fault, path)) return true;
  }
  return false;
}

bool FaultBoard::provider_down(std::string_view provider) const {
  const MutexLock lock(mutex_);
  for (const auto& fault : faults_) {
    if (fault.kind == FaultKind::provider_down && fault.count != 0 &&
        (fault.text.empty() || fault.text == provider)) {
      return true;
    }
  }
  return false;
}

std::vector<Fault> faults_from_json(const std::string& text) {
  try {
    Poco::JSON::Parser parser;
    const auto json = parser.parse(text);
    if (json.type() != typeid(Poco::JSON::Array::Ptr)) {
      throw Error(Layer::config, "the faults are not a JSON list of objects");
    }
    const auto& list = json.extract<Poco::JSON::Array::Ptr>();
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const auto object = list->getObject(static_cast<unsigned>(i));
      if (!object) throw Error(Layer::config, "each fault is an object with a kind");
      faults.push_back(fault_from_json(*object));
    }
    return faults;
  } catch (const Poco::Exception& wrong) {
    throw Error(Layer::config,
                "the faults are not a JSON list of objects" +
                    (wrong.message().empty() ? "" : ": " + printable(wrong.message())));
  }
}

}  // namespace pintle::practice
