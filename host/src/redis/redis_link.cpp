// SPDX-License-Identifier: Apache-2.0
#include "redis/redis_link.h"

#include <array>
#include <utility>

#include <pintle/core/base/error.h>

#include "net/authority.h"
#include "net/dialer.h"

namespace pintle::redis {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = std::size_t{16} * 1024;

Error unreachable(const std::string& peer, const std::string& why) {
  return Error(Layer::store, "cannot reach Redis at " + peer + ": " + why)
      .with_retry()
      .with_hint("Check that Redis runs there, and the URL of the session store.");
}

Error with_place(const std::string& peer, const Error& error) {
  auto made = unreachable(peer, error.what());
  // Its hint names the options for the gateway's certificate.
  if (error.layer() == Layer::tls) {
    return made.with_user_action().with_retry(false).with_hint(
        "If you trust whoever issued its certificate, name theirs with --store-set ca_file=FILE.");
  }
  return made.with_retry(error.can_retry() || error.layer() == Layer::tcp);
}

}  // namespace

Error refusal(const Node& node, const Reply& reply, const std::string& what) {
  const auto code = reply.error_code();
  const auto peer = net::authority_of(node.host, node.port);
  auto error = Error(Layer::store, "Redis at " + peer + " refused " + what + " (" + code + ")");
  if (reply.text.find("DAMAGED") != std::string::npos) {
    return Error(Layer::store, "the record in Redis is damaged")
        .with_user_action()
        .with_hint("docs/fleet.md says how to begin anew; see who may write to that Redis.");
  }
  // Within a script it has no code of its own.
  const bool may_not = reply.text.find("can't run this command") != std::string::npos;
  if (code == "MOVED" || code == "ASK") {
    return error.with_user_action().with_retry().with_hint(
        "It is a cluster: write redis-cluster://HOST,HOST.");
  }
  if (code == "OOM") {
    return error.with_user_action().with_retry().with_hint(
        "Redis has no memory left: raise its maxmemory.");
  }
  if (code == "NOAUTH" || code == "WRONGPASS" || code == "NOPERM" || may_not) {
    return error.with_user_action().with_hint(
        "Check the user in the URL of the session store, its password (--store-secret-file "
        "password=FILE) and what it may do (docs/fleet.md).");
  }
  return error.with_retry();
}

RedisLink::RedisLink(LinkSettings settings, const std::stop_token& cancel)
    : settings_(std::move(settings)),
      peer_(net::authority_of(settings_.node.host, settings_.node.port)),
      watch_(net::Watchdog::shared()) {
  const std::stop_callback on_cancel(cancel, [this] { watch_.cancel(); });
  connect();
  sign_in();
}

void RedisLink::connect() {
  try {
    net::DialSettings dial{.host = settings_.node.host, .port = settings_.node.port};
    dial.secure = settings_.secure;
    dial.ca_file = settings_.ca_file;
    auto& limits = dial.limits;
    limits.dns = limits.tcp = limits.tls = limits.per_address = settings_.timeout;
    stream_ = std::make_unique<net::Stream>(
        net::Dialer(std::move(dial)).dial(watch_, {}, net::Clock::now() + settings_.timeout));
    attached_ = std::make_unique<net::Attached>(watch_, stream_->fd());
  } catch (const Error& error) {
    throw with_place(peer_, error);
  }
}

void RedisLink::sign_in() {
  if (settings_.password) {
    const auto password = settings_.password();
    Command command{"AUTH"};
    if (!settings_.user.empty()) command.push_back(settings_.user);
    command.emplace_back(password.reveal());
    const auto reply = call(command);
    wipe(command.back());
    if (reply.kind == Reply::Kind::error) {
      throw refusal(settings_.node, reply, "the user name or password").with_user_action();
    }
  }
  if (settings_.database == 0) return;
  const auto reply = call({"SELECT", std::to_string(settings_.database)});
  if (reply.kind == Reply::Kind::error) throw refusal(settings_.node, reply, "the database");
}

Reply RedisLink::call(const Command& command, milliseconds timeout) {
  watch_.set_deadline(net::Clock::now() + timeout);
  try {
    auto reply = exchange(command);
    watch_.lift();
    return reply;
  } catch (const Error& error) {
    if (watch_.cause() != net::Watch::Cause::none) {
      throw unreachable(peer_,
                        "it did not answer within " + std::to_string(timeout.count()) + " ms")
          .with_timeout();
    }
    if (error.layer() == Layer::store) throw;
    throw with_place(peer_, error);
  }
}

Reply RedisLink::exchange(const Command& command) {
  auto bytes = to_bytes(command);
  try {
    stream_->write_all(bytes);
  } catch (...) {
    wipe(bytes);
    throw;
  }
  wipe(bytes);
  for (;;) {
    if (auto reply = reader_.next()) return std::move(*reply);
    if (!receive()) throw unreachable(peer_, "it closed the connection");
  }
}

void RedisLink::send(const Command& command) { stream_->write_all(to_bytes(command)); }

bool RedisLink::receive() {
  std::array<char, kReadBytes> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto read = stream_->read(buffer.data(), buffer.size());
  if (read.state == net::Stream::State::closed) return false;
  if (read.state == net::Stream::State::done) reader_.feed({buffer.data(), read.size});
  return true;
}

}  // namespace pintle::redis
