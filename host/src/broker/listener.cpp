// SPDX-License-Identifier: Apache-2.0
#include "broker/listener.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>
#include <pintle/files/descriptors.h>

#include "broker/socket_folder.h"
#include "net/system_error_text.h"

namespace pintle::broker {
namespace {

constexpr int kBacklog = 1024;
constexpr std::string_view kUnix = "unix:";

Error bad_address(std::string_view text) {
  return Error(Layer::config, "cannot listen on \"" + printable(text, 100) + "\"")
      .with_user_action()
      .with_hint("Write it as 127.0.0.1:PORT, [::1]:PORT or unix:PATH.");
}

Error cannot_listen(const std::string& where) {
  return Error(Layer::tcp,
               "cannot listen on " + printable(where) + ": " + net::system_error_text(errno))
      .with_user_action()
      .with_hint("Choose another address with --listen.");
}

// An address of an interface, as bind(2) takes it.
struct InterfaceAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  std::uint16_t port() const {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    return ntohs(in.sin_port);  // at the same place for IPv6
  }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<InterfaceAddress> interface_address(const std::string& host, bool is_v6,
                                                  std::uint16_t port) {
  InterfaceAddress address;
  if (is_v6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    if (::inet_pton(AF_INET6, host.c_str(), &in.sin6_addr) != 1) return std::nullopt;
    std::memcpy(&address.storage, &in, address.size = sizeof in);
  } else {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &in.sin_addr) != 1) return std::nullopt;
    std::memcpy(&address.storage, &in, address.size = sizeof in);
  }
  return address;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Error(Layer::config, "the path of a Unix socket may have at most " +
                                   std::to_string(sizeof address.sun_path - 1) + " bytes")
        .with_user_action();
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Removes the socket of a program that has ended. Throws if one still listens, or if it is not our
// socket.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return;
  if (!S_ISSOCK(facts.st_mode) || facts.st_uid != ::geteuid()) {
    throw Error(Layer::config, printable(path) + " exists and is not a socket of this user")
        .with_user_action();
  }
  const auto probe = open_socket(AF_UNIX, Waiting::no);
  const bool answered =
      ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (answered || errno != ECONNREFUSED) {
    // As bind(2) says it of a port.
    errno = EADDRINUSE;
    throw cannot_listen(path);
  }
  ::unlink(path.c_str());
}

}  // namespace

bool ListenAddress::is_loopback() const {
  if (is_unix()) return true;
  return kind == Kind::ipv6 ? host == "::1" : host.starts_with("127.");
}

ListenAddress ListenAddress::parse(std::string_view text, bool any_address) {
  ListenAddress parsed;
  if (text.starts_with(kUnix)) {
    parsed.kind = Kind::unix_socket;
    const auto path = text.substr(kUnix.size());
    if (path.empty()) throw bad_address(text);
    parsed.host = std::filesystem::absolute(path).lexically_normal().string();
    return parsed;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw bad_address(text);
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool is_v6 = host.starts_with('[') && host.ends_with(']');
  if (is_v6) host = host.substr(1, host.size() - 2);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  parsed.kind = is_v6 ? Kind::ipv6 : Kind::ipv4;
  parsed.host = host;
  if (port.empty() || error != std::errc() || end != port.data() + port.size() ||
      !interface_address(parsed.host, is_v6, parsed.port)) {
    throw bad_address(text);
  }
  if (!any_address && !parsed.is_loopback()) {
    throw Error(Layer::config, printable(host) + " can be reached from other machines")
        .with_user_action()
        .with_hint("Listen on 127.0.0.1, or pass --i-know if that is intended.");
  }
  return parsed;
}

Listener::Listener(const ListenAddress& address) : address_(address) {
  if (address_.is_unix()) {
    listen_on_unix();
  } else {
    listen_on_tcp();
  }
}

void Listener::listen_on_tcp() {
  const bool is_v6 = address_.kind == ListenAddress::Kind::ipv6;
  auto address = interface_address(address_.host, is_v6, address_.port);
  if (!address) throw bad_address(address_.host);
  fd_ = open_socket(is_v6 ? AF_INET6 : AF_INET, Waiting::no);
  // A port that is named is ours again right after a restart.
  const int on = 1;
  if (address_.port != 0) ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd_ || ::bind(fd_.get(), address->get(), address->size) != 0 ||
      ::listen(fd_.get(), kBacklog) != 0 ||
      ::getsockname(fd_.get(), address->get(), &address->size) != 0) {
    throw cannot_listen(address_.host + ":" + std::to_string(address_.port));
  }
  address_.port = address->port();
}

void Listener::listen_on_unix() {
  const auto trusted = trusted_socket_path(address_.host);
  address_.host = trusted.string();
  const auto& path = address_.host;
  const auto address = unix_address(path);
  const SocketFolderLock lock(trusted.parent_path());
  remove_stale(path, address);
  fd_ = open_socket(AF_UNIX, Waiting::no);
  // Nobody can connect before listen, and so before chmod.
  if (!fd_ || ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw cannot_listen(path);
  }
  struct stat facts {};
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::lstat(path.c_str(), &facts) != 0 ||
      ::listen(fd_.get(), kBacklog) != 0) {
    const auto error = cannot_listen(path);
    ::unlink(path.c_str());
    throw error;
  }
  inode_ = facts.st_ino;
}

Listener::~Listener() { close(); }

void Listener::close() noexcept {
  if (const auto inode = std::exchange(inode_, 0); inode != 0) {
    struct stat facts {};
    if (::lstat(address_.host.c_str(), &facts) == 0 && facts.st_ino == inode) {
      ::unlink(address_.host.c_str());
    }
  }
  fd_ = UniqueFd();
}

UniqueFd Listener::accept() const noexcept { return accept_from(fd_.get(), Waiting::yes); }

}  // namespace pintle::broker
