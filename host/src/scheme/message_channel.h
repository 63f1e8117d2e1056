// SPDX-License-Identifier: Apache-2.0
//
// The messages of a greeting: what an operation sends and receives on a new WebSocket.
//
// Threads: one at a time.

#pragma once

#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

class MessageChannel {
 public:
  struct Message {
    Secret bytes;
    bool is_binary = false;
  };

  virtual ~MessageChannel() = default;
  /// Both block. They throw Error with the layer at which the WebSocket failed.
  virtual void send(std::string_view bytes, bool is_binary) = 0;
  virtual Message receive() = 0;
};

}  // namespace pintle
