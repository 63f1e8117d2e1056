// SPDX-License-Identifier: Apache-2.0
#include "doctor/redaction.h"

#include <gtest/gtest.h>

namespace pintle::doctor {
namespace {

Redaction usual(bool keeps_hosts = false) {
  Redaction made(keeps_hosts);
  made.hide_host("gateway.example");
  made.hide_host("box");
  made.hide("ada", "(user)");
  made.hide("pass show hermes", "(hidden)");
  made.hide_folder("/home/ada", "~");
  return made;
}

TEST(Redaction, ReplacesHostsAndAddressesButNotLoopback) {
  const struct {
    const char* text;
    const char* expected;
  } kTable[] = {
      {"gateway.example: 203.0.113.5, 2001:db8::5", "host-1: address-1-v4, address-2-v6"},
      {"https://GATEWAY.example:8443/x", "https://host-1:8443/x"},
      {"port 443 of gateway.example.", "port 443 of host-1."},
      {"\"gateway.example\"", "\"host-1\""},
      {"http://box:9119, box:9119 and boxes", "http://host-2:9119, host-2:9119 and boxes"},
      {"https://idp.other.example/login", "https://host-3/login"},
      {"[2001:db8::5]:443 and [::1]:443", "[address-1-v6]:443 and [::1]:443"},
      {"fe80::1%eth0 in 2 ms", "address-1-v6 in 2 ms"},
      {"http://127.0.0.1:9119, ::1 and localhost:80",
       "http://127.0.0.1:9119, ::1 and localhost:80"},
      {"at 18:04:05, version 0.16.0", "at 18:04:05, version 0.16.0"},
      {"*.gateway.example", "host-1"},
  };
  for (const auto& row : kTable) EXPECT_EQ(usual().apply(row.text), row.expected);
}

TEST(Redaction, GivesTheSameHostTheSameName) {
  auto redaction = usual();
  EXPECT_EQ(redaction.apply("//a.example //b.example //a.example"), "//host-3 //host-4 //host-3");
  EXPECT_EQ(redaction.apply("//b.example"), "//host-4");
}

TEST(Redaction, ReplacesUsersFoldersAndSecretsEvenIfHostsStay) {
  const struct {
    const char* text;
    const char* expected;
  } kTable[] = {
      {"accepts ada with basic, in Canada", "accepts (user) with basic, in Canada"},
      {"ada@gateway.example wrote", "(user)@gateway.example wrote"},
      {"bob@gateway.example wrote", "(hidden)@gateway.example wrote"},
      {"file /home/ada/token, /home/adam/x", "file ~/token, /home/adam/x"},
      {"command \"pass show hermes\"", "command \"(hidden)\""},
      {"the session token ...klmnop", "the session token ..."},
      {"GET /api/ws?ticket=abc HTTP", "GET /api/ws?… HTTP"},
      {"Is it? Yes", "Is it? Yes"},
      {"http://me:sesame@gateway.example", "http://(hidden)@gateway.example"},
      {"eyJhbGciOiJIUzI1NiJ9.e30.abc", "(hidden)"},
      {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
      {"an-ordinary-word-of-some-length", "an-ordinary-word-of-some-length"},
  };
  for (const auto& row : kTable) EXPECT_EQ(usual(true).apply(row.text), row.expected);
}

TEST(Redaction, FindsTheHostsInAText) {
  Redaction redaction(false);
  redaction.hide_hosts_in("O = Acme, CN = vpn.acme.example and 2.4");
  EXPECT_EQ(redaction.apply("vpn.acme.example 2.4 Acme"), "host-1 2.4 Acme");
}

}  // namespace
}  // namespace pintle::doctor
