// SPDX-License-Identifier: Apache-2.0
#include "counters_output.h"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "output.h"

namespace pintle::cli {
namespace {

struct Single {
  const char* key;
  const char* label;
  std::uint64_t ConnectionCounters::*member;
};

constexpr Single kSingles[] = {
    {"connects", "TCP connections", &ConnectionCounters::connects},
    {"dials", "dials", &ConnectionCounters::dials},
    {"dials_failed", "dials failed", &ConnectionCounters::dials_failed},
    {"tickets_minted", "tickets minted", &ConnectionCounters::tickets_minted},
    {"refreshes", "session refreshes", &ConnectionCounters::refreshes},
    {"refreshes_failed", "session refreshes failed", &ConnectionCounters::refreshes_failed},
    {"bytes_sent", "bytes sent", &ConnectionCounters::bytes_sent},
    {"bytes_received", "bytes received", &ConnectionCounters::bytes_received},
    {"send_queue_peak_bytes", "largest send queue", &ConnectionCounters::send_queue_peak_bytes},
    {"receive_queue_peak_bytes", "largest receive queue",
     &ConnectionCounters::receive_queue_peak_bytes}};

// Calls `each` with every value of an enumeration that has counters.
template <class Key>
void for_each_key(std::size_t first, std::size_t count, const std::function<void(Key)>& each) {
  for (auto i = first; i < first + count; ++i) each(static_cast<Key>(i));
}
void for_each_status(const std::function<void(StatusClass)>& each) {
  for_each_key<StatusClass>(0, kStatusClasses, each);
}
void for_each_layer(const std::function<void(Layer)>& each) {
  // Not this folder's kFirstLayer, an exit code.
  for_each_key<Layer>(static_cast<std::size_t>(pintle::kFirstLayer),
                      static_cast<std::size_t>(pintle::kLastLayer), each);
}
void for_each_cause(const std::function<void(LossCause)>& each) {
  for_each_key<LossCause>(0, kLossCauses, each);
}

long long number_of(std::uint64_t value) { return static_cast<long long>(value); }

}  // namespace

std::string counters_json(const ConnectionCounters& counters) {
  JsonObject object;
  for (const auto& single : kSingles) object.number(single.key, number_of(counters.*single.member));
  const auto add_group = [&](const char* key, auto for_each) {
    JsonObject group;
    for_each([&](auto of) { group.number(name_of(of), number_of(counters[of])); });
    object.raw(key, group.str());
  };
  add_group("responses", for_each_status);
  add_group("request_errors", for_each_layer);
  add_group("losses", for_each_cause);
  return object.str();
}

void print_counters(std::span<const NamedCounters> connections) {
  std::vector<std::string> heads = {"COUNTER"};
  for (const auto& one : connections) heads.push_back(one.connection);
  Table table(std::move(heads));
  const auto add = [&](const std::string& label, auto value_of) {
    std::vector<std::string> row = {label};
    bool is_any = false;
    for (const auto& one : connections) {
      const std::uint64_t value = value_of(one.counters);
      is_any = is_any || value != 0;
      row.push_back(std::to_string(value));
    }
    if (is_any) table.add(std::move(row));
  };
  const auto add_group = [&](const char* label, auto for_each) {
    for_each([&](auto of) {
      add(std::string(label) + " " + std::string(name_of(of)),
          [of](const ConnectionCounters& counters) { return counters[of]; });
    });
  };
  add_group("responses", for_each_status);
  add_group("request errors,", for_each_layer);
  add_group("losses,", for_each_cause);
  for (const auto& single : kSingles) {
    add(single.label, [&](const ConnectionCounters& counters) { return counters.*single.member; });
  }
  print_line("");
  table.print();
}

}  // namespace pintle::cli
