// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/loading/library.h>

#include "confinement.h"
#include "needed_libraries_linux.h"
#include "open_inside.h"

namespace pintle::cage {
namespace {

// The library's first two openings: of its header, and by the dynamic linker. Each is one of its
// own, as the host's descriptor has one position for all processes.
std::array<int, 2> openings_of(const std::string& path) {
  std::array<int, 2> opened{};
  for (int& descriptor : opened) {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw Error(Layer::plugin, "cannot be opened through /proc");
  }
  return opened;
}

}  // namespace

const pintle_plugin_table& open_inside(char* file, int library) {
  // What assert() and the like print is the library's, and not what the cage says.
  program_invocation_name = program_invocation_short_name = file;
  const auto path = "/proc/self/fd/" + std::to_string(library);
  open_needed_libraries(library);
  const auto openings = openings_of(path);
  confine(path, openings);
  return loading::open_library(file, library);
}

}  // namespace pintle::cage
