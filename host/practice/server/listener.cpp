// SPDX-License-Identifier: Apache-2.0
#include "practice/server/listener.h"

#include <csignal>
#include <sys/socket.h>

#include <Poco/Exception.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::practice {
namespace {

// OpenSSL writes without MSG_NOSIGNAL: a closed connection must not end the program.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Listener::Listener(const std::string& address, std::uint16_t port,
                   const Poco::Net::Context::Ptr& tls, std::atomic<std::uint64_t>& connection_count,
                   Serve serve)
    : secure_(!tls.isNull()), connection_count_(connection_count), serve_(std::move(serve)) {
  try {
    socket_ = secure_ ? Poco::Net::ServerSocket(Poco::Net::SecureServerSocket(tls))
                      : Poco::Net::ServerSocket();
    // Not the constructor that binds: it sets SO_REUSEPORT, and two gateways would share a port.
    socket_.bind(Poco::Net::SocketAddress(address, port), true, false);
    socket_.listen(128);
    port_ = socket_.address().port();
  } catch (const Poco::Exception& wrong) {
    // Poco repeats the address behind the reason.
    auto why = printable(wrong.message().empty() ? wrong.name() : wrong.message());
    if (const auto colon = why.find(": "); colon != std::string::npos) why.resize(colon);
    throw Error(Layer::tcp,
                "cannot listen on " + printable(address) + ":" + std::to_string(port) + ": " + why)
        .with_user_action()
        .with_hint("Choose another port, or omit --port for a free one.");
  }
}

void Listener::start() {
  acceptor_ = std::thread([this] { accept_loop(); });
}

void Listener::accept_loop() {
  block_sigpipe();
  while (!stopping_.tryWait(0)) {
    try {
      if (socket_.poll(Poco::Timespan(0, 200'000), Poco::Net::Socket::SELECT_READ)) accept_one();
    } catch (const Poco::Exception&) {
      // Out of descriptors, or the peer disconnected before it was accepted: try the next.
      stopping_.tryWait(10);
    }
    reap();
  }
}

void Listener::accept_one() {
  const auto socket = socket_.acceptConnection();
  auto connection = std::make_unique<Connection>(socket, ++connection_count_, secure_);
  auto& one = *connection;
  const MutexLock lock(mutex_);
  if (stopping_.tryWait(0)) return;
  connections_.push_back(std::move(connection));
  one.thread = std::thread([this, &one] {
    block_sigpipe();
    serve_(one.wire);
    one.wire.close();
    one.done = true;
  });
}

void Listener::reap() {
  const MutexLock lock(mutex_);
  connections_.remove_if([](const std::unique_ptr<Connection>& connection) {
    if (!connection->done) return false;
    connection->thread.join();
    return true;
  });
}

void Listener::cut_all_but(std::uint64_t number) {
  const MutexLock lock(mutex_);
  for (const auto& connection : connections_) {
    if (connection->wire.number() != number) connection->wire.cut();
  }
}

void Listener::stop() {
  if (!acceptor_.joinable()) return;
  stopping_.set();
  // Wakes the poll on Linux; elsewhere it ends by itself within 200 ms.
  ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR);
  acceptor_.join();
  cut_all_but(0);
  // Joined without the lock: a request may be about to take it.
  std::list<std::unique_ptr<Connection>> ended;
  {
    const MutexLock lock(mutex_);
    ended.swap(connections_);
  }
  for (const auto& connection : ended) connection->thread.join();
  socket_.close();
}

}  // namespace pintle::practice
