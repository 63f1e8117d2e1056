// SPDX-License-Identifier: Apache-2.0
//
// The files that `pintle plugins new` begins a scheme with: those of the example schemes, with
// another name.
//
// Threads: pure functions.

#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace pintle::cli {

struct TemplateFile {
  std::string_view language;  ///< "cpp", "c"
  std::string_view name;
  std::string_view text;
};

/// The files of all languages, as they are in examples (embed_schemes.cmake).
std::span<const TemplateFile> template_files() noexcept;

/// Returns file names and texts of a new scheme. Throws Error(config) if `id` cannot be a scheme's
/// id, or if there is no template in that language.
std::map<std::string, std::string> scheme_template(const std::string& id,
                                                   const std::string& language);

}  // namespace pintle::cli
