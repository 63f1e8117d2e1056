// SPDX-License-Identifier: Apache-2.0
#include "sign_in/browser/system_browser.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/sign_in_ui.h>

#include "base/mutex.h"
#include "base/spawn.h"

namespace pintle {
namespace {

using Arguments = std::vector<std::string>;

constexpr std::chrono::milliseconds kFirstLook{2'000};

// The URL becomes an argument of arbitrary programs, some of them shell scripts.
void check_fit(std::string_view url) {
  bool fit = url.starts_with("https://") || url.starts_with("http://");
  for (const char c : url) {
    if (c <= 0x20 || c >= 0x7f || std::string_view("\"'`<>\\^{|}$;").find(c) != std::string::npos) {
      fit = false;
    }
  }
  if (!fit) {
    throw Error(Layer::config,
                "cannot open the address in a browser: it is not http or https, or has characters "
                "that must be percent-encoded");
  }
}

Arguments split(std::string_view text, char at) {
  Arguments words;
  while (!text.empty()) {
    const auto end = text.find(at);
    if (end != 0) words.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return words;
}

// Returns the commands of $BROWSER, such as "firefox:w3m %s", in order of preference. "%s" is the
// URL.
std::vector<Arguments> wished() {
  std::vector<Arguments> commands;
  const char* browser = std::getenv("BROWSER");
  if (browser == nullptr) return commands;
  for (const auto& command : split(browser, ':')) {
    if (auto words = split(command, ' '); !words.empty()) commands.push_back(std::move(words));
  }
  return commands;
}

bool is_any_set(std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  });
}

bool has_screen() { return is_any_set({"DISPLAY", "WAYLAND_DISPLAY"}); }

// Under the Windows Subsystem for Linux, wslview opens the Windows browser, which needs no display
// here. With a display, xdg-open may open a folder and report success.
bool is_wsl() { return is_any_set({"WSL_DISTRO_NAME", "WSL_INTEROP"}); }

const std::vector<Arguments>& usual() {
  static const std::vector<Arguments> kCommands = {
      {"xdg-open"},         {"gio", "open"},   {"gnome-www-browser"},
      {"sensible-browser"}, {"x-www-browser"}, {"firefox"},
      {"google-chrome"},    {"chromium"},      {"microsoft-edge"}};
  return kCommands;
}

Arguments with_url(Arguments words, std::string_view url) {
  bool placed = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (const auto at = words[i].find("%s"); at != std::string::npos) {
      words[i].replace(at, 2, url);
      placed = true;
    }
  }
  if (!placed) words.emplace_back(url);
  return words;
}

// Reaps a process in the background: a browser may run for days, and must not become a zombie.
class Reaped {
 public:
  explicit Reaped(pid_t child) : shared_(std::make_shared<Shared>()) {
    std::thread([child, shared = shared_] {
      int status = 0;
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
      const MutexLock lock(shared->mutex);
      shared->status = status;
      shared->ended.notify_all();
    }).detach();
  }

  /// Returns true if the process exits with 0 or still runs after kFirstLook.
  bool has_taken_it(const std::stop_token& cancel) const {
    MutexLock lock(shared_->mutex);
    shared_->ended.wait_for(
        shared_->mutex, cancel, kFirstLook,
        [&]() PINTLE_REQUIRES(shared_->mutex) { return shared_->status.has_value(); });
    return !shared_->status || (WIFEXITED(*shared_->status) && WEXITSTATUS(*shared_->status) == 0);
  }

 private:
  struct Shared {
    Mutex mutex;
    Condition ended;
    std::optional<int> status PINTLE_GUARDED_BY(mutex);
  };
  std::shared_ptr<Shared> shared_;
};

bool try_command(const Arguments& command, std::string_view url, const std::stop_token& cancel) {
  if (!find_program(command[0])) return false;
  try {
    return Reaped(spawn(with_url(command, url))).has_taken_it(cancel);
  } catch (const Error&) {
    return false;  // try the next
  }
}

}  // namespace

void open_in_system_browser(std::string_view url, const std::stop_token& cancel) {
  check_fit(url);
  const auto own = wished();
  for (const auto& command : own) {
    if (try_command(command, url, cancel)) return;
  }
  if (is_wsl() && try_command({"wslview"}, url, cancel)) return;
  if (!has_screen()) {
    Error error(Layer::config, std::string("cannot open a browser: ") +
                                   (own.empty() ? "" : "the command in BROWSER failed, and ") +
                                   "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is "
                                   "set)");
    if (is_wsl()) error.with_hint("Install wslview (package wslu) to use the Windows browser.");
    throw error.with_user_action();
  }
  for (const auto& command : usual()) {
    if (try_command(command, url, cancel)) return;
  }
  throw Error(Layer::config, "cannot open a browser: no browser command worked")
      .with_user_action()
      .with_hint("Set the environment variable BROWSER to a browser's command.");
}

void SignInUi::open_browser(std::string_view url, std::stop_token cancel) {
  open_in_system_browser(url, cancel);
}

}  // namespace pintle
