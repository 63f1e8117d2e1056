// SPDX-License-Identifier: Apache-2.0
#include "sign_in/pasted.h"

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/percent.h>

#include "sign_in/loopback_request.h"

namespace pintle {
namespace {

constexpr std::size_t kMaxText = 16 * 1024;

// Spaces, quotes and angle brackets that were copied along are not part of it.
constexpr std::string_view kAround = " \t\r\n\"'<>";

// Returns the query of an address, a query alone, or one made of "CODE STATE".
std::string query_in(std::string_view text) {
  if (const auto question = text.find('?'); question != std::string_view::npos) {
    text.remove_prefix(question + 1);
    return std::string(text.substr(0, text.find('#')));
  }
  if (text.starts_with("code=") || text.starts_with("state=") || text.starts_with("error=")) {
    return std::string(text.substr(0, text.find('#')));
  }
  const auto gap = text.find_first_of(" \t#");
  if (gap == std::string_view::npos) return {};
  const auto rest = text.find_first_not_of(" \t#", gap);
  if (rest == std::string_view::npos) return {};
  return "code=" + encode_component(text.substr(0, gap)) +
         "&state=" + encode_component(text.substr(rest));
}

bool fits_in_a_url(std::string_view query) {
  for (const char c : query) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  return !query.empty();
}

}  // namespace

Pasted read_pasted(std::string_view text, std::string_view redirect_uri, const Secret& state) {
  auto query = text.size() > kMaxText ? std::string() : query_in(ascii::trim(text, kAround));
  Pasted pasted;
  if (fits_in_a_url(query)) {
    const auto kind = classify_callback(query, state);
    if (kind == LoopbackRequest::Kind::callback || kind == LoopbackRequest::Kind::refusal) {
      auto url = std::string(redirect_uri) + "?" + query;
      pasted.url = Secret::take(url);
    } else if (kind == LoopbackRequest::Kind::other_state &&
               query.find("state=") != std::string::npos) {
      pasted.complaint =
          "That address belongs to another sign-in: its state does not match. Open the address "
          "above, and paste the one that the browser shows at the end.";
    }
  }
  if (!pasted.url && pasted.complaint.empty()) {
    pasted.complaint = "That is not the expected address. It begins with " +
                       std::string(redirect_uri) + "?code= and contains a state.";
  }
  wipe(query);
  return pasted;
}

}  // namespace pintle
