// SPDX-License-Identifier: Apache-2.0
#include "c_api/reply.h"

#include <iterator>

#include "c_api/edge.h"

using pintle::view;

std::int32_t pintle_reply_status(const pintle_reply* reply) {
  return reply == nullptr ? 0 : reply->status;
}

pintle_view pintle_reply_body(const pintle_reply* reply) {
  return reply == nullptr ? pintle_view{"", 0}
                          : pintle_view{reply->body.c_str(), reply->body.size()};
}

std::size_t pintle_reply_header_count(const pintle_reply* reply) {
  return reply == nullptr ? 0 : reply->headers.size();
}

pintle_field pintle_reply_header_at(const pintle_reply* reply, std::size_t index) {
  if (index >= pintle_reply_header_count(reply)) return {};
  const auto& header = *std::next(reply->headers.begin(), static_cast<std::ptrdiff_t>(index));
  return {view(header.name()), view(header.value())};
}

pintle_view pintle_reply_header(const pintle_reply* reply, pintle_view name) {
  if (reply == nullptr || name.data == nullptr) return {};
  return view(reply->headers.get({name.data, name.size}));
}

void pintle_reply_destroy(pintle_reply* reply) { delete reply; }
