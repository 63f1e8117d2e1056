#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forward proxies as companies have them, and what the environment says of them (D26).

Loopback is never reached through a proxy. So the gateway stands behind an nginx at the address of
this machine's own name, and that name is what the proxies are asked for.
"""

import socket
import subprocess

import real
import servers
from real import needs

USER = ("ada", "open-sesame")


def own_address():
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return None


@needs("nginx")
@real.unittest.skipUnless(own_address() and socket.gethostname() != "localhost",
                          "this machine's name has no address")
class Proxied(real.Case):
    def setUp(self):
        super().setUp()
        self.name, self.address = socket.gethostname(), own_address()
        self.gate = self.gateway()
        certificates = servers.Certificates(self)
        pair = certificates.pair("named", f"DNS:{self.name},IP:{self.address}")
        locations = f"location / {{ {servers.NGINX_UPGRADE} proxy_pass {self.gate.url}; }}"
        self.port, self.plain_port = real.free_port(), real.free_port()
        servers.nginx(self, locations + servers.nginx_tls(pair) +
                      f"listen {self.address}:{self.port} ssl; "
                      f"listen {self.address}:{self.plain_port};")
        self.url = f"https://{self.name}:{self.port}"
        self.plain_url = f"http://{self.name}:{self.plain_port}"
        self.trust = ["--ca-file", certificates.ca.chain]

    def through(self, proxy, *options, url=None):
        """REST and the WebSocket both."""
        url = url or self.url
        options = ["--proxy", proxy, *options, *self.trust, *self.gate.credential]
        sessions = self.works("call", url, "GET", "/api/sessions", *options)
        self.assertIn("Plan the garden", sessions.body)
        self.works("connect", url, "--once", "--no-input", *options)
        self.works("rpc", url, "session.list", *options)

    def password(self, user=USER):
        return self.secret_file(":".join(user) + "\n")

    def refused(self, proxy, *options, url=None, layers=("proxy",), **expected):
        self.fails("probe", url or self.url, "--proxy", proxy, *options, *self.trust,
                   layers=layers, **expected)


class ThroughAProxy(Proxied):
    @needs("tinyproxy")
    def test_tinyproxy(self):
        proxy = servers.tinyproxy(self)
        self.through(proxy.url)
        self.assertIn(f"CONNECT {self.name}:{self.port}", proxy.text())

    @needs("tinyproxy")
    def test_tinyproxy_for_plain_http(self):
        self.through(servers.tinyproxy(self).url, "--allow-plain-http", url=self.plain_url)

    @needs("tinyproxy")
    def test_tinyproxy_with_a_password(self):
        proxy = servers.tinyproxy(self, user=USER)
        self.through(proxy.url, "--proxy-auth-file", self.password())

    @needs("squid")
    def test_squid(self):
        proxy = servers.squid(self)
        self.through(proxy.url)
        proxy.end()
        self.assertIn(f"CONNECT {self.name}:{self.port}", proxy.access.read_text())

    @needs("squid")
    def test_squid_with_a_password(self):
        proxy = servers.squid(self, user=USER)
        self.through(proxy.url, "--proxy-auth-file", self.password())


@needs("microsocks")
class ThroughSocks(Proxied):
    """SOCKS5, with names resolved by the proxy."""

    def test_a_name_is_resolved_by_the_proxy(self):
        for scheme in ("socks5", "socks5h"):
            with self.subTest(scheme):
                proxy = servers.microsocks(self)
                self.through(servers.proxy_url(proxy, scheme))
                self.assertIn(f"connected to {self.name}:{self.port}", proxy.text())

    def test_an_address(self):
        if self.address.startswith("127."):
            self.skipTest("this machine's own address is loopback")
        self.through(servers.proxy_url(servers.microsocks(self), "socks5"),
                     url=f"https://{self.address}:{self.port}")

    def test_plain_http(self):
        self.through(servers.proxy_url(servers.microsocks(self), "socks5"), "--allow-plain-http",
                     url=self.plain_url)

    def test_a_password(self):
        proxy = servers.microsocks(self, user=USER)
        self.through(servers.proxy_url(proxy, "socks5"), "--proxy-auth-file", self.password())

    def test_a_wrong_password(self):
        proxy = servers.microsocks(self, user=USER)
        self.refused(servers.proxy_url(proxy, "socks5"), "--proxy-auth-file",
                     self.password(("ada", "wrong")), retry=False)

    def test_no_password(self):
        proxy = servers.microsocks(self, user=USER)
        self.refused(servers.proxy_url(proxy, "socks5"), says=("--proxy-auth-file",), retry=False)

    def test_a_closed_port_behind_the_proxy(self):
        proxy = servers.microsocks(self)
        self.refused(servers.proxy_url(proxy, "socks5"), layers=("proxy", "tcp"), retry=True,
                     url=f"https://{self.name}:{real.free_port()}")

    def test_a_name_that_the_proxy_does_not_know(self):
        proxy = servers.microsocks(self)
        self.refused(servers.proxy_url(proxy, "socks5"), layers=("proxy", "dns"),
                     url="https://gateway.invalid:9119")


class RefusedByAProxy(Proxied):
    """The error names the proxy and what it requires, not the gateway's sign-in."""

    @needs("squid")
    def test_squid_wants_a_password(self):
        proxy = servers.squid(self, user=USER)
        self.refused(proxy.url, says=("--proxy-auth-file",), retry=False)
        self.refused(proxy.url, "--proxy-auth-file", self.password(("ada", "wrong")),
                     says=("password",), retry=False)

    @needs("tinyproxy")
    def test_tinyproxy_wants_a_password(self):
        self.refused(servers.tinyproxy(self, user=USER).url, says=("--proxy-auth-file",),
                     retry=False)

    @needs("squid")
    def test_squid_forbids_it(self):
        self.refused(servers.squid(self, "http_access deny all").url, status=403, retry=False)

    @needs("tinyproxy")
    def test_tinyproxy_forbids_the_port(self):
        self.refused(servers.tinyproxy(self, allowed="ConnectPort 443").url, status=403,
                     retry=False)

    @needs("squid")
    def test_nothing_listens_behind_squid(self):
        self.refused(servers.squid(self).url, url=f"https://{self.name}:{real.free_port()}",
                     status=503, retry=True)

    @needs("nginx")
    def test_a_web_server_is_no_proxy(self):
        self.refused(servers.nginx(self, "return 404;").url, retry=False)

    def test_nothing_listens_where_the_proxy_should_be(self):
        self.refused(f"http://127.0.0.1:{real.free_port()}", layers=("proxy", "tcp"),
                     says=("proxy",))


@needs("tinyproxy", "curl")
class AsCurl(real.Case):
    """The same environment sends the same hosts through the proxy as it does for the real curl.

    The hosts need not exist: the proxy's log shows whether it was used."""

    # URL, and what NO_PROXY says.
    TABLE = (
        ("http://192.0.2.1", ""),
        ("http://192.0.2.1", "192.0.2.1"),
        ("http://192.0.2.1", "192.0.2.0/24"),
        ("http://192.0.2.1", "192.0.3.0/24"),
        ("http://192.0.2.1", "10.0.0.0/8, 192.0.2.1"),
        ("http://192.0.2.1", "*"),
        ("http://gateway.invalid", ""),
        ("http://gateway.invalid", "gateway.invalid"),
        ("http://gateway.invalid", "GATEWAY.Invalid"),
        ("http://GATEWAY.invalid", "gateway.invalid"),
        ("http://gateway.invalid", ".gateway.invalid"),
        ("http://gateway.invalid", "way.invalid"),
        ("http://gateway.invalid", "invalid"),
        ("http://gateway.invalid", "other,gateway.invalid"),
        ("http://gateway.invalid", "other gateway.invalid"),
        ("http://gateway.invalid", "gateway.invalid."),
        ("http://a.gateway.invalid", "gateway.invalid"),
        ("http://a.gateway.invalid", ".gateway.invalid"),
        ("http://agateway.invalid", "gateway.invalid"),
        ("http://[2001:db8::1]", ""),
        ("http://[2001:db8::1]", "2001:db8::1"),
        ("http://[2001:db8::1]", "2001:db9::/64"),
    )

    def went_through(self, proxy, command, env):
        """Returns true if the proxy received the request. A direct one may fail."""
        before = proxy.text().count("Request (")
        subprocess.run(command, env=self.environment(**env), capture_output=True, timeout=30)
        return proxy.text().count("Request (") > before

    def both(self, proxy, url, env):
        curl = ["curl", "-s", "-m", "1", url + "/api/status"]
        pintle = [real.PINTLE, "probe", url, "--timeout", "1"]
        return (self.went_through(proxy, curl, env), self.went_through(proxy, pintle, env))

    def test_no_proxy(self):
        proxy = servers.tinyproxy(self)
        for url, without in self.TABLE:
            with self.subTest(url=url, NO_PROXY=without):
                curl, pintle = self.both(proxy, url, {"http_proxy": proxy.url,
                                                      "NO_PROXY": without})
                self.assertEqual(pintle, curl, f"curl through the proxy: {curl}")

    def test_which_variable(self):
        proxy = servers.tinyproxy(self)
        url, secure = "http://gateway.invalid", "https://gateway.invalid"
        bare = proxy.url.removeprefix("http://")
        for target, env in (
                (url, {"http_proxy": proxy.url}), (url, {"http_proxy": bare}),
                (url, {"HTTP_PROXY": proxy.url}), (url, {"https_proxy": proxy.url}),
                (url, {"ALL_PROXY": proxy.url}), (url, {"all_proxy": proxy.url}),
                (url, {"http_proxy": "", "ALL_PROXY": proxy.url}),
                (secure, {"https_proxy": proxy.url}), (secure, {"HTTPS_PROXY": proxy.url}),
                (secure, {"http_proxy": proxy.url}), (secure, {"all_proxy": proxy.url}),
                (secure, {"https_proxy": proxy.url, "no_proxy": "*"}),
                (secure, {"https_proxy": proxy.url, "no_proxy": "", "NO_PROXY": "*"})):
            with self.subTest(url=target, env=env):
                curl, pintle = self.both(proxy, target, env)
                self.assertEqual(pintle, curl, f"curl through the proxy: {curl}")

    def test_an_empty_proxy_switches_off(self):
        proxy = servers.tinyproxy(self)
        self.assertFalse(self.went_through(
            proxy, [real.PINTLE, "probe", "http://gateway.invalid", "--proxy", ""],
            {"http_proxy": proxy.url}))


if __name__ == "__main__":
    real.main()
