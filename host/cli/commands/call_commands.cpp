// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>

#include "call/body_file.h"
#include "call/call_answer.h"
#include "commands.h"
#include "connection_options.h"
#include "interrupt.h"
#include "output.h"
#include "pipe_input.h"
#include "store_report.h"
#include "user_host.h"

namespace pintle::cli {
namespace {

constexpr std::uint64_t kMaxBodyOption = std::uint64_t{1} << 40;

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
OnMoved progress_callback(Progress& progress, const char* verb) {
  return [&progress, verb](std::uint64_t moved, std::uint64_t whole) {
    progress.update(megabytes(moved) + (whole != 0 ? " of " + megabytes(whole) : "") + " MiB " +
                    verb);
  };
}

// What is to be sent: streamed from a file, in memory from a pipe. "@FILE" is how curl writes it.
std::unique_ptr<FileSource> open_data(std::string name, HttpRequest& request, Progress& progress) {
  if (name.starts_with('@')) name.erase(0, 1);
  auto source = FileSource::open(name, progress_callback(progress, "sent"));
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
    FileSink sink(file, accepts, progress_callback(progress, "received"));
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
  if (const auto context = traceparent(invocation); !context.empty()) {
    request.headers.set("traceparent", context);
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
  const UserHost user;
  auto connection = user.open(invocation);
  const StoreReporter store_reporter(connection);
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
  user.remember_scheme(connection);
  auto outcome = outcome_of(response, request, connection.settings().url);
  if (outcome.error) outcome.error = connection.without_secrets(*outcome.error);
  if (invocation.json()) {
    print_line(response_json(response, outcome.error, connection));
    return outcome.code;
  }
  print_body(response.body);  // of an answer that was not streamed
  if (outcome.error) {
    report(*outcome.error, false);
  } else if (outcome.code != kOk) {
    note("pintle: the gateway answered " + std::to_string(response.status) + " " +
         connection.without_secrets(printable(response.reason, 60)));
  }
  return outcome.code;
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
                "Accept a response body up to this size (16M with --json, otherwise unlimited)"},
               traceparent_option()}),
          run_call};
}

}  // namespace pintle::cli
