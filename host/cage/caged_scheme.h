// SPDX-License-Identifier: Apache-2.0
//
// Answers the requests of the protocol of scheme programs (docs/scheme-protocol.md) by calls into
// the library's table.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <pintle/core/base/secret.h>
#include <pintle/loading/manifest.h>
#include <pintle/plugin.h>

#include "credential_numbers.h"
#include "program_scheme/json_line.h"
#include "program_scheme/json_reader.h"

namespace pintle::cage {

class CagedPlugin {
 public:
  /// `manifest`: that of the table.
  CagedPlugin(const pintle_plugin_table& table, loading::Manifest manifest)
      : table_(table), manifest_(std::move(manifest)) {}
  CagedPlugin(const CagedPlugin&) = delete;
  CagedPlugin& operator=(const CagedPlugin&) = delete;

  /// Does what `request` asks. Adds the members "id" and "result" or "error" to `reply`, and
  /// "session" if it has changed; nothing if the request has no reply.
  void answer(const program::JsonMembers& request, program::JsonLine& reply);

 private:
  using Members = program::JsonMembers;
  using Line = program::JsonLine;
  struct Auth {
    const pintle_scheme* scheme = nullptr;
    pintle_auth* handle = nullptr;
    std::map<std::int64_t, pintle_operation*> operations{};
    CredentialNumbers credentials{};
  };

  void call(std::string_view method, const Members& params, Line& result);
  void match(const Members& params, Line& result);
  void open(const Members& params);
  void decorate(const Members& params, Line& result);
  void observe(const Members& params, Line& result);
  void begin(const Members& params, Line& result);
  void resume(const Members& params, Line& result);
  void end(const Members& params);
  void describe(const Members& params, Line& result);
  void close(const Members& params);

  const pintle_scheme& scheme_named(std::string_view id) const;
  Auth& auth_of(const Members& params);
  void read_session(const Auth& auth);
  void finish_step(const Auth& auth, std::int32_t code, const pintle_step& step,
                   const pintle_error& error, Line& result);

  const pintle_plugin_table& table_;
  const loading::Manifest manifest_;
  std::map<std::int64_t, Auth> auths_;
  std::optional<Secret> session_;  // a new one, of the present request
};

}  // namespace pintle::cage
