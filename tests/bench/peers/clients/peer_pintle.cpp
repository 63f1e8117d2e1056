// SPDX-License-Identifier: Apache-2.0
//
// Pintle itself, as an app uses it: a connection with the token scheme, whose requests are
// decorated and observed.

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <pintle/bundled.h>
#include <pintle/host.h>

#include "clients/measure.h"
#include "clients/task.h"
#include "clients/transcript.h"

namespace pintle::bench {
namespace {

// A token in a private file; the bench server accepts any.
class TokenFile {
 public:
  TokenFile() {
    auto pattern = (std::filesystem::temp_directory_path() / "pintle-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    folder_ = pattern;
    std::ofstream(folder_ / "token") << "bench-token-abcdefghijklmnop\n";
  }
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;
  ~TokenFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  SecretSource source() const {
    return SecretSource::of(SecretSource::Kind::file, (folder_ / "token").string());
  }

 private:
  std::filesystem::path folder_;
};

Connection open(const Task& task, const TokenFile& token) {
  HostOptions options;
  options.built_in = bundled_plugins();
  const std::string scheme = task.url.secure ? "https://" : "http://";
  ConnectionSettings settings{.url = GatewayUrl::parse(scheme + task.url.authority())};
  settings.scheme = "token";
  settings.ca_file = task.ca_file;
  settings.inputs.emplace("token", token.source());
  return Host(options).open(settings);
}

void rest(const Task& task) {
  const TokenFile token;
  auto connection = open(task, token);
  RoundTrips trips(task.seconds);
  do {
    const auto response = connection.call({.target = task.url.target});
    if (!response.ok() || response.body.empty()) throw std::runtime_error("the answer is no 200");
  } while (trips.lap());
  trips.print();
}

LiveOptions live_options(const Task& task, LiveOptions::Content content) {
  LiveOptions options;
  options.path = task.url.target.substr(0, task.url.target.find('?'));
  // "size=64&count=1000": the numbers of a flood.
  for (auto at = options.path.size(); at < task.url.target.size();) {
    const auto end = std::min(task.url.target.find('&', at + 1), task.url.target.size());
    const auto pair = task.url.target.substr(at + 1, end - at - 1);
    options.query.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
    at = end;
  }
  options.content = content;
  options.reconnect = false;
  return options;
}

// An error that a callback finds, passed to the thread that waits for the end.
class Ending {
 public:
  template <class Work>
  void step(Work work) {
    if (over_) return;
    try {
      if (work()) return;
      over_ = true;
      promise_.set_value();
    } catch (...) {
      over_ = true;
      promise_.set_exception(std::current_exception());
    }
  }
  void wait() { promise_.get_future().get(); }

 private:
  std::promise<void> promise_;
  bool over_ = false;
};

// On the I/O thread, as for an app that wants its messages at once.
void echo(const Task& task) {
  const TokenFile token;
  auto connection = open(task, token);
  const std::string message(task.size, 'x');
  Ending ending;
  std::optional<RoundTrips> trips;
  std::optional<LiveConnection> live;
  LiveCallbacks callbacks;
  callbacks.on_message = [&](std::string_view bytes, LivePart) {
    ending.step([&] {
      check_size(task, bytes.size());
      if (!trips->lap()) return false;
      live->send(message);
      return true;
    });
  };
  live.emplace(connection.live(live_options(task, LiveOptions::Content::messages), callbacks));
  live->wait_until_ready(10'000);
  trips.emplace(task.seconds);
  live->send(message);
  ending.wait();
  live.reset();
  trips->print();
}

void flood(const Task& task) {
  const TokenFile token;
  auto connection = open(task, token);
  Ending ending;
  Arrivals arrivals(task.seconds);
  LiveCallbacks callbacks;
  callbacks.on_message = [&](std::string_view bytes, LivePart) {
    ending.step([&] {
      check_size(task, bytes.size());
      return arrivals.message();
    });
  };
  {
    const auto live =
        connection.live(live_options(task, LiveOptions::Content::messages), callbacks);
    ending.wait();
  }
  arrivals.print();
}

// As values: the app's JSON is also encoded and parsed. As text: only the envelope is, and its
// payload is passed on unchanged, to an app that may not need all of it.
void rpc(const Task& task, bool as_text) {
  const TokenFile token;
  auto connection = open(task, token);
  const auto sent = make_transcript(task.size);
  const auto text = to_json(sent);
  TranscriptReader transcripts;
  Ending ending;
  std::optional<RoundTrips> trips;
  std::optional<LiveConnection> live;
  std::string padded;
  std::function<void()> next;
  const auto answered = [&](const CallResult& result) {
    ending.step([&] {
      if (result.kind != CallResult::Kind::result) throw std::runtime_error("not answered");
      if (as_text) {
        if (result.json.size() != text.size()) throw std::runtime_error("another answer came");
      } else {
        // simdjson reads a few bytes after the end.
        padded.assign(result.json).append(64, ' ');
        check_same(sent, transcripts.read(std::string_view(padded).substr(0, result.json.size())));
      }
      if (!trips->lap()) return false;
      next();
      return true;
    });
  };
  next = [&] { live->request("echo", as_text ? text : to_json(sent), {}, answered); };
  LiveCallbacks callbacks;
  callbacks.on_event = [](const LiveEvent&) {};
  live.emplace(connection.live(live_options(task, LiveOptions::Content::json_rpc), callbacks));
  live->wait_until_ready(10'000);
  trips.emplace(task.seconds);
  next();
  ending.wait();
  live.reset();
  trips->print();
}

void rpc_values(const Task& task) { rpc(task, false); }
void rpc_text(const Task& task) { rpc(task, true); }

void idle(const Task& task) {
  const TokenFile token;
  auto connection = open(task, token);
  connection.choose();
  std::vector<LiveConnection> lives;
  lives.reserve(task.count);
  LiveCallbacks callbacks;
  callbacks.on_message = [](std::string_view, LivePart) {};
  const Idle idle;
  for (std::size_t i = 0; i < task.count; ++i) {
    lives.push_back(connection.live(live_options(task, LiveOptions::Content::messages), callbacks));
  }
  for (auto& live : lives) live.wait_until_ready(60'000);
  idle.print(task.count);
}

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  using namespace pintle::bench;
  return run_peer(argc, argv,
                  {{"rest", &rest},
                   {"echo", &echo},
                   {"flood", &flood},
                   {"rpc", &rpc_values},
                   {"rpc-text", &rpc_text},
                   {"idle", &idle}});
}
