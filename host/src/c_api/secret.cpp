// SPDX-License-Identifier: Apache-2.0
#include "c_api/secret.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "c_api/edge.h"

namespace pintle::c_api {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;
constexpr std::size_t kMaxReason = 300;

// The app's function, and what it passes to it.
class SecretCallback {
 public:
  SecretCallback(const pintle_secret_callback& given, std::string key)
      : given_(given), key_(std::move(key)) {}
  SecretCallback(const SecretCallback&) = delete;
  SecretCallback& operator=(const SecretCallback&) = delete;
  ~SecretCallback() {
    if (is_adopted_ && given_.release != nullptr) given_.release(given_.user);
  }

  void adopt() noexcept { is_adopted_ = true; }

  Secret read(const std::stop_token& cancel) const {
    pintle_secret_sink sink(cancel);
    given_.read(given_.user, view(key_), &sink);
    if (sink.given) return std::move(*sink.given);
    throw Error(Layer::config, sink.refusal.empty() ? "it gave none" : sink.refusal);
  }

 private:
  const pintle_secret_callback given_;
  const std::string key_;
  bool is_adopted_ = false;
};

pintle_secret_callback callback_in(std::string_view where) {
  if (where.size() < sizeof(std::uint64_t)) {
    refuse("pintle_source.where of PINTLE_FROM_CALLBACK is not pintle_from_callback(...)");
  }
  // The view has no alignment to rely on.
  pintle_secret_callback copy{};
  std::memcpy(&copy, where.data(), std::min(where.size(), sizeof(copy)));
  const auto given = sized(&copy, "pintle_secret_callback");
  if (given.read == nullptr) refuse("pintle_secret_callback.read is null");
  return given;
}

}  // namespace

SecretSource source_of(const pintle_source& given, SecretReleases& releases) {
  const auto where = text(given.where, "pintle_source.where");
  switch (given.from) {
    case PINTLE_FROM_FILE:
      return SecretSource::of(SecretSource::Kind::file, where);
    case PINTLE_FROM_COMMAND:
      return SecretSource::of(SecretSource::Kind::command, where);
    case PINTLE_FROM_ENVIRONMENT:
      return SecretSource::of(SecretSource::Kind::environment, where);
    case PINTLE_FROM_CALLBACK: {
      const auto callback = std::make_shared<SecretCallback>(
          callback_in(where), std::string(text(given.key, "pintle_source.key")));
      releases.add([callback] { callback->adopt(); });
      return SecretSource::function([callback](std::int64_t, const std::stop_token& cancel) {
        return callback->read(cancel);
      });
    }
    case PINTLE_FROM_MEMORY:
      if (where.size() > kMaxSecret) refuse("a secret in memory is longer than 64 KiB");
      return SecretSource::memory(Secret(where));
    default:
      refuse("pintle_source.from is " + std::to_string(given.from) + ", not a PINTLE_FROM_* value");
  }
}

}  // namespace pintle::c_api

namespace {

void refuse_secret(pintle_secret_sink& sink, const char* why) noexcept {
  sink.given.reset();
  try {
    sink.refusal = why;
  } catch (...) {
    sink.refusal.clear();
  }
}

}  // namespace

void pintle_secret_give(pintle_secret_sink* sink, pintle_view text) {
  if (sink == nullptr) return;
  if (text.data == nullptr && text.size != 0) {
    return refuse_secret(*sink, "the answer's data is null but its size is not 0");
  }
  if (text.size > sink->max) {
    return refuse_secret(
        *sink, sink->max < (1 << 20) ? "it is longer than 64 KiB" : "it is longer than 1 MiB");
  }
  try {
    sink->given.emplace(pintle::text(text));
    sink->is_refused = false;
    sink->refusal.clear();
  } catch (...) {
    refuse_secret(*sink, "out of memory");
  }
}

void pintle_secret_refuse(pintle_secret_sink* sink, pintle_view why) {
  if (sink == nullptr) return;
  sink->given.reset();
  sink->is_refused = true;
  if (why.data == nullptr) return sink->refusal.clear();
  try {
    sink->refusal = pintle::printable(pintle::text(why), pintle::c_api::kMaxReason);
  } catch (...) {
    sink->refusal.clear();
  }
}

std::int32_t pintle_secret_is_cancelled(const pintle_secret_sink* sink) {
  return sink != nullptr && sink->cancel.stop_requested() ? 1 : 0;
}

int pintle_secret_cancel_fd(pintle_secret_sink* sink) {
  if (sink == nullptr) return -1;
  try {
    if (!sink->event) sink->event.emplace(sink->cancel);
    return sink->event->fd();
  } catch (...) {
    return -1;
  }
}
