// SPDX-License-Identifier: Apache-2.0
//
// Sends a request until what stands in front of the gateway lets it through. Header-only.
//
// Threads: one at a time.

#pragma once

#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "net/front_door.h"
#include "net/limits.h"

namespace pintle::net {

/// A sink that holds back the body of a response which may be the front's.
class FrontSink final : public BodySink {
 public:
  FrontSink(FrontDoor& door, BodySink& sink) : door_(door), sink_(sink) {}

  bool accepts(const HttpResponse& head) override {
    is_held_ = door_.may_have_answered(head);
    return !is_held_ && sink_.accepts(head);
  }
  void write(std::string_view piece) override { sink_.write(piece); }

  /// Passes on what was held back: it is the gateway's.
  void release(HttpResponse& response) {
    if (!std::exchange(is_held_, false) || !sink_.accepts(response)) return;
    sink_.write(response.body);
    response.body.clear();
  }

 private:
  FrontDoor& door_;
  BodySink& sink_;
  bool is_held_ = false;
};

inline Error front_keeps_refusing(const HttpResponse& response, bool may_repeat) {
  Error error(Layer::access_proxy,
              "what stands in front of the gateway keeps refusing the request");
  error.with_status(response.status);
  if (may_repeat) error.with_retry();
  return error;
}

/// Calls `send` with a pass, and again with another one as long as the front refuses it and
/// `rewind` allows. `send` returns what it received; `response_of` returns where the response is in
/// it. `may_repeat`: that of the pass.
template <class Send, class ResponseOf, class Rewind>
auto send_through(FrontDoor& door, const HttpRequest& request, bool upgrade, bool may_repeat,
                  const CancelToken& cancel, Send&& send, ResponseOf&& response_of,
                  Rewind&& rewind) {
  // One for a front that was not known yet, one for a credential that has been replaced since.
  constexpr int kMaxTries = 3;
  for (int tries = 1;; ++tries) {
    auto used = door.pass(request, upgrade, cancel);
    used.may_repeat = may_repeat;
    auto received = send(used);
    const HttpResponse& response = *response_of(received);
    if (!door.refused(used, upgrade, response, cancel)) return received;
    if (tries == kMaxTries || !rewind()) throw front_keeps_refusing(response, may_repeat);
  }
}

}  // namespace pintle::net
