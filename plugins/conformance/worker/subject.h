// SPDX-License-Identifier: Apache-2.0
//
// One auth of the tested scheme. Each call through its table is checked against the rules that hold
// for every call: results, messages, secrets, validity, the session's change.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/conformance/script.h>
#include <pintle/conformance/worker.h>
#include <pintle/plugin.h>
#include <pintle/plugin/sizes.h>

#include "channel.h"
#include "memory.h"
#include "secrets.h"
#include "step.h"

namespace pintle::conformance {

/// How large the structs of the host are.
enum class Sizes {
  today,
  v1_0,   ///< As in the frozen header of 1.0.
  larger  ///< As of a later minor: 64 bytes more, zeros.
};

/// What all auths of a run share.
struct World {
  World(Channel& its_channel, Memory& its_memory, const StartedProgram* its_program,
        std::uint64_t seed)
      : channel(its_channel),
        memory(its_memory),
        program(its_program),
        secrets(seed),
        random(seed ^ 0x5eed) {}

  Channel& channel;
  Memory& memory;
  const StartedProgram* program;  ///< Null: a library.
  Secrets secrets;
  Numbers random;
  std::int64_t now_ms = 1'790'000'000'000;
  Sizes sizes = Sizes::today;
  bool unmaps_input = false;  ///< After each call its input is inaccessible.
  bool too_small = false;     ///< Every struct has 8 bytes.
};

/// How an operation begins.
struct Beginning {
  std::uint32_t operation = 0;
  std::uint32_t flags = 0;
  std::string method{};
  std::string provider{};
  std::vector<std::string> given{};
};

class Subject {
 public:
  Subject(const pintle_scheme& scheme, World& world) : scheme_(scheme), world_(world) {}
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  ~Subject();

  void match(const Scenario& scenario, const std::string& base_url);
  bool open(const Scenario& scenario, const std::string& base_url, const std::string& session = {});
  bool is_open() const noexcept { return auth_ != nullptr; }
  /// Ends the operation in progress, and closes.
  void close();

  bool decorate(std::uint32_t kind, std::string_view target);
  /// `credential`: of the decorated request.
  std::uint32_t observe(int status, const Fields& headers, std::string_view body,
                        std::uint64_t credential, std::uint32_t kind = PINTLE_REQUEST_REST);
  bool begin(const Beginning& beginning);
  bool resume(const Answer& answer);
  void end();
  std::string session();
  Fields describe();
  /// Returns how many nanoseconds a decorate takes, the mean of that many calls.
  double time_decorate(std::string_view target, int calls);

  /// Results of the last call.
  std::int32_t code = PINTLE_OK;
  pintle_error error{};
  Step step{};
  pintle_decoration decoration{};
  Fields headers{};  ///< Of the last decoration.
  bool has_operation() const noexcept { return operation_ != nullptr; }
  std::uint32_t operation_kind() const noexcept { return kind_; }
  World& world() noexcept { return world_; }
  const pintle_scheme& scheme() const noexcept { return scheme_; }

 private:
  template <class T>
  std::size_t size_of() const noexcept {
    if (world_.too_small) return 8;
    if (world_.sizes == Sizes::v1_0) return plugin::detail::kFirstSize<T>;
    return world_.sizes == Sizes::larger ? sizeof(T) + 64 : sizeof(T);
  }
  bool call(const char* function, const std::function<std::int32_t(pintle_error*)>& body);
  void check_failure(const char* function);
  void check_program();
  void check_step(const char* function, bool failed);
  void check_session_changed(const char* function, bool reported);
  void check_no_secret(const char* what, std::string_view text);
  void report(Rule rule, const std::string& what) { world_.channel.finding(rule, what); }
  pintle_sink sink_into(Fields& fields) const;
  const pintle_field* fields_of(const Fields& fields);
  const pintle_view* views_of(const std::vector<std::string>& texts);
  pintle_probe* probe_of(const Scenario& scenario, const std::string& base_url);
  void fill_random(std::uint8_t (&random)[32]);

  const pintle_scheme& scheme_;
  World& world_;
  pintle_auth* auth_ = nullptr;
  pintle_operation* operation_ = nullptr;
  std::uint32_t kind_ = 0;
  bool may_ask_ = false;
  std::string ws_url_;
  std::string last_session_;
};

/// Set during each call of the scheme; the sandbox reads it.
extern volatile bool in_scheme;

}  // namespace pintle::conformance
