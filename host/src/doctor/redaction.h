// SPDX-License-Identifier: Apache-2.0
//
// Takes out of a text what must not be in a public report.
//
// Threads: one.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::doctor {

class Redaction {
 public:
  /// `keeps_hosts`: host names and addresses stay.
  explicit Redaction(bool keeps_hosts) : keeps_hosts_(keeps_hosts) {}

  /// A host name, with "*." in front or a port behind it or without; it is replaced wherever it
  /// stands as a word. Loopback stays.
  void hide_host(std::string_view host);
  /// The same for every word in `text` that looks like a host name: letters behind a dot.
  void hide_hosts_in(std::string_view text);
  /// Any other text that is replaced wherever it stands as a whole word: a user name.
  void hide(std::string_view text, std::string replacement);
  /// The same in front of a "/": a home folder.
  void hide_folder(std::string_view path, std::string replacement);

  /// Returns the value of a Via header (RFC 9110 7.6.3) with the hosts replaced that forwarded the
  /// message, and the names of products and their versions kept. Then `apply` it.
  std::string via(std::string_view value);
  /// Returns the value of a Server header (RFC 9110 10.2.4) with hosts replaced and products kept.
  /// Then `apply` it.
  std::string products(std::string_view value);

  /// Returns `text` with everything replaced that was named, and further whatever looks like an
  /// address, the host of a URL, an e-mail address, a query, a user's home folder, or a token (a
  /// long word of letters and digits, or the end of one after "...").
  std::string apply(std::string_view text);

 private:
  struct Replacement {
    std::string text;
    std::string by;
    bool is_folder = false;
  };

  void add(Replacement one);
  std::string without_named(std::string text) const;
  std::string word(std::string_view text, bool is_after_slashes);
  std::string host_word(std::string_view host);
  std::string via_host(std::string_view authority);
  std::string address_word(std::string_view address);

  const bool keeps_hosts_;
  std::vector<Replacement> named_;
  std::map<std::string, std::string, std::less<>> hosts_;
  /// Names without a dot, in a Via: one may be an ordinary word elsewhere.
  std::map<std::string, std::string, std::less<>> via_names_;
  std::map<std::string, std::string, std::less<>> addresses_;
};

}  // namespace pintle::doctor
