#!/usr/bin/env python3
"""Forward proxies as companies have them: HTTP, CONNECT, SOCKS5, and what the environment says (D26)."""

import subprocess

import real
import servers
from real import needs

USER = ("ada", "open-sesame")


class Proxied(real.Case):
    def through(self, gateway, proxy, *options, url=None):
        """REST and the WebSocket both."""
        url = url or gateway.url
        options = ["--proxy", proxy, *options, *gateway.credential]
        if gateway.ca_file:
            options += ["--ca-file", gateway.ca_file]
        sessions = self.works("call", url, "GET", "/api/sessions", *options)
        self.assertIn("Plan the garden", sessions.body)
        self.works("connect", url, "--once", "--no-input", *options)
        self.works("rpc", url, "session.list", *options)

    def password(self, user=USER):
        return self.secret_file(":".join(user) + "\n")


class ThroughAProxy(Proxied):
    @needs("tinyproxy")
    def test_tinyproxy(self):
        proxy = servers.tinyproxy(self)
        self.through(self.gateway(), proxy.url)
        self.assertIn("CONNECT", proxy.text())

    @needs("tinyproxy")
    def test_tinyproxy_to_https(self):
        self.through(self.gateway("--tls"), servers.tinyproxy(self).url)

    @needs("tinyproxy")
    def test_tinyproxy_with_a_password(self):
        proxy = servers.tinyproxy(self, user=USER)
        self.through(self.gateway("--tls"), proxy.url, "--proxy-auth-file", self.password())

    @needs("squid")
    def test_squid(self):
        self.through(self.gateway("--tls"), servers.squid(self).url)

    @needs("squid")
    def test_squid_with_a_password(self):
        proxy = servers.squid(self, user=USER)
        self.through(self.gateway("--tls"), proxy.url, "--proxy-auth-file", self.password())

    @needs("squid")
    def test_squid_with_a_password_for_plain_http(self):
        proxy = servers.squid(self, user=USER)
        self.through(self.gateway(), proxy.url, "--proxy-auth-file", self.password())


@needs("microsocks")
class ThroughSocks(Proxied):
    """SOCKS5, with names resolved by the proxy."""

    def test_an_address(self):
        proxy = servers.microsocks(self)
        self.through(self.gateway(), servers.proxy_url(proxy, "socks5"))

    def test_a_name_is_resolved_by_the_proxy(self):
        for scheme in ("socks5", "socks5h"):
            with self.subTest(scheme):
                gateway, proxy = self.gateway("--tls"), servers.microsocks(self)
                self.through(gateway, servers.proxy_url(proxy, scheme),
                             url=f"https://localhost:{gateway.port}")
                self.assertIn(f"connected to localhost:{gateway.port}", proxy.text())

    def test_a_password(self):
        proxy = servers.microsocks(self, user=USER)
        self.through(self.gateway(), servers.proxy_url(proxy, "socks5"), "--proxy-auth-file",
                     self.password())

    def test_a_wrong_password(self):
        proxy, gateway = servers.microsocks(self, user=USER), self.gateway()
        self.fails("probe", gateway.url, "--proxy", servers.proxy_url(proxy, "socks5"),
                   "--proxy-auth-file", self.password(("ada", "wrong")), layers=("proxy",))

    def test_no_password(self):
        proxy, gateway = servers.microsocks(self, user=USER), self.gateway()
        self.fails("probe", gateway.url, "--proxy", servers.proxy_url(proxy, "socks5"),
                   layers=("proxy",), says=("--proxy-auth-file",))

    def test_a_closed_port_behind_the_proxy(self):
        proxy = servers.microsocks(self)
        self.fails("probe", f"http://127.0.0.1:{real.free_port()}", "--proxy",
                   servers.proxy_url(proxy, "socks5"), layers=("proxy", "tcp"))


class RefusedByAProxy(Proxied):
    """The proxy is named, and what it wants; the gateway's sign-in is not meant."""

    @needs("squid")
    def test_squid_wants_a_password(self):
        proxy = servers.squid(self, user=USER)
        for gateway in (self.gateway(), self.gateway("--tls")):
            self.fails("probe", gateway.url, "--proxy", proxy.url, layers=("proxy",),
                       says=("--proxy-auth-file",), retry=False)
            self.fails("probe", gateway.url, "--proxy", proxy.url, "--proxy-auth-file",
                       self.password(("ada", "wrong")), layers=("proxy",), says=("password",),
                       retry=False)

    @needs("tinyproxy")
    def test_tinyproxy_wants_a_password(self):
        proxy, gateway = servers.tinyproxy(self, user=USER), self.gateway("--tls")
        self.fails("probe", gateway.url, "--proxy", proxy.url, layers=("proxy",),
                   says=("--proxy-auth-file",), retry=False)

    @needs("squid")
    def test_squid_forbids_it(self):
        proxy, gateway = servers.squid(self, "http_access deny all"), self.gateway("--tls")
        self.fails("probe", gateway.url, "--proxy", proxy.url, layers=("proxy",), says=("403",),
                   retry=False)

    @needs("tinyproxy")
    def test_tinyproxy_forbids_the_port(self):
        proxy, gateway = servers.tinyproxy(self, allowed="ConnectPort 443"), self.gateway("--tls")
        self.fails("probe", gateway.url, "--proxy", proxy.url, layers=("proxy",), says=("403",),
                   retry=False)

    @needs("squid")
    def test_nothing_listens_behind_squid(self):
        self.fails("probe", f"https://127.0.0.1:{real.free_port()}", "--proxy",
                   servers.squid(self).url, layers=("proxy",), says=("503",), retry=True)

    def test_nothing_listens_where_the_proxy_should_be(self):
        self.fails("probe", self.gateway().url, "--proxy", f"http://127.0.0.1:{real.free_port()}",
                   layers=("proxy",))


@needs("tinyproxy", "curl")
class AsCurl(Proxied):
    """The same environment sends the same hosts through the proxy as it does for the real curl."""

    # URL, and what NO_PROXY says.
    TABLE = (
        ("http://127.0.0.1:{port}", ""),
        ("http://127.0.0.1:{port}", "127.0.0.1"),
        ("http://127.0.0.1:{port}", "127.0.0.0/8"),
        ("http://127.0.0.1:{port}", "127.0.0.2"),
        ("http://127.0.0.1:{port}", "*"),
        ("http://127.0.0.1:{port}", "10.0.0.0/8, 127.0.0.1"),
        ("http://localhost:{port}", ""),
        ("http://localhost:{port}", "localhost"),
        ("http://localhost:{port}", "LOCALHOST"),
        ("http://localhost:{port}", ".localhost"),
        ("http://localhost:{port}", "host"),
        ("http://localhost:{port}", "other,localhost"),
        ("http://localhost:{port}", "other localhost"),
        ("http://localhost:{port}", "localhost."),
        ("http://localhost:{port}", "localhost:{port}"),
        ("http://a.gateway.invalid:{port}", "gateway.invalid"),
        ("http://a.gateway.invalid:{port}", ".gateway.invalid"),
        ("http://agateway.invalid:{port}", "gateway.invalid"),
        ("http://gateway.invalid:{port}", ".gateway.invalid"),
        ("http://gateway.invalid:{port}", "*.invalid"),
        ("http://[::1]:{port}", "::1"),
        ("http://[::1]:{port}", "[::1]"),
        ("http://[::1]:{port}", "::/64"),
    )

    def went_through(self, proxy, command, env):
        """True if the proxy heard of it. A direct try may fail: that is not asked."""
        before = proxy.text().count("Request (")
        subprocess.run(command, env=self.environment(**env), capture_output=True, timeout=30)
        return proxy.text().count("Request (") > before

    def both(self, proxy, url, env):
        curl = ["curl", "-s", "-m", "3", url + "/api/status"]
        pintle = [real.PINTLE, "probe", url, "--timeout", "3"]
        return (self.went_through(proxy, curl, env), self.went_through(proxy, pintle, env))

    def test_no_proxy(self):
        proxy, port = servers.tinyproxy(self), self.gateway().port
        for url, without in self.TABLE:
            url, without = url.format(port=port), without.format(port=port)
            with self.subTest(url=url, NO_PROXY=without):
                curl, pintle = self.both(proxy, url, {"http_proxy": proxy.url,
                                                      "NO_PROXY": without})
                self.assertEqual(pintle, curl, f"curl through the proxy: {curl}")

    def test_which_variable(self):
        proxy, gateway = servers.tinyproxy(self), self.gateway()
        url, secure = f"http://127.0.0.1:{gateway.port}", f"https://127.0.0.1:{gateway.port}"
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
        proxy, gateway = servers.tinyproxy(self), self.gateway()
        self.assertFalse(self.went_through(
            proxy, [real.PINTLE, "probe", gateway.url, "--proxy", ""], {"http_proxy": proxy.url}))


if __name__ == "__main__":
    real.main()
