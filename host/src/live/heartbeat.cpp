// SPDX-License-Identifier: Apache-2.0
#include "live/heartbeat.h"

#include <algorithm>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <pintle/core/text/json.h>

namespace pintle::live {
namespace {

bool announces_heartbeat(std::string_view greeting) {
  if (greeting.find("heartbeat") == std::string_view::npos) return false;
  try {
    const auto root = Poco::JSON::Parser().parse(with_double_numbers(greeting));
    return root.extract<Poco::JSON::Object::Ptr>()->optValue("heartbeat", false);
  } catch (const Poco::Exception&) {
    return false;
  }
}

}  // namespace

void Heartbeat::begin(std::string_view greeting) {
  is_on_ = every_.count() > 0 && announces_heartbeat(greeting);
}

// Progress of a large message in either direction also shows that the connection is alive.
Clock::duration Heartbeat::silence(TimePoint now, TimePoint last_progress) const {
  return now - std::max(last_message_, last_progress);
}

Heartbeat::Step Heartbeat::step(TimePoint now, TimePoint last_progress) const {
  const auto silent = silence(now, last_progress);
  if (silent >= 2 * every_) return Step::lost;
  return silent >= every_ ? Step::ping : Step::wait;
}

TimePoint Heartbeat::next(TimePoint now, TimePoint last_progress) const {
  const auto silent = silence(now, last_progress);
  return now + (silent >= every_ ? Clock::duration(every_) : every_ - silent);
}

}  // namespace pintle::live
