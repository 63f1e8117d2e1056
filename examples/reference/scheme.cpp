// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/scheme.h and pintle/plugin in the API reference. Each asserts what it
// shows. A whole scheme, with its build: examples/scheme-cpp.

#undef NDEBUG
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/scheme.h>

using namespace pintle::plugin;
using pintle::Error;
using pintle::Layer;
using pintle::Secret;

//! [scheme]
class ApiKeyScheme : public Scheme {
 public:
  static constexpr Rule rules[] = {{"auth_flows", "\"api_key\""}};
  static constexpr Facts facts{
      .id = "api-key", .name = "API key", .reason = "it accepts API keys", .rules = rules};
  explicit ApiKeyScheme(const Opening&) {}

  Decoration decorate(const Request&, const HeaderSink& headers) const override {
    if (key_.empty()) throw Error(Layer::gate, "there is no API key").with_sign_in();
    headers.add("X-Api-Key", key_.reveal());
    return {};
  }
  Task<> sign_in(SignIn) override {
    auto answer = co_await Ask("This gateway requires an API key.").secret("api_key", "API key");
    key_ = std::move(answer.take("api_key").text);
  }
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    co_return std::move(target).until_rejected();  // the upgrade has the header, too
  }

 protected:
  Secret key_;
};
//! [scheme]

class TicketScheme final : public ApiKeyScheme {
 public:
  static constexpr Facts facts{.id = "ticket", .name = "Ticket", .reason = "it mints tickets"};
  using ApiKeyScheme::ApiKeyScheme;

  //! [needs]
  Task<std::string> mint_ticket() {
    const auto answer = co_await post("/api/auth/ws-ticket")  // suspends until the response
                            .header("X-Api-Key", std::string(key_.reveal()))
                            .may_repeat();
    if (answer.status() != 200) {
      throw Error(Layer::ticket, "the gateway minted no ticket").with_status(answer.status());
    }
    co_return answer.body();
  }
  //! [needs]

  //! [task]
  Task<WsUrl> resolve_ws_url(WsTarget target) override {
    const std::string ticket = co_await mint_ticket();  // a task can await a task
    const Moment moment = co_await now();               // the only clock a scheme has
    co_return std::move(target).with_query("ticket", ticket).until(moment.now_ms + 30'000);
  }
  //! [task]
};

class HomeScheme final : public ApiKeyScheme {
 public:
  static constexpr Facts facts{.id = "home", .name = "Home", .reason = "it wants to be greeted"};
  using ApiKeyScheme::ApiKeyScheme;

  //! [helper]
  Task<> sign_in(SignIn) override {
    const auto answer = co_await RunHelper("vault").argument("get").input("host=gateway.example\n");
    if (answer.exit_code() != 0) throw Error(Layer::gate, "the vault has no key").with_sign_in();
    key_ = Secret(answer.output());
  }
  //! [helper]

  //! [greeting]
  Task<> greet(Greeting) override {
    co_await ReceiveMessage();  // {"type": "auth_required"}
    co_await SendMessage(R"({"type": "auth", "access_token": ")" + std::string(key_.reveal()) +
                         "\"}");
    const auto answer = co_await ReceiveMessage();
    if (answer.text().find("auth_ok") == std::string::npos) {
      throw Error(Layer::gate, "the gateway refused the access token").with_sign_in();
    }
  }
  //! [greeting]
};

//! [export]
PINTLE_PLUGIN("pintle-api-key", "1.0.0", ApiKeyScheme, TicketScheme, HomeScheme)
//! [export]

namespace {

// What a host does with a scheme: tests/support/scheme_driver.h has more of it.
class Driver {
 public:
  explicit Driver(const pintle_scheme& scheme) : scheme_(scheme) {
    pintle_opening opening{};
    opening.struct_size = sizeof(opening);
    assert(scheme_.open(&opening, &auth_, nullptr) == PINTLE_OK);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    end();
    scheme_.close(auth_);
  }

  // Begins an operation, answers its only need, and returns the URL that it resolved.
  std::string run(std::uint32_t kind, const pintle_answer& answer) {
    begin(kind);
    assert(step.need == (kind == PINTLE_SIGN_IN ? PINTLE_NEED_INPUT : PINTLE_NEED_HTTP));
    resume(answer);
    assert(step.need == PINTLE_NEED_DONE);
    return std::string(text(step.ws_url));
  }

  void begin(std::uint32_t kind) {
    end();
    pintle_begin how{};
    how.struct_size = sizeof(how);
    how.operation = kind;
    how.ws_url = view("wss://gateway.example/api/ws");
    step.struct_size = sizeof(step);
    assert(scheme_.begin(auth_, &how, &operation_, &step, nullptr) == PINTLE_OK);
  }
  void resume(pintle_answer answer) {
    answer.struct_size = sizeof(answer);
    assert(scheme_.resume(operation_, &answer, &step, nullptr) == PINTLE_OK);
  }

  std::string header() {
    pintle_request request{};
    request.struct_size = sizeof(request);
    pintle_decoration decoration{};
    decoration.struct_size = sizeof(decoration);
    std::string line;
    const pintle_sink sink{sizeof(sink), 0, &line,
                           [](void* context, pintle_view name, pintle_view value) {
                             *static_cast<std::string*>(context) =
                                 std::string(text(name)) + ": " + std::string(text(value));
                           }};
    scheme_.decorate(auth_, &request, &sink, &decoration, nullptr);
    return line;
  }

  pintle_step step{};

 private:
  void end() {
    if (operation_ != nullptr) scheme_.end(operation_);
    operation_ = nullptr;
  }

  const pintle_scheme& scheme_;
  pintle_auth* auth_ = nullptr;
  pintle_operation* operation_ = nullptr;
};

void greets() {
  Driver driver(*pintle_plugin.schemes[2]);
  driver.begin(PINTLE_SIGN_IN);
  assert(text(driver.step.exec_helper) == "vault");
  pintle_answer printed{};
  printed.exec_output = view("sesame");
  driver.resume(printed);
  assert(driver.step.need == PINTLE_NEED_DONE);

  driver.begin(PINTLE_GREET);
  assert(driver.step.need == PINTLE_NEED_RECEIVE);
  driver.resume({});
  assert(text(driver.step.ws_message) == R"({"type": "auth", "access_token": "sesame"})");
  driver.resume({});
  pintle_answer accepted{};
  accepted.ws_message = view(R"({"type": "auth_ok"})");
  driver.resume(accepted);
  assert(driver.step.need == PINTLE_NEED_DONE);
}

void schemes() {
  assert(pintle_plugin.scheme_count == 3);
  Driver driver(*pintle_plugin.schemes[1]);
  assert(driver.header().empty());

  const pintle_field key{view("api_key"), view("sesame")};
  pintle_answer typed{};
  typed.fields = &key;
  typed.field_count = 1;
  driver.run(PINTLE_SIGN_IN, typed);
  assert(driver.header() == "X-Api-Key: sesame");

  pintle_answer ticket{};
  ticket.now_ms = 1'000;
  ticket.http_status = 200;
  ticket.http_body = view("a/b");
  assert(driver.run(PINTLE_RESOLVE_WS_URL, ticket) == "wss://gateway.example/api/ws?ticket=a%2Fb");
  assert(driver.step.keep_until_ms == 31'000);
}

void values() {
  //! [values]
  const WsUrl url =
      WsTarget("wss://gateway.example/api/ws").with_query("ticket", "a/b").single_use();
  assert(url.url.reveal() == "wss://gateway.example/api/ws?ticket=a%2Fb");
  assert(url.life == PINTLE_KEEP_NEVER);  // resolved again for each dial

  const pintle_field fields[] = {{view("Content-Type"), view("application/json")}};
  pintle_response received{};
  received.status = 401;
  received.headers = fields;
  received.header_count = 1;
  const Response response(received);
  assert(response.status() == 401 && response.header("content-type") == "application/json");
  //! [values]
}

}  // namespace

int main() {
  schemes();
  greets();
  values();
}
