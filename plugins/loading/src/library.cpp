// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <fstream>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/library.h>

#include "library_file.h"
#include "sealed_copy.h"

namespace pintle::loading {
namespace {

Error refused(const std::string& where, const std::string& rule) {
  return Error(Layer::plugin, where + ": " + rule);
}

void check_is_library(const std::filesystem::path& file, const std::string& from) {
  char head[4] = {};
  std::ifstream(from, std::ios::binary).read(head, sizeof head);
  if (!is_library(head)) {
    throw refused(file.string(),
                  std::string("is not a shared library (no ") + kLibraryFormat + " header)");
  }
}

std::string last_error() {
  const char* text = ::dlerror();
  return text == nullptr ? "unknown reason" : printable(text, 400);
}

}  // namespace

void check_table(const pintle_plugin_table& table, const std::string& where) {
  if (table.magic != PINTLE_PLUGIN_MAGIC) {
    throw refused(where,
                  "its pintle_plugin does not start with the magic number of a plugin table");
  }
  if (table.abi_major != PINTLE_ABI_MAJOR) {
    throw refused(where, "was built for ABI " + std::to_string(table.abi_major) +
                             ", but this program supports ABI " + std::to_string(PINTLE_ABI_MAJOR))
        .with_hint(table.abi_major > PINTLE_ABI_MAJOR ? "Update Pintle." : "Rebuild the plugin.");
  }
  if (table.struct_size < sizeof(pintle_plugin_table)) {
    throw refused(where, "its table is " + std::to_string(table.struct_size) +
                             " bytes long, but ABI 1 requires at least " +
                             std::to_string(sizeof(pintle_plugin_table)))
        .with_hint("Rebuild the plugin.");
  }
}

const pintle_plugin_table& open_library(const std::filesystem::path& file, int copy) {
  const auto from = copy < 0 ? file.string() : path_of_copy(file, copy);
  check_is_library(file, from);
  // NODELETE: even a refused library stays mapped. Its constructors have run and may have started a
  // thread or registered an atexit handler; unmapping that code is worse than keeping a few pages.
  void* handle = ::dlopen(from.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) throw refused(file.string(), "cannot be opened: " + last_error());
  void* symbol = ::dlsym(handle, PINTLE_PLUGIN_SYMBOL);
  if (symbol == nullptr) {
    throw refused(file.string(),
                  "exports no symbol " PINTLE_PLUGIN_SYMBOL ", so it is not a Pintle plugin");
  }
  std::string found_in;
  if (!is_of_library(handle, from, symbol, found_in)) {
    throw refused(file.string(), "takes its " PINTLE_PLUGIN_SYMBOL " from a dependency (" +
                                     printable(found_in) + ")");
  }
  const auto& table = *static_cast<const pintle_plugin_table*>(symbol);
  check_table(table, file.string());
  return table;
}

}  // namespace pintle::loading
