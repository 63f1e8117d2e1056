#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gateway behind common reverse proxies."""

import os
import signal
import time

import real
import servers
from real import needs

USER = ["--username", "ada"]


class BehindEveryServer(real.Case):
    """Configured for WebSockets, each of them forwards everything."""

    def everything_works(self, server, gateway):
        probe = self.works("probe", server.url)
        self.assertEqual(probe.json["scheme"], "token")
        sessions = self.works("call", server.url, "GET", "/api/sessions", *gateway.credential)
        self.assertIn("Plan the garden", sessions.body)
        once = self.works("connect", server.url, "--once", "--no-input", *gateway.credential)
        self.assertIn("ready", once.kinds())
        answer = self.works("rpc", server.url, "echo", '{"a":[1,2]}', *gateway.credential)
        self.assertEqual(answer.json["result"], {"a": [1, 2]})

    @needs("nginx")
    def test_nginx(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_pass {gateway.url}; }}")
        self.everything_works(server, gateway)

    @needs("nginx")
    def test_nginx_under_a_prefix(self):
        gateway = self.gateway("--prefix", "/hermes")
        server = servers.nginx(self, f"location /hermes/ {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_pass http://127.0.0.1:{gateway.port}; }}")
        server.url += "/hermes"
        self.everything_works(server, gateway)

    @needs("haproxy")
    def test_haproxy(self):
        gateway = self.gateway()
        self.everything_works(servers.haproxy(self, gateway), gateway)

    @needs("apache2")
    def test_apache(self):
        gateway = self.gateway()
        server = servers.apache(self, f"ProxyPass / {gateway.url}/ upgrade=websocket")
        self.everything_works(server, gateway)

    @needs("lighttpd")
    def test_lighttpd(self):
        gateway = self.gateway()
        self.everything_works(servers.lighttpd(self, gateway, upgrade=True), gateway)

    @needs("caddy")
    def test_caddy(self):
        gateway = self.gateway()
        self.everything_works(servers.caddy(self, gateway), gateway)


@needs("nginx")
class EveryGate(real.Case):
    """A user signs in, and everything works, through nginx."""

    def through_nginx(self, gate):
        gateway = self.gateway("--gate", gate)
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_set_header Host $http_host; "
                                     f"proxy_pass {gateway.url}; }}")
        password = self.secret_file("practice\n")
        self.works("sign-in", server.url, "--with", "password", "--provider", "basic", *USER,
                   "--password-file", password)
        self.assertEqual(self.works("call", server.url, "GET", "/api/auth/me").json["status"], 200)
        once = self.works("connect", server.url, "--once", "--no-input")
        self.assertIn("ready", once.kinds())
        self.works("rpc", server.url, "session.list")
        self.works("sign-out", server.url)

    def test_cookie(self):
        self.through_nginx("cookie")

    def test_native(self):
        self.through_nginx("native")


class UpgradeThatDoesNotArrive(real.Case):
    """A server without WebSocket support is blamed, not the token or the user (C15)."""

    def is_blamed(self, server, gateway):
        self.works("call", server.url, "GET", "/api/sessions", *gateway.credential)
        for command in (["connect", server.url, "--once", "--no-input"],
                        ["rpc", server.url, "session.list"]):
            self.fails(*command, *gateway.credential, layers=("websocket", "access-proxy"),
                       says=("upgrade",), never=("wrong token", "another token", "sign in"),
                       retry=False)

    @needs("nginx")
    def test_nginx(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ proxy_pass {gateway.url}; }}")
        self.is_blamed(server, gateway)

    @needs("nginx")
    def test_nginx_that_forgets_the_connection_header(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ proxy_http_version 1.1; proxy_set_header "
                                     f"Upgrade $http_upgrade; proxy_pass {gateway.url}; }}")
        self.is_blamed(server, gateway)

    @needs("apache2")
    def test_apache(self):
        gateway = self.gateway()
        self.is_blamed(servers.apache(self, f"ProxyPass / {gateway.url}/"), gateway)

    @needs("haproxy")
    def test_haproxy_that_strips_the_header(self):
        gateway = self.gateway()
        server = servers.haproxy(self, gateway, frontend="http-request del-header Upgrade")
        self.is_blamed(server, gateway)

    @needs("lighttpd")
    def test_lighttpd(self):
        gateway = self.gateway()
        self.is_blamed(servers.lighttpd(self, gateway, upgrade=False), gateway)

    @needs("nginx")
    def test_nginx_before_a_gated_gateway(self):
        gateway = self.gateway("--gate", "cookie")
        server = servers.nginx(self, f"location / {{ proxy_pass {gateway.url}; }}")
        password = self.secret_file("practice\n")
        self.works("sign-in", server.url, "--with", "password", "--provider", "basic", *USER,
                   "--password-file", password)
        self.fails("connect", server.url, "--once", "--no-input",
                   layers=("websocket", "access-proxy"), says=("upgrade",), never=("sign in",))


class AServerThatGoesAndComes(real.Case):
    """A live connection outlives the server in front of the gateway."""

    @needs("nginx")
    def test_nginx_is_killed_and_started_again(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_pass {gateway.url}; }}")
        live = self.listen(server.url, *gateway.credential)
        server.end(signal.SIGKILL)
        live.says('"waiting"')
        server.again()
        live.says('"ready"', times=2)
        self.assertEqual(live.end(signal.SIGINT), 130)

    @needs("nginx")
    def test_nginx_reloads(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_pass {gateway.url}; }}")
        live = self.listen(server.url, *gateway.credential)
        os.kill(server.process.pid, signal.SIGHUP)  # Only the master.
        live.says('"ready"', times=2)

    @needs("haproxy")
    def test_haproxy_stops_softly(self):
        gateway = self.gateway()
        server = servers.haproxy(self, gateway, main="hard-stop-after 200ms")
        live = self.listen(server.url, *gateway.credential)
        os.kill(server.process.pid, signal.SIGUSR1)
        server.process.wait(15)
        live.says('"waiting"')
        server.again()
        live.says('"ready"', times=2)

    @needs("nginx")
    def test_the_gateway_is_down_behind_nginx(self):
        """502 is an outage: wait and reconnect, never a sign-in (C18)."""
        gateway = self.gateway("--gate", "cookie")
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_pass {gateway.url}; }}")
        password = self.secret_file("practice\n")
        self.works("sign-in", server.url, "--with", "password", "--provider", "basic", *USER,
                   "--password-file", password)
        live = self.listen(server.url)
        gateway.end(signal.SIGKILL)
        live.says('"waiting"', times=3)
        after = live.text().split('"ready"')[1]
        for wrong in ('"sign_in":true', '"needs'):
            self.assertNotIn(wrong, after)
        failed = self.fails("call", server.url, "GET", "/api/sessions",
                            layers=("access-proxy", "tcp"), never=("sign in",), retry=True)
        self.assertEqual(failed.error["status"], 502)

    @needs("nginx")
    def test_the_first_dial_finds_the_gateway_down(self):
        """The wait is reported at once, with its reason, and it ends (C18)."""
        gateway = self.gateway()
        socket = self.file("socket.conf", "return 502;")
        server = servers.nginx(self, f"location / {{ proxy_pass {gateway.url}; }}"
                                     f"location /api/ws {{ include {socket}; }}")
        live = self.start(real.PINTLE, "connect", server.url, "--no-input", "--json",
                          *gateway.credential, env=self.environment())
        live.says('"waiting"')
        socket.write_text(f"{servers.NGINX_UPGRADE} proxy_pass {gateway.url};")
        os.kill(server.process.pid, signal.SIGHUP)
        live.says('"ready"')


@needs("nginx")
class TooManyRequests(real.Case):
    """nginx limit_req: a 429 has a wait time, and asks for no sign-in (C18)."""

    def test_a_429_says_how_long(self):
        gateway = self.gateway()
        server = servers.nginx(
            self, http="limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;",
            server=f"limit_req_status 429; error_page 429 @slow;"
                   f"location @slow {{ add_header Retry-After 37 always; return 429; }}"
                   f"location / {{ {servers.NGINX_UPGRADE} proxy_pass {gateway.url}; }}"
                   f"location /api/sessions {{ limit_req zone=one; proxy_pass {gateway.url}; }}"
                   f"location /api/ws {{ limit_req zone=one; {servers.NGINX_UPGRADE} "
                   f"proxy_pass {gateway.url}; }}")
        self.works("call", server.url, "GET", "/api/sessions", *gateway.credential)
        for command in (["call", server.url, "GET", "/api/sessions"],
                        ["connect", server.url, "--once", "--no-input", "--for", "3"],
                        ["rpc", server.url, "session.list", "--timeout", "3"]):
            begin = time.monotonic()
            result = self.fails(*command, *gateway.credential,
                                layers=("access-proxy", "gate", "websocket"), says=("37",),
                                never=("sign in", "token"))
            self.assertNotEqual(result.code, 17, result)  # 17 is "sign in".
            self.assertLess(time.monotonic() - begin, 10, result)


if __name__ == "__main__":
    real.main()
