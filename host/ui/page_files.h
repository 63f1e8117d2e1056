// SPDX-License-Identifier: Apache-2.0
//
// The files of the page, which are part of the program.
//
// Threads: any.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace pintle::ui {

/// A file as the build embeds it (embed.cmake).
struct EmbeddedFile {
  std::string_view name;
  const unsigned char* bytes;
  std::size_t size;
};
std::span<const EmbeddedFile> embedded_files() noexcept;

struct PageFile {
  std::string_view type;  ///< "text/css; charset=utf-8"
  std::string_view bytes;
};

/// `path` is "/main.js", or "/" for the page itself.
std::optional<PageFile> find_page_file(std::string_view path) noexcept;

}  // namespace pintle::ui
