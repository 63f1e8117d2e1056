// SPDX-License-Identifier: Apache-2.0
#include "base/single_flight.h"

#include <exception>
#include <string>
#include <utility>

namespace pintle {

SingleFlight::~SingleFlight() {
  const MutexLock lock(mutex_);
  landed_.wait_for(mutex_, kGrace,
                   [&]() PINTLE_REQUIRES(mutex_) { return !flight_ || flight_->done; });
}

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
    const MutexLock lock(mutex_);
    flight->failure = std::move(failure);
    flight->done = true;
    landed_.notify_all();
  });
  return flight_ = std::move(flight);
}

void SingleFlight::wait(const std::shared_ptr<Flight>& flight, const std::stop_token& cancel) {
  if (!landed_.wait(mutex_, cancel, [&]() PINTLE_REQUIRES(mutex_) { return flight->done; })) {
    throw Error(Layer::tcp, "the operation was cancelled");
  }
  if (flight->failure) throw *flight->failure;
}

void SingleFlight::run(const std::stop_token& cancel) {
  const MutexLock lock(mutex_);
  const auto flight = flight_ && !flight_->done ? flight_ : start();
  wait(flight, cancel);
}

bool SingleFlight::run_unless_running(const std::stop_token& cancel) {
  const MutexLock lock(mutex_);
  if (flight_ && !flight_->done) return false;
  wait(start(), cancel);
  return true;
}

}  // namespace pintle
