// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <dlfcn.h>
#include <link.h>

#include "library_file.h"

namespace pintle::loading {

const char* const kLibraryFormat = "ELF";

bool is_library(const char (&head)[4]) noexcept {
  return std::memcmp(head, "\177ELF", sizeof head) == 0;
}

bool is_of_library(void* handle, const std::string&, const void* symbol, std::string& found_in) {
  link_map* own = nullptr;
  link_map* found = nullptr;
  Dl_info info{};
  const bool is_own =
      ::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&own)) == 0 &&
      ::dladdr1(symbol, &info, reinterpret_cast<void**>(&found), RTLD_DL_LINKMAP) != 0 &&
      own == found;
  found_in = info.dli_fname == nullptr ? "unknown" : info.dli_fname;
  return is_own;
}

}  // namespace pintle::loading
