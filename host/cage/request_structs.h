// SPDX-License-Identifier: Apache-2.0
//
// The structs of plugin.h, read from the parameters of a request (docs/scheme-protocol.md): what
// program_scheme/requests.h writes. Each is valid as long as the request's document and this.
//
// Everything here throws program::InvalidReply for a member of the wrong type. Threads: values.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/plugin.h>

#include "program_scheme/json_reader.h"

namespace pintle::cage {

/// What a struct points to.
class StructMemory {
 public:
  StructMemory() = default;
  StructMemory(const StructMemory&) = delete;
  StructMemory& operator=(const StructMemory&) = delete;

 protected:
  using Members = program::JsonMembers;
  using Views = std::vector<pintle_view>;
  using Fields = std::vector<pintle_field>;

  pintle_view bytes(const Members& object, const char* name);
  Views& views(const Members& object, const char* name);
  Fields& pairs(const Members& object, const char* name);

 private:
  std::deque<Secret> texts_;
  std::deque<Views> views_;
  std::deque<Fields> fields_;
};

class ProbeStruct : StructMemory {
 public:
  explicit ProbeStruct(const program::JsonMembers& probe);
  pintle_probe c{};
};

class OpeningStruct : StructMemory {
 public:
  explicit OpeningStruct(const program::JsonMembers& params);
  pintle_opening c{};

 private:
  std::optional<ProbeStruct> probe_;
  std::vector<pintle_field> settings_;
};

class RequestStruct : StructMemory {
 public:
  explicit RequestStruct(const program::JsonMembers& params);
  pintle_request c{};
};

class ResponseStruct : StructMemory {
 public:
  explicit ResponseStruct(const program::JsonMembers& params);
  pintle_response c{};
};

class BeginStruct : StructMemory {
 public:
  explicit BeginStruct(const program::JsonMembers& params);
  pintle_begin c{};
};

class AnswerStruct : StructMemory {
 public:
  explicit AnswerStruct(const program::JsonMembers& params);
  pintle_answer c{};

 private:
  void read_failure(const program::JsonMembers& failure);
  void read_fields(const program::JsonMembers& params);

  pintle_error error_{};
  std::vector<std::int64_t> expires_ms_;
};

}  // namespace pintle::cage
