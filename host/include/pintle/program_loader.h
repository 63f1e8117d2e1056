// SPDX-License-Identifier: Apache-2.0
//
// Loads schemes that are programs: executables that speak JSON lines on their standard input and
// output (docs/scheme-protocol.md). A host uses it for its plugin folders; an app needs it only to
// load a scheme by itself.
//
// Threads: any.

/// @file
/// @snippet reference/host.cpp program_loader

#pragma once

#include <pintle/loading/loader.h>

namespace pintle {

/// Returns the function that a loading::Loader starts programs with. A program runs in its own
/// session without a shell, with an environment of PATH and LANG alone and no open descriptor
/// but its standard ones; it ends with the table and all that was opened with it, or with this
/// process. If it ends by itself it is started again, at most three times within 60 s, and opened
/// with the session that it last reported.
loading::ProgramLoader program_loader();

}  // namespace pintle
