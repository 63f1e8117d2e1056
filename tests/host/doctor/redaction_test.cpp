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
  made.hide_folder("/srv/ada", "~");
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
      {"use a URL: http://… or https://…", "use a URL: http://… or https://…"},
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
      {"file /srv/ada/token, /srv/adam/x", "file ~/token, /srv/adam/x"},
      {"file /home/bob/token", "file ~/token"},
      {"/Users/bob and \"/var/home/bob.k/x\"", "~ and \"~/x\""},
      {"key=/home/bob/key, file:///home/bob", "key=~/key, file://~"},
      {"/run/media/bob/USB/ca.pem", "/run/media/(user)/USB/ca.pem"},
      {"/root/.config, /rooted, /home/, /srv/home/bob",
       "~/.config, /rooted, /home/, /srv/home/bob"},
      {"http://127.0.0.1/home/x", "http://127.0.0.1/home/x"},
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

TEST(Redaction, KeepsTheProductsOfAViaAndReplacesItsHosts) {
  const struct {
    const char* value;
    const char* expected;
  } kTable[] = {
      {"1.1 varnish", "1.1 varnish"},
      {"1.1 Caddy, 2 fly.io", "1.1 Caddy, 2 fly.io"},
      {"HTTP/1.1 squid/5.7", "HTTP/1.1 squid/5.7"},
      {"1.1 proxy.corp.test:3128 (squid/5.7)", "1.1 host-3:3128 (squid/5.7)"},
      {"1.0 gw7, 1.1 gw7 (Apache/2.4), 1.1 gateway.example",
       "1.0 host-3, 1.1 host-3 (Apache/2.4), 1.1 host-1"},
      {"1.1 edge (a, node.corp.test, Apache/2.4.57 (Debian))",
       "1.1 host-3 (a, host-4, Apache/2.4.57 (Debian))"},
      {"1.1 203.0.113.5 (x)", "1.1 address-1-v4 (x)"},
      {"1.1 ", "1.1 "},
      {"", ""},
      {",,(", ",,("},
  };
  for (const auto& row : kTable) {
    auto redaction = usual();
    EXPECT_EQ(redaction.apply(redaction.via(row.value)), row.expected);
    EXPECT_EQ(usual(true).via(row.value), row.value);
  }
  auto redaction = usual();
  EXPECT_EQ(redaction.via("1.1 proxy"), "1.1 host-3");
  EXPECT_EQ(redaction.apply("a proxy"), "a proxy") << "an ordinary word elsewhere";
}

TEST(Redaction, KeepsTheProductsOfAServerAndReplacesItsHosts) {
  const struct {
    const char* value;
    const char* expected;
  } kTable[] = {
      {"nginx/1.22.1 (Debian)", "nginx/1.22.1 (Debian)"},
      {"Apache/2.4.57 OpenSSL/3.0.11 mod_wsgi/4.9.4",
       "Apache/2.4.57 OpenSSL/3.0.11 mod_wsgi/4.9.4"},
      {"Mono.WebServer/0.1 Node.js", "Mono.WebServer/0.1 Node.js"},
      {"web7.corp.test", "host-3"},
      {"gateway.example nginx", "host-1 nginx"},
  };
  for (const auto& row : kTable) {
    auto redaction = usual();
    EXPECT_EQ(redaction.apply(redaction.products(row.value)), row.expected);
  }
}

TEST(Redaction, FindsTheHostsInAText) {
  Redaction redaction(false);
  redaction.hide_hosts_in("O = Acme, CN = vpn.acme.example and 2.4");
  EXPECT_EQ(redaction.apply("vpn.acme.example 2.4 Acme"), "host-1 2.4 Acme");
}

}  // namespace
}  // namespace pintle::doctor
