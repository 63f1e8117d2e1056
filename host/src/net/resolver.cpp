// SPDX-License-Identifier: Apache-2.0
#include "net/resolver.h"

#include <atomic>
#include <memory>
#include <netdb.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/printable.h>

#include "base/mutex.h"
#include "net/ip_address.h"

namespace pintle::net {
namespace {

using Poco::Net::IPAddress;
using Addresses = std::vector<IPAddress>;

// With more lookups in progress the resolver hangs, and more threads would not help.
constexpr int kMaxLookups = 32;
std::atomic<int> lookups_in_progress{0};

struct Job {
  Mutex mutex;
  Condition finished;
  bool done PINTLE_GUARDED_BY(mutex) = false;
  Addresses addresses PINTLE_GUARDED_BY(mutex);
  std::optional<Error> error PINTLE_GUARDED_BY(mutex);
};

bool is_local_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

Addresses in_turn(const Addresses& found) {
  Addresses first;
  Addresses second;
  for (const auto& address : found) {
    (address.family() == found.front().family() ? first : second).push_back(address);
  }
  Addresses mixed;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

Error no_address(const std::string& host, const std::string& why) {
  // These names are resolved by multicast (RFC 6762), which not every resolver supports.
  const bool is_mdns = host.ends_with(".local") || host.ends_with(".local.");
  return Error(Layer::dns, "cannot resolve " + display_host(host) + ": " + why)
      .with_hint(is_mdns
                     ? "Set up mDNS on this machine for .local names (Debian: libnss-mdns), or use "
                       "the gateway's address."
                     : "Check the spelling of the host, and whether it needs a VPN or another "
                       "network.");
}

using List = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// Returns null if the resolver returned no address; `code` is then the reason.
List look_up(const std::string& host, int flags, int& code) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  return {code == 0 ? list : nullptr, &::freeaddrinfo};
}

// Parses an address with a zone ("fe80::1%eth0"). Poco accepts only the interface's name, not its
// number.
IPAddress zoned_address(const std::string& host) {
  int code = 0;
  const auto list = look_up(host, AI_NUMERICHOST, code);
  if (list) return IPAddress(*list->ai_addr);
  throw Error(Layer::dns, "this machine has no network interface " +
                              printable(host.substr(host.find('%') + 1)) + " (" + printable(host) +
                              ")")
      .with_hint("Write the interface to the gateway after the %: see `ip link`.");
}

void start(const std::shared_ptr<Job>& job, const std::string& host, const Lookup& lookup) {
  const auto count = std::shared_ptr<void>(nullptr, [](void*) { --lookups_in_progress; });
  if (++lookups_in_progress > kMaxLookups) {
    throw Error(Layer::dns, "cannot resolve " + printable(host) + ": " +
                                std::to_string(kMaxLookups) +
                                " lookups are still waiting for an answer")
        .with_retry()
        .with_hint("Check that this machine's resolver answers.");
  }
  std::thread([job, host, lookup, count] {
    Addresses addresses;
    std::optional<Error> error;
    try {
      addresses = lookup(host);
      if (addresses.empty()) error = no_address(host, "the resolver returned no address");
    } catch (const Error& e) {
      error = e;
    } catch (const std::exception& e) {
      error = no_address(host, printable(e.what()));
    }
    const MutexLock lock(job->mutex);
    job->addresses = std::move(addresses);
    job->error = std::move(error);
    job->done = true;
    job->finished.notify_all();
  }).detach();
}

}  // namespace

Addresses system_lookup(const std::string& host) {
  int code = 0;
  const auto list = look_up(host, 0, code);
  if (!list) {
    auto error = no_address(host, ::gai_strerror(code));
    if (code == EAI_AGAIN || code == EAI_SYSTEM || code == EAI_MEMORY) error.with_retry();
    throw error;
  }
  Addresses addresses;
  for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    addresses.emplace_back(*one->ai_addr);
  }
  return addresses;
}

Addresses resolve(const std::string& host, TimePoint deadline, const CancelToken& cancel,
                  const Lookup& lookup) {
  if (is_local_name(host)) return {IPAddress("127.0.0.1"), IPAddress("::1")};
  if (host.find('%') != std::string::npos) return {zoned_address(host)};
  if (const auto literal = ip_address_of(host)) return {*literal};

  const auto began = Clock::now();
  const auto job = std::make_shared<Job>();
  try {
    start(job, host, lookup);
  } catch (const std::system_error& e) {
    throw no_address(host, std::string("cannot create a thread: ") + e.what()).with_retry();
  }
  MutexLock lock(job->mutex);
  const bool done = job->finished.wait_until(
      job->mutex, cancel, deadline, [&]() PINTLE_REQUIRES(job->mutex) { return job->done; });
  if (!done) {
    if (cancel.stop_requested()) {
      throw Error(Layer::dns, "resolving " + printable(host) + " was cancelled");
    }
    const auto waited =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
    throw Error(Layer::dns, "cannot resolve " + printable(host) + ": no answer within " +
                                std::to_string(waited) + " ms")
        .with_retry()
        .with_timeout()
        .with_hint("Check this machine's network and its resolver, then try again.");
  }
  if (job->error) throw *job->error;
  return in_turn(job->addresses);
}

}  // namespace pintle::net
