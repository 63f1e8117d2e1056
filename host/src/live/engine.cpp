// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <thread>
#include <utility>

#include "live/exit_guard.h"
#include "live/opener.h"

namespace pintle::live {
namespace {

// The number of gateways that may hang at once before another dial has to wait. The threads are
// idle while they wait.
constexpr std::size_t kMaxDials = 8;

}  // namespace

Engine::Engine(Loop::AsleepClock asleep_ms) : resources(std::move(asleep_ms)), pool(kMaxDials) {}

std::shared_ptr<Engine> Engine::make(Loop::AsleepClock asleep_ms) {
  return {new Engine(std::move(asleep_ms)), [](Engine* engine) {
            // A thread cannot wait for itself.
            if (engine->loop.is_this_thread() || Pool::is_worker()) {
              auto left = std::make_unique<ExitGuard>();
              left->begin();
              std::thread([engine, waited_for = std::move(left)] { delete engine; }).detach();
            } else {
              delete engine;
            }
          }};
}

}  // namespace pintle::live
