// SPDX-License-Identifier: Apache-2.0
#include "sign_in/browser/browser_process.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>

#include "base/spawn.h"

namespace pintle {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::string_view kFolderPrefix = "window-";
constexpr milliseconds kNap{10};
// How long the browser may take to exit once the pipe is closed, and after SIGTERM.
constexpr milliseconds kGoodEnd{3'000};
constexpr milliseconds kQuickEnd{1'000};

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

// True for "window-4711-abcdef" if process 4711 no longer exists.
bool is_left_over(const std::string& name) {
  if (!name.starts_with(kFolderPrefix)) return false;
  pid_t owner = 0;
  const char* from = name.data() + kFolderPrefix.size();
  const auto [end, error] = std::from_chars(from, name.data() + name.size(), owner);
  return error == std::errc() && *end == '-' && owner > 0 && ::kill(owner, 0) != 0 &&
         errno == ESRCH;
}

void remove_left_overs(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (is_left_over(entry.path().filename().string())) fs::remove_all(entry.path(), ignored);
  }
}

std::vector<std::string> command_line(const std::string& program, const fs::path& profile,
                                      const BrowserWish& wish) {
  std::vector<std::string> words = {
      program, "--remote-debugging-pipe", "--user-data-dir=" + profile.string(), "--no-first-run",
      "--no-default-browser-check", "--disable-background-networking", "--disable-component-update",
      "--disable-default-apps", "--disable-domain-reliability", "--disable-extensions",
      "--disable-breakpad", "--disable-crash-reporter", "--disable-quic", "--disable-sync",
      "--metrics-recording-only",
      // Does not store this profile's data in the user's keyring.
      "--password-store=basic"};
  if (!wish.proxy.empty()) words.push_back("--proxy-server=" + wish.proxy);
  if (wish.headless) {
    words.insert(words.end(), {"--headless", "--disable-gpu", "--disable-dev-shm-usage"});
  }
  // Chromium refuses to run as root with its sandbox; any other user keeps the sandbox.
  if (::geteuid() == 0) words.emplace_back("--no-sandbox");
  // The visited address is not an argument: every user of the machine could read it there.
  words.emplace_back("--app=data:text/html,<title>Pintle</title>");
  return words;
}

}  // namespace

std::optional<std::string> find_installed_browser() {
  for (const char* name : {"google-chrome-stable", "google-chrome", "chromium", "chromium-browser",
                           "microsoft-edge-stable", "microsoft-edge"}) {
    if (auto program = find_program(name)) return program;
  }
  return std::nullopt;
}

BrowserProfile::BrowserProfile(const fs::path& state_folder) {
  std::error_code error;
  auto parent = state_folder / "windows";
  if (state_folder.empty()) {
    parent = fs::temp_directory_path(error);
  } else {
    fs::create_directories(state_folder, error);
    ::mkdir(parent.c_str(), 0700);
  }
  remove_left_overs(parent);
  auto name =
      (parent / (std::string(kFolderPrefix) + std::to_string(::getpid()) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {  // mode 0700
    throw Error(Layer::store, "cannot create a browser profile folder in " + parent.string() +
                                  ": " + std::strerror(errno));
  }
  folder_ = name;
}

BrowserProfile::~BrowserProfile() {
  // A process that was just killed may still be writing.
  std::error_code error;
  for (int tries = 0; tries < 50; ++tries) {
    fs::remove_all(folder_, error);
    if (!error && !fs::exists(folder_, error)) return;
    std::this_thread::sleep_for(kNap);
  }
}

BrowserProcess::BrowserProcess(const BrowserWish& wish) : profile_(wish.state_folder) {
  const auto program = find_installed_browser();
  if (!program) {
    throw Error(Layer::config,
                "no supported browser is installed (Google Chrome, Chromium or Microsoft Edge)")
        .with_user_action()
        .with_hint("Install one of them, or use another sign-in method.");
  }
  if (!wish.headless && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) {
    throw Error(Layer::config,
                "cannot open a browser window: there is no display (neither DISPLAY nor "
                "WAYLAND_DISPLAY is set)")
        .with_user_action()
        .with_hint(
            "Sign in on a machine with a display, with a password (--with password), or with what "
            "a browser of another machine shows (--with paste).");
  }
  auto [our_end, child_end] = open_socket_pair();
  if (!our_end) {
    throw Error(Layer::config,
                std::string("cannot create a pipe to the browser: ") + std::strerror(errno));
  }
  pipe_ = std::move(our_end);
  process_ =
      spawn(command_line(*program, profile_.folder(), wish), {.fd_3_and_4 = child_end.get()});
}

std::optional<std::string> BrowserProcess::ended_within(milliseconds max) const {
  const auto until = std::chrono::steady_clock::now() + max;
  for (;;) {
    siginfo_t how{};
    // It stays a zombie until the destructor has killed its group, so its id is not reused.
    if (::waitid(P_PID, static_cast<id_t>(process_), &how, WEXITED | WNOHANG | WNOWAIT) != 0 &&
        errno != EINTR) {
      return "cannot wait for it";
    }
    if (how.si_pid == process_) {
      if (how.si_code != CLD_EXITED) return "signal " + std::to_string(how.si_status);
      return how.si_status == 0 ? "" : "exit code " + std::to_string(how.si_status);
    }
    if (std::chrono::steady_clock::now() >= until) return std::nullopt;
    std::this_thread::sleep_for(kNap);
  }
}

BrowserProcess::~BrowserProcess() {
  pipe_.close();  // asks the browser to exit
  if (!ended_within(kGoodEnd)) ::kill(-process_, SIGTERM);
  ended_within(kQuickEnd);
  ::kill(-process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace pintle
