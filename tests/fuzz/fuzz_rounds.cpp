// SPDX-License-Identifier: Apache-2.0
//
// The driver of the ordinary suite: seeds, slightly damaged, at random.

#include <cstdio>
#include <cstdlib>

#include "fuzz.h"

namespace pintle::fuzz {
namespace {

using namespace std::string_view_literals;

class Damage {
 public:
  Damage(const Target& target, std::uint32_t seed) : target_(target), random_(seed) {}

  std::string next() {
    if (below(10) == 0) return noise(below(64));
    auto text = good();
    for (auto changes = below(5); changes > 0; --changes) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string good() {
    if (target_.make != nullptr && below(4) != 0) return target_.make(random_);
    return target_.seeds[below(target_.seeds.size())];
  }

  void change(std::string& text) {
    const auto at = below(text.size() + 1);
    const auto size = below(8);
    switch (below(7)) {
      case 0:
        text.insert(at, noise(size));
        break;
      case 1:
        text.erase(at, size);
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), size));
        break;
      case 3:
        text.insert(at, good().substr(0, 1 + below(40)));
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 5:
        if (!target_.words.empty()) text.insert(at, target_.words[below(target_.words.size())]);
        break;
      default:
        text.resize(at);
    }
  }

  std::string noise(std::size_t size) {
    constexpr auto kStructural = "{}[]\",:\\=;%<>/.-+eEu0189 \t\r\n\0\x7f\x80\xc3\xe2\xf0\xff"sv;
    std::string text;
    while (text.size() < size) {
      text +=
          below(2) == 0 ? kStructural[below(kStructural.size())] : static_cast<char>(below(256));
    }
    return text;
  }

  const Target& target_;
  Random random_;
};

}  // namespace

void run_rounds(const Target& target) {
  for (const auto& seed : target.seeds) run_one(target, seed);
  auto number = static_cast<std::uint32_t>(std::random_device{}());
  if (const char* given = std::getenv("PINTLE_FUZZ_SEED")) {
    number = static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10));
  }
  std::printf("PINTLE_FUZZ_SEED=%u\n", number);
  std::fflush(stdout);  // A failure aborts.
  Damage damage(target, number);
  for (int round = 0; round < target.rounds; ++round) run_one(target, damage.next());
}

}  // namespace pintle::fuzz
