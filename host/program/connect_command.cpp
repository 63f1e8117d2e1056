#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
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
// A spinner is shown for as long; then what there is to say is said.
constexpr std::int64_t kConnectMs = 600'000;
// An answer may be what somebody works for; who does not want to wait ends it.
constexpr std::int64_t kAnswerMs = 24 * 3'600'000;

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

void say(bool json, const char* state, const std::string& text) {
  if (json) {
    print_line(JsonObject().text("kind", state).text("text", text).str());
  } else {
    std::string name(state);
    name.resize(11, ' ');
    print_line(styled(Style::dim, name) + text);
  }
}

class Session {
 public:
  Session(const Invocation& invocation, LiveConnection live, std::string url)
      : json_(invocation.json()),
        once_(invocation.has("once")),
        listens_(!invocation.has("no-input")),
        url_(std::move(url)),
        live_(std::move(live)) {
    if (const auto seconds = time_limit(invocation)) {
      until_ = Clock::now() + std::chrono::seconds(*seconds);
    }
  }

  static std::optional<long long> time_limit(const Invocation& invocation) {
    return invocation.number("for", 1, 86'400);
  }

  int run() {
    while (take_events()) {
      if (interrupted().stop_requested() && !closing_) {
        code_ = kInterrupted;
        close();
      }
      if (Clock::now() >= until_) close();
      wait();
    }
    return code_;
  }

 private:
  void close() {
    if (!std::exchange(closing_, true)) live_.close(1000);
  }

  // False after the last.
  bool take_events() {
    while (const auto event = live_.next(0)) {
      if (event->kind == LiveEvent::Kind::state) {
        if (!take_state(*event->state)) return false;
      } else {
        show(*event);
        const bool ours = pending_.erase(event->id) != 0;
        if (ours && event->kind == LiveEvent::Kind::error) refused(kRefusedByApp);
        // What kept it from being answered comes next.
        if (ours && event->kind == LiveEvent::Kind::unanswered) continue;
      }
      close_when_done();
    }
    return true;
  }

  bool take_state(const LiveState& state) {
    using Kind = LiveState::Kind;
    switch (state.kind) {
      case Kind::idle:
      case Kind::probing:
        return true;
      case Kind::dialling:
        say(json_, "dialling", url_);
        return true;
      case Kind::ready:
        say(json_, "connected",
            state.reused_connection ? "on the connection of the probe" : "on a new connection");
        show_line("ready", Style::good, {},
                  state.greeting.empty() ? "assumed: the gateway says nothing" : "",
                  state.greeting.empty() ? "" : "gateway.ready", state.greeting);
        ready_ = was_ready_ = true;
        if (once_) close();
        return true;
      case Kind::waiting:
        ready_ = false;
        // Who has just typed the address would like to know that it is wrong.
        if (!was_ready_) return ended(state);
        say(json_, "waiting",
            (state.why ? state.why->happened() : "") + "; again in " + seconds(state.wait_ms));
        return true;
      case Kind::needs_sign_in:
      case Kind::failed:
        return ended(state);
      case Kind::closed:
        show_line("closed", Style::dim, state.close_code, state.close_reason, {}, {});
        return ended(state);
    }
    return true;
  }

  bool ended(const LiveState& state) {
    if (state.why && !closing_ && (code_ == kOk || code_ == kRefusedByApp)) {
      code_ = report(*state.why, json_);
    }
    return false;
  }

  static std::string seconds(std::int64_t milliseconds) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f s", static_cast<double>(milliseconds) / 1000.0);
    return text;
  }

  void wait() {
    const bool input = listens_ && ready_ && !lines_.ended() && !closing_;
    const bool interrupts = !interrupted().stop_requested();
    std::array<pollfd, 4> waiting{pollfd{live_.fd(), POLLIN, 0},
                                  pollfd{input ? STDIN_FILENO : -1, POLLIN, 0},
                                  pollfd{interrupts ? interrupt_fd() : -1, POLLIN, 0},
                                  pollfd{closing_ ? -1 : STDOUT_FILENO, 0, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - Clock::now()).count();
    ::poll(waiting.data(), waiting.size(),
           until_ == Clock::time_point::max()
               ? -1
               : static_cast<int>(std::clamp<long long>(left, 0, 60'000)));
    // Nobody reads any more what is printed (`| head -1`).
    if ((waiting[3].revents & POLLERR) != 0) close();
    if (input && waiting[1].revents != 0) {
      for (const auto& line : lines_.read()) send(line);
      close_when_done();
    }
  }

  // A script that pipes its requests in has what it wants with the last answer; who sent none
  // wants to listen.
  void close_when_done() {
    if (lines_.ended() && line_ > 0 && pending_.empty()) close();
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
      pending_.insert(live_.request(method, params, {.most_ms = kAnswerMs}));
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
    const auto style =
        event.kind == Kind::error || event.kind == Kind::malformed || event.kind == Kind::unanswered
            ? Style::bad
            : Style::dim;
    std::optional<std::int64_t> code;
    if (event.kind == Kind::error) code = event.code;
    show_line(name_of(event.kind), style, code,
              event.failure != nullptr ? event.failure->happened() : std::string(event.text),
              event.type, event.json, &event);
  }

  void show_line(const char* kind, Style style, std::optional<std::int64_t> code,
                 std::string_view text, std::string_view type, std::string_view payload,
                 const LiveEvent* event = nullptr) {
    if (json_) {
      JsonObject object;
      object.text("kind", kind);
      if (!type.empty()) object.text("type", type);
      if (event != nullptr) {
        if (event->id != 0) object.number("id", event->id);
        if (!event->session_id.empty()) object.text("session_id", event->session_id);
        if (event->seq) object.number("seq", *event->seq);
      }
      if (code) object.number("code", *code);
      if (!text.empty()) object.text("text", text);
      if (!payload.empty()) object.foreign("payload", payload);
      print_line(object.str());
      return;
    }
    std::string name(kind);
    name.resize(11, ' ');
    std::string line;
    if (event != nullptr && event->id != 0) line += "#" + std::to_string(event->id) + " ";
    if (code && *code != 0) line += std::to_string(*code) + " ";
    if (!type.empty()) line += printable(type, 80) + " ";
    if (!text.empty()) line += printable(text) + " ";
    line += printable(payload, 2'000);
    while (line.ends_with(' ')) line.pop_back();
    print_line(styled(style, name) + line);
  }

  bool json_;
  bool once_;
  bool listens_;
  std::string url_;
  LiveConnection live_;
  InputLines lines_;
  std::set<std::int64_t> pending_;
  long long line_ = 0;
  bool ready_ = false;
  bool was_ready_ = false;
  bool closing_ = false;
  int code_ = kOk;
  Clock::time_point until_ = Clock::time_point::max();
};

// What came over a lost connection is reported, and a script cannot go on as if nothing was.
bool is_script(const Invocation& invocation) {
  return !invocation.has("no-input") && ::isatty(STDIN_FILENO) != 1;
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
  if (const auto bytes = max_message(invocation)) wanted.most_message_bytes = *bytes;
  wanted.reconnect = !invocation.has("no-reconnect") && !is_script(invocation);
  auto live = [&] {
    const Progress progress("connecting to " + url.text());
    auto made = connection.live(wanted);
    try {
      made.wait_until_ready(kConnectMs, interrupted());
    } catch (const Error&) {
      // Its states say what came of it.
    }
    return made;
  }();
  tell_of_store(connection, json);
  if (live.state().kind == LiveState::Kind::ready) {
    remember_scheme(registry, connection.settings(), choice);
  }
  return Session(invocation, std::move(live), url.ws_url(wanted.path)).run();
}

}  // namespace

Command connect_command() {
  return {
      "connect",
      "NAME|URL",
      "Connect and show what comes; lines typed in are requests",
      "A line is METHOD or METHOD PARAMS, where PARAMS is a JSON object or array. Ends at "
      "Ctrl-C, or when standard input has ended and every request on it was answered; with no "
      "line at all it listens. A lost connection is dialled again, but not for a script: there it "
      "is the end. Exits with 3 where a request of a script was answered with an error.",
      with_connection_options({{"once", "", "Close as soon as the gateway is ready"},
                               {"for", "SECONDS", "Close after this time"},
                               {"no-input", "", "Do not read standard input"},
                               {"no-reconnect", "", "End when the connection is lost"},
                               {"path", "PATH", "Another path than /api/ws"},
                               {"origin", "ORIGIN", "Send this Origin; none by default"},
                               max_message_option()}),
      run};
}

}  // namespace pintle::program
