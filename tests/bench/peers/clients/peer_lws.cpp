// SPDX-License-Identifier: Apache-2.0
//
// libwebsockets, on its own event loop (poll) in one thread. Writes happen in the WRITEABLE
// callback with LWS_PRE spare bytes in front, as its manual requires; its buffers (rx_buffer_size,
// pt_serv_buf_size) hold a large message; the default ones would split 16 KiB into four. No
// extensions. TCP_NODELAY is its default.

#include <cstring>
#include <exception>
#include <libwebsockets.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "clients/measure.h"
#include "clients/task.h"

namespace pintle::bench {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

enum class Does { echo, flood, idle };

struct Run {
  const Task& task;
  Does does;
  std::string message;  // LWS_PRE bytes, then what is sent.
  std::size_t got = 0;  // Of the message that is being received.
  std::size_t open = 0;
  bool over = false;
  std::string failure{};
  std::unique_ptr<RoundTrips> trips{};
  std::unique_ptr<Arrivals> arrivals{};
};

void established(Run& run, lws* wsi) {
  ++run.open;
  if (run.does == Does::echo) {
    run.trips = std::make_unique<RoundTrips>(run.task.seconds);
    lws_callback_on_writable(wsi);
  } else if (run.does == Does::flood) {
    run.arrivals = std::make_unique<Arrivals>(run.task.seconds);
  }
}

void received(Run& run, lws* wsi, std::size_t size) {
  run.got += size;
  if (lws_is_final_fragment(wsi) == 0 || lws_remaining_packet_payload(wsi) != 0) return;
  check_size(run.task, run.got);
  run.got = 0;
  run.over = run.does == Does::echo ? !run.trips->lap() : !run.arrivals->message();
  if (run.does == Does::echo && !run.over) lws_callback_on_writable(wsi);
}

void send(Run& run, lws* wsi) {
  // Written again each time: lws_write masks it in place.
  std::memset(run.message.data() + LWS_PRE, 'x', run.task.size);
  auto* begin = reinterpret_cast<unsigned char*>(run.message.data()) + LWS_PRE;
  if (lws_write(wsi, begin, run.task.size, LWS_WRITE_TEXT) < 0) {
    throw std::runtime_error("lws_write failed");
  }
}

// No exception may pass through C.
int on_event(lws* wsi, lws_callback_reasons reason, void*, void* in, std::size_t size) {
  auto* run = static_cast<Run*>(lws_context_user(lws_get_context(wsi)));
  try {
    switch (reason) {
      case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        run->failure = in != nullptr ? std::string(static_cast<char*>(in), size) : "no connection";
        break;
      case LWS_CALLBACK_CLIENT_ESTABLISHED:
        established(*run, wsi);
        break;
      case LWS_CALLBACK_CLIENT_RECEIVE:
        if (!run->over) received(*run, wsi, size);
        break;
      case LWS_CALLBACK_CLIENT_WRITEABLE:
        if (run->does == Does::echo && !run->over) send(*run, wsi);
        break;
      case LWS_CALLBACK_CLIENT_CLOSED:
        if (!run->over) run->failure = "the server ended the connection";
        break;
      default:
        break;
    }
  } catch (const std::exception& wrong) {
    run->failure = wrong.what();
  }
  return run->failure.empty() ? 0 : -1;
}

const lws_protocols kProtocols[] = {{"bench", &on_event, 0, kBufferBytes, 0, nullptr, 0},
                                    {nullptr, nullptr, 0, 0, 0, nullptr, 0}};

using Context = std::unique_ptr<lws_context, decltype(&lws_context_destroy)>;

Context make_context(Run& run) {
  lws_set_log_level(LLL_ERR, nullptr);
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = kProtocols;
  info.user = &run;
  if (run.does != Does::idle) info.pt_serv_buf_size = kBufferBytes;
  info.fd_limit_per_thread = static_cast<unsigned>(run.task.count) + 16;
  if (run.task.url.secure) {
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.client_ssl_ca_filepath = run.task.ca_file.c_str();
  }
  Context context(lws_create_context(&info), &lws_context_destroy);
  if (!context) throw std::runtime_error("no libwebsockets context");
  return context;
}

void dial(const Run& run, lws_context* context) {
  const auto& url = run.task.url;
  lws_client_connect_info info{};
  info.context = context;
  info.address = url.host.c_str();
  info.port = std::stoi(url.port);
  info.path = url.target.c_str();
  // It checks only DNS names, so the certificate is checked for the name of 127.0.0.1.
  info.host = url.secure ? "localhost" : url.host.c_str();
  info.ssl_connection = url.secure ? LCCSCF_USE_SSL : 0;
  info.local_protocol_name = "bench";
  if (lws_client_connect_via_info(&info) == nullptr) throw std::runtime_error("no connection");
}

void serve(const Run& run, lws_context* context) {
  if (lws_service(context, 0) < 0) throw std::runtime_error("lws_service failed");
  if (!run.failure.empty()) throw std::runtime_error(run.failure);
}

Run run_of(const Task& task, Does does) {
  return {.task = task, .does = does, .message = std::string(LWS_PRE + task.size, 'x')};
}

template <Does does>
void stream(const Task& task) {
  auto run = run_of(task, does);
  const auto context = make_context(run);
  dial(run, context.get());
  while (!run.over) serve(run, context.get());
  does == Does::echo ? run.trips->print() : run.arrivals->print();
}

void idle(const Task& task) {
  auto run = run_of(task, Does::idle);
  const auto context = make_context(run);
  const Idle stays;
  for (std::size_t i = 0; i < task.count; ++i) {
    dial(run, context.get());
    while (run.open <= i) serve(run, context.get());
  }
  stays.print(run.open);
  run.over = true;
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  using namespace pintle::bench;
  return run_peer(
      argc, argv,
      {{"echo", &stream<Does::echo>}, {"flood", &stream<Does::flood>}, {"idle", &idle}});
}
