// SPDX-License-Identifier: Apache-2.0
//
// A credential for one request, and the request that it is for. Header-only.
//
// Threads: values.

#pragma once

#include <memory>
#include <string>

#include "scheme/scheme_instance.h"
#include "session/session_cache.h"

namespace pintle {

struct RequestLine {
  RequestKind kind;
  const std::string& method;
  const std::string& target;
};

/// The credential of a request, and the scheme instance that issued it and observes the response.
struct Credential {
  std::shared_ptr<CurrentInstance> instance;
  SchemeInstance::Decorated decorated;

  bool is(const Credential& other) const {
    return instance == other.instance && decorated.credential == other.decorated.credential;
  }
};

}  // namespace pintle
