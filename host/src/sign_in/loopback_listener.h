// SPDX-License-Identifier: Apache-2.0
//
// Listens on loopback for the callback of a sign-in (RFC 8252 7.3), and at the beginning redirects
// the browser to the gateway.
//
// Other users of this machine can connect here too. With the sign-in's address they could finish it
// with their own account, so the address never appears in a command line: the browser is started
// with the address of a page here, which only a browser of this user may load. If the system does
// not report a connection's user, the page is refused and the user opens the displayed address.
// The callback needs the state, which only that address contains, and is refused to another user
// too; if its user is unknown (a relay, as of a container), the state decides.
//
// Threads: one; `cancel` may be stopped from any.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <stop_token>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/files/unique_fd.h>

#include "sign_in/human_wait.h"
#include "sign_in/loopback_request.h"
#include "sign_in/peer_user.h"

namespace pintle {

struct LoopbackLimits {
  std::size_t head_bytes = 16 * 1024;
  std::size_t connections = 32;  ///< A further one replaces the oldest.
  /// For a whole request, and for a whole answer: a slow client is cut off.
  std::chrono::milliseconds connection{10'000};
  /// Time for the browser to close its side after the answer.
  std::chrono::milliseconds linger{1'000};
  /// Returns the user at the other end of a connection; replaced in tests.
  std::function<PeerUser(int fd)> user_of = peer_user;
};

class LoopbackListener {
 public:
  enum class Family { ipv4, ipv6 };

  /// Starts listening on a free port of 127.0.0.1, or of ::1 if there is no IPv4. Throws Error(tcp)
  /// if there is neither.
  static LoopbackListener open(std::string_view state, const LoopbackLimits& limits = {});
  /// Listens on one family only. Throws Error(tcp).
  LoopbackListener(Family family, std::string_view state, LoopbackLimits limits = {});

  /// Returns the callback URL: "http://127.0.0.1:40123/callback".
  std::string redirect_uri() const { return "http://" + authority_ + std::string(kCallbackPath); }

  /// Adds a page with an unguessable path that redirects to `address`, and returns its URL. Call it
  /// before `wait`. Throws Error(config) if there are no random bytes.
  std::string lead_to(std::string address);

  /// Answers requests until one has our state. Then writes its page, stops listening, and returns
  /// the full URL that was called. Returns nullopt if `cancel` is stopped or the time is over.
  std::optional<Secret> wait(const HumanWait& limit, const std::stop_token& cancel);

 private:
  struct Peer {
    UniqueFd fd;
    HumanWait::Clock::time_point deadline;
    std::string in{};
    std::size_t scanned = 0;
    std::string out{};
    bool shut = false;  // the answer is written: further input is read and dropped
    bool ends_the_wait = false;
  };

  void accept_all();
  bool serve(Peer& peer, short events);
  void read_head(Peer& peer);
  void answer(Peer& peer, LoopbackRequest request);
  std::string answer_to_start(PeerUser user);
  bool write_out(Peer& peer);

  std::string authority_;
  Secret state_;
  Secret start_;         // the path of the page that redirects to `address_`
  std::string address_;  // empty: no longer redirects
  LoopbackLimits limits_;
  UniqueFd listening_;
  std::list<Peer> peers_;
  std::optional<Secret> called_;
};

}  // namespace pintle
