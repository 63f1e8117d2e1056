// SPDX-License-Identifier: Apache-2.0
#include "base/secret_echo.h"

#include <algorithm>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

constexpr std::string_view kHidden = "(hidden)";
constexpr std::string_view kCut = "…";
// Hidden within words too.
constexpr std::size_t kShortestAnywhere = 6;
// Of a long secret, this much is as good as all of it: whoever quotes it may have cut it.
constexpr std::size_t kBeginning = 16;

bool is_whole_word(std::string_view text, std::size_t at, std::size_t size) {
  const auto end = at + size;
  return (at == 0 || !ascii::is_alnum(text[at - 1])) &&
         (end == text.size() || !ascii::is_alnum(text[end]));
}

// How much of `form` `text` begins with, to the end of a UTF-8 character of the text. Both in lower
// case.
std::size_t common_size(std::string_view text, std::string_view form) {
  const auto end = std::mismatch(text.begin(), text.end(), form.begin(), form.end()).first;
  auto size = static_cast<std::size_t>(end - text.begin());
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) ++size;
  return size;
}

// How much of the beginning of `form` ends at `end`.
std::size_t size_before(std::string_view text, std::size_t end, std::string_view form) {
  auto size = std::min(form.size(), end);
  while (size > 0 && !ascii::is_same(text.substr(end - size, size), form.substr(0, size))) --size;
  return size;
}

// From the end: what is in front of the last cut may be full of a server's own.
void hide_before_cuts(std::string& text, std::string_view form) {
  constexpr int kMaxCuts = 8;
  auto cut = text.rfind(kCut);
  for (int i = 0; i < kMaxCuts && cut != std::string::npos; ++i) {
    const auto size = size_before(text, cut, form);
    if (size >= kShortestHidden) text.replace(cut - size, size, kHidden);
    cut = cut == 0 ? std::string::npos : text.rfind(kCut, cut - 1);
  }
}

void hide_whole(std::string& text, std::string_view form) {
  // The beginnings of URLs are all alike.
  const bool may_be_cut = form.size() > kBeginning && form.find("://") == std::string_view::npos;
  const auto in_lower_case = ascii::lower(text);
  const std::string_view searched_in = in_lower_case;
  auto lower_form = ascii::lower(form);
  const auto searched =
      std::string_view(lower_form).substr(0, may_be_cut ? kBeginning : form.size());
  std::string out;
  std::size_t done = 0;
  for (auto at = searched_in.find(searched); at != std::string_view::npos;) {
    const auto size = common_size(searched_in.substr(at), lower_form);
    const auto end = at + size;
    if (form.size() >= kShortestAnywhere || is_whole_word(text, at, size)) {
      out.append(text, done, at - done).append(kHidden);
      done = end;
    }
    at = searched_in.find(searched, end);
  }
  wipe(lower_form);
  if (done != 0) text = out.append(text, done);
}

void hide(std::string& text, std::string_view form) {
  hide_whole(text, form);
  if (form.size() >= kShortestAnywhere) hide_before_cuts(text, form);
}

// As a server, a URL or an error may write it.
std::vector<std::string> forms_of(std::string_view secret) {
  auto quoted = json_string(secret);
  std::vector<std::string> forms = {std::string(secret), encode_component(secret),
                                    quoted.substr(1, quoted.size() - 2),
                                    printable(secret, secret.size())};
  wipe(quoted);
  return forms;
}

}  // namespace

std::string without_echo(std::string text, std::string_view secret) {
  if (secret.size() < kShortestHidden || kHidden.find(secret) != std::string_view::npos) {
    return text;
  }
  auto forms = forms_of(secret);
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const bool is_new = i == 0 || forms[i] != forms[0];
    if (is_new) hide(text, forms[i]);
  }
  for (auto& form : forms) wipe(form);
  return text;
}

}  // namespace pintle
