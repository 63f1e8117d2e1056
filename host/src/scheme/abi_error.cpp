// SPDX-License-Identifier: Apache-2.0
#include "scheme/abi_error.h"

#include <algorithm>
#include <span>
#include <string_view>

#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

std::string text_of(std::span<const char> field) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return printable(std::string_view(field.data(), static_cast<std::size_t>(end - field.begin())),
                   field.size());
}

void put_text(std::span<char> to, std::string_view from) {
  std::size_t size = std::min(from.size(), to.size() - 1);
  while (size < from.size() && size > 0 &&
         (static_cast<unsigned char>(from[size]) & 0xc0) == 0x80) {
    --size;
  }
  from.copy(to.data(), size);
  to[size] = '\0';
}

}  // namespace

Error error_from(std::int32_t code, const pintle_error& note, const std::string& scheme_id) {
  const auto layer = layer_from_number(code);
  if (!layer) {
    return Error(Layer::plugin, "the scheme " + scheme_id + " returned the unknown error code " +
                                    std::to_string(code));
  }
  auto message = text_of(note.message);
  if (message.empty()) message = "the scheme " + scheme_id + " failed without an error message";
  Error error(*layer, std::move(message));
  if (note.http_status != 0) error.with_status(note.http_status);
  if (note.retry_after_ms > 0) error.with_retry_after_ms(note.retry_after_ms);
  error.with_hint(text_of(note.hint)).with_retry((note.flags & PINTLE_ERROR_RETRY) != 0);
  error.with_user_action((note.flags & PINTLE_ERROR_USER_ACTION) != 0);
  if ((note.flags & PINTLE_ERROR_SIGN_IN) != 0) error.with_sign_in();
  return error;
}

pintle_error abi_error(const Error& error) {
  pintle_error made{};
  made.struct_size = sizeof(made);
  if (error.can_retry()) made.flags |= PINTLE_ERROR_RETRY;
  if (error.needs_user_action()) made.flags |= PINTLE_ERROR_USER_ACTION;
  if (error.needs_sign_in()) made.flags |= PINTLE_ERROR_SIGN_IN;
  made.http_status = error.http_status();
  made.retry_after_ms = error.retry_after_ms();
  put_text(made.message, error.message());
  put_text(made.hint, error.hint());
  return made;
}

}  // namespace pintle
