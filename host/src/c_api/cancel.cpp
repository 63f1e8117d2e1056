// SPDX-License-Identifier: Apache-2.0
#include "c_api/edge.h"

pintle_cancel* pintle_cancel_new() {
  try {
    return new pintle_cancel;
  } catch (...) {
    return nullptr;
  }
}

void pintle_cancel_request(pintle_cancel* cancel) {
  if (cancel != nullptr) cancel->source.request_stop();
}

void pintle_cancel_destroy(pintle_cancel* cancel) { delete cancel; }
