// SPDX-License-Identifier: Apache-2.0
#include "connection/credentials/credential_watch.h"

#include <chrono>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "live/live_impl.h"

namespace pintle {
namespace {

constexpr std::chrono::seconds kLookEvery{2};

}  // namespace

void CredentialWatch::add(const std::shared_ptr<LiveConnection::Impl>& live) {
  const MutexLock lock(mutex_);
  std::erase_if(lives_, [](const auto& one) { return one.expired(); });
  lives_.push_back(live);
}

std::uint64_t CredentialWatch::files_version() const {
  std::uint64_t version = 0;
  const auto look_at = [&](const std::string& file) {
    std::error_code error;
    const auto written = std::filesystem::last_write_time(file, error);
    if (error) return;
    version = version * 31 + static_cast<std::uint64_t>(written.time_since_epoch().count());
  };
  const auto& settings = context_.settings;
  for (const auto* inputs : {&settings.inputs, &settings.front_inputs}) {
    for (const auto& [key, source] : *inputs) {
      if (source.kind() == SecretSource::Kind::file) look_at(source.where());
    }
  }
  if (!settings.headers_file.empty()) look_at(settings.headers_file);
  return version;
}

std::uint64_t CredentialWatch::version() {
  const auto now = net::Clock::now();
  auto* sessions = choice_.session_cache_if_chosen();
  const MutexLock lock(mutex_);
  // Many live connections may ask at once.
  if (now - looked_at_ >= kLookEvery) {
    looked_at_ = now;
    try {
      front_.take_over();
      if (sessions != nullptr) sessions->take_over();
    } catch (const std::exception&) {
      // If the store cannot be read now, nothing has changed.
    }
    files_version_ = files_version();
  }
  return signed_in_count_ + files_version_ + front_.version() +
         (sessions != nullptr ? sessions->versions() : 0);
}

void CredentialWatch::credential_changed() {
  std::vector<std::shared_ptr<LiveConnection::Impl>> all;
  {
    const MutexLock lock(mutex_);
    ++signed_in_count_;
    for (const auto& one : lives_) {
      if (auto live = one.lock()) all.push_back(std::move(live));
    }
  }
  for (const auto& live : all) live->credential_changed();
}

}  // namespace pintle
