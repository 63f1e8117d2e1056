// SPDX-License-Identifier: Apache-2.0
#include "connection/credentials/credential.h"

#include <pintle/core/base/secret.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/text/printable.h>

#include "base/sha256.h"

namespace pintle {

Error header_conflict(const std::string& one, const std::string& other, std::string_view header) {
  const bool is_file = other.empty();
  return Error(Layer::config, one + " and " + (is_file ? "the file of --headers-file" : other) +
                                  " both need the header " + printable(header, 60))
      .with_user_action()
      .with_hint(is_file ? "Remove the header from the file, or sign in in another way."
                         : "Sign in to one of them in another way: a gateway with cookies "
                           "(pintle sign-in --with password), a front with a header of its own "
                           "(--front service).");
}

ToSign parts_of(const net::Transport& transport, const HttpRequest& request, bool upgrade,
                const BodyStreams& streams) {
  return [&transport, &request, upgrade, &streams] {
    return SignedParts{transport.headers_of(request, upgrade, streams),
                       streams.source == nullptr ? sha256_of(request.body) : std::string()};
  };
}

std::string with_query(const std::string& target, const SchemeInstance::Decorated& decorated) {
  if (decorated.query.empty()) return target;
  std::string query;
  // Reserved in advance: a string that grows leaves copies of the credential behind.
  std::size_t size = target.size();
  for (const auto& [name, value] : decorated.query) size += 3 * (name.size() + value.size()) + 2;
  query.reserve(size);
  query = target;
  for (const auto& [name, value] : decorated.query) {
    query += query.find('?') == std::string::npos ? '?' : '&';
    auto encoded = encode_component(value.reveal());
    query.append(encode_component(name)).append("=").append(encoded);
    wipe(encoded);
  }
  return query;
}

}  // namespace pintle
