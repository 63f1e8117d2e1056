// SPDX-License-Identifier: Apache-2.0
//
// An installed Chrome, Chromium or Edge that runs for Pintle alone: a profile folder of its own
// that is gone afterwards, and a pipe to drive it by.
//
// It is never driven over a port: every program of this machine could use that, and any page try.
// Threads: one at a time.

#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

#include <pintle/files/unique_fd.h>

namespace pintle {

struct BrowserWish {
  std::filesystem::path state_folder{};  ///< The profile lies below it; empty: a temporary folder.
  std::string proxy{};                   ///< "http://host:port"; empty: as the system has it.
  bool headless = false;
};

/// The program of an installed browser; nothing where there is none.
std::optional<std::string> find_installed_browser();

/// A folder of mode 0700 that is removed with this.
class BrowserProfile {
 public:
  /// Removes what processes that were killed have left below `state_folder`, too. Throws
  /// Error(store).
  explicit BrowserProfile(const std::filesystem::path& state_folder);
  BrowserProfile(const BrowserProfile&) = delete;
  BrowserProfile& operator=(const BrowserProfile&) = delete;
  ~BrowserProfile();

  const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  std::filesystem::path folder_;
};

class BrowserProcess {
 public:
  /// Throws Error(config) where there is no browser, no screen, or it cannot be started.
  explicit BrowserProcess(const BrowserWish& wish);
  BrowserProcess(const BrowserProcess&) = delete;
  BrowserProcess& operator=(const BrowserProcess&) = delete;
  /// Ends the browser and everything it has started, and waits for it.
  ~BrowserProcess();

  /// Its DevTools, each message a JSON text and a NUL.
  int pipe() const noexcept { return pipe_.get(); }

  /// Waits that long for it to end by itself. Gives how it ended, as a text that is empty where it
  /// was in good order; nothing where it has not.
  std::optional<std::string> ended_within(std::chrono::milliseconds most) const;

 private:
  BrowserProfile profile_;
  UniqueFd pipe_;
  pid_t process_ = -1;
};

}  // namespace pintle
