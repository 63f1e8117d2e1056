// SPDX-License-Identifier: Apache-2.0
//
// pintle-load-check FILE: opens a scheme library and prints "ok" or the violated rule.
// pintle-load-check --manifest FILE: prints its manifest.
// pintle-load-check --answer FILE, --answer-for-copy FILE: for LoadCheck (load_check.h). Reads a
// number from descriptor 3 and writes it back there with the answer; the copy is descriptor 4.
//
// A separate program, so that a library that crashes affects nothing else, and so that a build can
// generate manifests without all of Pintle.

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/library.h>
#include <pintle/loading/manifest.h>

namespace {

constexpr int kAnswerFd = 3;
constexpr int kCopyFd = 4;
constexpr std::size_t kNumberSize = 32;
constexpr std::chrono::seconds kLimit{60};

void put(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto done = ::write(fd, text.data(), text.size());
    if (done <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

// Must be called only after the library is open.
std::string read_number() {
  std::array<char, kNumberSize> bytes{};
  const auto got = ::read(kAnswerFd, bytes.data(), bytes.size());
  return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view option = argc == 3 ? argv[1] : "";
  const bool is_answer = option == "--answer" || option == "--answer-for-copy";
  if (argc != 2 && !is_answer && option != "--manifest") {
    std::fputs("usage: pintle-load-check [--manifest] FILE\n", stderr);
    return 2;
  }
  const std::string file = std::filesystem::absolute(argv[argc - 1]).string();
  // A library that hangs must not hang the build.
  std::thread([file] {
    std::this_thread::sleep_for(kLimit);
    put(2, file + ": did not finish opening within " + std::to_string(kLimit.count()) + " s\n");
    ::_exit(1);
  }).detach();
  std::string output;
  int code = 0;
  try {
    const auto manifest = pintle::loading::manifest_of(
        pintle::loading::open_library(file, option == "--answer-for-copy" ? kCopyFd : -1));
    if (!is_answer) output = option.empty() ? "ok\n" : pintle::loading::to_json(manifest);
  } catch (const pintle::Error& error) {
    const std::string& what = error.message();
    output = (what.starts_with(file) ? what : file + ": " + what) + "\n";
    code = 1;
  }
  if (is_answer) {
    put(kAnswerFd, read_number() + output);
  } else {
    put(code == 0 ? 1 : 2, output);
  }
  // Not exit(): the library's own destructors must not affect the verdict.
  ::_exit(code);
}
