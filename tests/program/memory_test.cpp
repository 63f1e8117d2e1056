// SPDX-License-Identifier: Apache-2.0
//
// What a core file would show of a program that has been running for a while.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "fixture.h"

namespace pintle::test {
namespace {

// The writable memory of a process; empty if it must not be read.
std::string memory_of(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  std::ifstream maps(folder + "/maps");
  std::ifstream memory(folder + "/mem", std::ios::binary);
  std::string all;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, mode) != 3) continue;
    constexpr unsigned long kMaxSize = 256UL << 20;  // of a sanitizer's own
    if (std::string_view(mode).substr(0, 2) != "rw" || end - begin > kMaxSize) continue;
    std::string part(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(part.data(), static_cast<std::streamsize>(part.size()));
    all.append(part, 0, static_cast<std::size_t>(memory.gcount()));
  }
  return all;
}

std::size_t count(const std::string& all, const std::string& one) {
  std::size_t found = 0;
  for (auto at = all.find(one); at != std::string::npos; at = all.find(one, at + 1)) ++found;
  return found;
}

class Memory : public WithGateway {
 protected:
  Memory() {
    pintle_.install(OAUTH_PLUGIN);
    begin(native_gate());
  }

  // The long words of the stored session: the tokens, and the file's digest.
  std::set<std::string> stored() const {
    std::ifstream file(pintle_.home() / "state/pintle/sessions/work");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::regex word("[A-Za-z0-9_.-]{24,}");
    std::set<std::string> words;
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
      words.insert(at->str());
    }
    return words;
  }
};

TEST_F(Memory, KeepsNoTokenThatWasReplaced) {
  ASSERT_EQ(pintle_.run({"add", "work", url_}).code, 0);
  const auto password = pintle_.secret_file("password", std::string(practice::kPassword));
  const auto signed_in = pintle_.run({"sign-in", "work", "--with", "password", "--username",
                                      std::string(practice::kUser), "--password-file", password});
  ASSERT_EQ(signed_in.code, 0) << signed_in.err;
  const auto first = stored();
  ASSERT_GE(first.size(), 2U);
  Running serve(pintle_, {"serve", "work", "--json"});
  const auto said = json_of(serve.wait_for("\n"));
  const auto url = said->getValue<std::string>("url");
  const auto token_file = said->getValue<std::string>("token_file");
  for (int i = 0; i < 3; ++i) {
    gateway_->expire_access();
    const auto called =
        pintle_.run({"call", url, "GET", "/api/sessions", "--token-file", token_file});
    ASSERT_EQ(called.code, 0) << called.err;
  }
  const auto all = memory_of(serve.pid());
  if (all.empty()) GTEST_SKIP() << "this system lets nobody read another process's memory";
  std::size_t in_use = 0;
  for (const auto& word : stored()) in_use += count(all, word);
  EXPECT_GT(in_use, 0U) << "the memory was not read";
  for (const auto& word : first) {
    EXPECT_EQ(count(all, word), 0U) << "a replaced token of " << word.size() << " characters";
  }
  serve.signal(SIGTERM);
  EXPECT_EQ(serve.finish().code, 0);
}

}  // namespace
}  // namespace pintle::test
