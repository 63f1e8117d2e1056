// SPDX-License-Identifier: Apache-2.0
//
// Pintle in an app that has an event loop of its own, here with epoll. Both ways, on one
// connection: one live connection is pulled from when its descriptor is readable, another has
// callbacks that its executor brings to the loop. Nothing here needs a lock but the queue of tasks.
//
//     embed-loop URL TOKEN_FILE

#include <cstdint>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

#include <pintle/bundled.h>
#include <pintle/host.h>

namespace {

// What every loop has: descriptors to watch, and a way to run something on its thread.
class Loop {
 public:
  Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (epoll_ < 0 || wake_ < 0) throw std::runtime_error("there is no descriptor left");
    watch(wake_, [this] { run_tasks(); });
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    ::close(wake_);
    ::close(epoll_);
  }

  void watch(int fd, std::function<void()> on_readable) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
    watched_[fd] = std::move(on_readable);
  }

  // From any thread.
  void post(std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(wake_, &one, sizeof(one));
  }

  void run() {
    while (!ended_) {
      epoll_event event{};
      if (::epoll_wait(epoll_, &event, 1, -1) == 1) watched_.at(event.data.fd)();
    }
  }
  void end() { ended_ = true; }

 private:
  void run_tasks() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof(count));
    std::deque<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (const auto& task : tasks) task();
  }

  int epoll_;
  int wake_;
  bool ended_ = false;
  std::map<int, std::function<void()>> watched_;
  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
};

int run(const char* url, const char* token_file) {
  auto options = pintle::HostOptions::standard();
  options.built_in = pintle::bundled_plugins();
  const pintle::Host host(options);
  pintle::ConnectionSettings settings{.url = pintle::GatewayUrl::parse(url)};
  settings.inputs.emplace("token",
                          pintle::SecretSource::of(pintle::SecretSource::Kind::file, token_file));
  auto connection = host.open(settings);

  Loop loop;
  int waiting_for = 2;
  int code = 0;
  const auto done = [&](const char* who, std::string_view what) {
    std::cout << who << ": " << what << std::endl;
    if (--waiting_for == 0) loop.end();
  };
  const auto on_state = [&](const char* who, const pintle::LiveState& state) {
    using Kind = pintle::LiveState::Kind;
    std::cout << who << " is " << name_of(state.kind) << std::endl;
    if (state.kind != Kind::needs_sign_in && state.kind != Kind::failed) return;
    std::cerr << state.why->what() << "\n" << state.why->hint() << "\n";
    code = 1;
    loop.end();
  };

  // Pulled: what comes waits until the loop asks.
  auto pulled = connection.live();
  loop.watch(pulled.fd(), [&] {
    while (const auto event = pulled.next(0)) {
      if (event->kind == pintle::LiveEvent::Kind::state) {
        on_state("pulled", *event->state);
      } else {
        done("pulled", event->json);
      }
    }
  });
  pulled.request("echo", R"({"way":"pulled"})");

  // Pushed: the executor brings callbacks to the loop's thread.
  pintle::LiveCallbacks callbacks;
  callbacks.executor = [&](std::function<void()> task) { loop.post(std::move(task)); };
  callbacks.on_state = [&](const pintle::LiveState& state) { on_state("pushed", state); };
  auto pushed = connection.live({}, std::move(callbacks));
  pushed.request("echo", R"({"way":"pushed"})", {}, [&](const pintle::CallResult& result) {
    done("pushed", result.error != nullptr ? result.error->what() : result.json);
  });

  loop.run();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embed-loop URL TOKEN_FILE\n";
    return 2;
  }
  try {
    return run(argv[1], argv[2]);
  } catch (const pintle::Error& error) {
    std::cerr << error.what() << "\n" << error.hint() << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
  }
  return 1;
}
