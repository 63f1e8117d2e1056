// SPDX-License-Identifier: Apache-2.0
#include "ui/page_files.h"

#include <utility>

namespace pintle::ui {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
};

}  // namespace

std::optional<PageFile> find_page_file(std::string_view path) noexcept {
  if (!path.starts_with('/')) return std::nullopt;
  const auto name = path == "/" ? std::string_view("index.html") : path.substr(1);
  for (const auto& file : embedded_files()) {
    if (file.name != name) continue;
    for (const auto& [ending, type] : kTypes) {
      if (name.ends_with(ending)) {
        return PageFile{type, {reinterpret_cast<const char*>(file.bytes), file.size}};
      }
    }
  }
  return std::nullopt;
}

}  // namespace pintle::ui
