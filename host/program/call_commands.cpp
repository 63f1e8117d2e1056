#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

#include <pintle/core/json.h>
#include <pintle/core/printable.h>
#include <pintle/core/refusal.h>
#include <pintle/loading/durable_file.h>

#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "target.h"

namespace pintle::program {
namespace {

constexpr std::size_t kMostInput = 64 << 20;

// A file's bytes, or standard input's for "-".
std::string read_input(const std::string& name) {
  if (name != "-") {
    auto text = read_file(name, kMostInput);
    if (!text) throw Error(Layer::config, "there is no file " + name).with_person();
    return std::move(*text);
  }
  std::string text;
  char buffer[65536];
  while (true) {
    std::array<pollfd, 2> waiting{pollfd{STDIN_FILENO, POLLIN, 0},
                                  pollfd{interrupt_fd(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (interrupted().stop_requested()) throw Error(Layer::config, "interrupted");
    const auto got = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(Layer::store,
                  std::string("standard input could not be read: ") + std::strerror(errno));
    }
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMostInput) {
      throw Error(Layer::config, "standard input is longer than 64 MiB").with_person();
    }
  }
}

// Header names that carry credentials: one in argv can be read by every user of the machine.
void refuse_secret_header(const Header& header) {
  for (const char* name : {"Authorization", "Proxy-Authorization", "Cookie",
                           "X-Hermes-Session-Token", "CF-Access-Client-Secret", "X-Api-Key"}) {
    if (same_field_name(header.name(), name)) {
      throw UsageError(std::string("--header is no place for ") + name +
                       ": a secret is never an argument. Use --headers-file");
    }
  }
}

std::string response_json(const HttpResponse& response, const std::optional<Error>& refused,
                          const Connection& connection) {
  std::vector<std::string> headers;
  for (const auto& header : response.headers) {
    const bool secret = same_field_name(header.name(), "Set-Cookie");
    headers.push_back(
        json_list({json_string(header.name()), json_string(secret ? "…" : header.value())}));
  }
  JsonObject object;
  object.number("status", response.status)
      .raw("headers", json_list(headers))
      .text("body", response.body);
  if (refused) object.raw("error", error_members(*refused));
  add_store(object, connection);
  return object.str();
}

int run_call(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  HttpRequest request;
  request.method = invocation.operands()[1];
  request.target = invocation.operands()[2];
  for (const auto& line : invocation.all("header")) {
    const auto header = Header::parse_line(line);
    refuse_secret_header(header);
    request.headers.add(header);
  }
  if (const auto data = invocation.get("data")) {
    if (*data == "-" && invocation.has("token-stdin")) {
      throw UsageError("--data - and --token-stdin both want standard input");
    }
    request.body = read_input(*data);
    if (!request.headers.has("Content-Type")) {
      request.headers.add("Content-Type",
                          invocation.get("content-type").value_or("application/json"));
    }
  }
  auto connection = host.open(target_of(invocation, registry));
  const StoreTelling telling(connection);
  HttpResponse response;
  {
    const Progress progress("waiting for " + connection.settings().url.text());
    response = connection.call(request, interrupted());
  }
  remember_scheme(registry, connection.settings(), connection.choose());
  const auto path = request.target.substr(0, request.target.find('?'));
  const auto refused = refusal(response, connection.settings().url, Asked::rest, path);
  if (invocation.json()) {
    print_line(response_json(response, refused, connection));
    if (refused) return exit_code(refused->layer());
    return response.status >= 400 ? kRefusedByApp : kOk;
  }
  print_body(response.body);
  if (refused) return report(*refused, false);
  if (response.status >= 400) {
    note("pintle: the gateway answered " + std::to_string(response.status) + " " +
         printable(response.reason, 60));
    return kRefusedByApp;
  }
  return kOk;
}

int run_rpc(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  auto params = invocation.operand(2).value_or("");
  if (params == "-") params = read_input("-");
  auto connection = host.open(target_of(invocation, registry));
  const StoreTelling telling(connection);
  const auto& settings = connection.settings();
  std::optional<Error> failure;
  bool answered_with_error = false;
  std::string result;
  {
    const Progress progress("waiting for " + settings.url.text());
    connection.choose(interrupted());
    auto live = connection.live({.reconnect = false});
    try {
      live.wait_until_ready(settings.request_ms, interrupted());
      remember_scheme(registry, settings, connection.choose());
      result = live.rpc(invocation.operands()[1], params,
                        {.most_ms = settings.request_ms, .cancel = interrupted()});
    } catch (const RpcError& error) {
      answered_with_error = true;
      failure = error;
    } catch (const Error& error) {
      failure = error;
    }
    live.close();
    while (live.next(3'000, interrupted())) {
    }
  }
  if (failure) {
    const auto code = report(*failure, invocation.json());
    return answered_with_error ? kRefusedByApp : code;
  }
  if (!invocation.json()) {
    print_line(one_line(result));
    return kOk;
  }
  JsonObject object;
  object.foreign("result", result);
  add_store(object, connection);
  print_line(object.str());
  return kOk;
}

int run_ws_url(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  auto connection = host.open(target_of(invocation, registry));
  const StoreTelling telling(connection);
  const auto path = invocation.get("path").value_or("/api/ws");
  const Progress progress("waiting for " + connection.settings().url.text());
  const auto url = connection.ws_url(path, {}, interrupted());
  remember_scheme(registry, connection.settings(), connection.choose());
  if (invocation.json()) {
    JsonObject object;
    object.text("url", url.url.reveal()).boolean("single_use", url.single_use);
    add_store(object, connection);
    print_line(object.str());
  } else {
    print_line(url.url.reveal());
    if (url.single_use && ::isatty(STDOUT_FILENO) == 1) {
      note("Works once, within seconds. Treat it like a password.");
    }
  }
  return kOk;
}

}  // namespace

Command call_command() {
  return {
      "call",
      "NAME|URL METHOD PATH",
      "Send one authenticated REST request",
      "Prints the answer's body. PATH is below the gateway's prefix: /api/sessions?limit=3. "
      "Exits with 3 where the gateway lets the request in and answers 4xx.",
      with_connection_options({{"data", "FILE|-", "Send this file's bytes, or standard input's"},
                               {"content-type", "TYPE", "What the data is (application/json)"},
                               {"header", "LINE", "A header \"Name: value\"; never a secret"}}),
      run_call};
}

Command rpc_command() {
  return {"rpc",
          "NAME|URL METHOD [PARAMS]",
          "Send one JSON-RPC request over the WebSocket",
          "PARAMS is a JSON object or array, or - for standard input. Prints the result. Exits "
          "with 3 where the gateway answers with an error.",
          with_connection_options({}),
          run_rpc};
}

Command ws_url_command() {
  return {"ws-url",
          "NAME|URL",
          "Print a fresh WebSocket URL for another program to dial",
          "The URL holds a credential.",
          with_connection_options({{"path", "PATH", "Another path than /api/ws"}}),
          run_ws_url};
}

}  // namespace pintle::program
