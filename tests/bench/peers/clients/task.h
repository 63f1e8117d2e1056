// SPDX-License-Identifier: Apache-2.0
//
// What a peer is asked to do: the one command line of all of them.
//
//     peer-NAME MODE --url URL [--size BYTES] [--seconds S] [--count N] [--ca FILE]
//     peer-NAME modes          says which there are, one a line
//
// Threads: a value.

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace pintle::bench {

struct Url {
  bool secure = false;  ///< https, wss
  std::string host;
  std::string port;
  std::string target;  ///< Path and query.

  std::string authority() const { return host + ":" + port; }
};

struct Task {
  std::string mode;
  std::string url_text;
  Url url;
  std::size_t size = 64;      ///< Of a message, in bytes.
  double seconds = 1;         ///< How long to measure.
  std::size_t count = 1'000;  ///< idle: connections.
  std::string ca_file;        ///< PEM; needed where the URL is secure.
};

/// One thing that a peer can do. It prints its own result.
struct Mode {
  std::string_view name;
  void (*run)(const Task&);
};

/// The body of every peer's `main`: reads the command line and runs the mode. Gives the exit code:
/// 1 where it failed, with one line on standard error; 2 for a command line that is none.
int run_peer(int argc, char** argv, std::initializer_list<Mode> modes);

/// Throws std::runtime_error where a message is not of the size that was asked for.
void check_size(const Task& task, std::size_t seen);

}  // namespace pintle::bench
