#include <Poco/JSONString.h>

#include <pintle/core/json.h>
#include <pintle/core/utf8.h>

namespace pintle {
namespace {

// Poco escapes what RFC 8259 asks for and hands invalid UTF-8 on as it came.
std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = decode_utf8(text);
    out += character.valid ? text.substr(0, character.size) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(character.size);
  }
  return out;
}

}  // namespace

std::string json_string(std::string_view text) {
  return Poco::toJSON(valid_utf8(text), Poco::JSON_WRAP_STRINGS);
}

}  // namespace pintle
