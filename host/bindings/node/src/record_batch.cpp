// SPDX-License-Identifier: Apache-2.0
#include "record_batch.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "environment.h"
#include "values.h"

namespace pintle_node {
namespace {

constexpr std::size_t kLargeText = 4096;
constexpr std::size_t kChunkBytes = 128 * 1024;

// The length of valid UTF-8 as a string of JavaScript: 4 bytes are a pair of surrogates there.
double units_of(std::string_view text) noexcept {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units +=
        static_cast<std::size_t>((byte & 0xC0U) != 0x80U) + static_cast<std::size_t>(byte >= 0xF0U);
  }
  return static_cast<double>(units);
}

}  // namespace

void RecordBatch::add(const pintle_event& event, double id) {
  if (chunks_.empty() || chunks_.back().numbers.size() >= kMaxRecords * kNumbers ||
      chunks_.back().text.size() >= kChunkBytes) {
    chunks_.emplace_back();
  }
  auto& chunk = chunks_.back();
  std::array<double, kNumbers> numbers{};
  const auto put = [&](Number size, pintle_view text) {
    if (text.size == 0) return;
    chunk.text.append(text.data, text.size);
    numbers[size] = units_of({text.data, text.size});
    chunk.units += numbers[size];
  };
  numbers[kKind] = event.kind;
  numbers[kFlags] = event.flags;
  numbers[kGeneration] = static_cast<double>(event.generation);
  numbers[kState] = event.state;
  numbers[kExtra] = -1;
  switch (event.kind) {
    case PINTLE_EVENT_STATE:
      numbers[kValue] = static_cast<double>(event.wait_ms);
      numbers[kCode] = event.close_code;
      break;
    case PINTLE_EVENT_EVENT:
      numbers[kValue] = static_cast<double>(event.seq);
      break;
    default:
      numbers[kValue] = id != 0 ? id : static_cast<double>(event.id);
      numbers[kCode] = static_cast<double>(event.code);
  }
  const bool is_message = event.kind == PINTLE_EVENT_MESSAGE || event.kind == PINTLE_EVENT_PIECE;
  const bool is_bytes =
      is_message && ((event.flags & PINTLE_EVENT_IS_TEXT) == 0 || event.kind == PINTLE_EVENT_PIECE);
  const bool is_large = event.json.size >= kLargeText;
  put(kIdSize, event.id_json);
  put(kTypeSize, event.type);
  put(kSessionSize, event.session_id);
  if (!is_bytes && !is_large) put(kJsonSize, event.json);
  // A text of a peer that broke the protocol may be cut within a character.
  if (event.kind != PINTLE_EVENT_MALFORMED) put(kTextSize, event.text);
  if (event.failure != nullptr || is_bytes || is_large || event.kind == PINTLE_EVENT_MALFORMED) {
    numbers[kExtra] = static_cast<double>(chunk.extras.size());
    auto& extra = chunk.extras.emplace_back();
    if (event.failure != nullptr) {
      extra.error = *event.failure;
      extra.layer = event.layer;
    } else {
      extra.text = text_of(event.kind == PINTLE_EVENT_MALFORMED ? event.text : event.json);
      extra.is_bytes = is_bytes;
    }
  }
  chunk.numbers.insert(chunk.numbers.end(), numbers.begin(), numbers.end());
}

napi_value RecordBatch::value_of(napi_env env, Extra& extra) noexcept {
  if (extra.error) return error_value(env, extra.layer, *extra.error);
  if (!extra.is_bytes) return string_value(env, view_of(extra.text));
  napi_value buffer = nullptr;
  if (extra.text.size() >= kLargeText) {
    // Not copied again, where Node allows a Buffer over memory of others; Electron does not.
    auto kept = std::make_unique<std::string>(std::move(extra.text));
    if (napi_create_external_buffer(
            env, kept->size(), kept->data(),
            [](napi_env, void*, void* text) { delete static_cast<std::string*>(text); }, kept.get(),
            &buffer) == napi_ok) {
      [[maybe_unused]] const auto* owned_by_buffer = kept.release();
      return buffer;
    }
    extra.text = std::move(*kept);
  }
  napi_create_buffer_copy(env, extra.text.size(), extra.text.data(), nullptr, &buffer);
  return buffer == nullptr ? undefined(env) : buffer;
}

void RecordBatch::pass(napi_env env, Environment& environment, double live, Chunk& chunk) {
  std::copy(chunk.numbers.begin(), chunk.numbers.end(), environment.numbers());
  napi_value extras = undefined(env);
  if (!chunk.extras.empty() && napi_create_array(env, &extras) == napi_ok) {
    for (std::size_t i = 0; i < chunk.extras.size(); ++i) {
      napi_set_element(env, extras, static_cast<std::uint32_t>(i), value_of(env, chunk.extras[i]));
    }
  }
  const std::size_t count = chunk.numbers.size() / kNumbers;
  const std::array<napi_value, 5> values = {
      number_value(env, live), number_value(env, static_cast<double>(count)),
      string_value(env, view_of(chunk.text)), number_value(env, chunk.units), extras};
  environment.call(env, Environment::Function::records, values.size(), values.data());
}

void RecordBatch::flush(napi_env env, double live) {
  auto chunks = std::exchange(chunks_, {});
  for (auto& chunk : chunks) {
    auto* environment = Environment::find(env);
    if (environment == nullptr) return;
    pass(env, *environment, live, chunk);
  }
}

}  // namespace pintle_node
