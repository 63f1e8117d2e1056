// SPDX-License-Identifier: Apache-2.0
#include "scheme_template.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::cli {
namespace {

// The example's names, and what a new scheme has there. The longer ones first.
std::string renamed(std::string_view text, const std::string& id) {
  const std::pair<std::string_view, std::string> names[] = {{"pintle-api-key-c", id},
                                                            {"pintle-api-key", id},
                                                            {"api_key_scheme", id},
                                                            {"\"api-key\"", "\"" + id + "\""}};
  std::string out(text);
  for (const auto& [from, to] : names) {
    for (auto at = out.find(from); at != std::string::npos; at = out.find(from, at)) {
      out.replace(at, from.size(), to);
      at += to.size();
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> scheme_template(const std::string& id,
                                                   const std::string& language) {
  const bool fits = !id.empty() && id.size() <= 32 && id.front() != '-' &&
                    std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (!fits) {
    throw Error(Layer::config, "\"" + printable(id, 40) +
                                   "\" cannot be a scheme's id: a-z, 0-9 and \"-\", 32 at most")
        .with_user_action();
  }
  std::map<std::string, std::string> files;
  for (const auto& file : template_files()) {
    if (file.language == language) files.emplace(renamed(file.name, id), renamed(file.text, id));
  }
  if (files.empty()) {
    throw Error(Layer::config, "there is no template in the language " + printable(language, 20))
        .with_user_action()
        .with_hint("Choose --language cpp or c.");
  }
  return files;
}

}  // namespace pintle::cli
