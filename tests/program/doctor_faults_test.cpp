// SPDX-License-Identifier: Apache-2.0
//
// `pintle doctor` names the broken step for each fault of the practice gateway.

#include <set>
#include <string>
#include <vector>

#include "doctor_fixture.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using testing::HasSubstr;
using testing::Not;

struct Row {
  Fault fault;
  std::string failed;  // Empty: all steps pass.
  std::string layer{};
  int code = 0;
  std::vector<std::string> more{};
};

constexpr std::int64_t kAlways = -1;

class DoctorFaults : public WithDoctor {
 protected:
  void expect_named(const std::vector<Row>& rows, const std::vector<std::string>& more) {
    for (const auto& row : rows) {
      SCOPED_TRACE(std::string(practice::name_of(row.fault.kind)) + " at " + row.fault.path);
      seen_.insert(row.fault.kind);
      gateway_->set_faults({row.fault});
      auto line = more;
      line.insert(line.end(), row.more.begin(), row.more.end());
      const auto found = doctor(url_, line);
      SCOPED_TRACE(found.json);
      EXPECT_EQ(found.failed, row.failed);
      EXPECT_EQ(found.code, row.code);
      EXPECT_EQ(found.ok, row.failed.empty());
      if (row.failed.empty()) continue;
      const auto& step = found[row.failed];
      EXPECT_EQ(step.verdict, "failed");
      EXPECT_EQ(step.layer, row.layer);
      EXPECT_THAT(step.finding, Not(testing::IsEmpty()));
      EXPECT_THAT(step.hint, Not(testing::IsEmpty())) << "a red step says what to do";
    }
  }

  std::set<FaultKind> seen_;
};

TEST_F(DoctorFaults, AreNamedByTheStepThatBreaks) {
  // The probe and the WebSocket of a gateway with a session token.
  begin();
  expect_named(
      {
          {{FaultKind::delay, "/api/status", kAlways, 30}, ""},
          {{FaultKind::drop, "/api/status", kAlways}, "http", "tcp", 12},
          {{FaultKind::status, "/api/status", kAlways}, "intermediary", "access-proxy", 15},
          {{FaultKind::status, "/api/status", kAlways, 500}, "probe", "protocol", 22},
          {{FaultKind::html, "/api/status", kAlways}, "intermediary", "access-proxy", 15},
          {{FaultKind::redirect, "/api/status", kAlways}, "intermediary", "access-proxy", 15},
          {{FaultKind::wrong_host, "/api/status", kAlways}, "host-guard", "host-guard", 16},
          {{FaultKind::detail, "/api/status", kAlways, 404, "Not Found"}, "probe", "protocol", 22},
          {{FaultKind::too_many, "/api/status", kAlways, 7}, "probe", "rate-limit", 25},
          {{FaultKind::too_many, "/api/sessions", kAlways, 7}, "session", "rate-limit", 25},
          {{FaultKind::detail, "/api/sessions", kAlways, 401, "Unauthorized"},
           "session",
           "gate",
           17},
          {{FaultKind::plain_get, "/api/ws", kAlways}, "upgrade", "websocket", 21},
          {{FaultKind::status, "/api/ws", kAlways, 502}, "upgrade", "access-proxy", 15},
          {{FaultKind::too_many, "/api/ws", kAlways, 20}, "upgrade", "rate-limit", 25},
          {{FaultKind::drop_mid_header, "/api/status", kAlways}, "http", "tcp", 12},
          {{FaultKind::truncated_length, "/api/status", kAlways}, "http", "tcp", 12},
          {{FaultKind::truncated_chunks, "/api/status", kAlways}, "http", "tcp", 12},
          {{FaultKind::slow_body, "/api/status", kAlways, 200},
           "http",
           "tcp",
           12,
           {"--timeout", "1"}},
          {{FaultKind::huge_body, "/api/status", kAlways, 2'000'000}, "http", "protocol", 22},
          {{FaultKind::close_after, "/api/status", kAlways}, ""},
          {{FaultKind::not_json, "/api/status", kAlways}, "probe", "protocol", 22},
          {{FaultKind::echo, "/api/sessions", kAlways}, "session", "protocol", 22},
          {{FaultKind::ws_echo, "/api/ws", kAlways}, "ready", "websocket", 21},
          {{FaultKind::ws_drop, "/api/ws", kAlways}, "ready", "tcp", 12},
          {{FaultKind::ws_half_open, "/api/ws", kAlways},
           "ping",
           "websocket",
           21,
           {"--timeout", "2"}},
          {{FaultKind::ws_malformed, "/api/ws", 1}, "ready", "protocol", 22},
          {{FaultKind::ws_bad_frame, "/api/ws", kAlways}, "ready", "websocket", 21},
          {{FaultKind::ws_huge_frame, "/api/ws", kAlways, 70'000'000}, "ready", "websocket", 21},
          {{FaultKind::ws_close, "/api/ws", kAlways, 4403}, "ready", "host-guard", 16},
      },
      with_credential({}));
  // The ticket, and the identity provider, of a gateway that requires a sign-in.
  pintle_.install(OAUTH_PLUGIN);
  begin(cookie_gate());
  const auto password = pintle_.secret_file("password", std::string(practice::kPassword));
  const auto user = pintle_.secret_file("user", std::string(practice::kUser));
  const std::vector<std::string> with_password = {"--secret-file", "password=" + password,
                                                  "--secret-file", "username=" + user};
  expect_named(
      {
          {{FaultKind::provider_down, "/", kAlways}, "session", "provider", 18},
      },
      with_password);
  gateway_->set_faults({});
  sign_in();
  expect_named(
      {
          {{FaultKind::lose_answer, "/api/auth/ws-ticket", kAlways}, "ticket", "tcp", 12},
          {{FaultKind::status, "/api/auth/ws-ticket", kAlways, 403}, "ticket", "session", 19},
          {{FaultKind::status, "/api/auth/ws-ticket", kAlways, 500}, "ticket", "protocol", 22},
          {{FaultKind::status, "/api/ws", kAlways, 403}, "upgrade", "ticket", 20},
          {{FaultKind::status, "/api/ws", 1, 403}, ""},  // The second ticket is accepted.
      },
      {});
  constexpr auto kLast = static_cast<int>(FaultKind::ws_echo);
  for (int kind = 0; kind <= kLast; ++kind) {
    EXPECT_TRUE(seen_.contains(static_cast<FaultKind>(kind)))
        << "no row for " << practice::name_of(static_cast<FaultKind>(kind));
  }
}

TEST_F(DoctorFaults, StopWhatDependsOnThemAndNothingElse) {
  begin();
  gateway_->set_faults({Fault(FaultKind::html, "/api/status", kAlways)});
  const auto found = doctor();
  EXPECT_EQ(found.verdict("http"), "ok");
  EXPECT_EQ(found.verdict("clock"), "ok");
  EXPECT_EQ(found.verdict("store"), "ok") << found.json;
  for (const char* id :
       {"host-guard", "probe", "scheme", "session", "ticket", "upgrade", "ready", "ping"}) {
    EXPECT_EQ(found.verdict(id), "skipped") << id;
    EXPECT_THAT(found[id].finding, HasSubstr("intermediary")) << id;
  }
  for (const auto& request : gateway_->request_log().requests()) {
    EXPECT_TRUE(request.credentials.none()) << request.path;
  }
}

TEST_F(DoctorFaults, CostNoCredentialBeforeTheProbeIsAnswered) {
  begin();
  EXPECT_EQ(doctor().code, 0);
  bool is_probed = false;
  bool was_sent = false;
  for (const auto& request : gateway_->request_log().requests()) {
    is_probed = is_probed || request.path == "/api/auth/providers";
    was_sent = was_sent || !request.credentials.none();
    EXPECT_TRUE(is_probed || request.credentials.none()) << request.path;
  }
  EXPECT_TRUE(was_sent);
}

}  // namespace
}  // namespace pintle::test
