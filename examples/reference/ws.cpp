// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/core/ws in the API reference. Each asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <span>
#include <string>

#include <pintle/core/base/padded_buffer.h>
#include <pintle/core/ws/ws_deflate.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_frame.h>
#include <pintle/core/ws/ws_handshake.h>
#include <pintle/core/ws/ws_message.h>
#include <pintle/core/ws/ws_protocol.h>

namespace {

namespace ws = pintle::ws;

void protocol() {
  //! [protocol]
  assert(ws::is_control(ws::Opcode::ping));
  assert(ws::number_of(ws::CloseCode::bad_credential) == 4401);
  assert(ws::may_be_sent(ws::CloseCode::normal));
  assert(!ws::may_be_sent(ws::CloseCode::abnormal));  // 1006 is never on the wire
  //! [protocol]
}

void encode() {
  //! [encode]
  const ws::MaskKey key = {0x37, 0xfa, 0x21, 0x3d};  // random, new for every frame
  std::string out;
  ws::append_frame(out, ws::Role::client, ws::Opcode::text, "Hello", key);
  assert(out == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");  // RFC 6455 5.7
  assert(ws::frame_size(out) == out.size());
  ws::append_close(out, ws::Role::client, ws::CloseCode::normal, "bye", key);
  //! [encode]
}

void frame() {
  //! [frame]
  std::string received = "\x01\x03Hel\x80\x02lo";  // two frames from a server (RFC 6455 5.7)
  ws::FrameDecoder decoder(ws::Role::client);
  std::span<char> input(received);
  std::string message;
  for (auto event = decoder.next(input); event.kind != ws::Kind::need_more;
       event = decoder.next(input)) {
    assert(event.kind == ws::Kind::data && event.opcode == ws::Opcode::text);
    message += event.bytes;
  }
  assert(message == "Hello");
  //! [frame]
}

void message() {
  //! [message]
  std::string received = "\x01\x03Hel\x80\x02lo\x89\x01!";  // a message in two frames, a ping
  ws::MessageReader reader(ws::Role::client, {.max_message = 1'000'000});
  std::span<char> input(received);
  assert(reader.next(input).bytes == "Hello");  // valid until the next call
  assert(reader.next(input).kind == ws::Kind::ping);
  assert(reader.next(input).kind == ws::Kind::need_more);
  //! [message]
}

void handshake() {
  //! [handshake]
  ws::Upgrade asked;
  asked.nonce = {1, 2, 3};  // 16 random bytes
  const pintle::HttpRequest request{.target = "/api/ws", .headers = ws::upgrade_headers(asked)};

  const ws::Acceptance accepted = ws::accept_upgrade(request);  // on a server
  assert(accepted.answer.status == 101);

  const ws::Upgraded agreed = ws::check_upgraded(accepted.answer, asked);  // on the client
  assert(agreed.subprotocol.empty() && !agreed.deflate);
  //! [handshake]
}

void deflate() {
  //! [deflate]
  const ws::DeflateParams offered;
  const auto agreed = ws::read_deflate_answer("permessage-deflate", offered);
  ws::Deflater deflater(ws::Role::server, *agreed);
  ws::Inflater inflater(ws::Role::client, *agreed, 1'000'000);

  std::string compressed;
  deflater.deflate("Hello, Hello, Hello", compressed);  // sent with RSV1
  pintle::PaddedBuffer message;
  assert(inflater.inflate(compressed, true, message) == ws::Inflater::Result::ok);
  assert(message.view() == "Hello, Hello, Hello");
  //! [deflate]
}

}  // namespace

int main() {
  protocol();
  encode();
  frame();
  message();
  handshake();
  deflate();
}
