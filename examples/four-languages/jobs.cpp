// SPDX-License-Identifier: Apache-2.0
//
// The five jobs of docs/embed-in-four-languages.md in C++: open, call, sign in, live, errors.
//
//     four-languages-cpp URL TOKEN_FILE GATED_URL
//
// GATED_URL is a gateway with users. Their name and password are lines of standard input.

#include <iostream>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/bundled.h>
#include <pintle/host.h>

namespace {

pintle::Connection open(const pintle::Host& host, const std::string& url, const std::string& file) {
  //! [open]
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(url)};
  settings.inputs.emplace("token",
                          pintle::SecretSource::of(pintle::SecretSource::Kind::file, file));
  auto connection = host.open(settings);  // sends nothing yet
  //! [open]
  return connection;
}

void call(pintle::Connection& connection) {
  //! [call]
  const auto response = connection.call({.target = "/api/sessions"});
  std::cout << response.status << " " << response.body << "\n";
  //! [call]
}

//! [sign-in]
class Terminal final : public pintle::SignInUi {
 public:
  void show_message(std::string_view text) override { std::cout << text << "\n"; }
  pintle::Secret ask(const pintle::Question& question, std::stop_token) override {
    std::cout << question.label << ": ";  // hide what is typed if question.secret
    std::string line;
    std::getline(std::cin, line);
    return pintle::Secret::take(line);
  }
  std::optional<pintle::Secret> read_pasted(std::string_view, std::stop_token) override {
    return std::nullopt;  // of a sign-in in a browser elsewhere
  }
};

void sign_in(pintle::Connection& connection) {
  Terminal terminal;
  const auto facts = connection.sign_in({.method = "password"}, terminal);
  std::cout << "signed in: " << facts.signed_in << "\n";
}
//! [sign-in]

void live(pintle::Connection& connection) {
  //! [live]
  auto live = connection.live();  // connects in the background, and again after a loss
  std::cout << live.rpc("session.list") << "\n";
  live.request("emit", R"({"type":"tick"})");  // the practice gateway sends the event back
  while (const auto event = live.next(10'000)) {
    if (event->kind != pintle::LiveEvent::Kind::event) continue;
    std::cout << "event " << event->type << " " << event->json << "\n";
    if (event->type == "tick") break;
  }
  //! [live]
}

void errors(pintle::Connection& connection) {
  //! [errors]
  try {
    connection.call({.target = "/api/sessions"});
  } catch (const pintle::Error& error) {
    std::cout << error.what() << "\n" << error.hint() << "\n";
    if (error.needs_sign_in()) std::cout << "sign in, then call again\n";
    if (error.can_retry()) std::cout << "try again in " << error.retry_after_ms() << " ms\n";
  }
  //! [errors]
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    //! [host]
    auto options = pintle::HostOptions::standard();
    options.built_in = pintle::bundled_plugins();  // the schemes of Pintle, linked in
    const pintle::Host host(options);
    //! [host]
    auto connection = open(host, argv[1], argv[2]);
    call(connection);
    live(connection);
    auto gated = host.open({.url = pintle::GatewayUrl::parse(argv[3])});
    errors(gated);
    sign_in(gated);
    call(gated);
  } catch (const pintle::Error& error) {
    std::cerr << error.what() << "\n" << error.hint() << "\n";
    return 1;
  }
  return 0;
}
