// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/core/ws/ws_deflate.h>

namespace pintle::ws {
namespace {

constexpr std::string_view kName = "permessage-deflate";
constexpr std::string_view kServerReset = "server_no_context_takeover";
constexpr std::string_view kClientReset = "client_no_context_takeover";
constexpr std::string_view kServerBits = "server_max_window_bits";
constexpr std::string_view kClientBits = "client_max_window_bits";

struct Parameter {
  std::string name;
  std::optional<std::string> value;
};

struct Extension {
  std::string name;
  std::vector<Parameter> parameters;
};

Error refused(const std::string& why) {
  return Error(Layer::websocket, "Sec-WebSocket-Extensions " + why);
}

// extension-list of RFC 6455 9.1, where an element of the list may be empty (RFC 9110 5.6.1).
class ExtensionParser {
 public:
  explicit ExtensionParser(std::string_view text) : rest_(text) {}

  std::vector<Extension> parse() {
    std::vector<Extension> list;
    while (true) {
      while (eat(',')) {
      }
      if (rest_.empty()) return list;
      Extension extension{token(), {}};
      while (eat(';')) extension.parameters.push_back(parameter());
      list.push_back(std::move(extension));
      if (!rest_.empty() && rest_.front() != ',') throw malformed();
    }
  }

 private:
  static Error malformed() { return refused("is not a list of extensions"); }

  Parameter parameter() {
    Parameter parameter{token(), {}};
    if (!eat('=')) return parameter;
    if (!eat('"')) {
      parameter.value = token();
      return parameter;
    }
    // A quoted value must be a token once its quotes are gone, so a backslash is never needed.
    parameter.value = token();
    if (!eat('"')) throw malformed();
    return parameter;
  }

  std::string token() {
    skip_space();
    constexpr std::string_view kNotToken = "()<>@,;:\\\"/[]?={} \t";
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] > 0x20 && rest_[size] < 0x7f &&
           kNotToken.find(rest_[size]) == std::string_view::npos) {
      ++size;
    }
    if (size == 0) throw malformed();
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    skip_space();
    return text;
  }

  bool eat(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
};

// 8 to 15, in decimal without leading zeros (RFC 7692 7.1.2).
int window_bits(const Parameter& parameter) {
  const auto& text = parameter.value.value_or("");
  for (int bits = 8; bits <= 15; ++bits) {
    if (text == std::to_string(bits)) return bits;
  }
  throw refused("has " + parameter.name + " without a number from 8 to 15");
}

// Parses the parameters of one element: only their syntax; who may request what is checked later.
struct Terms {
  bool server_reset = false;
  bool client_reset = false;
  bool names_client_bits = false;
  std::optional<int> server_bits;
  std::optional<int> client_bits;
};

Terms terms_of(const Extension& extension) {
  Terms terms;
  std::vector<std::string_view> seen;
  for (const auto& parameter : extension.parameters) {
    const std::string_view name = parameter.name;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      throw refused("has " + printable(name, 40) + " twice");
    }
    seen.push_back(name);
    if (name == kServerReset || name == kClientReset) {
      if (parameter.value) throw refused("has a value for " + parameter.name);
      (name == kServerReset ? terms.server_reset : terms.client_reset) = true;
    } else if (name == kServerBits) {
      terms.server_bits = window_bits(parameter);
    } else if (name == kClientBits) {
      terms.names_client_bits = true;
      if (parameter.value) terms.client_bits = window_bits(parameter);
    } else {
      throw refused("has the unknown parameter " + printable(name, 40));
    }
  }
  return terms;
}

std::string with_bits(std::string_view name, int bits) {
  return "; " + std::string(name) + "=" + std::to_string(bits);
}

}  // namespace

std::string deflate_offer(const DeflateParams& offered) {
  std::string text(kName);
  if (offered.server_no_context_takeover) text += "; " + std::string(kServerReset);
  if (offered.client_no_context_takeover) text += "; " + std::string(kClientReset);
  if (offered.server_max_window_bits < 15) {
    text += with_bits(kServerBits, offered.server_max_window_bits);
  }
  text += offered.client_max_window_bits < 15
              ? with_bits(kClientBits, offered.client_max_window_bits)
              : "; " + std::string(kClientBits);
  return text;
}

std::optional<DeflateParams> read_deflate_answer(std::string_view extensions,
                                                 const std::optional<DeflateParams>& offered) {
  const auto list = ExtensionParser(extensions).parse();
  if (list.empty()) return std::nullopt;
  for (const auto& extension : list) {
    if (!offered || extension.name != kName) {
      throw refused("names " + printable(extension.name, 40) + ", which was not offered");
    }
  }
  if (list.size() > 1) throw refused("names permessage-deflate twice");

  const auto terms = terms_of(list.front());
  if (offered->server_no_context_takeover && !terms.server_reset) {
    throw refused("does not grant server_no_context_takeover");
  }
  if (terms.server_bits.value_or(15) > offered->server_max_window_bits) {
    throw refused("does not grant server_max_window_bits");
  }
  if (terms.names_client_bits && !terms.client_bits) {
    throw refused("has client_max_window_bits without a number from 8 to 15");
  }
  if (terms.client_bits.value_or(8) > offered->client_max_window_bits) {
    throw refused("has a larger client_max_window_bits than was offered");
  }
  DeflateParams agreed;
  agreed.server_no_context_takeover = terms.server_reset;
  // A hint in the offer: the client keeps to it whether the server repeats it or not.
  agreed.client_no_context_takeover = terms.client_reset || offered->client_no_context_takeover;
  agreed.server_max_window_bits = terms.server_bits.value_or(15);
  agreed.client_max_window_bits = terms.client_bits.value_or(offered->client_max_window_bits);
  return agreed;
}

std::optional<DeflateAgreement> accept_deflate_offer(std::string_view extensions,
                                                     const DeflateParams& wanted) {
  for (const auto& extension : ExtensionParser(extensions).parse()) {
    if (extension.name != kName) continue;
    Terms terms;
    try {
      terms = terms_of(extension);
    } catch (const Error&) {
      continue;  // RFC 7692 7.1: such an offer is declined, and the next may be right.
    }
    DeflateAgreement agreement{{}, std::string(kName)};
    auto& params = agreement.params;
    params.server_no_context_takeover = terms.server_reset || wanted.server_no_context_takeover;
    params.client_no_context_takeover = terms.client_reset || wanted.client_no_context_takeover;
    params.server_max_window_bits =
        std::min(terms.server_bits.value_or(15), wanted.server_max_window_bits);
    if (terms.names_client_bits) {
      params.client_max_window_bits =
          std::min(terms.client_bits.value_or(15), wanted.client_max_window_bits);
    }
    auto& answer = agreement.answer;
    if (params.server_no_context_takeover) answer += "; " + std::string(kServerReset);
    if (params.client_no_context_takeover) answer += "; " + std::string(kClientReset);
    if (terms.server_bits || params.server_max_window_bits < 15) {
      answer += with_bits(kServerBits, params.server_max_window_bits);
    }
    if (params.client_max_window_bits < 15) {
      answer += with_bits(kClientBits, params.client_max_window_bits);
    }
    return agreement;
  }
  return std::nullopt;
}

}  // namespace pintle::ws
