// SPDX-License-Identifier: Apache-2.0
#include "checked_call.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include <pintle/core/base/layer.h>
#include <pintle/core/text/printable.h>

#include "program_scheme/line_splitter.h"
#include "scheme/abi_views.h"

namespace pintle::cage {
namespace {

// Not on the stack: a library that keeps a sink finds one that is closed.
struct Output {
  pintle_sink sink{};
  CheckedSink::Pairs pairs;
  std::size_t size = 0;
  bool is_open = false;
};

std::array<Output, 2>& outputs() {
  static auto& made = *new std::array<Output, 2>;
  return made;
}

void put(void* context, pintle_view name, pintle_view value) {
  for (auto& output : outputs()) {
    if (&output != context) continue;
    if (!output.is_open) stop("writes to a sink after the call that had it");
    const auto key = checked_text(name);
    const auto text = checked_text(value);
    output.size += key.size() + text.size();
    if (output.size > program::kMaxLine) stop("writes more than 1 MiB to a sink");
    checked_count(output.pairs.size() + 1);
    output.pairs.emplace_back(key, Secret(text));
    return;
  }
  stop("writes to a sink that is none");
}

template <std::size_t kSize>
std::string text_of(const char (&field)[kSize]) {
  const auto* end = std::find(std::begin(field), std::end(field), '\0');
  return printable({field, static_cast<std::size_t>(end - field)}, kSize);
}

}  // namespace

std::string_view checked_text(pintle_view view) {
  if (view.size > program::kMaxLine) stop("returns a text of more than 1 MiB");
  if (view.size > 0 && view.data == nullptr) stop("returns a text that is nowhere");
  return text(view);
}

std::size_t checked_count(std::size_t count) {
  if (count > kMaxCount) stop("returns a list of more than 10000");
  return count;
}

Error error_of(std::int32_t code, const pintle_error& error) {
  const auto layer = layer_from_number(code);
  if (!layer) {
    return {Layer::plugin, "the scheme returned the unknown error code " + std::to_string(code)};
  }
  auto message = text_of(error.message);
  if (message.empty()) message = "the scheme failed without an error message";
  Error made(*layer, std::move(message));
  made.with_hint(text_of(error.hint));
  if (error.http_status != 0) made.with_status(error.http_status);
  if (error.retry_after_ms > 0) made.with_retry_after_ms(error.retry_after_ms);
  made.with_retry((error.flags & PINTLE_ERROR_RETRY) != 0);
  made.with_user_action((error.flags & PINTLE_ERROR_USER_ACTION) != 0);
  if ((error.flags & PINTLE_ERROR_SIGN_IN) != 0) made.with_sign_in();
  return made;
}

CheckedSink::CheckedSink(Use use) : index_(static_cast<std::size_t>(use)) {
  auto& output = outputs()[index_];
  output.sink = sized<pintle_sink>();
  output.sink.context = &output;
  output.sink.put = &put;
  output.pairs.clear();
  output.size = 0;
  output.is_open = true;
}

CheckedSink::~CheckedSink() {
  auto& output = outputs()[index_];
  output.is_open = false;
  output.pairs.clear();
}

const pintle_sink& CheckedSink::get() const noexcept { return outputs()[index_].sink; }

CheckedSink::Pairs CheckedSink::take() {
  auto& output = outputs()[index_];
  output.is_open = false;
  return std::move(output.pairs);
}

}  // namespace pintle::cage
