// SPDX-License-Identifier: Apache-2.0
#include "broker/server.h"

#include <algorithm>
#include <cerrno>
#include <future>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include <pintle/files/descriptors.h>

#include "broker/own_responses.h"
#include "broker/server_connection.h"

namespace pintle::broker {
namespace {

constexpr int kMaxAccepts = 64;
constexpr std::size_t kMaxSpliceLoops = 4;

}  // namespace

Server::Server(Listener& listener, Service& service, BrokerMeter& meter,
               std::function<PeerUser(int fd)> user_of, const ServerLimits& limits)
    : listener_(listener),
      service_(service),
      meter_(meter),
      user_of_(std::move(user_of)),
      limits_(limits),
      lingering_(loop_),
      pool_(limits.requests) {
  const auto loops =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxSpliceLoops);
  for (std::size_t i = 0; i < loops; ++i) splice_loops_.push_back(std::make_unique<SpliceLoop>());
  loop_.post([this] {
    door_ = std::make_unique<Door>(*this);
    door_->open();
  });
}

Server::~Server() {
  stop_accepting(true);
  wait_until_idle(std::chrono::steady_clock::time_point::max());
  run_on_loop([this] {
    connections_.clear();
    lingering_.clear();
    door_.reset();
  });
}

// Blocks until it has run.
void Server::run_on_loop(const std::function<void()>& task) {
  std::promise<void> done;
  loop_.post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Server::accept_all() {
  for (int i = 0; i < kMaxAccepts; ++i) {
    auto fd = listener_.accept();
    if (fd) {
      admit(std::move(fd));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return door_->pause();
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

void Server::admit(UniqueFd fd) {
  BrokerMeter::add(meter_.connections);
  if (connections_.size() + websockets() >= limits_.connections) {
    BrokerMeter::add(meter_.connections_refused);
    return refuse(std::move(fd), "too many connections");
  }
  const auto user = user_of_(fd.get());
  // Another user of this machine does not even hold a connection.
  if (user == PeerUser::other) {
    BrokerMeter::add(meter_.requests_refused);
    return;
  }
  try {
    auto made = std::make_unique<ClientConnection>(*this, std::move(fd), user);
    auto& connection = *made;
    connections_.emplace(&connection, std::move(made));
    BrokerMeter::add(meter_.connections_open);
    park(connection);
  } catch (const std::exception&) {
    // No memory or no descriptor: this connection is given up.
  }
}

// Written without waiting: whoever does not take it goes without.
void Server::refuse(UniqueFd fd, std::string_view detail) {
  auto refused = detail_response(503, detail);
  refused.headers.add("Retry-After", "1");
  const auto text = last_response(refused);
  (void)::send(fd.get(), text.data(), text.size(), kWithoutSignal | MSG_DONTWAIT);
  lingering_.add(std::move(fd));
}

// Waits for the next request, or for the rest of its head.
void Server::park(ClientConnection& connection) {
  if (is_stopping_) return remove(connection);
  connection.is_busy = false;
  const bool has_begun = !connection.stream.received().empty();
  connection.due.set(loop_.now() + (has_begun ? limits_.head : limits_.idle));
  try {
    connection.watch(live::kReadable | live::kPeerClosed);
  } catch (const std::exception&) {
    remove(connection);
  }
}

void Server::on_readable(ClientConnection& connection) {
  const bool had_begun = !connection.stream.received().empty();
  const auto got = connection.stream.read_ready();
  if (got == ClientStream::Got::ended) return remove(connection);
  if (got == ClientStream::Got::nothing) return;
  try {
    const auto size = find_request_end(connection.stream.received(), connection.scanned);
    if (size != 0) return dispatch(connection, size);
    if (!had_begun) connection.due.set(loop_.now() + limits_.head);
  } catch (const RequestFault&) {
    dispatch(connection, 0);
  }
}

void Server::dispatch(ClientConnection& connection, std::size_t head_size) {
  connection.due.unset();
  connection.scanned = 0;
  {
    const MutexLock lock(mutex_);
    if (busy_ >= 2 * limits_.requests) {
      BrokerMeter::add(meter_.connections_refused);
      connection.unwatch();
      refuse(connection.stream.release(), "too many requests in progress");
      return remove(connection);
    }
    ++busy_;
  }
  BrokerMeter::add(meter_.requests_open);
  connection.is_busy = true;
  // Only the client's end is waited for meanwhile.
  connection.watch(live::kPeerClosed | live::kOnce);
  if (!pool_.run([this, &connection, head_size] { work(connection, head_size); })) {
    finish(connection, Service::Outcome::close);
  }
}

// On a worker: serves requests of this connection for as long as they follow closely.
void Server::work(ClientConnection& connection, std::size_t head_size) {
  auto outcome = Service::Outcome::keep;
  do {
    if (head_size == 0) {
      BrokerMeter::add(meter_.requests_invalid);
      try {
        (void)find_request_end(connection.stream.received(), connection.scanned = 0);
      } catch (const RequestFault& fault) {
        outcome = Service::refuse(connection.stream, fault);
      }
      break;
    }
    outcome = service_.serve(connection.client, head_size);
    if (outcome != Service::Outcome::keep) break;
    try {
      head_size = next_head(connection);
    } catch (const RequestFault&) {
      head_size = 0;
      continue;
    }
    if (head_size == 0) break;
  } while (!connection.gone.stop_requested());
  finish(connection, outcome);
}

// Returns 0 if the next head has not come soon: then it is waited for without a thread.
std::size_t Server::next_head(ClientConnection& connection) {
  auto& stream = connection.stream;
  connection.scanned = 0;
  if (!stream.received().empty()) {
    return find_request_end(stream.received(), connection.scanned);
  }
  {
    const MutexLock lock(mutex_);
    if (busy_ > limits_.requests) return 0;  // others wait for this thread
  }
  if (stream.await_request() != ClientStream::Got::bytes) return 0;
  return find_request_end(stream.received(), connection.scanned);
}

// Hands the connection back to the loop.
void Server::finish(ClientConnection& connection, Service::Outcome outcome) {
  loop_.post([this, &connection, outcome] {
    if (outcome == Service::Outcome::keep && !connection.gone.stop_requested()) {
      return park(connection);
    }
    connection.unwatch();
    auto& pair = connection.client.upgraded;
    if (pair) {
      splice(std::move(*pair));
    } else if (outcome != Service::Outcome::close) {
      lingering_.add(connection.stream.release());
    }
    remove(connection);
  });
  BrokerMeter::subtract(meter_.requests_open);
  const MutexLock lock(mutex_);
  if (--busy_ == 0) idle_.notify_all();
}

void Server::remove(ClientConnection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  connection.unwatch();
  connection.due.unset();
  BrokerMeter::subtract(meter_.connections_open);
  // Not at once: it may be in one of its own functions.
  auto removed = std::move(found->second);
  connections_.erase(found);
  loop_.post([ended = std::move(removed)] {});
}

void Server::splice(SplicePair pair) {
  const auto turn = next_splice_loop_.fetch_add(1, std::memory_order_relaxed);
  splice_loops_[turn % splice_loops_.size()]->add(std::move(pair));
}

std::size_t Server::websockets() const noexcept {
  std::size_t count = 0;
  for (const auto& loop : splice_loops_) count += loop->count();
  return count;
}

void Server::stop_accepting(bool interrupt) {
  run_on_loop([this, interrupt] {
    is_stopping_ = true;
    if (door_) door_->close();
    listener_.close();
    std::vector<ClientConnection*> all;
    all.reserve(connections_.size());
    for (const auto& [connection, owned] : connections_) all.push_back(connection);
    for (auto* connection : all) {
      if (!connection->is_busy) {
        remove(*connection);
      } else if (interrupt) {
        connection->interrupt();
      }
    }
  });
}

bool Server::wait_until_idle(std::chrono::steady_clock::time_point due) {
  MutexLock lock(mutex_);
  const auto is_idle = [&]() PINTLE_REQUIRES(mutex_) { return busy_ == 0; };
  if (due == std::chrono::steady_clock::time_point::max()) {
    idle_.wait(mutex_, is_idle);
    return true;
  }
  return idle_.wait_until(mutex_, due, is_idle);
}

void Server::stop(std::chrono::milliseconds grace) {
  const auto due = std::chrono::steady_clock::now() + grace;
  stop_accepting(false);
  for (const auto& loop : splice_loops_) loop->stop(grace);
  if (!wait_until_idle(due)) {
    stop_accepting(true);
    wait_until_idle(std::chrono::steady_clock::time_point::max());
  }
  // A request in progress may have become a WebSocket.
  for (const auto& loop : splice_loops_) loop->stop(std::chrono::milliseconds(0));
  while (websockets() + lingering_.count() > 0 && std::chrono::steady_clock::now() < due) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  run_on_loop([this] { lingering_.clear(); });
}

}  // namespace pintle::broker
