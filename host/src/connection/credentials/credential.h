// SPDX-License-Identifier: Apache-2.0
//
// A credential for one request, and the request that it is for.
//
// Threads: values.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "net/transport.h"
#include "scheme/scheme_instance.h"
#include "session/session_cache.h"

namespace pintle {

struct RequestLine {
  RequestKind kind;
  const std::string& method;
  const std::string& target;
  const ToSign* to_sign = nullptr;  ///< For a scheme that signs; null: nothing is sent.
};

/// The credential of a request, and the scheme instance that issued it and observes the response.
struct Credential {
  std::shared_ptr<CurrentInstance> instance;
  SchemeInstance::Decorated decorated;

  bool is(const Credential& other) const {
    return instance == other.instance && decorated.credential == other.decorated.credential;
  }
};

/// Two that want to set the same header, as users know them. `other` is empty for the file
/// of --headers-file.
Error header_conflict(const std::string& one, const std::string& other, std::string_view header);

/// Returns what a scheme signs of `request`, which is sent with `transport`. All must outlive it.
ToSign parts_of(const net::Transport& transport, const HttpRequest& request, bool upgrade,
                const BodyStreams& streams);

/// Returns `target` with the query parameters of a credential, encoded. Treat it as a secret.
std::string with_query(const std::string& target, const SchemeInstance::Decorated& decorated);

}  // namespace pintle
