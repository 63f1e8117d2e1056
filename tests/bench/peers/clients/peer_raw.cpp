// SPDX-License-Identifier: Apache-2.0
//
// The lower bound: a plain blocking socket and core's codec, in one thread and nothing else. What a
// connection adds to it is the cost of its threads, states and limits.

#include <stdexcept>
#include <string>

#include <pintle/core/rpc/json_rpc.h>

#include "clients/measure.h"
#include "clients/raw_socket.h"
#include "clients/task.h"
#include "clients/transcript.h"

namespace pintle::bench {
namespace {

void echo(const Task& task) {
  RawSocket socket(task);
  const std::string message(task.size, 'x');
  RoundTrips trips(task.seconds);
  do {
    socket.send(message);
    check_size(task, socket.receive().size());
  } while (trips.lap());
  trips.print();
}

void flood(const Task& task) {
  RawSocket socket(task);
  Arrivals arrivals(task.seconds);
  do {
    check_size(task, socket.receive().size());
  } while (arrivals.message());
  arrivals.print();
}

void rpc(const Task& task) {
  RawSocket socket(task);
  socket.receive();  // gateway.ready
  const auto sent = make_transcript(task.size);
  JsonRpcReader envelopes;
  TranscriptReader transcripts;
  std::int64_t id = 0;
  RoundTrips trips(task.seconds);
  do {
    socket.send(encode_request(++id, "echo", to_json(sent)));
    const auto text = socket.receive();
    const auto message = envelopes.read(text, text.size() + kPadding);
    if (message.kind != JsonRpcMessage::Kind::result || message.id.number != id) {
      throw std::runtime_error("the answer is no result of this request");
    }
    check_same(sent, transcripts.read(message.payload));
  } while (trips.lap());
  trips.print();
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  using namespace pintle::bench;
  return run_peer(argc, argv, {{"echo", &echo}, {"flood", &flood}, {"rpc", &rpc}});
}
