// SPDX-License-Identifier: Apache-2.0
#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/text/json.h>

#include "text/json_value.h"

namespace pintle {
namespace {

// The text is not shown: what an app sends may be private.
void check(std::string_view what, std::string_view json, bool is_padded = false) {
  if (const auto fault = json_fault(json, is_padded)) {
    throw Error(Layer::config, "the " + std::string(what) + " must be JSON: invalid at byte " +
                                   std::to_string(*fault));
  }
}

void check_params(std::string_view json) {
  check("params of a request", json, true);
  const char first = trim_json(json).front();
  if (first != '{' && first != '[') {
    throw Error(Layer::config, "the params of a request must be a JSON object or array");
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
    check_params(std::string_view(out).substr(begin, params.size()));
    out.resize(begin + params.size());
  }
  return out += '}';
}

std::string answer(std::string_view id_json, std::string_view member, std::string_view value) {
  check("id of a response", id_json);
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
  check("result of a response", result);
  return answer(id_json, "result", result);
}

std::string encode_error(std::string_view id_json, std::int64_t code, std::string_view message) {
  return answer(id_json, "error",
                "{\"code\":" + std::to_string(code) + ",\"message\":" + json_string(message) + "}");
}

}  // namespace pintle
