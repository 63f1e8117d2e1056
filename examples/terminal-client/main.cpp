// SPDX-License-Identifier: Apache-2.0
//
// A client at a terminal: a typed line "METHOD PARAMS" is a request, and what comes is shown as it
// comes. It stays through drops; Ctrl-D ends it once what was asked is answered.
//
//     terminal-client URL TOKEN_FILE

#include <cstdlib>
#include <iostream>
#include <optional>
#include <poll.h>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

#include <pintle/bundled.h>
#include <pintle/core/text/printable.h>
#include <pintle/host.h>

namespace {

constexpr const char* kDim = "2";
constexpr const char* kGood = "32";
constexpr const char* kBad = "31";

void show(const char* colour, std::string_view name, const std::string& text) {
  static const bool coloured = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  std::string label(name);
  if (label.size() < 12) label.resize(12, ' ');
  if (coloured) label = std::string("\033[") + colour + "m" + label + "\033[0m";
  std::cout << label << " " << text << std::endl;
}

// From outside: nothing of it may steer the terminal.
std::string safe(std::string_view text) { return pintle::printable(text, 4'000); }

class Client {
 public:
  explicit Client(pintle::LiveConnection live) : live_(std::move(live)) {}

  int run() {
    while (take_events()) {
      if (!listens_ && pending_.empty() && !closing_) {
        closing_ = true;
        live_.close();
      }
      pollfd waited[] = {{live_.fd(), POLLIN, 0}, {listens_ ? STDIN_FILENO : -1, POLLIN, 0}};
      if (::poll(waited, 2, -1) > 0 && waited[1].revents != 0) read_lines();
    }
    return code_;
  }

 private:
  // False after the last.
  bool take_events() {
    while (const auto event = live_.next(0)) {
      if (event->kind == pintle::LiveEvent::Kind::state) {
        if (!take_state(*event->state)) return false;
      } else {
        take(*event);
      }
    }
    return true;
  }

  bool take_state(const pintle::LiveState& state) {
    using Kind = pintle::LiveState::Kind;
    std::string text = state.why ? state.why->what() : safe(state.greeting);
    if (state.kind == Kind::waiting) {
      text += "; next try in " + std::to_string(state.wait_ms) + " ms";
    }
    show(state.kind == Kind::ready ? kGood : state.why ? kBad : kDim, name_of(state.kind), text);
    if (state.kind == Kind::needs_sign_in || state.kind == Kind::failed) {
      show(kBad, "", state.why->hint());
      code_ = 1;
      return false;
    }
    return state.kind != Kind::closed;
  }

  void take(const pintle::LiveEvent& event) {
    using Kind = pintle::LiveEvent::Kind;
    const auto number = "#" + std::to_string(event.id) + " ";
    if (pending_.erase(event.id) != 0 && event.kind != Kind::result) code_ = 1;
    if (event.kind == Kind::result) {
      show(kGood, "answer", number + safe(event.json));
    } else if (event.kind == Kind::error) {
      show(kBad, "refused", number + std::to_string(event.code) + " " + safe(event.text));
    } else if (event.kind == Kind::unanswered) {
      show(kBad, event.was_sent ? "unknown" : "not sent", number + event.failure->what());
    } else {
      show(kDim, name_of(event.kind), safe(event.type) + " " + safe(event.json));
    }
  }

  void read_lines() {
    char buffer[4096];
    const auto got = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got <= 0) {
      listens_ = false;
      if (!typed_.empty()) ask(std::exchange(typed_, {}));
      return;
    }
    typed_.append(buffer, static_cast<std::size_t>(got));
    for (auto end = typed_.find('\n'); end != std::string::npos; end = typed_.find('\n')) {
      const auto line = typed_.substr(0, end);
      typed_.erase(0, end + 1);
      if (!line.empty()) ask(line);
    }
  }

  void ask(const std::string& line) {
    const auto space = line.find(' ');
    const auto params = space == std::string::npos ? "" : line.substr(space + 1);
    try {
      const auto id = live_.request(line.substr(0, space), params);
      pending_.insert(id);
      show(kDim, "asked", "#" + std::to_string(id));
    } catch (const pintle::Error& error) {
      show(kBad, "not asked", error.what());
      code_ = 1;
    }
  }

  pintle::LiveConnection live_;
  std::set<std::int64_t> pending_;
  std::string typed_;
  bool listens_ = true;
  bool closing_ = false;
  int code_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: terminal-client URL TOKEN_FILE\n";
    return 2;
  }
  try {
    auto options = pintle::HostOptions::standard();
    options.built_in = pintle::bundled_plugins();
    pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(argv[1])};
    settings.inputs.emplace("token",
                            pintle::SecretSource::of(pintle::SecretSource::Kind::file, argv[2]));
    return Client(pintle::Host(options).open(settings).live()).run();
  } catch (const pintle::Error& error) {
    std::cerr << error.what() << "\n" << error.hint() << "\n";
    return 1;
  }
}
