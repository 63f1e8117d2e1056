// SPDX-License-Identifier: Apache-2.0
//
// The examples of live connections in the API reference. Each asserts what it shows.
//
//     reference-live URL TOKEN_FILE

#undef NDEBUG
#include <cassert>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/bundled.h>
#include <pintle/core/text/json.h>
#include <pintle/host.h>
#include <pintle/live_async.h>

namespace {

void live(pintle::Connection& connection) {
  //! [live]
  auto live = connection.live();                            // connects in the background
  const std::string json = live.rpc("echo", R"({"a":1})");  // waits for the response
  assert(json == R"({"a":1})");
  live.close();
  while (const auto event = live.next(10'000)) {  // until it is closed
    if (event->kind != pintle::LiveEvent::Kind::state) continue;
    assert(event->state->kind != pintle::LiveState::Kind::failed);
  }
  assert(live.state().kind == pintle::LiveState::Kind::closed);
  //! [live]
}

void connection(pintle::Connection& connection) {
  //! [connection]
  auto live = connection.live();
  const std::int64_t id = live.request("echo", R"({"a":1})");  // does not wait
  while (const auto event = live.next(10'000)) {               // or when `fd` is readable: next(0)
    if (event->kind == pintle::LiveEvent::Kind::result && event->id == id) {
      assert(event->json == R"({"a":1})");
      break;
    }
  }
  //! [connection]
}

void state(pintle::Connection& connection) {
  //! [state]
  auto live = connection.live();
  live.wait_until_ready(10'000);
  const pintle::LiveState state = live.state();
  assert(pintle::name_of(state.kind) == std::string_view("ready"));
  assert(state.generation == 1);    // of its dials
  assert(!state.why);               // of `waiting`, `needs_sign_in`, `failed`: the Error
  assert(!state.greeting.empty());  // the payload of gateway.ready
  //! [state]
}

void event(pintle::Connection& connection) {
  auto live = connection.live();
  //! [event]
  const pintle::CallAnswer answer = live.ask("no.such.method");
  assert(answer.kind == pintle::CallResult::Kind::refused && answer.code == -32601);

  live.request("emit", R"({"type":"tick"})");
  auto event = live.next(10'000);
  while (event && event->type != "tick") event = live.next(10'000);
  assert(event->kind == pintle::LiveEvent::Kind::event);
  assert(pintle::is_json(event->json));  // the payload, valid until the next `next`
  //! [event]
}

// Creates a session and receives an event of it. Returns once that has arrived.
void have_a_session(pintle::LiveConnection& live, std::future<void> received) {
  const std::string created = live.rpc("session.create");  // {"session_id":"…"}
  live.rpc("emit", created.substr(0, created.size() - 1) + R"(,"type":"tick"})");
  received.get();
}

void options(pintle::Connection& connection) {
  std::promise<void> ticked;
  std::promise<std::string> resumed;
  //! [options]
  pintle::LiveOptions options;
  options.initial_backoff_ms = 10;
  options.on_resume = [](const pintle::Resumption& lost) {  // ready again after a loss
    std::vector<pintle::LiveRequest> requests;
    for (const auto& [session, seq] : *lost.last_seq) {
      requests.push_back({.method = "session.resume",
                          .params_json = R"({"session_id":")" + session + R"(","last_seq":)" +
                                         std::to_string(seq) + "}"});
    }
    return requests;  // sent before all others
  };
  pintle::LiveCallbacks callbacks;  // on the I/O thread: they must not block
  callbacks.on_event = [&](const pintle::LiveEvent& event) {
    if (event.type == "tick") ticked.set_value();
    if (event.kind == pintle::LiveEvent::Kind::result) resumed.set_value(std::string(event.json));
  };
  auto live = connection.live(options, callbacks);
  //! [options]
  have_a_session(live, ticked.get_future());
  assert(connection.call({.method = "POST", .target = "/practice/drop-connections"}).ok());
  assert(!resumed.get_future().get().empty());
  assert(live.state().generation == 2);
}

// A coroutine that nobody awaits. Coroutine libraries have their own.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

//! [async]
Detached ask_twice(pintle::LiveConnection& live, std::promise<std::string> done) {
  const std::string first = co_await pintle::async_rpc(live, "echo", R"({"a":1})");
  done.set_value(co_await pintle::async_rpc(live, "echo", first));
}

void async(pintle::LiveConnection& live) {
  std::future<std::string> answer = pintle::rpc_future(live, "echo", R"({"b":2})");
  assert(answer.get() == R"({"b":2})");  // throws as `rpc` does

  std::promise<std::string> done;
  std::future<std::string> twice = done.get_future();
  ask_twice(live, std::move(done));
  assert(twice.get() == R"({"a":1})");
}
//! [async]

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto options_of_host = pintle::HostOptions::standard();
  options_of_host.built_in = pintle::bundled_plugins();
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
  settings.inputs.emplace("token",
                          pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[2]));
  auto opened = pintle::Host(options_of_host).open(settings);
  live(opened);
  connection(opened);
  state(opened);
  event(opened);
  options(opened);
  auto for_async = opened.live();
  async(for_async);
}
