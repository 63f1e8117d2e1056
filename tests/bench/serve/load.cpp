// SPDX-License-Identifier: Apache-2.0
//
// serve-load MODE --port N …: keeps a server busy from one thread, and prints what it took as JSON.
//
//   rest      each connection sends a GET, reads the answer, and sends the next
//   echo      the same with WebSocket messages
//   download  one GET
//   idle      opens WebSockets, says so, and holds them until standard input ends
//
// See docs/bench.md.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <vector>

#include "load_connection.h"

namespace pintle::bench {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;

LoadOptions options_of(int argc, char** argv) {
  LoadOptions options;
  if (argc < 2) throw std::runtime_error("usage: serve-load MODE --port N [OPTION VALUE ...]");
  options.mode = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--port") options.port = static_cast<std::uint16_t>(std::atoi(value));
    if (name == "--path") options.path = value;
    if (name == "--connections") options.connections = std::strtoul(value, nullptr, 10);
    if (name == "--size") options.size = std::strtoul(value, nullptr, 10);
    if (name == "--seconds") options.seconds = std::atof(value);
  }
  // The local token; not an argument, which every user can read.
  if (const char* header = std::getenv("LOAD_HEADER")) options.header = header;
  return options;
}

void allow_many_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

using Connections = std::vector<std::unique_ptr<LoadConnection>>;

Connections connect_all(const LoadOptions& options) {
  Connections all;
  for (std::size_t i = 0; i < options.connections; ++i) {
    all.push_back(std::make_unique<LoadConnection>(options));
  }
  return all;
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void watch(int epoll, LoadConnection& one, int operation) {
  epoll_event event{};
  event.events = one.needs_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &one;
  ::epoll_ctl(epoll, operation, one.fd(), &event);
}

// Every connection always has one request on its way.
void keep_busy(const LoadOptions& options) {
  const auto all = connect_all(options);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> buffer(kBuffer);
  std::vector<double> latencies;
  latencies.reserve(1'000'000);
  const auto begin = Clock::now();
  for (const auto& one : all) {
    one->ask();
    watch(epoll, *one, EPOLL_CTL_ADD);
  }
  std::vector<epoll_event> ready(256);
  std::uint64_t done = 0;
  while (seconds_since(begin) < options.seconds) {
    const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), 1000);
    if (count == 0) throw std::runtime_error("no answer for a second");
    for (int i = 0; i < count; ++i) {
      auto& one = *static_cast<LoadConnection*>(ready[static_cast<std::size_t>(i)].data.ptr);
      const bool waited_to_write = one.needs_to_write();
      if (one.work(buffer)) {
        latencies.push_back(seconds_since(one.asked_at()));
        ++done;
        one.ask();
      }
      if (waited_to_write != one.needs_to_write()) watch(epoll, one, EPOLL_CTL_MOD);
    }
  }
  const auto seconds = seconds_since(begin);
  std::sort(latencies.begin(), latencies.end());
  const auto p99 = latencies.empty() ? 0 : latencies[latencies.size() * 99 / 100];
  std::printf("{\"ops\":%llu,\"seconds\":%.6f,\"rate\":%.1f,\"p99_us\":%.1f}\n",
              static_cast<unsigned long long>(done), seconds, static_cast<double>(done) / seconds,
              p99 * 1e6);
}

void download(const LoadOptions& options) {
  LoadConnection one(options);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> buffer(kBuffer);
  const auto begin = Clock::now();
  one.ask();
  watch(epoll, one, EPOLL_CTL_ADD);
  epoll_event event{};
  do {
    if (::epoll_wait(epoll, &event, 1, 10'000) == 0) throw std::runtime_error("it stopped");
  } while (!one.work(buffer));
  const auto seconds = seconds_since(begin);
  std::printf("{\"bytes\":%llu,\"seconds\":%.6f,\"rate\":%.1f}\n",
              static_cast<unsigned long long>(one.received()), seconds,
              static_cast<double>(one.received()) / seconds / 1e6);
}

void hold(const LoadOptions& options) {
  const auto all = connect_all(options);
  std::printf("{\"open\":%zu}\n", all.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  using namespace pintle::bench;
  try {
    allow_many_files();
    const auto options = options_of(argc, argv);
    if (options.mode == "download") {
      download(options);
    } else if (options.mode == "idle") {
      hold(options);
    } else {
      keep_busy(options);
    }
    return 0;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "serve-load: %s\n", wrong.what());
    return 1;
  }
}
