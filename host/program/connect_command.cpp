#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <unistd.h>

#include <pintle/core/json.h>
#include <pintle/core/printable.h>

#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "target.h"

namespace pintle::program {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostLine = 16 << 20;
// How often the connection is looked at when nothing comes, for its own deadlines.
constexpr int kTickMs = 500;

// Lines of standard input, as they come, without ever waiting for one.
class InputLines {
 public:
  bool ended() const { return ended_; }

  /// What is there: whole lines only, the last one also without a line break.
  std::vector<std::string> read() {
    char buffer[65536];
    const auto got = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    std::vector<std::string> lines;
    if (got <= 0) {
      ended_ = true;
      if (!rest_.empty()) lines.push_back(std::exchange(rest_, {}));
      return lines;
    }
    rest_.append(buffer, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      lines.push_back(rest_.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > kMostLine) {
      throw Error(Layer::config, "a line of standard input is longer than 16 MiB").with_person();
    }
    return lines;
  }

 private:
  std::string rest_;
  bool ended_ = false;
};

class Session {
 public:
  Session(const Invocation& invocation, LiveConnection live)
      : json_(invocation.json()),
        once_(invocation.has("once")),
        listens_(!invocation.has("no-input")),
        live_(std::move(live)) {
    if (const auto seconds = time_limit(invocation)) {
      until_ = Clock::now() + std::chrono::seconds(*seconds);
    }
  }

  static std::optional<long long> time_limit(const Invocation& invocation) {
    return invocation.number("for", 1, 86'400);
  }

  int run() {
    while (true) {
      if (!take_events()) return code_;
      if (interrupted().stop_requested() && live_.is_open()) {
        code_ = kInterrupted;
        live_.close(1000);
      }
      if (Clock::now() >= until_ && live_.is_open()) live_.close(1000);
      wait();
    }
  }

 private:
  // False after the last.
  bool take_events() {
    while (auto event = live_.next(0)) {
      show(*event);
      if (event->kind == LiveEvent::Kind::closed) {
        if (event->failure && code_ == kOk) code_ = report(*event->failure, json_);
        return false;
      }
      const bool ours = pending_.erase(event->id) != 0;
      if (ours && event->kind == LiveEvent::Kind::error) refused(kRefusedByApp);
      if (event->kind == LiveEvent::Kind::ready) {
        ready_ = true;
        if (once_) live_.close(1000);
      }
      close_when_done();
    }
    return true;
  }

  void wait() {
    const bool input = listens_ && ready_ && !lines_.ended() && live_.is_open();
    const bool interrupts = !interrupted().stop_requested();
    const auto events = static_cast<short>(live_.wants_write() ? POLLIN | POLLOUT : POLLIN);
    std::array<pollfd, 4> waiting{pollfd{live_.fd(), events, 0},
                                  pollfd{input ? STDIN_FILENO : -1, POLLIN, 0},
                                  pollfd{interrupts ? interrupt_fd() : -1, POLLIN, 0},
                                  pollfd{live_.is_open() ? STDOUT_FILENO : -1, 0, 0}};
    ::poll(waiting.data(), waiting.size(), kTickMs);
    // Nobody reads any more what is printed (`| head -1`).
    if ((waiting[3].revents & POLLERR) != 0) live_.close(1000);
    if (input && waiting[1].revents != 0) {
      for (const auto& line : lines_.read()) send(line);
      close_when_done();
    }
  }

  // A script that pipes its requests in has what it wants with the last answer; who sent none
  // wants to listen.
  void close_when_done() {
    if (lines_.ended() && line_ > 0 && pending_.empty() && live_.is_open()) live_.close(1000);
  }

  // To a script its exit code says whether all that it asked for was done.
  void refused(int code) {
    if (code_ == kOk && ::isatty(STDIN_FILENO) != 1) code_ = code;
  }

  // A line is a method and, behind a space, its params; the id is ours.
  void send(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    while (line.starts_with(' ')) line.remove_prefix(1);
    if (line.empty()) return;
    ++line_;
    const auto space = line.find(' ');
    const auto method = line.substr(0, space);
    const auto params = space == std::string_view::npos ? "" : line.substr(space + 1);
    try {
      pending_.insert(live_.request(method, params));
    } catch (const Error& error) {
      // This line is wrong, and the connection goes on.
      refused(exit_code(error.layer()));
      if (!json_) {
        report(error, false);
        return;
      }
      print_line(JsonObject()
                     .text("kind", "refused")
                     .number("line", line_)
                     .raw("error", error_members(error))
                     .str());
    }
  }

  void show(const LiveEvent& event) {
    using Kind = LiveEvent::Kind;
    if (json_) {
      JsonObject object;
      object.text("kind", name_of(event.kind));
      if (!event.type.empty()) object.text("type", event.type);
      if (event.id != 0) object.number("id", event.id);
      if (!event.session_id.empty()) object.text("session_id", event.session_id);
      if (event.seq) object.number("seq", *event.seq);
      if (event.kind == Kind::error || event.kind == Kind::closed)
        object.number("code", event.code);
      if (!event.text.empty()) object.text("text", event.text);
      if (!event.json.empty()) object.foreign("payload", event.json);
      print_line(object.str());
      return;
    }
    std::string name(name_of(event.kind));
    name.resize(11, ' ');
    const auto style = event.kind == Kind::ready                                    ? Style::good
                       : event.kind == Kind::error || event.kind == Kind::malformed ? Style::bad
                                                                                    : Style::dim;
    std::string text;
    if (event.id != 0) text += "#" + std::to_string(event.id) + " ";
    if (event.code != 0) text += std::to_string(event.code) + " ";
    if (!event.type.empty()) text += printable(event.type, 80) + " ";
    if (!event.text.empty()) text += printable(event.text) + " ";
    if (event.kind == Kind::ready && event.type.empty())
      text += "assumed: the gateway says nothing";
    text += printable(event.json, 2'000);
    while (text.ends_with(' ')) text.pop_back();
    print_line(styled(style, name) + text);
  }

  bool json_;
  bool once_;
  bool listens_;
  LiveConnection live_;
  InputLines lines_;
  std::set<std::int64_t> pending_;
  long long line_ = 0;
  bool ready_ = false;
  int code_ = kOk;
  Clock::time_point until_ = Clock::time_point::max();
};

void say(bool json, const char* state, const std::string& text) {
  if (json) {
    print_line(JsonObject().text("kind", state).text("text", text).str());
  } else {
    std::string name(state);
    name.resize(11, ' ');
    print_line(styled(Style::dim, name) + text);
  }
}

int run(const Invocation& invocation) {
  if (invocation.has("token-stdin") && !invocation.has("no-input")) {
    throw UsageError("--token-stdin takes standard input away from requests: add --no-input");
  }
  Session::time_limit(invocation);  // a wrong one is told of before anything is sent
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  auto connection = host.open(target_of(invocation, registry));
  const auto& url = connection.settings().url;
  const bool json = invocation.json();
  std::optional<LiveConnection> live;
  {
    say(json, "probing", url.text());
    const auto choice = [&] {
      const Progress progress("asking " + url.text());
      return connection.choose(interrupted());
    }();
    say(json, "scheme",
        choice.facts.id + ": " + choice.table.front().why + " (" + choice.where + ")");
    LiveOptions wanted;
    if (const auto path = invocation.get("path")) wanted.path = *path;
    if (const auto origin = invocation.get("origin")) wanted.origin = *origin;
    say(json, "dialling", url.ws_url(wanted.path));
    live = [&] {
      const Progress progress("connecting to " + url.text());
      return connection.dial(wanted, interrupted());
    }();
    say(json, "connected",
        live->reused_connection() ? "on the connection of the probe" : "on a new connection");
    tell_of_store(connection, json);
    remember_scheme(registry, connection.settings(), choice);
  }
  return Session(invocation, std::move(*live)).run();
}

}  // namespace

Command connect_command() {
  return {
      "connect",
      "NAME|URL",
      "Connect and show what comes; lines typed in are requests",
      "A line is METHOD or METHOD PARAMS, where PARAMS is a JSON object or array. Ends at "
      "Ctrl-C, when the gateway closes, or when standard input has ended and every "
      "request on it was answered; with no line at all it listens. Exits with 3 where a request "
      "of a script was answered with an error.",
      with_connection_options({{"once", "", "Close as soon as the gateway is ready"},
                               {"for", "SECONDS", "Close after this time"},
                               {"no-input", "", "Do not read standard input"},
                               {"path", "PATH", "Another path than /api/ws"},
                               {"origin", "ORIGIN", "Send this Origin; none by default"}}),
      run};
}

}  // namespace pintle::program
