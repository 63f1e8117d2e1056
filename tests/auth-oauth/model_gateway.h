// SPDX-License-Identifier: Apache-2.0
//
// A model of a gateway without I/O: sessions, rotation, reuse detection, tickets, outages. It has
// no socket and only the caller's clock, so that a day passes in milliseconds.
//
// Every secret that it creates contains kMarker, so that a test detects one anywhere.
// Threads: the test's.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "support/scheme_driver.h"

namespace pintle::test {

inline constexpr const char* kMarker = "s3cr3t";

struct ModelReply {
  int status = 0;
  Fields headers{};
  std::string body{};
  int rotated = 0;  // The session whose refresh token this response replaces; 0: none.
};

struct ModelRequest {
  std::string method;
  std::string target;
  Fields headers;
  std::string body{};
};

class ModelGateway {
 public:
  enum class Reuse {
    never_rotates,  // A refresh token stays valid.
    forgives,       // An old one returns a new pair for a minute, and ends the session after it.
    revokes         // an old one ends the session
  };
  struct Options {
    bool native = false;
    Reuse reuse = Reuse::revokes;
    bool quotes = false;
    std::string name_prefix = "__Secure-";
    std::int64_t access_life_ms = 900'000;
    bool native_returns_refresh = true;  // If it never rotates: the old one again, or "".
  };

  explicit ModelGateway(Options options) : options_(std::move(options)) {}

  ModelReply answer(const ModelRequest& request, std::int64_t now_ms);
  /// Consumes a ticket; returns false if it is unknown, used or expired.
  bool redeem(const std::string& ticket, std::int64_t now_ms);

  void set_outage(bool out) { outage_ = out; }
  void forget_tickets() { tickets_.clear(); }
  void revoke_all();
  /// Every access token expires now, earlier than announced.
  void expire_access();

  /// Returns the session that was opened last.
  int last_session() const { return last_session_; }
  bool is_alive(int session) const { return alive_.count(session) != 0; }
  bool was_reused(int session) const { return reused_.count(session) != 0; }

  int requests = 0;
  int rotations = 0;
  int mixed_credentials = 0;  // Requests with two kinds of credential: there must be none.
  int stray_headers = 0;      // Credentials where none belongs.

 private:
  struct Access {
    int session;
    std::int64_t expires_ms;
  };
  struct Refresh {
    int session;
    std::int64_t used_at_ms = 0;  // 0: not yet.
  };
  struct Pair {
    std::string access;
    std::string refresh;  // Empty: the old one stays valid.
    std::int64_t expires_ms = 0;
    int session = 0;
    bool rotated = false;
  };

  std::string secret(const char* kind);
  Pair issue(int session, bool with_refresh, std::int64_t now_ms);
  bool renew(const std::string& refresh, std::int64_t now_ms, Pair& pair);
  ModelReply gated(const ModelRequest& request, std::int64_t now_ms);
  ModelReply serve(const ModelRequest& request, std::int64_t now_ms);
  ModelReply login(const ModelRequest& request, std::int64_t now_ms);
  ModelReply token_answer(const Pair& pair) const;
  void add_cookies(ModelReply& reply, const Pair& pair, std::int64_t now_ms) const;
  ModelReply dead(bool cookies) const;
  std::string cookie(const ModelRequest& request, const std::string& name) const;

  Options options_;
  bool outage_ = false;
  int last_session_ = 0;
  std::uint64_t last_secret_ = 0;
  std::set<int> alive_;
  std::set<int> reused_;
  std::map<std::string, Access> access_;
  std::map<std::string, Refresh> refresh_;
  std::map<std::string, std::int64_t> tickets_;
  std::map<std::string, std::string> begun_;  // The PKCE cookie to the redirect's state.
  std::set<std::string> codes_;
};

}  // namespace pintle::test
