// SPDX-License-Identifier: Apache-2.0
#include "json_grammar.h"

#include <algorithm>
#include <set>

#include <pintle/core/text/utf8.h>

namespace pintle::fuzz {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Grammar {
 public:
  explicit Grammar(std::string_view text) : rest_(text) {}

  JsonFacts read() {
    facts_.is_json = is_valid_utf8(rest_) && value(0) && rest_.empty();
    return facts_;
  }

 private:
  static constexpr std::size_t kDeepest = 2000;

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool eat(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool value(std::size_t depth) {
    facts_.depth = std::max(facts_.depth, depth);
    if (depth > kDeepest) return false;
    skip_blanks();
    const bool found = eat("{")    ? members(depth + 1)
                       : eat("[")  ? elements(depth + 1)
                       : eat("\"") ? string()
                                   : eat("true") || eat("false") || eat("null") || number();
    skip_blanks();
    return found;
  }
  bool members(std::size_t depth) {
    skip_blanks();
    if (eat("}")) return empty(depth);
    std::set<std::string_view> keys;
    do {
      skip_blanks();
      const auto begin = rest_;
      if (!eat("\"") || !string()) return false;
      const auto key = begin.substr(0, begin.size() - rest_.size());
      if (!keys.insert(key).second || key.find('\\') != key.npos) facts_.odd_key = true;
      skip_blanks();
      if (!eat(":") || !value(depth)) return false;
    } while (eat(","));
    return eat("}");
  }
  bool elements(std::size_t depth) {
    skip_blanks();
    if (eat("]")) return empty(depth);
    do {
      if (!value(depth)) return false;
    } while (eat(","));
    return eat("]");
  }
  bool empty(std::size_t depth) {
    facts_.depth = std::max(facts_.depth, depth);
    return true;
  }
  bool string() {
    while (!rest_.empty() && rest_.front() != '"') {
      if (static_cast<unsigned char>(rest_.front()) < 0x20) return false;
      if (!eat("\\")) {
        rest_.remove_prefix(1);
      } else if (eat("u")) {
        if (rest_.size() < 4 || !std::all_of(rest_.begin(), rest_.begin() + 4, is_hex))
          return false;
        const bool surrogate = (rest_[0] == 'd' || rest_[0] == 'D') && rest_[1] >= '8';
        facts_.surrogate = facts_.surrogate || surrogate;
        rest_.remove_prefix(4);
      } else {
        if (rest_.empty() ||
            std::string_view("\"\\/bfnrt").find(rest_.front()) == std::string_view::npos) {
          return false;
        }
        rest_.remove_prefix(1);
      }
    }
    return eat("\"");
  }
  std::size_t digits() {
    const auto size = static_cast<std::size_t>(
        std::find_if_not(rest_.begin(), rest_.end(), is_digit) - rest_.begin());
    rest_.remove_prefix(size);
    return size;
  }
  bool number() {
    eat("-");
    const auto whole = eat("0") ? 1 : digits();
    if (whole == 0) return false;
    facts_.wide_number = facts_.wide_number || whole > 18;
    if (eat(".") && digits() == 0) return false;
    if (eat("e") || eat("E")) {
      if (!eat("+")) eat("-");
      const auto exponent = digits();
      if (exponent == 0) return false;
      facts_.wide_number = facts_.wide_number || exponent > 2;
    }
    return true;
  }

  std::string_view rest_;
  JsonFacts facts_;
};

}  // namespace

JsonFacts read_json(std::string_view text) { return Grammar(text).read(); }

std::string without_blanks(std::string_view json) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (!in_string && is_blank(json[i])) continue;
    out += json[i];
    if (in_string && json[i] == '\\' && i + 1 < json.size()) {
      out += json[++i];
    } else if (json[i] == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

}  // namespace pintle::fuzz
