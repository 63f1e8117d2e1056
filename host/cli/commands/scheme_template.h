// SPDX-License-Identifier: Apache-2.0
//
// The files that `pintle plugins new` begins a scheme with: those of the example schemes, with
// another name, and a gateway profile if it is for one.
//
// Threads: pure functions.

#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace pintle::cli {

struct TemplateFile {
  std::string_view language;  ///< "cpp", "c", "rust", "python"
  std::string_view name;
  std::string_view text;
};

/// The files of all languages, as they are in examples (embed_schemes.cmake).
std::span<const TemplateFile> template_files() noexcept;

/// Returns file names and texts of a new scheme. `profile`: the id of the gateway profile that it
/// is for, which is made as well; empty: "hermes". Throws Error(config) if `id` or `profile` is
/// invalid, or if there is no template in that language.
std::map<std::string, std::string> scheme_template(const std::string& id,
                                                   const std::string& language,
                                                   const std::string& profile);

}  // namespace pintle::cli
