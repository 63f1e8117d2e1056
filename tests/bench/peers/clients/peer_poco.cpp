// SPDX-License-Identifier: Apache-2.0
//
// Plain Poco: HTTPClientSession with one request and one response object for all exchanges, kept
// alive, the body read by its length; WebSocket with its own buffer, which avoids the growing
// Poco::Buffer. TCP_NODELAY is set by HTTPSession.

#include <memory>
#include <stdexcept>
#include <string>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/WebSocket.h>

#include "clients/measure.h"
#include "clients/task.h"

namespace pintle::bench {
namespace {

using namespace Poco::Net;

std::unique_ptr<HTTPClientSession> open(const Task& task) {
  const auto port = static_cast<Poco::UInt16>(std::stoi(task.url.port));
  std::unique_ptr<HTTPClientSession> session;
  if (task.url.secure) {
    const Context::Ptr context(
        new Context(Context::TLS_CLIENT_USE, task.ca_file, Context::VERIFY_STRICT));
    session = std::make_unique<HTTPSClientSession>(task.url.host, port, context);
  } else {
    session = std::make_unique<HTTPClientSession>(task.url.host, port);
  }
  session->setKeepAlive(true);
  session->setKeepAliveTimeout(Poco::Timespan(60, 0));
  return session;
}

void rest(const Task& task) {
  const auto session = open(task);
  HTTPRequest request(HTTPRequest::HTTP_GET, task.url.target, HTTPMessage::HTTP_1_1);
  HTTPResponse response;
  std::string body;
  RoundTrips trips(task.seconds);
  do {
    session->sendRequest(request);
    auto& in = session->receiveResponse(response);
    body.resize(static_cast<std::size_t>(response.getContentLength64()));
    in.read(body.data(), static_cast<std::streamsize>(body.size()));
    if (response.getStatus() != HTTPResponse::HTTP_OK || !in || body.empty()) {
      throw std::runtime_error("the answer is no 200");
    }
  } while (trips.lap());
  trips.print();
}

WebSocket dial(const Task& task, HTTPClientSession& session) {
  HTTPRequest request(HTTPRequest::HTTP_GET, task.url.target, HTTPMessage::HTTP_1_1);
  HTTPResponse response;
  return WebSocket(session, request, response);
}

void receive(WebSocket& socket, std::string& buffer, const Task& task) {
  int flags = 0;
  const int got = socket.receiveFrame(buffer.data(), static_cast<int>(buffer.size()), flags);
  check_size(task, static_cast<std::size_t>(got));
}

void echo(const Task& task) {
  const auto session = open(task);
  auto socket = dial(task, *session);
  const std::string message(task.size, 'x');
  std::string buffer(task.size + 64, '\0');
  RoundTrips trips(task.seconds);
  do {
    socket.sendFrame(message.data(), static_cast<int>(message.size()), WebSocket::FRAME_TEXT);
    receive(socket, buffer, task);
  } while (trips.lap());
  trips.print();
}

void flood(const Task& task) {
  const auto session = open(task);
  auto socket = dial(task, *session);
  std::string buffer(task.size + 64, '\0');
  Arrivals arrivals(task.seconds);
  do {
    receive(socket, buffer, task);
  } while (arrivals.message());
  arrivals.print();
}

template <void (*mode)(const Task&)>
void with_display_text(const Task& task) {
  try {
    mode(task);
  } catch (const Poco::Exception& wrong) {
    throw std::runtime_error(wrong.displayText());
  }
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  using namespace pintle::bench;
  Poco::Net::initializeSSL();
  return run_peer(argc, argv,
                  {{"rest", &with_display_text<rest>},
                   {"echo", &with_display_text<echo>},
                   {"flood", &with_display_text<flood>}});
}
