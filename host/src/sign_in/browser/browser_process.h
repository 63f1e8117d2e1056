// SPDX-License-Identifier: Apache-2.0
//
// Runs an installed Chrome, Chromium or Edge with a temporary profile, controlled over a pipe.
//
// Never over a port: every program on this machine could use it, and any web page could try.
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
  std::filesystem::path state_folder{};  ///< Parent of the profile; empty: a temporary folder.
  std::string proxy{};                   ///< "http://host:port"; empty: the system's proxy.
  bool headless = false;
};

/// Returns the program of an installed browser, or nullopt if there is none.
std::optional<std::string> find_installed_browser();

/// A folder of mode 0700, removed on destruction.
class BrowserProfile {
 public:
  /// Creates the folder, and removes those that killed processes left below `state_folder`. Throws
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
  /// Starts a browser. Throws Error(config) if there is none, if there is no display, or if it
  /// cannot be started.
  explicit BrowserProcess(const BrowserWish& wish);
  BrowserProcess(const BrowserProcess&) = delete;
  BrowserProcess& operator=(const BrowserProcess&) = delete;
  /// Ends the browser and all processes that it started, and waits for it to exit.
  ~BrowserProcess();

  /// The descriptor for DevTools messages, each a JSON text followed by a NUL. Owned by this.
  int pipe() const noexcept { return pipe_.get(); }

  /// Waits at most `max` for the browser to exit by itself. Returns how it ended, as a text that is
  /// empty after a normal exit; nullopt if it still runs.
  std::optional<std::string> ended_within(std::chrono::milliseconds max) const;

 private:
  BrowserProfile profile_;
  UniqueFd pipe_;
  pid_t process_ = -1;
};

}  // namespace pintle
