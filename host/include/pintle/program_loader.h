// SPDX-License-Identifier: Apache-2.0
//
// Loads schemes that run in processes of their own: programs, which speak JSON lines on their
// standard input and output (docs/scheme-protocol.md), and libraries in the cage
// (docs/decisions/0019). A host uses it for its plugin folders; an app needs it only to load a
// scheme by itself.
//
// Threads: any.

/// @file
/// @snippet reference/host.cpp program_loader

#pragma once

#include <filesystem>

#include <pintle/loading/loader.h>

namespace pintle {

/// Returns the function that a loading::Loader starts programs with. A program runs in its own
/// session without a shell, with an environment of PATH and LANG alone and no open descriptor
/// but its standard ones; it ends with the table and all that was opened with it, or with this
/// process. If it ends by itself it is started again, at most three times within 60 s, and opened
/// with the session that it last reported.
loading::ProgramLoader program_loader();

/// Returns the function that a loading::Loader runs caged libraries with. `programs`: the folder of
/// the installed pintle-cage, which is that of Paths::load_check_program. Each opened auth has a
/// process of its own; if it ends by itself it is started again as a program is.
loading::CageLoader cage_loader(std::filesystem::path programs);

}  // namespace pintle
