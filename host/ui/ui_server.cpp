// SPDX-License-Identifier: Apache-2.0
#include "ui/ui_server.h"

#include <atomic>
#include <cerrno>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"
#include "sign_in/peer_user.h"
#include "ui/exchange.h"
#include "ui/page_access.h"
#include "ui/router.h"

#ifdef __SANITIZE_THREAD__
// Poco itself is not instrumented: the thread sanitizer does not see that its count of references
// orders the last use of a socket before its deletion.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:^Poco::Net::TCPServer::run"; }
#endif

namespace pintle::ui {
namespace {

using Clock = std::chrono::steady_clock;
using Poco::Net::HTTPServerParams;

constexpr int kMaxThreads = 64;  // one for each connection; a browser has six at most
constexpr int kBacklog = 64;
constexpr std::chrono::seconds kBetweenLooks{2};

Error cannot_listen(std::uint16_t port, const Poco::Exception& error) {
  const auto failed = [&](const std::string& why, const char* hint) {
    return Error(Layer::tcp, "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + why)
        .with_user_action()
        .with_hint(hint);
  };
  switch (error.code()) {
    case EADDRINUSE:
      return failed("another program uses this port",
                    "Choose another port with --port, or leave it out for a free one. If an "
                    "earlier pintle ui uses it, press Enter in its terminal for a new address.");
    case EACCES:
      return failed("this user may not use this port", "Choose a port above 1023 with --port.");
    default:
      return failed(printable(error.displayText()), "Choose another port with --port.");
  }
}

Poco::Net::ServerSocket listen_on(std::uint16_t port) {
  try {
    Poco::Net::ServerSocket socket;
    // An address that is in use again at once, but never a port that two programs share.
    socket.bind(Poco::Net::SocketAddress("127.0.0.1", port), true, false);
    socket.listen(kBacklog);
    return socket;
  } catch (const Poco::Exception& error) {
    throw cannot_listen(port, error);
  }
}

// Keeps other users of this machine from even occupying a thread.
class OwnUserFilter final : public Poco::Net::TCPServerConnectionFilter {
 public:
  bool accept(const Poco::Net::StreamSocket& socket) override {
    return peer_user(socket.impl()->sockfd()) != PeerUser::other;
  }
};

// When a page was last heard from, and how many requests run.
class Presence {
 public:
  void begin() { ++running_; }
  void end() {
    last_ = Clock::now().time_since_epoch().count();
    --running_;
  }
  bool is_idle_for(std::chrono::seconds time) const {
    return running_ == 0 && Clock::now().time_since_epoch() - Clock::duration(last_.load()) >= time;
  }

 private:
  std::atomic<int> running_{0};
  std::atomic<Clock::rep> last_{Clock::now().time_since_epoch().count()};
};

class Handler final : public Poco::Net::HTTPRequestHandler {
 public:
  Handler(Router& router, Presence& presence) : router_(router), presence_(presence) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    Exchange exchange(request, response);
    const auto user = peer_user(exchange.descriptor());
    const bool counts = user != PeerUser::other;
    if (counts) presence_.begin();
    try {
      router_.handle(exchange, user);
    } catch (const Poco::Exception&) {
      response.setKeepAlive(false);  // the browser has left
    } catch (const std::exception&) {
      response.setKeepAlive(false);
      if (!response.sent()) exchange.answer_text(500, "An internal error.\n");
    }
    if (counts) presence_.end();
  }

 private:
  Router& router_;
  Presence& presence_;
};

class HandlerFactory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  HandlerFactory(Router& router, Presence& presence) : router_(router), presence_(presence) {}

  Poco::Net::HTTPRequestHandler* createRequestHandler(
      const Poco::Net::HTTPServerRequest&) override {
    return new Handler(router_, presence_);  // the server owns it
  }

 private:
  Router& router_;
  Presence& presence_;
};

HTTPServerParams::Ptr params() {
  HTTPServerParams::Ptr made(new HTTPServerParams);
  made->setMaxThreads(kMaxThreads);
  made->setMaxQueued(kBacklog);
  made->setTimeout(Poco::Timespan(20, 0));
  made->setKeepAliveTimeout(Poco::Timespan(15, 0));
  made->setSoftwareVersion("pintle");
  return made;
}

}  // namespace

class UiServer::Impl {
 public:
  Impl(const Host& host, UiOptions options)
      : options_(std::move(options)),
        socket_(listen_on(options_.port)),
        access_(socket_.address().port()),
        router_(host, options_, access_, stop_.get_token()),
        server_(new HandlerFactory(router_, presence_), threads_, socket_, params()) {
    server_.setConnectionFilter(new OwnUserFilter);
    server_.start();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    stop_.request_stop();
    server_.stopAll(true);
    threads_.joinAll();
  }

  std::string new_address() { return access_.origin() + access_.new_open_path(); }

  bool run(const std::stop_token& stop) {
    Mutex mutex;
    Condition changed;
    MutexLock lock(mutex);
    while (!stop.stop_requested()) {
      if (presence_.is_idle_for(options_.idle_end)) return true;
      changed.wait_for(mutex, stop, kBetweenLooks, [] { return false; });
    }
    return false;
  }

 private:
  const UiOptions options_;
  std::stop_source stop_;
  Poco::Net::ServerSocket socket_;
  PageAccess access_;
  Router router_;
  Presence presence_;
  Poco::ThreadPool threads_{2, kMaxThreads};
  Poco::Net::HTTPServer server_;
};

UiServer::UiServer(const Host& host, UiOptions options)
    : impl_(std::make_unique<Impl>(host, std::move(options))) {}

UiServer::~UiServer() = default;

std::string UiServer::new_address() { return impl_->new_address(); }

bool UiServer::run(const std::stop_token& stop) { return impl_->run(stop); }

}  // namespace pintle::ui
