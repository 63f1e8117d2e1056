// SPDX-License-Identifier: Apache-2.0
#include "settings/command_words.h"

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

Error invalid(std::string_view line, const std::string& why) {
  return Error(Layer::config, "invalid command \"" + printable(line, 200) + "\": " + why)
      .with_user_action();
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Takes a command line apart from the front.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : line_(line) {}

  bool has_next() {
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  std::string next() {
    std::string word;
    while (at_ < line_.size() && !is_blank(line_[at_])) {
      const char c = line_[at_++];
      if (c == '\'') {
        add_quoted(word);
      } else if (c == '"') {
        add_double_quoted(word);
      } else {
        word += c == '\\' ? escaped() : unquoted(c);
      }
    }
    return word;
  }

 private:
  char escaped() {
    if (at_ == line_.size()) throw invalid(line_, "it ends with a backslash");
    return line_[at_++];
  }

  char unquoted(char c) const {
    constexpr std::string_view kOfAShell = "|&;<>()$`";
    if (kOfAShell.find(c) != std::string_view::npos) {
      throw invalid(line_, std::string("it runs without a shell, which alone knows ") + c)
          .with_hint("Quote the character, or write a script and name that.");
    }
    return c;
  }

  void add_quoted(std::string& word) {
    const auto end = line_.find('\'', at_);
    if (end == std::string_view::npos) throw invalid(line_, "a ' is not closed");
    word.append(line_.substr(at_, end - at_));
    at_ = end + 1;
  }

  void add_double_quoted(std::string& word) {
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') return;
      const bool escapes = c == '\\' && at_ < line_.size() &&
                           std::string_view("\"\\$`").find(line_[at_]) != std::string_view::npos;
      word += escapes ? line_[at_++] : (c == '$' || c == '`') ? unquoted(c) : c;
    }
    throw invalid(line_, "a \" is not closed");
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> command_words(std::string_view line) {
  if (line.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    throw invalid(line, "it must be one line");
  }
  std::vector<std::string> words;
  WordReader reader(line);
  while (reader.has_next()) words.push_back(reader.next());
  if (words.empty() || words.front().empty()) throw invalid(line, "it names no program");
  const auto& program = words.front();
  if (program.find('/') != std::string::npos && !program.starts_with('/')) {
    throw invalid(line, "its program depends on the current folder")
        .with_hint("Write the whole path of the program.");
  }
  return words;
}

}  // namespace pintle
