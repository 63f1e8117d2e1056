// pintle-judge FILE: opens a scheme library and says "ok", or the rule that it breaks.
// pintle-judge --manifest FILE: prints its manifest.
//
// A program of its own, so that a library which crashes takes nothing else down, and so that a
// build can write manifests without the whole of Pintle.

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <pintle/core/error.h>
#include <pintle/loading/library.h>
#include <pintle/loading/manifest.h>

int main(int argc, char** argv) {
  const bool print_manifest = argc == 3 && std::strcmp(argv[1], "--manifest") == 0;
  if (argc != 2 && !print_manifest) {
    std::fputs("usage: pintle-judge [--manifest] FILE\n", stderr);
    return 2;
  }
  const std::string file = std::filesystem::absolute(argv[argc - 1]).string();
  std::string said;
  int code = 0;
  try {
    const auto manifest = pintle::loading::manifest_of(pintle::loading::open_library(file));
    said = print_manifest ? pintle::loading::to_json(manifest) : "ok\n";
  } catch (const pintle::Error& error) {
    const std::string& what = error.happened();
    said = (what.starts_with(file) ? what : file + ": " + what) + "\n";
    code = 1;
  }
  std::fputs(said.c_str(), code == 0 ? stdout : stderr);
  std::fflush(nullptr);
  // Not exit(): the library's own destructors are no part of the verdict.
  ::_exit(code);
}
