// SPDX-License-Identifier: Apache-2.0
//
// How a connection opens the WebSockets of its live connections.

#include <exception>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "connection/connection_parts.h"
#include "live/live_parts.h"

namespace pintle {
namespace {

class ConnectionOpener final : public live::Opener {
 public:
  explicit ConnectionOpener(std::shared_ptr<Connection::Parts> connection)
      : connection_(std::move(connection)) {}

  bool is_known() override { return connection_->is_chosen(); }

  live::Opened open(const LiveOptions& options, const std::function<void()>& on_known,
                    const std::stop_token& cancel) override {
    connection_->choose(cancel);
    on_known();
    return connection_->dial(options, cancel);
  }

  std::uint64_t credential_version() override { return connection_->credential_version(); }
  void forget_idle() override { connection_->forget_idle(); }

 private:
  const std::shared_ptr<Connection::Parts> connection_;
};

void check(const LiveOptions& options) {
  const auto refuse = [](const char* why) { throw Error(Layer::config, why); };
  if (options.max_message_bytes > ws::kMaxMessageBytes) {
    refuse("max_message_bytes is above 512 MiB");
  }
  if (options.ready_timeout_ms < 0 || options.ping_after_idle_ms < 1 || options.heartbeat_ms < 0 ||
      options.backoff_reset_after_ms < 0) {
    refuse("a time limit of a live connection is below what it can be");
  }
  if (options.initial_backoff_ms < 1 || options.max_backoff_ms < options.initial_backoff_ms) {
    refuse(
        "the waits of a live connection are at least 1 ms, and the longest no less than the first");
  }
}

}  // namespace

LiveConnection Connection::Parts::live(LiveOptions options, LiveCallbacks callbacks) {
  check(options);
  for (auto* limit :
       {&options.ready_timeout_ms, &options.ping_after_idle_ms, &options.heartbeat_ms,
        &options.initial_backoff_ms, &options.max_backoff_ms, &options.backoff_reset_after_ms}) {
    *limit = live::at_most_a_year(*limit).count();
  }
  auto parts = std::make_shared<LiveConnection::Parts>(
      host_->engine(), std::make_shared<ConnectionOpener>(shared_from_this()), std::move(options),
      std::move(callbacks));
  {
    const std::lock_guard lock(lives_mutex_);
    std::erase_if(lives_, [](const auto& one) { return one.expired(); });
    lives_.push_back(parts);
  }
  parts->start();
  return LiveConnection(std::move(parts));
}

std::uint64_t Connection::Parts::credential_version() {
  const auto now = net::Clock::now();
  const std::lock_guard lock(lives_mutex_);
  // Many live connections may ask for the same thing.
  if (now - looked_at_ >= kLookEvery) {
    looked_at_ = now;
    if (auto* ready = ready_.load(std::memory_order_acquire)) {
      try {
        ready->keeper->take_over();
      } catch (const std::exception&) {
        // A store that cannot be read now has nothing new.
      }
    }
    files_changed_ = 0;
    for (const auto& [key, source] : settings.inputs) {
      if (source.kind() != SecretSource::Kind::file) continue;
      std::error_code none;
      const auto written = std::filesystem::last_write_time(source.where(), none);
      if (!none) {
        files_changed_ =
            files_changed_ * 31 + static_cast<std::uint64_t>(written.time_since_epoch().count());
      }
    }
  }
  const auto* ready = ready_.load(std::memory_order_acquire);
  return credential_version_ + files_changed_ + (ready != nullptr ? ready->keeper->versions() : 0);
}

void Connection::Parts::credential_changed() {
  std::vector<std::shared_ptr<LiveConnection::Parts>> all;
  {
    const std::lock_guard lock(lives_mutex_);
    ++credential_version_;
    for (const auto& one : lives_) {
      if (auto live = one.lock()) all.push_back(std::move(live));
    }
  }
  for (const auto& live : all) live->credential_changed();
}

}  // namespace pintle
