#include "json_value.h"

namespace pintle {
namespace {

namespace od = simdjson::ondemand;

// simdjson gives the text up to the next token, blanks included.
template <class Container>
simdjson::error_code container_text(simdjson::simdjson_result<Container> opened,
                                    std::string_view& text) {
  Container container;
  if (const auto error = std::move(opened).get(container)) return error;
  if (const auto error = container.raw_json().get(text)) return error;
  text = trim_json(text);
  return simdjson::SUCCESS;
}

}  // namespace

simdjson::error_code raw_text(od::value& value, std::string_view& text) {
  od::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  text = token_of(value);
  switch (type) {
    case od::json_type::object:
      return container_text<od::object>(value.get_object(), text);
    case od::json_type::array:
      return container_text<od::array>(value.get_array(), text);
    case od::json_type::number: {
      double number = 0;
      return value.get_double().get(number);
    }
    case od::json_type::string: {
      std::string_view unescaped;
      return value.get_string().get(unescaped);
    }
    case od::json_type::boolean: {
      bool flag = false;
      return value.get_bool().get(flag);
    }
    case od::json_type::null:
      return text == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
  }
  return simdjson::TAPE_ERROR;
}

}  // namespace pintle
