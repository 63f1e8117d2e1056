// SPDX-License-Identifier: Apache-2.0
//
// Many live connections in one process, all idle, over TLS to a gated gateway, each with its own
// ticket: their cost, and how they reconnect when the gateway restarts.
//
//     live-scale [COUNT]        10,000 unless said otherwise
//
// The practice gateway runs in a process of its own. It has a thread for each connection, so it is
// the gateway that needs the memory.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <pintle/bundled.h>
#include <pintle/host.h>

#include "support/practice_host.h"

namespace pintle::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void raise_limit_on_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::int64_t of_process(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    std::int64_t value = 0;
    if (name == std::string(field) + ":" && status >> value) return value;
    status.ignore(1 << 20, '\n');
  }
  return 0;
}

// The gateway in its own process: a letter is a request, a line the response.
class GatewayProcess {
 public:
  GatewayProcess() {
    std::array<int, 2> ask{};
    std::array<int, 2> answer{};
    if (::pipe(ask.data()) != 0 || ::pipe(answer.data()) != 0) throw std::runtime_error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ask[1]);
      ::close(answer[0]);
      serve(ask[0], answer[1]);
      ::_exit(0);
    }
    ::close(ask[0]);
    ::close(answer[1]);
    ask_ = ask[1];
    answer_ = ::fdopen(answer[0], "r");
  }
  ~GatewayProcess() {
    ::close(ask_);
    std::fclose(answer_);
    ::waitpid(child_, nullptr, 0);
  }
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  std::string ask(char what) {
    if (::write(ask_, &what, 1) != 1) throw std::runtime_error("the gateway is gone");
    char line[512] = {};
    if (std::fgets(line, sizeof line, answer_) == nullptr) {
      throw std::runtime_error("the gateway is gone");
    }
    std::string text(line);
    text.pop_back();
    return text;
  }
  std::uint64_t number(char what) { return std::stoull(ask(what)); }

 private:
  static void serve(int ask, int answer) {
    auto options = test::over_tls(test::cookie_gate());
    options.ping_every_ms = options.silence_ms = 3'600'000;
    practice::Gateway gateway(std::move(options));
    const auto say = [answer](const std::string& text) {
      const auto line = text + "\n";
      [[maybe_unused]] const auto put = ::write(answer, line.data(), line.size());
    };
    for (char what = 0; ::read(ask, &what, 1) == 1;) {
      const auto counters = gateway.request_log().counters();
      switch (what) {
        case 'u':
          say(gateway.url());
          break;
        case 'c':
          say(gateway.ca_file());
          break;
        case 'r':
          gateway.restart();
          say("0");
          break;
        case 't':
          say(std::to_string(counters.tickets_used));
          break;
        case 'a':
          say(std::to_string(counters.connections));
          break;
        default:
          say("0");
      }
    }
  }

  pid_t child_ = -1;
  int ask_ = -1;
  std::FILE* answer_ = nullptr;
};

void run(std::size_t count) {
  raise_limit_on_files();
  GatewayProcess gateway;
  test::TemporaryFolder folder;
  auto options = test::host_with(bundled_plugins());
  options.sessions = std::make_shared<FileSessionStore>(folder / "sessions");
  ConnectionSettings settings{.url = GatewayUrl::parse(gateway.ask('u'))};
  settings.ca_file = gateway.ask('c');
  settings.inputs = test::password_inputs(folder);
  settings.scheme_settings = test::password_settings();
  auto connection = Host(std::move(options)).open(std::move(settings));
  connection.call({.target = "/api/sessions"});

  std::atomic<std::size_t> ready{0};
  LiveCallbacks callbacks;
  callbacks.on_event = [](const LiveEvent&) {};
  callbacks.on_state = [&](const LiveState& state) {
    if (state.kind == LiveState::Kind::ready) ++ready;
  };
  const auto wait_for = [&](std::size_t wanted, const char* what) {
    const auto begin = Clock::now();
    std::printf("%-24s", what);
    std::size_t before = ready;
    std::string rates;
    while (ready < wanted && seconds_since(begin) < 300) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      const std::size_t now = ready;
      rates += " " + std::to_string(now - before);
      before = now;
    }
    std::printf("%6.1f s, accepted in each second:%s\n", seconds_since(begin), rates.c_str());
    if (ready < wanted) throw std::runtime_error("not all came");
  };
  const auto base_kb = of_process("VmRSS");
  const auto base_threads = of_process("Threads");
  const auto first_ticket = gateway.number('t');
  std::vector<LiveConnection> lives;
  lives.reserve(count);
  for (std::size_t i = 0; i < count; ++i) lives.push_back(connection.live({}, callbacks));
  wait_for(count, "connect");
  std::this_thread::sleep_for(std::chrono::seconds(6));  // The pool's threads have ended.
  std::printf("%-24s%6.1f KB each over the base, %lld threads more\n", "idle",
              static_cast<double>(of_process("VmRSS") - base_kb) / static_cast<double>(count),
              static_cast<long long>(of_process("Threads") - base_threads));
  std::fflush(stdout);
  gateway.number('r');
  wait_for(2 * count, "after a restart");
  std::printf("%-24s%6.1f KB each over the base, %lld threads more\n", "idle again",
              static_cast<double>(of_process("VmRSS") - base_kb) / static_cast<double>(count),
              static_cast<long long>(of_process("Threads") - base_threads));
  const auto tickets = gateway.number('t') - first_ticket;
  std::printf("%-24s%6llu for %zu WebSockets\n", "tickets used",
              static_cast<unsigned long long>(tickets), 2 * count);
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  try {
    pintle::bench::run(argc > 1 ? static_cast<std::size_t>(std::atoll(argv[1])) : 10'000);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "live-scale: %s\n", error.what());
    return 1;
  }
}
