// SPDX-License-Identifier: Apache-2.0
//
// What a scheme program replies (docs/scheme-protocol.md), read from JSON.
//
// Everything here throws InvalidReply for what violates the protocol. Threads: values.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/loading/manifest.h>
#include <pintle/plugin.h>

#include "program_scheme/json_reader.h"

namespace pintle::program {

/// The version of the protocol, compared in hello.
inline constexpr int kProtocol = 1;

/// The longest session, as its JSON: the next `open` has to fit into a line, too.
inline constexpr std::size_t kMaxSession = 256 * 1024;

/// Returns the id of a reply, or nothing if `line` is none: a JSON object with "id" and either
/// "result", an object, or "error", an object.
std::optional<std::uint64_t> id_of_reply(std::string_view line);

/// A reply, before its members are read.
class Reply {
 public:
  explicit Reply(const Secret& line) : document_(line.reveal()) {}

  /// Returns the error that the program replied with.
  std::optional<Error> error() const;
  /// Returns the new session bytes, if the reply has some: an error may have them, too. Throws if
  /// they are longer than kMaxSession.
  std::optional<Secret> session() const;
  JsonMembers result() const { return object_in(document_.root(), "result"); }

 private:
  JsonDocument document_;
};

/// What a scheme has beyond its manifest.
struct SchemeTraits {
  bool signs = false;
  bool matches = false;
  bool by_target = false;  ///< A decoration is for one method and path.
  std::optional<std::vector<std::int32_t>> observed_statuses;  ///< None: all.
};

struct HelloReply {
  loading::Manifest manifest;
  std::vector<SchemeTraits> traits;  ///< Of each scheme of the manifest.
};
HelloReply read_hello(const JsonMembers& result);

struct MatchReply {
  std::int32_t score = 0;
  std::string reason;
};
MatchReply read_match(const JsonMembers& result);

struct DecorationReply {
  using Pairs = std::vector<std::pair<std::string, Secret>>;

  Pairs headers;
  Pairs query;
  std::int64_t valid_until_ms = 0;
  std::uint64_t credential = 0;  ///< Below kCredentialEnd.
};
inline constexpr std::uint64_t kCredentialEnd = std::uint64_t{1} << 40;
DecorationReply read_decoration(const JsonMembers& result);

struct ObservationReply {
  bool retry_once = false;
  std::optional<Error> needs_sign_in;
};
ObservationReply read_observation(const JsonMembers& result);

/// A step and the memory that it points to. Not movable: it points to itself.
class StepReply {
 public:
  explicit StepReply(const JsonMembers& result);
  StepReply(const StepReply&) = delete;
  StepReply& operator=(const StepReply&) = delete;

  const pintle_step& get() const noexcept { return step_; }

 private:
  pintle_view keep(Secret secret);
  pintle_view keep(std::string_view text) { return keep(Secret(text)); }
  void read_done(const JsonMembers& result);
  void read_http(const JsonMembers& result);
  void read_browser(const JsonMembers& result);
  void read_input(const JsonMembers& result);
  void read_exec(const JsonMembers& result);
  std::vector<pintle_view> keep_all(const std::vector<std::string_view>& texts);

  pintle_step step_{};
  std::deque<Secret> texts_;
  std::vector<pintle_field> fields_;
  std::vector<pintle_input> inputs_;
  std::vector<pintle_view> views_;
};

/// Returns displayable facts.
std::vector<std::pair<std::string, std::string>> read_facts(const JsonMembers& result);

}  // namespace pintle::program
