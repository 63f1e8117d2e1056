// SPDX-License-Identifier: Apache-2.0
//
// The driver of libFuzzer's programs. With PINTLE_FUZZ_CORPUS=DIR a program writes its seeds to
// DIR and its words to DIR.dict, and ends.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fuzz.h"

namespace pintle::fuzz {
namespace {

void write_corpus(const Target& target, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  for (std::size_t i = 0; i < target.seeds.size(); ++i) {
    write("seed-" + std::to_string(i), target.seeds[i]);
  }
  Random random(1);
  for (int i = 0; target.make != nullptr && i < 100; ++i) {
    write("made-" + std::to_string(i), target.make(random));
  }
  if (target.words.empty()) return;  // libFuzzer accepts no empty one.
  std::ofstream dictionary(folder.string() + ".dict");
  for (const auto& word : target.words) {
    dictionary << '"';
    for (const char c : word) {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
      dictionary << code;
    }
    dictionary << "\"\n";
  }
}

}  // namespace
}  // namespace pintle::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (const char* folder = std::getenv("PINTLE_FUZZ_CORPUS")) {
    pintle::fuzz::write_corpus(pintle::fuzz::only_target(), folder);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pintle::fuzz::run_one(pintle::fuzz::only_target(), {reinterpret_cast<const char*>(data), size});
  return 0;
}
