// SPDX-License-Identifier: Apache-2.0
#include "base/single_flight.h"

#include <exception>
#include <string>
#include <utility>

namespace pintle {

SingleFlight::~SingleFlight() {
  std::unique_lock lock(mutex_);
  landed_.wait_for(lock, kGrace, [&] { return !flight_ || flight_->done; });
}

// Requires mutex_.
std::shared_ptr<SingleFlight::Flight> SingleFlight::start() {
  auto flight = std::make_shared<Flight>();
  // The previous run has only to return.
  thread_ = std::jthread([this, flight](const std::stop_token& stop) {
    std::optional<Error> failure;
    try {
      job_(stop);
    } catch (const Error& error) {
      failure = error;
    } catch (const std::exception&) {
      // The exception's own text may contain a secret.
      failure = Error(Layer::session, "cannot renew the session: unexpected exception");
    }
    const std::lock_guard lock(mutex_);
    flight->failure = std::move(failure);
    flight->done = true;
    landed_.notify_all();
  });
  return flight_ = std::move(flight);
}

void SingleFlight::wait(const std::shared_ptr<Flight>& flight, std::unique_lock<std::mutex>& lock,
                        const std::stop_token& cancel) {
  if (!landed_.wait(lock, cancel, [&] { return flight->done; })) {
    throw Error(Layer::tcp, "the operation was cancelled");
  }
  if (flight->failure) throw *flight->failure;
}

void SingleFlight::run(const std::stop_token& cancel) {
  std::unique_lock lock(mutex_);
  const auto flight = flight_ && !flight_->done ? flight_ : start();
  wait(flight, lock, cancel);
}

bool SingleFlight::run_unless_running(const std::stop_token& cancel) {
  std::unique_lock lock(mutex_);
  if (flight_ && !flight_->done) return false;
  wait(start(), lock, cancel);
  return true;
}

}  // namespace pintle
