// SPDX-License-Identifier: Apache-2.0
//
// What stands in front of the gateway, as the transport sees it: gives each request its credential,
// and tells its own answers from the gateway's.
//
// Threads: any, concurrently.

#pragma once

#include <cstdint>
#include <memory>

#include <pintle/core/http/headers.h>

#include "net/limits.h"

namespace pintle::net {

/// A credential for one request. Its headers are secret.
struct FrontPass {
  Headers headers{};
  bool may_repeat = true;  ///< False: the gateway may have acted on a request like this one.
  // For the door: which one it is.
  std::shared_ptr<const void> issuer{};
  std::uint64_t credential = 0;
  std::uint64_t extra_headers = 0;
};

class FrontDoor {
 public:
  virtual ~FrontDoor() = default;

  /// Returns what to add to `request`. May block, to sign in without the user. Throws Error if
  /// there is no credential, or if it needs a header that the request already has.
  virtual FrontPass pass(const HttpRequest& request, bool upgrade, const CancelToken& cancel) = 0;

  /// Returns true if the front, and not the gateway, may have sent this response, whose body is not
  /// there yet.
  virtual bool may_have_answered(const HttpResponse& head) = 0;

  /// Inspects a response to a request with `used`. Returns true if the front refused the request
  /// and there is another credential: send it again. Throws Error if it refused it and there is
  /// none.
  virtual bool refused(const FrontPass& used, bool upgrade, const HttpResponse& response,
                       const CancelToken& cancel) = 0;
};

}  // namespace pintle::net
