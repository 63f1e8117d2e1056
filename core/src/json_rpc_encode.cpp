#include <new>

#include <simdjson.h>

#include <pintle/core/error.h>
#include <pintle/core/json.h>
#include <pintle/core/json_rpc.h>

namespace pintle {
namespace {

constexpr std::size_t kMostKept = 256 * 1024;

enum class Shape { any, params };

// `padded`: SIMDJSON_PADDING bytes may be read behind it, so that it need not be copied.
void check(std::string_view what, std::string_view json, Shape shape, bool padded = false) {
  // Kept from call to call: its memory costs more than the parsing. A large one is not kept.
  thread_local simdjson::dom::parser parser;
  struct Trim {
    ~Trim() {
      if (parser.capacity() > kMostKept) parser = simdjson::dom::parser();
    }
  } const trim;
  simdjson::dom::element element;
  const auto error = parser.parse(json.data(), json.size(), !padded).get(element);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error) {
    // The text is not shown: what an app sends may be private.
    throw Error(Layer::config, "the " + std::string(what) + " must be JSON, and it is not: " +
                                   simdjson::error_message(error));
  }
  if (shape == Shape::params && !element.is_object() && !element.is_array()) {
    throw Error(Layer::config, "the " + std::string(what) +
                                   " must be a JSON object or array, and it is another value");
  }
}

std::string encode(std::string_view id_json, std::string_view method, std::string_view params) {
  std::string out = R"({"jsonrpc":"2.0")";
  out.reserve(64 + method.size() + params.size() + simdjson::SIMDJSON_PADDING);
  if (!id_json.empty()) out.append(R"(,"id":)").append(id_json);
  out.append(R"(,"method":)").append(json_string(method));
  if (!params.empty()) {
    out.append(R"(,"params":)");
    const auto begin = out.size();
    out.append(params).append(simdjson::SIMDJSON_PADDING, ' ');
    const auto end = begin + params.size();
    check("params of a request", std::string_view(out).substr(begin, params.size()), Shape::params,
          true);
    out.resize(end);
  }
  return out += '}';
}

std::string answer(std::string_view id_json, std::string_view member, std::string_view value) {
  check("id of a response", id_json, Shape::any);
  std::string out = R"({"jsonrpc":"2.0","id":)";
  out.append(id_json).append(",\"").append(member).append("\":").append(value);
  return out += '}';
}

}  // namespace

std::string encode_request(std::int64_t id, std::string_view method, std::string_view params) {
  return encode(std::to_string(id), method, params);
}

std::string encode_notification(std::string_view method, std::string_view params) {
  return encode({}, method, params);
}

std::string encode_result(std::string_view id_json, std::string_view result) {
  check("result of a response", result, Shape::any);
  return answer(id_json, "result", result);
}

std::string encode_error(std::string_view id_json, std::int64_t code, std::string_view message) {
  return answer(id_json, "error",
                "{\"code\":" + std::to_string(code) + ",\"message\":" + json_string(message) + "}");
}

}  // namespace pintle
