// SPDX-License-Identifier: Apache-2.0
//
// The example of pintle/core/rpc in the API reference. It asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <string>

#include <pintle/core/rpc/json_rpc.h>

namespace {

void request() {
  //! [request]
  assert(pintle::encode_request(7, "session.list", R"({"limit":3})") ==
         R"({"jsonrpc":"2.0","id":7,"method":"session.list","params":{"limit":3}})");

  pintle::JsonRpcReader reader;
  const std::string answer = R"({"jsonrpc":"2.0","id":7,"result":{"total":3}})";
  const pintle::JsonRpcMessage message = reader.read(answer);
  assert(message.kind == pintle::JsonRpcMessage::Kind::result);
  assert(message.id.number == 7);
  assert(message.payload == R"({"total":3})");  // JSON text, for a parser of your choice
  //! [request]
}

}  // namespace

int main() { request(); }
