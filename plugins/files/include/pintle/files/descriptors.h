// SPDX-License-Identifier: Apache-2.0
//
// Opens descriptors that a program started meanwhile does not inherit: pipes, sockets, connections.
//
// A room of the system (docs/porting.md): Linux opens and marks in one step. Elsewhere it is two,
// and a program that another thread of the app starts between them may inherit the descriptor.
// Threads: any.

/// @file
/// @snippet reference/files.cpp descriptors

#pragma once

#include <pintle/files/unique_fd.h>

namespace pintle {

/// Whether calls on a descriptor wait.
enum class Waiting : bool { no, yes };

/// Both negative if they could not be opened; `errno` says why.
struct DescriptorPair {
  UniqueFd first;   ///< Of a pipe, the end to read from.
  UniqueFd second;  ///< Of a pipe, the end to write to.
};

/// Opens a pipe whose ends wait.
DescriptorPair open_pipe() noexcept;
/// Opens two connected Unix stream sockets that wait.
DescriptorPair open_socket_pair() noexcept;
/// Opens a stream socket of the family AF_INET, AF_INET6 or AF_UNIX. Negative with `errno` if it
/// cannot.
UniqueFd open_socket(int family, Waiting waiting) noexcept;
/// Accepts a connection from a listening socket. Negative with `errno` if there is none.
UniqueFd accept_from(int listening, Waiting waiting) noexcept;

/// The flag of send(2) for which a peer that is gone is an error and no SIGPIPE. Where there is
/// none, the sockets opened here have the option instead.
extern const int kWithoutSignal;

}  // namespace pintle
