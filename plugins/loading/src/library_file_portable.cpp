// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <system_error>

#include "library_file.h"

namespace pintle::loading {

#ifdef __APPLE__
const char* const kLibraryFormat = "Mach-O";

// Of one architecture with 64 bits, or of several.
bool is_library(const char (&head)[4]) noexcept {
  return std::memcmp(head, "\xcf\xfa\xed\xfe", sizeof head) == 0 ||
         std::memcmp(head, "\xca\xfe\xba\xbe", sizeof head) == 0;
}
#else
const char* const kLibraryFormat = "ELF";

bool is_library(const char (&head)[4]) noexcept {
  return std::memcmp(head, "\177ELF", sizeof head) == 0;
}
#endif

bool is_of_library(void*, const std::string& file, const void* symbol, std::string& found_in) {
  Dl_info info{};
  const bool is_known = ::dladdr(symbol, &info) != 0 && info.dli_fname != nullptr;
  found_in = is_known ? info.dli_fname : "unknown";
  std::error_code error;
  return is_known && std::filesystem::equivalent(file, found_in, error) && !error;
}

}  // namespace pintle::loading
