// SPDX-License-Identifier: Apache-2.0
#include "secrets.h"

namespace pintle::conformance {
namespace {

constexpr std::size_t kWindow = 7;  // a preview has six characters
constexpr std::size_t kMaxSearched = 256;

}  // namespace

std::uint64_t Numbers::next() noexcept {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
  return mixed ^ (mixed >> 31U);
}

std::string Secrets::make(std::string_view name) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string value;
  for (int i = 0; i < 32; ++i) value += kLetters[numbers_.below(kLetters.size())];
  known_.push_back({std::string(name), value});
  return value;
}

void Secrets::add(std::string_view name, std::string_view value) {
  if (value.size() <= kWindow) return;
  known_.push_back({std::string(name), std::string(value.substr(0, kMaxSearched))});
}

std::optional<std::string> Secrets::find_in(std::string_view text) const {
  if (text.size() < kWindow) return std::nullopt;
  for (const auto& [name, value] : known_) {
    const std::string_view secret = value;
    for (std::size_t at = 0; at + kWindow <= secret.size(); ++at) {
      if (text.find(secret.substr(at, kWindow)) != std::string_view::npos) return name;
    }
  }
  return std::nullopt;
}

}  // namespace pintle::conformance
