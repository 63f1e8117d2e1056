// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>

#include "body_file.h"
#include "call_answer.h"
#include "commands.h"
#include "interrupt.h"
#include "output.h"
#include "target.h"

namespace pintle::cli {
namespace {

constexpr std::size_t kMaxInput = 64 << 20;
constexpr std::int64_t kMaxCloseMs = 3'000;
constexpr std::uint64_t kMaxBodyOption = std::uint64_t{1} << 40;

// Of a pipe, whose size nobody knows. Throws Error(config) above 64 MiB.
std::string read_pipe(int fd, const std::string& name) {
  std::string text;
  char buffer[65536];
  while (true) {
    std::array<pollfd, 2> waiting{pollfd{fd, POLLIN, 0}, pollfd{interrupt_fd(), POLLIN, 0}};
    ::poll(waiting.data(), waiting.size(), -1);
    if (interrupted().stop_requested()) throw Error(Layer::config, "interrupted");
    const auto got = ::read(fd, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(Layer::store, name + " could not be read: " + std::strerror(errno));
    }
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kMaxInput) {
      throw Error(Layer::config, name + " is a pipe, and more than 64 MiB came from it")
          .with_user_action()
          .with_hint("Write it to a file first and send that with call --data @FILE.");
    }
  }
}

// Header names that carry credentials: one in argv can be read by every user of the machine.
void refuse_secret_header(const Header& header) {
  for (const char* name : {"Authorization", "Proxy-Authorization", "Cookie",
                           "X-Hermes-Session-Token", "CF-Access-Client-Secret", "X-Api-Key"}) {
    if (same_field_name(header.name(), name)) {
      throw UsageError(std::string("--header must not contain ") + name +
                       ": secrets are never arguments. Use --headers-file");
    }
  }
}

std::string response_json(const HttpResponse& response, const std::optional<Error>& error,
                          const Connection& connection) {
  std::vector<std::string> headers;
  for (const auto& header : response.headers) {
    const bool secret = same_field_name(header.name(), "Set-Cookie");
    headers.push_back(
        json_list({json_string(header.name()), json_string(secret ? "…" : header.value())}));
  }
  JsonObject object;
  object.number("status", response.status).raw("headers", json_list(headers));
  add_body(object, response.body);
  if (error) object.raw("error", error_members(*error));
  add_store(object, connection);
  return object.str();
}

std::string megabytes(std::uint64_t bytes) {
  const auto tenths = bytes * 10 / (1 << 20);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// "12.3 of 80.0 MiB sent"
OnMoved telling(Progress& progress, const char* verb) {
  return [&progress, verb](std::uint64_t moved, std::uint64_t whole) {
    progress.say(megabytes(moved) + (whole != 0 ? " of " + megabytes(whole) : "") + " MiB " + verb);
  };
}

// What is to be sent: streamed from a file, in memory from a pipe. "@FILE" is how curl writes it.
std::unique_ptr<FileSource> open_data(std::string name, HttpRequest& request, Progress& progress) {
  if (name.starts_with('@')) name.erase(0, 1);
  auto source = FileSource::open(name, telling(progress, "sent"));
  if (source) return source;
  if (name == "-") {
    request.body = read_pipe(STDIN_FILENO, "standard input");
  } else {
    const UniqueFd pipe(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    request.body = read_pipe(pipe.get(), name);
  }
  return nullptr;
}

// Prints an answer as it comes: line by line on a terminal, where it may not move the cursor.
class Printing final : public BodySink {
 public:
  Printing(FileSink::Accepts accepts, Progress& progress)
      : accepts_(std::move(accepts)), progress_(progress) {}

  bool accepts(const HttpResponse& head) override { return accepts_(head); }
  void write(std::string_view piece) override {
    progress_.end();
    if (::isatty(STDOUT_FILENO) != 1) return print_body(piece);
    line_ += piece;
    auto end = line_.rfind('\n') + 1;
    if (end == 0 && line_.size() > kMaxLine) end = line_.size();
    if (end != 0) print_body(line_.substr(0, end));
    line_.erase(0, end);
  }
  /// The answer has ended, well or not.
  void finish() {
    if (!line_.empty()) print_body(std::exchange(line_, {}));
  }

 private:
  static constexpr std::size_t kMaxLine = std::size_t{1} << 20;

  FileSink::Accepts accepts_;
  Progress& progress_;
  std::string line_;
};

// Calls, and moves the answer's body to `file`, or to standard output if it is empty or "-".
HttpResponse call_streaming(Connection& connection, const HttpRequest& request, BodyStreams streams,
                            const std::string& file, Progress& progress) {
  // Where a page of somebody in front came, the error says so, and the file stays as it was.
  const auto accepts = [&connection, &request](const HttpResponse& head) {
    return head.ok() && outcome_of(head, request, connection.settings().url).code == kOk;
  };
  if (!file.empty() && file != "-") {
    FileSink sink(file, accepts, telling(progress, "received"));
    streams.sink = &sink;
    auto response = connection.call(request, interrupted(), streams);
    if (sink.has_answer()) sink.commit();
    return response;
  }
  Printing sink(accepts, progress);
  streams.sink = &sink;
  try {
    auto response = connection.call(request, interrupted(), streams);
    sink.finish();
    return response;
  } catch (const Error&) {
    sink.finish();
    throw;
  }
}

HttpRequest request_of(const Invocation& invocation) {
  HttpRequest request;
  request.method = invocation.operands()[0];
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (!invocation.target() && std::any_of(request.method.begin(), request.method.end(), is_lower)) {
    // A gateway's name, and the METHOD left out.
    throw UsageError("call needs METHOD PATH after the gateway, such as GET /api/sessions");
  }
  request.target = invocation.operands()[1];
  for (const auto& line : invocation.all("header")) {
    const auto header = Header::parse_line(line);
    refuse_secret_header(header);
    request.headers.add(header);
  }
  if (invocation.has("data") && !request.headers.has("Content-Type")) {
    request.headers.add("Content-Type",
                        invocation.get("content-type").value_or("application/json"));
  }
  return request;
}

int run_call(const Invocation& invocation) {
  const auto data = invocation.get("data");
  const auto output = invocation.get("output");
  if ((data == "-" || data == "@-") && invocation.has("token-stdin")) {
    throw UsageError("--data - and --token-stdin both read standard input");
  }
  if (output && invocation.json()) {
    throw UsageError("--json prints the whole answer: leave out --output");
  }
  BodyStreams streams;
  streams.max_body_bytes = invocation.bytes("max-body", kMaxBodyOption);
  auto request = request_of(invocation);
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  auto connection = host.open(target_of(invocation, options));
  const StoreTelling telling_of_store(connection);
  HttpResponse response;
  {
    Progress progress("waiting for " + connection.settings().url.text());
    std::unique_ptr<FileSource> source;
    if (data) source = open_data(*data, request, progress);
    streams.source = source.get();
    response = invocation.json()
                   ? connection.call(request, interrupted(), streams)
                   : call_streaming(connection, request, streams, output.value_or(""), progress);
  }
  remember_scheme(registry, connection.settings(), connection.choose());
  const auto outcome = outcome_of(response, request, connection.settings().url);
  if (invocation.json()) {
    print_line(response_json(response, outcome.error, connection));
    return outcome.code;
  }
  print_body(response.body);  // of an answer that was not streamed
  if (outcome.error) {
    report(*outcome.error, false);
  } else if (outcome.code != kOk) {
    note("pintle: the gateway answered " + std::to_string(response.status) + " " +
         printable(response.reason, 60));
  }
  return outcome.code;
}

// What is left of a time limit that holds for several steps together.
class TimeLeft {
 public:
  explicit TimeLeft(std::int64_t timeout_ms)
      : end_(Clock::now() + std::chrono::milliseconds(timeout_ms)) {}
  /// Milliseconds; 0 if it is over.
  std::int64_t ms() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now());
    return std::max<std::int64_t>(left.count(), 0);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point end_;
};

int run_rpc(const Invocation& invocation) {
  const auto options = HostOptions::standard();
  const Host host(options);
  const auto registry = registry_of(options);
  auto params = invocation.operand(1).value_or("");
  if (params == "-") params = read_pipe(STDIN_FILENO, "standard input");
  auto connection = host.open(target_of(invocation, options));
  const StoreTelling telling(connection);
  const auto& settings = connection.settings();
  std::optional<Error> failure;
  bool answered_with_error = false;
  std::string result;
  {
    const Progress progress("waiting for " + settings.url.text());
    const TimeLeft left(settings.request_ms);
    connection.choose(interrupted());
    LiveOptions wanted{.reconnect = false};
    // An older gateway, which does not say that it is ready, has the other half to answer.
    wanted.ready_timeout_ms = std::min(wanted.ready_timeout_ms, settings.request_ms / 2);
    if (const auto bytes = max_message(invocation)) wanted.max_message_bytes = *bytes;
    auto live = connection.live(std::move(wanted));
    try {
      live.wait_until_ready(left.ms(), interrupted());
      remember_scheme(registry, settings, connection.choose());
      result = live.rpc(invocation.operands()[0], params,
                        {.timeout_ms = left.ms(), .cancel = interrupted()});
    } catch (const RpcError& error) {
      answered_with_error = true;
      failure = error;
    } catch (const Error& error) {
      failure = error;
    }
    live.close();
    while (live.next(std::min(kMaxCloseMs, left.ms()), interrupted())) {
    }
  }
  if (failure && interrupted().stop_requested()) return kInterrupted;
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
  auto connection = host.open(target_of(invocation, options));
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
      note("Valid once and for seconds only. Treat it like a password.");
    }
  }
  return kOk;
}

}  // namespace

Command call_command() {
  return {"call",
          "[NAME|URL] METHOD PATH",
          "Send one authenticated REST request",
          "Prints the response body as it is received. PATH is relative to the gateway's prefix: "
          "/api/sessions?limit=3. Exits with 3 if the gateway accepts the credential and responds "
          "with an application error, such as 404 or 422.",
          with_connection_options(
              {{"data", "@FILE|-", "Send this file, or standard input"},
               {"content-type", "TYPE", "The media type of the data (application/json)"},
               {"header", "LINE", "A header \"Name: value\"; never a secret"},
               {"output", "FILE|-",
                "Write the body of a 2xx response to this file once it is complete"},
               {"max-body", "SIZE",
                "Accept a response body up to this size (16M with --json, otherwise unlimited)"}}),
          run_call};
}

Command rpc_command() {
  return {"rpc",
          "[NAME|URL] METHOD [PARAMS]",
          "Send one JSON-RPC request over the WebSocket",
          "PARAMS is a JSON object or array, or - for standard input. Prints the result. Exits "
          "with 3 if the gateway responds with an error.",
          with_connection_options({max_message_option()}),
          run_rpc};
}

Command ws_url_command() {
  return {"ws-url",
          "[NAME|URL]",
          "Print a fresh WebSocket URL for another program",
          "The URL holds a credential.",
          with_connection_options({{"path", "PATH", "The path to connect to (/api/ws)"}}),
          run_ws_url};
}

}  // namespace pintle::cli
