// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/core/base in the API reference. Each asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/backoff.h>
#include <pintle/core/base/error.h>
#include <pintle/core/base/layer.h>
#include <pintle/core/base/padded_buffer.h>
#include <pintle/core/base/secret.h>

namespace {

using namespace std::string_view_literals;

void error() {
  //! [error]
  try {
    throw pintle::Error(pintle::Layer::gate, "the gateway refused the session token ...klmnop")
        .with_status(401)
        .with_sign_in()
        .with_hint("Check that the token is this gateway's.");
  } catch (const pintle::Error& error) {
    assert(error.what() == "gate: the gateway refused the session token ...klmnop (HTTP 401)"sv);
    assert(error.layer() == pintle::Layer::gate);
    assert(error.needs_sign_in() && !error.can_retry());
  }
  //! [error]
}

void layer() {
  //! [layer]
  assert(pintle::name_of(pintle::Layer::access_proxy) == "access-proxy");
  assert(pintle::layer_from_number(5) == pintle::Layer::tls);  // 5 is PINTLE_LAYER_TLS
  assert(!pintle::layer_from_number(99));
  //! [layer]
}

void secret() {
  //! [secret]
  std::string typed = "a-session-token-abcdefghijklmnop";
  const pintle::Secret token = pintle::Secret::take(typed);
  assert(typed.empty());                                   // wiped
  assert(pintle::preview(token) == "...klmnop");           // may be shown
  assert(token.reveal().starts_with("a-session-token-"));  // the only way to read it
  const pintle::Secret copy = token.clone();               // never copied by accident
  assert(copy.equals(token));
  //! [secret]
}

void backoff() {
  //! [backoff]
  pintle::Backoff backoff({.first_ms = 250, .cap_ms = 30'000});
  const std::uint64_t random = 0x0123456789abcdef;  // any 64 random bits
  const auto first = backoff.next_delay_ms(random);
  assert(first >= 125 && first <= 250);  // half of it is random
  assert(backoff.next_delay_ms(random) > first);
  assert(backoff.next_delay_ms(random, 5'000) >= 5'000);  // the gateway's Retry-After
  backoff.reset();                                        // it worked
  assert(backoff.next_delay_ms(random) == first);
  //! [backoff]
}

void padded_buffer() {
  //! [padded_buffer]
  pintle::PaddedBuffer buffer;
  buffer.append("{\"a\":");
  const auto space = buffer.prepare(16);  // for example for recv(2)
  std::memcpy(space.data(), "1}", 2);
  buffer.commit(2);
  assert(buffer.view() == "{\"a\":1}");  // and kPadding readable bytes after it
  buffer.clear();
  assert(buffer.size() == 0);
  //! [padded_buffer]
}

}  // namespace

int main() {
  error();
  layer();
  secret();
  backoff();
  padded_buffer();
}
