// SPDX-License-Identifier: Apache-2.0
//
// pintle-cage FILE: runs the scheme library that is open as descriptor 4, and may do nothing else.
// FILE is its name, for errors. Requests come on standard input and replies leave on standard
// output, in the protocol of scheme programs (docs/scheme-protocol.md).
//
// The cage is closed before the library is opened: its constructors run inside.

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string>
#include <string_view>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/loading/manifest.h>

#include "base/write_all.h"
#include "caged_scheme.h"
#include "open_inside.h"
#include "program_scheme/json_line.h"
#include "program_scheme/json_reader.h"
#include "program_scheme/line_splitter.h"
#include "program_scheme/spawn_program.h"
#include "result_members.h"
#include "stop.h"

namespace {

using namespace pintle;  // NOLINT(google-build-using-namespace): the program's own file

constexpr int kLibrary = program::kGivenFd;

void put(std::string_view line) {
  if (!write_all(1, line)) ::_exit(0);  // the host has ended
}

void send(program::JsonLine& reply) {
  const auto line = reply.finish();
  if (line.size() > program::kMaxLine) cage::stop("returns more than 1 MiB");
  put(line);
  put("\n");
}

// "FILE: exports no symbol …": the host names the file.
Error without_file(const Error& error, const std::string& file) {
  auto message = error.message();
  if (message.starts_with(file)) message.erase(0, file.size());
  if (message.starts_with(": ")) message.erase(0, 2);
  return Error(error.layer(), message).with_hint(error.hint()).with_user_action();
}

// What the host asks first is answered with why there is no scheme.
[[noreturn]] void answer_with(const Error& failure) {
  program::LineSplitter lines;
  std::array<char, 4096> bytes{};
  const auto answer = [&](std::string_view line) {
    const program::JsonDocument request(line);
    program::JsonLine reply;
    reply.number("id", program::integer_in(request.root(), "id")).begin_object("error");
    cage::write_error(reply, failure);
    reply.end_object();
    send(reply);
  };
  while (true) {
    const auto got = ::read(0, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) ::_exit(0);
    lines.add({bytes.data(), static_cast<std::size_t>(got)}, answer);
  }
}

void serve(const pintle_plugin_table& table) {
  cage::CagedPlugin plugin(table, loading::manifest_of(table));
  program::LineSplitter lines;
  std::array<char, 16 * 1024> bytes{};
  const auto answer = [&](std::string_view line) {
    const program::JsonDocument request(line);
    program::JsonLine reply;
    plugin.answer(request.root(), reply);
    if (!reply.written_members().empty()) send(reply);
  };
  while (true) {
    const auto got = ::read(0, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) ::_exit(0);  // the end of its work
    const auto size = static_cast<std::size_t>(got);
    if (!lines.add({bytes.data(), size}, answer)) cage::stop("was sent a line of more than 1 MiB");
    wipe(bytes.data(), size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: pintle-cage FILE\nIt is started by Pintle, to run a scheme library.\n",
               stderr);
    return 2;
  }
  const std::string file = argv[1];
  // So that no function of time looks for the local one in a file.
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
  try {
    serve(cage::open_inside(argv[1], kLibrary));
  } catch (const Error& error) {
    answer_with(without_file(error, file));
  } catch (const std::exception&) {
    cage::stop("needs more memory than the cage has");
  }
}
