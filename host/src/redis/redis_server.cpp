// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/printable.h>

#include "base/random_bytes.h"
#include "net/authority.h"

namespace pintle::redis {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kMaxPause{2'000};
constexpr milliseconds kReplicaWait{250};
constexpr int kMaxRedirects = 5;

// Answers of a node that is no master just now, or not ready: another one, or a later try, may be.
bool is_passing(const Reply& reply) {
  constexpr std::array kCodes{"READONLY",   "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN",
                              "NOREPLICAS", "BUSY",    "UNKILLABLE", "MOVED",       "ASK"};
  return reply.kind == Reply::Kind::error &&
         std::any_of(kCodes.begin(), kCodes.end(),
                     [code = reply.error_code()](const char* one) { return code == one; });
}

bool is_master(RedisLink& link) {
  const auto reply = link.call({"ROLE"});
  // Without the right to ask, the sentinel's word counts.
  return reply.kind == Reply::Kind::error || reply.at(0).text == "master";
}

}  // namespace

milliseconds spread(milliseconds pause) {
  return pause / 2 + milliseconds(random_below(pause.count()));
}

std::string hash_tag_of(std::string_view key) {
  const auto begin = key.find('{');
  const auto end = begin == std::string_view::npos ? begin : key.find('}', begin);
  if (end == std::string_view::npos || end == begin + 1) return std::string(key);
  return std::string(key.substr(begin + 1, end - begin - 1));
}

bool is_exposed(const Node& node) {
  return !GatewayUrl::parse("http://" + net::authority_of(node.host, node.port)).is_loopback();
}

RedisServer::RedisServer(RedisSettings settings) : settings_(std::move(settings)) {}
RedisServer::~RedisServer() = default;

std::unique_ptr<RedisLink> RedisServer::connect(const Node& node,
                                                const std::stop_token& cancel) const {
  const auto& address = settings_.address;
  if (!address.secure && !settings_.allows_plain && is_exposed(node)) {
    throw Error(Layer::store, "the session store named " + net::authority_of(node.host, node.port) +
                                  ", which is on another machine, without TLS")
        .with_user_action()
        .with_hint("Write rediss-…://, or allow it with --store-set plain=allowed.");
  }
  return std::make_unique<RedisLink>(LinkSettings{.node = node,
                                                  .secure = address.secure,
                                                  .ca_file = settings_.ca_file,
                                                  .user = address.user,
                                                  .password = settings_.password,
                                                  .database = address.database,
                                                  .timeout = settings_.timeout},
                                     cancel);
}

Node RedisServer::ask_sentinel(const Node& sentinel, const std::stop_token& cancel) const {
  const auto& address = settings_.address;
  RedisLink link({.node = sentinel,
                  .secure = address.secure,
                  .ca_file = settings_.ca_file,
                  .password = settings_.sentinel_password,
                  .timeout = settings_.timeout},
                 cancel);
  const auto reply = link.call({"SENTINEL", "get-master-addr-by-name", address.master});
  if (reply.kind == Reply::Kind::error) {
    throw refusal(sentinel, reply, "to name the master");
  }
  const auto port = reply.at(1).number();
  if (reply.at(0).text.empty() || port < 1 || port > 65'535) {
    throw Error(Layer::store, "the sentinel at " + net::authority_of(sentinel.host, sentinel.port) +
                                  " knows no master \"" + printable(address.master, 60) + "\"")
        .with_retry();
  }
  return {printable(reply.at(0).text, 255), static_cast<std::uint16_t>(port)};
}

std::unique_ptr<RedisLink> RedisServer::connect_to_master(const std::stop_token& cancel) const {
  std::optional<Error> why;
  const auto until = net::Clock::now() + 2 * settings_.timeout;
  for (const auto& sentinel : settings_.address.nodes) {
    if (why && net::Clock::now() >= until) break;
    try {
      auto link = connect(ask_sentinel(sentinel, cancel), cancel);
      // A sentinel that was cut off still names the old one.
      if (is_master(*link)) return link;
      why = Error(Layer::store, "the master that the sentinels name is none now").with_retry();
    } catch (const Error& error) {
      if (!why) why = error;
    }
  }
  throw *why;
}

std::unique_ptr<RedisLink> RedisServer::connect_for_messages(const std::stop_token& cancel) const {
  const auto& address = settings_.address;
  if (address.kind == RedisAddress::Kind::sentinel) return connect_to_master(cancel);
  std::optional<Error> why;
  // Each node of a cluster passes on all messages, and not all machines should ask the same.
  const auto first =
      static_cast<std::size_t>(random_below(static_cast<std::int64_t>(address.nodes.size())));
  const auto until = net::Clock::now() + 2 * settings_.timeout;
  for (std::size_t i = 0; i < address.nodes.size(); ++i) {
    if (why && net::Clock::now() >= until) break;
    try {
      return connect(address.nodes[(first + i) % address.nodes.size()], cancel);
    } catch (const Error& error) {
      if (!why) why = error;
    }
  }
  throw *why;
}

RedisLink& RedisServer::link_for(const std::string& key) {
  const auto& address = settings_.address;
  std::string name;
  std::optional<Node> node;
  if (address.kind == RedisAddress::Kind::cluster) {
    const auto home = homes_.find(hash_tag_of(key));
    if (home != homes_.end()) node = home->second;
    if (node) name = net::authority_of(node->host, node->port);
  }
  auto& link = links_[name];
  if (link) return *link;
  if (node) {
    link = connect(*node, {});
  } else if (address.kind == RedisAddress::Kind::sentinel) {
    link = connect_to_master({});
  } else {
    link = connect_for_messages();
  }
  return *link;
}

// Follows a cluster's answer to the node that has the key. Returns false if it is none.
bool RedisServer::follow(const Reply& reply, const std::string& key) {
  // Nobody else is given the password.
  if (settings_.address.kind != RedisAddress::Kind::cluster) return false;
  const bool is_asked = reply.is_error("ASK");
  if (!is_asked && !reply.is_error("MOVED")) return false;
  // "MOVED 3999 127.0.0.1:6381"; without a host it is that of the node that was asked.
  const auto at = reply.text.rfind(' ');
  const auto place = at == std::string::npos ? std::string() : reply.text.substr(at + 1);
  const auto port = place.rfind(':');
  if (port == std::string::npos) return false;
  auto host = place.substr(0, port);
  if (host.empty()) host = link_for(key).node().host;
  const bool is_bare_v6 = host.find(':') != std::string::npos && host.front() != '[';
  try {
    homes_[hash_tag_of(key)] =
        parse_node((is_bare_v6 ? "[" + host + "]" : host) + place.substr(port), 0);
  } catch (const Error&) {
    return false;  // "?" if the node does not know its own name; the user's URL is not to blame
  }
  is_asking_ = is_asked;
  return true;
}

Reply RedisServer::call_somewhere(const Command& command, const std::string& key) {
  for (int redirect = 0;; ++redirect) {
    auto& link = link_for(key);
    if (std::exchange(is_asking_, false)) link.call({"ASKING"});
    auto reply = link.call(command);
    if (reply.kind != Reply::Kind::error) return reply;
    if (redirect < kMaxRedirects && follow(reply, key)) continue;
    if (is_passing(reply) || redirect >= kMaxRedirects) {
      throw refusal(link.node(), reply, "the command").with_retry();
    }
    return reply;
  }
}

void RedisServer::failed(const Error& error) {
  pause_ = std::clamp(pause_ * 2, kFirstPause, kMaxPause);
  down_until_ = net::Clock::now() + spread(pause_);
  trouble_ = error;
  links_.clear();
  homes_.clear();
  is_asking_ = false;
}

Reply RedisServer::call(const Command& command, const std::string& key) {
  const MutexLock lock(mutex_);
  if (trouble_ && net::Clock::now() < down_until_) throw *trouble_;
  for (bool is_first = true;; is_first = false) {
    const bool was_connected = !links_.empty();
    try {
      auto reply = call_somewhere(command, key);
      trouble_.reset();
      pause_ = milliseconds(0);
      return reply;
    } catch (const Error& error) {
      links_.clear();
      homes_.clear();
      // A connection that was idle may have ended meanwhile, or its node may be no master any more.
      if (is_first && was_connected) continue;
      failed(error);
      throw;
    }
  }
}

Reply RedisServer::run(std::string_view script, const std::vector<std::string>& keys,
                       const std::vector<std::string>& arguments) {
  Command command{"EVAL", std::string(script), std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto reply = call(command, keys.front());
  if (reply.kind == Reply::Kind::error) {
    throw refusal(settings_.address.nodes.front(), reply, "a step of the session's protocol");
  }
  return reply;
}

bool RedisServer::wait_for_replica(const std::string& key) {
  const auto role = call({"ROLE"}, key);
  if (role.kind != Reply::Kind::array || role.at(2).items.empty()) return true;
  return call({"WAIT", "1", std::to_string(kReplicaWait.count())}, key).number() > 0;
}

std::optional<Error> RedisServer::trouble() const {
  const MutexLock lock(mutex_);
  return trouble_;
}

}  // namespace pintle::redis
