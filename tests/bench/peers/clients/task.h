// SPDX-License-Identifier: Apache-2.0
//
// The task of a peer: the command line that all of them share.
//
//     peer-NAME MODE --url URL [--size BYTES] [--seconds S] [--count N] [--ca FILE]
//     peer-NAME modes          lists the modes, one per line
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
  std::string ca_file;        ///< PEM; required if the URL is secure.
};

/// One mode of a peer. It prints its own result.
struct Mode {
  std::string_view name;
  void (*run)(const Task&);
};

/// The body of every peer's `main`: parses the command line and runs the mode. Returns the exit
/// code: 1 on a failure, with one line on standard error; 2 for an invalid command line.
int run_peer(int argc, char** argv, std::initializer_list<Mode> modes);

/// Throws std::runtime_error if a message does not have the requested size.
void check_size(const Task& task, std::size_t seen);

}  // namespace pintle::bench
