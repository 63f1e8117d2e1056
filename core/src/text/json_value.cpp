// SPDX-License-Identifier: Apache-2.0
#include "text/json_value.h"

#include <new>

#include <pintle/core/text/json.h>
#include <pintle/core/text/utf8.h>

#include "text/json_grammar.h"

namespace pintle {
namespace {

namespace od = simdjson::ondemand;

// simdjson returns the text up to the next token, blanks included.
template <class Container>
simdjson::error_code container_text(simdjson::simdjson_result<Container> opened,
                                    std::string_view& text) {
  Container container;
  if (const auto error = std::move(opened).get(container)) return error;
  if (const auto error = container.raw_json().get(text)) return error;
  text = trim_json(text);
  return simdjson::SUCCESS;
}

std::size_t first_not_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto character = decode_utf8(text.substr(at));
    if (!character.valid) break;
    at += character.size;
  }
  return at;
}

constexpr std::size_t kMaxRetainedBytes = 256 * 1024;

}  // namespace

std::optional<std::size_t> json_fault(std::string_view text, bool is_padded) {
  if (text.empty()) return 0;  // Its data may be null, which simdjson would copy from.
  // Kept from call to call: its memory costs more than the parsing. A large one is not kept.
  thread_local simdjson::dom::parser parser;
  struct Trim {
    ~Trim() {
      if (parser.capacity() > kMaxRetainedBytes) parser = simdjson::dom::parser();
    }
  } const trim;
  simdjson::dom::element element;
  // What it accepts is JSON. What it rejects may only exceed its limits on numbers or depth.
  const auto error = parser.parse(text.data(), text.size(), !is_padded).get(element);
  if (error == simdjson::SUCCESS) return std::nullopt;
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (!simdjson::validate_utf8(text.data(), text.size())) return first_not_utf8(text);
  return grammar_fault(text);
}

simdjson::error_code raw_text(od::value& value, std::string_view& text) {
  od::json_type type = od::json_type::null;
  if (const auto error = value.type().get(type)) return error;
  text = token_of(value);
  switch (type) {
    case od::json_type::object:
      return container_text<od::object>(value.get_object(), text);
    case od::json_type::array:
      return container_text<od::array>(value.get_array(), text);
    default:
      // By the grammar and not as a value of C++: that would limit the digits of a number.
      return grammar_fault(text) ? simdjson::TAPE_ERROR : simdjson::SUCCESS;
  }
}

simdjson::error_code parse_json(simdjson::dom::parser& parser, std::string_view json,
                                simdjson::dom::element& root) {
  const auto error = parser.parse(json.data(), json.size()).get(root);
  if (error != simdjson::NUMBER_ERROR) return error;
  const auto fitting = with_double_numbers(json);
  return parser.parse(fitting.data(), fitting.size()).get(root);
}

}  // namespace pintle
