// SPDX-License-Identifier: Apache-2.0
//
// Runs the real program as a child, with folders of its own.

#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "temporary_folder.h"

namespace pintle::test {

struct Ran {
  int code = -1;  ///< The exit code; 128 + N if signal N ended it.
  std::string out;
  std::string err;
  std::chrono::microseconds duration{0};
};

/// A home folder: configuration, state, cache and plugin folder of one test.
class Program {
 public:
  Program();

  /// Runs `pintle ARGUMENTS` to its end; kills it after a minute.
  Ran run(const std::vector<std::string>& arguments, const std::string& input = {});

  /// Sets the environment of later runs.
  void set(const std::string& name, const std::string& value) { environment_[name] = value; }

  const TemporaryFolder& home() const { return home_; }
  std::filesystem::path plugins() const { return home_ / "data/pintle/plugins"; }
  std::filesystem::path connections() const { return home_ / "config/pintle/connections.json"; }

  /// Copies a plugin's library, and the manifest beside it if there is one, into the plugin folder.
  /// Returns the copy of the library.
  std::filesystem::path install(const std::filesystem::path& library);

  /// Writes a file that only this user can read, and gives its path.
  std::string secret_file(const std::string& name, const std::string& text);

 private:
  friend class Running;
  friend class AtTerminal;
  std::vector<std::string> environment() const;

  TemporaryFolder home_;
  std::map<std::string, std::string> environment_;
};

/// A program that runs while the test does.
class Running {
 public:
  Running(const Program& program, const std::vector<std::string>& arguments);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  /// Reads standard output until it contains `text`; returns all that was read, or fails the test
  /// after ten seconds.
  const std::string& wait_for(const std::string& text);
  void type(const std::string& text);
  void close_input();
  void signal(int number);
  pid_t pid() const { return pid_; }
  /// Waits for the program's end.
  Ran finish();

 private:
  pid_t pid_ = 0;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string output_;
};

/// A program on its own terminal, which is both its input and its output.
class AtTerminal {
 public:
  AtTerminal(const Program& program, const std::vector<std::string>& arguments);
  AtTerminal(const AtTerminal&) = delete;
  AtTerminal& operator=(const AtTerminal&) = delete;
  ~AtTerminal();

  /// Reads until `text` is shown; returns all that was shown so far, or fails the test after ten
  /// seconds.
  const std::string& wait_for(const std::string& text);
  void type(const std::string& text);
  /// Returns true if typed text is echoed.
  bool echoes() const;
  /// Waits for the program's end; `out` is what was shown.
  Ran finish();

 private:
  pid_t pid_ = 0;
  int terminal_ = -1;
  int kept_open_ = -1;
  std::string output_;
};

}  // namespace pintle::test
