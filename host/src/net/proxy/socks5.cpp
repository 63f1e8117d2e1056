// SPDX-License-Identifier: Apache-2.0
#include "net/proxy/socks5.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

#include "net/authority.h"
#include "net/ip_address.h"

namespace pintle::net {
namespace {

// RFC 1928 3 to 6, RFC 1929 2
constexpr char kVersion = 5;
constexpr char kNoSignIn = 0;
constexpr char kPassword = 2;
constexpr char kNoneAccepted = '\xff';
constexpr char kPasswordVersion = 1;
constexpr char kConnect = 1;
constexpr char kIpv4 = 1;
constexpr char kName = 3;
constexpr char kIpv6 = 4;
constexpr std::size_t kMaxField = 255;

struct Reply {
  const char* why;
  bool may_pass;  // a retry may help
};
constexpr std::array kReplies = {
    Reply{"", false},
    Reply{"general failure", true},
    Reply{"not allowed by its rules", false},
    Reply{"network unreachable", true},
    Reply{"host unreachable", true},
    Reply{"connection refused", true},
    Reply{"TTL expired", true},
    Reply{"command not supported", false},
    Reply{"address type not supported", false},
};

void append_field(std::string& bytes, std::string_view value) {
  bytes += static_cast<char>(value.size());
  bytes += value;
}

class Dialogue {
 public:
  Dialogue(Stream stream, Watch& watch, TimePoint deadline)
      : stream_(std::move(stream)),
        watch_(watch),
        attached_(watch, stream_.fd()),
        limit_(std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now())) {
    watch_.set_deadline(deadline);
  }

  /// Negotiates a sign-in method, and signs in.
  void greet(const ProxyCredentials* credentials) {
    std::string methods{kNoSignIn};
    if (credentials != nullptr) methods += kPassword;
    std::string greeting{kVersion};
    append_field(greeting, methods);
    send(greeting);
    const auto chosen = receive<2>();
    if (chosen[0] != kVersion) throw not_socks5(chosen[0]);
    if (chosen[1] == kNoneAccepted) {
      throw credentials == nullptr
          ? sign_in_error("requires a user name and a password",
                          "Write \"user:password\" to a file and pass it with --proxy-auth-file.")
          : sign_in_error("does not accept a user name and password",
                          "Ask the proxy's administrator how to sign in to it.");
    }
    if (methods.find(chosen[1]) == std::string::npos) {
      throw broken("chose a sign-in method that was not offered");
    }
    if (chosen[1] == kPassword) sign_in(*credentials);
  }

  void connect(const std::string& host, std::uint16_t port) {
    std::string request{kVersion, kConnect, 0};
    if (const auto address = ip_address_of(host)) {
      request += address->family() == Poco::Net::IPAddress::IPv4 ? kIpv4 : kIpv6;
      request.append(static_cast<const char*>(address->addr()), address->length());
    } else {
      if (host.size() > kMaxField) throw broken("cannot connect to a name longer than 255 bytes");
      request += kName;
      append_field(request, host);
    }
    request += static_cast<char>(port >> 8);
    request += static_cast<char>(port & 0xff);
    send(request);
    const auto reply = receive<4>();
    if (reply[0] != kVersion) throw broken("did not answer with SOCKS5");
    if (reply[1] != 0) throw refused(reply[1], authority_of(host, port));
    skip_bound_address(reply[3]);
  }

  Stream finish() {
    if (!watch_.lift()) throw ended();
    return std::move(stream_);
  }

 private:
  void sign_in(const ProxyCredentials& credentials) {
    const auto user = credentials.user.reveal();
    const auto password = credentials.password.reveal();
    if (user.size() > kMaxField || password.size() > kMaxField) {
      throw sign_in_error("does not accept a user name or password longer than 255 bytes",
                          "Correct the file of --proxy-auth-file.");
    }
    std::string request{kPasswordVersion};
    request.reserve(3 + 2 * kMaxField);  // must not reallocate: that would leave a copy
    append_field(request, user);
    append_field(request, password);
    try {
      send(request);
    } catch (...) {
      wipe(request);
      throw;
    }
    wipe(request);
    if (receive<2>()[1] == 0) return;
    throw sign_in_error("refused the user name or the password",
                        "Correct \"user:password\" in the file of --proxy-auth-file, or in the "
                        "environment variable.");
  }

  // Skips the proxy's own address on the far side, which is not needed.
  void skip_bound_address(char kind) {
    auto size = kind == kIpv4   ? std::size_t{4}
                : kind == kIpv6 ? std::size_t{16}
                : kind == kName ? static_cast<unsigned char>(receive<1>()[0])
                                : throw broken("answered with an unknown address type");
    for (size += 2; size > 0; --size) receive<1>();
  }

  void send(std::string_view bytes) {
    try {
      stream_.write_all(bytes);
    } catch (const Error& error) {
      throw ended(error.message());
    }
  }

  // Reads no further byte: what follows the last reply is from the gateway.
  template <std::size_t kSize>
  std::array<char, kSize> receive() {
    std::array<char, kSize> bytes{};
    std::size_t size = 0;
    while (size < kSize) {
      Stream::Result result{};
      try {
        result = stream_.read(bytes.data() + size, kSize - size);
      } catch (const Error& error) {
        throw ended(error.message());
      }
      if (result.state != Stream::State::done) throw ended();
      size += result.size;
    }
    return bytes;
  }

  std::string peer() const { return stream_.peer(); }

  Error ended(const std::string& broke = {}) const {
    switch (watch_.cause()) {
      case Watch::Cause::cancelled:
        return Error(Layer::proxy, "asking " + peer() + " for a tunnel was cancelled");
      case Watch::Cause::deadline:
        return with_advice(Error(Layer::proxy, "no answer from " + peer() + " within " +
                                                   std::to_string(limit_.count()) + " ms"));
      case Watch::Cause::none:
        break;
    }
    return with_advice(
        Error(Layer::proxy, broke.empty() ? peer() + " closed the connection" : broke));
  }
  Error with_advice(Error error) const {
    return error.with_retry().with_hint("Check that " + peer() + " is a SOCKS5 proxy.");
  }
  Error broken(const std::string& what) const {
    return Error(Layer::proxy, peer() + " " + what)
        .with_hint("Check that " + peer() + " is a SOCKS5 proxy.");
  }
  Error not_socks5(char first) const {
    if (first != 'H') return broken("did not answer with SOCKS5");
    return Error(Layer::proxy, peer() + " is an HTTP server, not a SOCKS5 proxy")
        .with_hint("Use http:// instead of socks5:// in its address.");
  }
  Error sign_in_error(const std::string& what, const char* next) const {
    return Error(Layer::proxy, peer() + " " + what).with_user_action().with_hint(next);
  }
  Error refused(char code, const std::string& authority) const {
    const auto number = static_cast<unsigned char>(code);
    const auto reply = number < kReplies.size() ? kReplies[number] : Reply{"unknown reason", false};
    return Error(Layer::proxy, peer() + " refused a tunnel to " + authority + ": " + reply.why +
                                   " (SOCKS reply " + std::to_string(number) + ")")
        .with_retry(reply.may_pass)
        .with_hint(reply.may_pass
                       ? "Check that the gateway is running and that the proxy can reach it."
                       : "Ask the proxy's administrator to allow this host and port, or use no "
                         "proxy (--proxy \"\").");
  }

  Stream stream_;
  Watch& watch_;
  const Attached attached_;
  const std::chrono::milliseconds limit_;
};

}  // namespace

Stream open_socks5(Stream stream, const ProxyCredentials* credentials, const std::string& host,
                   std::uint16_t port, Watch& watch, TimePoint deadline) {
  Dialogue dialogue(std::move(stream), watch, deadline);
  dialogue.greet(credentials);
  dialogue.connect(host, port);
  return dialogue.finish();
}

}  // namespace pintle::net
