// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/rpc/json_rpc.h>

#include "c_api/edge.h"
#include "c_api/live/live_options.h"

using namespace pintle;

std::int32_t pintle_resume_add(pintle_resume* resume, const pintle_live_request* request,
                               pintle_error* error) {
  return c_api::guarded(error, [&] {
    auto& to = c_api::held(resume, "resume").requests;
    auto made = c_api::live_request(c_api::sized(request, "pintle_live_request"));
    // Made into a message on the I/O thread, where nobody can be told that it is none.
    encode_request(1, made.method, made.params_json);
    to.push_back(std::move(made));
  });
}
