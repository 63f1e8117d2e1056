// SPDX-License-Identifier: Apache-2.0
//
// The events of a live connection on their way to JavaScript: many in one call, their short texts
// in one string, their numbers in one array that lib/ has made. lib/records.mjs reads it.
//
// Threads: [js].

#pragma once

#include <cstdint>
#include <node_api.h>
#include <optional>
#include <string>
#include <vector>

#include <pintle/pintle.h>

namespace pintle_node {

class Environment;

/// The numbers of one record, in this order, each in a place of its own.
enum Number {
  kKind,
  kFlags,
  kGeneration,
  kValue,  ///< The id, the seq or the error code; a state's wait in milliseconds.
  kCode,   ///< The error's code; a state's close code.
  kState,
  kIdSize,  ///< The sizes of the texts, in code units of UTF-16.
  kTypeSize,
  kSessionSize,
  kJsonSize,
  kTextSize,
  kExtra,  ///< The place in the array of extras, or -1.
  kNumbers
};

constexpr std::size_t kMaxRecords = 512;  ///< In one call.

class RecordBatch {
 public:
  /// `id`: of the request that it answers, or 0.
  void add(const pintle_event& event, double id);
  bool empty() const noexcept { return chunks_.empty(); }
  /// Passes them to JavaScript, which may do anything meanwhile.
  void flush(napi_env env, double live);

 private:
  // Large texts and bytes have a value of their own: they are copied once.
  struct Extra {
    std::optional<pintle_error> error;
    std::int32_t layer = PINTLE_OK;
    std::string text;
    bool is_bytes = false;
  };
  struct Chunk {
    std::string text;
    double units = 0;
    std::vector<double> numbers;
    std::vector<Extra> extras;
  };

  static napi_value value_of(napi_env env, Extra& extra) noexcept;
  static void pass(napi_env env, Environment& environment, double live, Chunk& chunk);

  std::vector<Chunk> chunks_;
};

}  // namespace pintle_node
