// SPDX-License-Identifier: Apache-2.0
//
// The search for a gateway above the URL of one of its pages.

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

#include "support/error_of.h"
#include "support/practice_host.h"

namespace pintle::test {
namespace {

using practice::Fault;
using practice::FaultKind;
using practice::Gate;
using testing::HasSubstr;

class GatewaySearch : public testing::Test {
 protected:
  void begin(Gate gate, const std::string& prefix) {
    auto options = with_gate(gate, prefix);
    options.serves_pages = true;
    gateway_.emplace(std::move(options));
  }

  Connection open(const std::string& path) const {
    return Host(HostOptions{}).open({.url = GatewayUrl::parse(gateway_->url() + path)});
  }

  std::optional<practice::Gateway> gateway_;
};

TEST_F(GatewaySearch, FindsItWithAndWithoutAGateAndAPrefix) {
  for (const auto gate : {Gate::none, Gate::cookie}) {
    for (const char* prefix : {"", "/hermes"}) {
      begin(gate, prefix);
      for (const char* path :
           {"", "/", "/login?next=%2Fchat", "/chat/x", "/sessions/abc#end", "/a/b/c/d/"}) {
        SCOPED_TRACE(gateway_->url() + path);
        const auto found = open(path).find_gateway();
        EXPECT_EQ(found.url.text(), gateway_->url());
        EXPECT_EQ(found.probe.auth_required, gate == Gate::cookie);
        EXPECT_EQ(found.probe.providers_described, gate == Gate::cookie);
      }
      for (const auto& seen : gateway_->request_log().requests()) {
        EXPECT_TRUE(seen.credentials.none()) << seen.path;
      }
    }
  }
}

TEST_F(GatewaySearch, SaysWhereItIsToWhoAskedForAnotherUrl) {
  begin(Gate::none, "");
  const auto error = error_of([&] { return open("/chat/x").probe(); });
  EXPECT_EQ(error.layer(), Layer::config);
  EXPECT_THAT(error.message(), HasSubstr("no gateway at " + gateway_->url() + "/chat/x"));
  EXPECT_EQ(error.hint(), "Use that URL: " + gateway_->url() + ".");
}

TEST_F(GatewaySearch, EndsSoonWhereThereIsNone) {
  begin(Gate::none, "");
  gateway_->set_faults({Fault(FaultKind::html, "/", -1)});
  const auto error = error_of([&] { return open("/a/b/c/d/e/f/g/h/i/j").find_gateway(); });
  EXPECT_EQ(error.layer(), Layer::access_proxy);
  EXPECT_LE(gateway_->request_log().requests().size(), 12U);
}

TEST_F(GatewaySearch, DoesNotBeginWhereTheGatewayFailsOrNobodyAnswers) {
  begin(Gate::none, "/hermes");
  gateway_->set_faults({Fault(FaultKind::status, "/api/status", -1, 502)});
  EXPECT_EQ(error_of([&] { return open("").find_gateway(); }).http_status(), 502);
  EXPECT_EQ(gateway_->request_log().requests().size(), 2U);
}

}  // namespace
}  // namespace pintle::test
