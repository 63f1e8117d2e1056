// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/rpc/json_rpc.h>

#include "c_api/edge.h"
#include "c_api/live/live_options.h"

using namespace pintle;

std::int32_t pintle_resume_add(pintle_resume* resume, const pintle_live_request* request,
                               pintle_error* error) {
  return c_api::guarded(error, [&] {
    auto& to = c_api::dereference(resume, "resume").requests;
    auto made = c_api::live_request(c_api::sized(request, "pintle_live_request"));
    // Check it now: the I/O thread encodes it later and cannot report an invalid request.
    encode_request(1, made.method, made.params_json);
    to.push_back(std::move(made));
  });
}
