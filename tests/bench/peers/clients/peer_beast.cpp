// SPDX-License-Identifier: Apache-2.0
//
// Boost.Beast, synchronous, which is its fastest way for one connection: no executor between the
// caller and the socket. One flat_buffer for all messages. For echoes auto_fragment is off and the
// write buffer holds a whole message, so that a large one leaves as one frame in few writes
// (websocket::stream::write_buffer_bytes); its default of 4 KiB would cost 16 writes for 64 KiB.
// No permessage-deflate. Built with NDEBUG.

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "clients/measure.h"
#include "clients/task.h"

namespace pintle::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Plain = beast::websocket::stream<tcp::socket>;
using Secure = beast::websocket::stream<beast::ssl_stream<tcp::socket>>;

struct Place {
  explicit Place(const Task& asked) : task(asked), tls(asio::ssl::context::tls_client) {
    if (!task.url.secure) return;
    tls.load_verify_file(task.ca_file);
    tls.set_verify_mode(asio::ssl::verify_peer);
    tls.set_verify_callback(asio::ssl::host_name_verification(task.url.host));
  }
  const Task& task;
  asio::io_context io{1};
  asio::ssl::context tls;
};

template <class Socket>
void dial(Place& place, std::optional<Socket>& socket) {
  const auto& url = place.task.url;
  if constexpr (std::is_same_v<Socket, Secure>) {
    socket.emplace(place.io, place.tls);
  } else {
    socket.emplace(place.io);
  }
  auto& bare = beast::get_lowest_layer(*socket);
  asio::connect(bare, tcp::resolver(place.io).resolve(url.host, url.port));
  bare.set_option(tcp::no_delay(true));
  if constexpr (std::is_same_v<Socket, Secure>) {
    socket->next_layer().handshake(asio::ssl::stream_base::client);
  }
  socket->handshake(url.authority(), url.target);
  socket->text(true);
}

template <class Socket>
void echo_over(Place& place) {
  std::optional<Socket> socket;
  dial(place, socket);
  socket->auto_fragment(false);
  socket->write_buffer_bytes(std::max<std::size_t>(4096, place.task.size + 16));
  const std::string message(place.task.size, 'x');
  beast::flat_buffer buffer;
  buffer.reserve(place.task.size + 1536);
  RoundTrips trips(place.task.seconds);
  do {
    socket->write(asio::buffer(message));
    const auto got = socket->read(buffer);
    check_size(place.task, got);
    buffer.consume(got);
  } while (trips.lap());
  trips.print();
}

template <class Socket>
void flood_over(Place& place) {
  std::optional<Socket> socket;
  dial(place, socket);
  beast::flat_buffer buffer;
  buffer.reserve(place.task.size + 1536);
  Arrivals arrivals(place.task.seconds);
  do {
    const auto got = socket->read(buffer);
    check_size(place.task, got);
    buffer.consume(got);
  } while (arrivals.message());
  arrivals.print();
}

template <class Socket>
void idle_over(Place& place) {
  std::deque<std::optional<Socket>> open;
  const Idle idle;
  while (open.size() < place.task.count) dial(place, open.emplace_back());
  idle.print(open.size());
}

void echo(const Task& task) {
  Place place(task);
  task.url.secure ? echo_over<Secure>(place) : echo_over<Plain>(place);
}
void flood(const Task& task) {
  Place place(task);
  task.url.secure ? flood_over<Secure>(place) : flood_over<Plain>(place);
}
void idle(const Task& task) {
  Place place(task);
  task.url.secure ? idle_over<Secure>(place) : idle_over<Plain>(place);
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  using namespace pintle::bench;
  return run_peer(argc, argv, {{"echo", &echo}, {"flood", &flood}, {"idle", &idle}});
}
