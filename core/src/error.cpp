#include <array>
#include <utility>

#include <pintle/core/error.h>

namespace pintle {
namespace {

constexpr std::array<std::string_view, 15> kNames = {
    "config",   "dns",     "tcp",    "proxy",     "tls",      "access-proxy", "host-guard", "gate",
    "provider", "session", "ticket", "websocket", "protocol", "plugin",       "store"};
static_assert(kNames.size() == static_cast<std::size_t>(kLastLayer));

}  // namespace

std::string_view name_of(Layer layer) noexcept {
  const auto index = static_cast<std::size_t>(static_cast<std::int32_t>(layer)) - 1;
  return index < kNames.size() ? kNames[index] : std::string_view("unknown");
}

std::optional<Layer> layer_from_number(std::int32_t number) noexcept {
  if (number < static_cast<std::int32_t>(kFirstLayer) ||
      number > static_cast<std::int32_t>(kLastLayer)) {
    return std::nullopt;
  }
  return static_cast<Layer>(number);
}

Error::Error(Layer layer, std::string happened) : layer_(layer), happened_(std::move(happened)) {
  compose();
}

Error& Error::with_status(int http_status) {
  http_status_ = http_status;
  compose();
  return *this;
}

Error& Error::with_next(std::string next_step) {
  next_step_ = std::move(next_step);
  return *this;
}

Error& Error::with_retry(bool can_help) {
  can_retry_ = can_help;
  return *this;
}

Error& Error::with_retry_after_ms(std::int64_t milliseconds) {
  retry_after_ms_ = milliseconds;
  can_retry_ = true;
  return *this;
}

Error& Error::with_person(bool must_act) {
  needs_person_ = must_act;
  return *this;
}

Error& Error::with_sign_in(bool needed) {
  needs_sign_in_ = needed;
  needs_person_ = needs_person_ || needed;
  return *this;
}

void Error::compose() {
  message_ = std::string(name_of(layer_)) + ": " + happened_;
  if (http_status_ != 0) message_ += " (HTTP " + std::to_string(http_status_) + ")";
}

}  // namespace pintle
