// Pintle itself, as an app uses it: a connection with the token scheme, whose requests are
// decorated and observed.

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <system_error>

#include <pintle/bundled.h>
#include <pintle/host.h>

#include "clients/measure.h"
#include "clients/task.h"

namespace pintle::bench {
namespace {

// A token in a file that nobody else may read; the bench server takes any.
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

}  // namespace
}  // namespace pintle::bench

int main(int argc, char** argv) {
  return pintle::bench::run_peer(argc, argv, {{"rest", &pintle::bench::rest}});
}
