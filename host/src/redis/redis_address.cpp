// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <system_error>

#include <pintle/core/base/error.h>

#include "net/authority.h"

namespace pintle::redis {
namespace {

using Kind = RedisAddress::Kind;

constexpr std::uint16_t kPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr std::size_t kMaxNodes = 64;
constexpr int kMaxDatabase = 1'000'000;

struct Form {
  std::string_view scheme;
  Kind kind;
  bool secure;
};
constexpr std::array kForms{Form{"redis", Kind::single, false},
                            Form{"rediss", Kind::single, true},
                            Form{"redis-sentinel", Kind::sentinel, false},
                            Form{"rediss-sentinel", Kind::sentinel, true},
                            Form{"redis-cluster", Kind::cluster, false},
                            Form{"rediss-cluster", Kind::cluster, true}};

// What is wrong is said without the URL, which may hold a password.
Error refused(const std::string& why) {
  return Error(Layer::config, "the URL of the session store " + why)
      .with_user_action()
      .with_hint(
          "Write redis://HOST:PORT/DATABASE, rediss://… for TLS, redis-sentinel://HOST,HOST/MASTER "
          "or redis-cluster://HOST,HOST.");
}

const Form* form_of(std::string_view url) noexcept {
  const auto end = url.find("://");
  if (end == std::string_view::npos) return nullptr;
  const auto* const found = std::find_if(kForms.begin(), kForms.end(), [&](const Form& form) {
    return form.scheme == url.substr(0, end);
  });
  return found == kForms.end() ? nullptr : found;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto* const begin = text.data();
  const auto* const end = begin + text.size();
  const auto read = std::from_chars(begin, end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

bool is_plain_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("\"'\\/?#@%<>^`{|}").find(c) == std::string_view::npos;
  });
}

// Takes what stands before the first `mark` off `rest`, or all of it.
std::string_view take(std::string_view& rest, char mark) {
  const auto end = rest.find(mark);
  const auto taken = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return taken;
}

}  // namespace

Node parse_node(std::string_view text, std::uint16_t default_port) {
  Node node{.host = {}, .port = default_port};
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) throw refused("has an address without its \"]\"");
    node.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
  } else {
    const auto end = text.find(':');
    node.host = text.substr(0, end);
    text.remove_prefix(std::min(end, text.size()));
  }
  if (node.host.empty() || !is_plain_text(node.host)) throw refused("names no host");
  if (text.empty()) return node;
  const auto port = text.front() == ':' ? number_in<std::uint16_t>(text.substr(1)) : std::nullopt;
  if (!port || *port == 0) throw refused("has a port that is not a number from 1 to 65535");
  node.port = *port;
  return node;
}

bool is_redis_url(std::string_view text) noexcept { return form_of(text) != nullptr; }

RedisAddress RedisAddress::parse(std::string_view url) {
  const auto* const form = form_of(url);
  if (form == nullptr) throw refused("is none of Redis");
  RedisAddress made;
  made.kind = form->kind;
  made.secure = form->secure;
  auto path = url.substr(form->scheme.size() + 3);
  auto hosts = take(path, '/');
  if (const auto at = hosts.rfind('@'); at != std::string_view::npos) {
    const auto user = hosts.substr(0, at);
    if (user.find(':') != std::string_view::npos) {
      throw refused("contains a password, which every user of this machine could see")
          .with_hint("Give it with --store-secret-file password=FILE, and change it.");
    }
    if (user.empty() || !is_plain_text(user)) throw refused("has an unusable user name");
    made.user = user;
    hosts.remove_prefix(at + 1);
  }
  if (url.find_first_of("?#") != std::string_view::npos) throw refused("has a query");
  const auto default_port = made.kind == Kind::sentinel ? kSentinelPort : kPort;
  if (hosts.ends_with(',')) throw refused("names no host after its last comma");
  while (!hosts.empty()) {
    if (made.nodes.size() == kMaxNodes) throw refused("names too many hosts");
    made.nodes.push_back(parse_node(take(hosts, ','), default_port));
  }
  if (made.nodes.empty()) throw refused("names no host");
  if (made.kind == Kind::single && made.nodes.size() > 1) throw refused("names more than one host");
  if (made.kind == Kind::sentinel) {
    made.master = take(path, '/');
    if (made.master.empty() || !is_plain_text(made.master)) {
      throw refused("does not name the sentinels' master");
    }
  }
  if (path.empty()) return made;
  const auto database = number_in<int>(path);
  if (made.kind == Kind::cluster) throw refused("names a database, which a cluster does not have");
  if (!database || *database < 0 || *database > kMaxDatabase) {
    throw refused("has a database that is not a number");
  }
  made.database = *database;
  return made;
}

std::string RedisAddress::text() const {
  const auto* const form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& one) {
    return one.kind == kind && one.secure == secure;
  });
  std::string text = std::string(form->scheme) + "://";
  if (!user.empty()) text += user + "@";
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    text += (i == 0 ? "" : ",") + net::authority_of(nodes[i].host, nodes[i].port);
  }
  if (!master.empty()) text += "/" + master;
  if (database != 0) text += "/" + std::to_string(database);
  return text;
}

}  // namespace pintle::redis
