// SPDX-License-Identifier: Apache-2.0
//
// Listens on loopback for the browser's way back from a sign-in (RFC 8252 7.3), and leads it to the
// gateway at the beginning.
//
// Other users of this machine can connect here as well. Whoever has the sign-in's address could
// finish it with an account of their own, so the address never stands in a command line: the
// browser is started with that of a page here, which answers a browser of this user alone. If the
// system does not say whose a connection is, that page is refused and the user opens the address
// that was told. The way back needs the state, which only the address has, and is refused to
// another user too; if it is not known whose it is (a relay's, as of a container), the state
// decides. Threads: one; `cancel` may be stopped from any.

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
  std::size_t connections = 32;  ///< A further one takes the place of the oldest.
  /// For a whole request, and for a whole answer: who drips is cut off.
  std::chrono::milliseconds connection{10'000};
  /// For the browser to close its side after the answer.
  std::chrono::milliseconds linger{1'000};
  /// Whose the other end of a connection is; for tests.
  std::function<PeerUser(int fd)> user_of = peer_user;
};

class LoopbackListener {
 public:
  enum class Family { ipv4, ipv6 };

  /// Listens on a free port when it returns: at 127.0.0.1, and at ::1 where there is no IPv4.
  /// Throws Error(tcp) where there is neither.
  static LoopbackListener open(std::string_view state, LoopbackLimits limits = {});
  /// The same for one family.
  LoopbackListener(Family family, std::string_view state, LoopbackLimits limits = {});

  /// "http://127.0.0.1:40123/callback".
  std::string redirect_uri() const { return "http://" + authority_ + std::string(kCallbackPath); }

  /// Gives the page that leads to `address` a path that cannot be guessed, and returns its URL. To
  /// be called before `wait`.
  std::string lead_to(std::string address);

  /// Answers requests until one carries our state, and gives the whole URL that was called; the
  /// page was written then and nothing listens any more. Nothing where `cancel` was stopped or the
  /// time is over.
  std::optional<Secret> wait(const HumanWait& limit, const std::stop_token& cancel);

 private:
  struct Peer {
    UniqueFd fd;
    HumanWait::Clock::time_point deadline;
    std::string in{};
    std::size_t scanned = 0;
    std::string out{};
    bool shut = false;  // the answer is written: what still comes is read and dropped
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
  Secret start_;         // the path of the page that leads to `address_`
  std::string address_;  // empty: it leads nowhere any more
  LoopbackLimits limits_;
  UniqueFd listening_;
  std::list<Peer> peers_;
  std::optional<Secret> called_;
};

}  // namespace pintle
