#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`pintle doctor` names the step that breaks behind real servers and proxies."""

import signal
import socket

import real
import servers
from real import needs


class Doctor(real.Case):
    def diagnose(self, url, *options):
        """The result, and the steps by their ids."""
        result = self.pintle("doctor", url, *options)
        return result, {step["id"]: step for step in result.json["steps"]}

    def breaks(self, step, url, *options, layer, says=""):
        result, steps = self.diagnose(url, *options)
        self.assertEqual(result.json.get("failed"), step, result)
        self.assertEqual(steps[step]["error"]["layer"], layer, result)
        self.assertTrue(steps[step]["error"]["hint"], result)
        self.assertIn(says, steps[step]["finding"], result)
        return steps

    @needs("nginx")
    def test_nginx_in_order(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_pass {gateway.url}; }}")
        result, steps = self.diagnose(server.url, *gateway.credential)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(steps["ping"]["verdict"], "ok", result)
        self.assertIn({"name": "Server", "value": "nginx"},
                      [{**fact, "value": fact["value"].split("/")[0]}
                       for fact in steps["http"]["facts"]])

    @needs("nginx")
    def test_nginx_without_websockets(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ proxy_pass {gateway.url}; }}")
        steps = self.breaks("upgrade", server.url, *gateway.credential, layer="websocket")
        self.assertEqual(steps["session"]["verdict"], "ok")
        self.assertEqual(steps["ping"]["verdict"], "skipped")

    @needs("apache2")
    def test_apache_without_websockets(self):
        gateway = self.gateway()
        server = servers.apache(self, f"ProxyPass / {gateway.url}/")
        self.breaks("upgrade", server.url, *gateway.credential, layer="websocket")

    @needs("nginx")
    def test_the_gateway_is_down_behind_nginx(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ proxy_pass {gateway.url}; }}")
        gateway.end(signal.SIGKILL)
        self.breaks("intermediary", server.url, *gateway.credential, layer="access-proxy")

    @needs("nginx")
    def test_nginx_that_asks_for_a_password(self):
        gateway = self.gateway()
        users = self.file("users", "ada:{PLAIN}sesame")
        server = servers.nginx(self, f"auth_basic x; auth_basic_user_file {users}; "
                                     f"location / {{ proxy_pass {gateway.url}; }}")
        self.breaks("intermediary", server.url, layer="access-proxy", says="Basic")

    @needs("nginx")
    def test_http_to_an_https_port(self):
        pair = servers.Certificates(self).localhost()
        server = servers.nginx(self, servers.nginx_tls(pair) + "return 404;", listen="ssl")
        self.breaks("intermediary", server.url, layer="config")

    @needs("nginx")
    def test_https_to_an_http_port(self):
        server = servers.nginx(self, "return 404;", scheme="https")
        self.breaks("tls", server.url, layer="config")

    @needs("nginx")
    def test_the_chain_without_its_intermediate(self):
        certificates = servers.Certificates(self)
        pair = certificates.localhost()
        other = servers.Certificates(self)
        server = servers.nginx(self, servers.nginx_tls(pair) + "return 404;", listen="ssl",
                               scheme="https")
        steps = self.breaks("tls", server.url, "--ca-file", other.ca.chain, layer="tls",
                            says="issuer")
        self.assertIn("full chain", steps["tls"]["error"]["hint"])

    @needs("nginx")
    def test_a_tls_version_that_is_too_old(self):
        certificates = servers.Certificates(self)
        pair = certificates.localhost()
        server = servers.nginx(self, servers.nginx_tls(pair) + "ssl_protocols TLSv1.1; return 404;",
                               listen="ssl", scheme="https")
        self.breaks("tls", server.url, "--ca-file", certificates.ca.chain, layer="tls")

    @needs("squid")
    def test_a_proxy_that_refuses(self):
        proxy = servers.squid(self, rules="http_access deny all")
        self.breaks("proxy", "https://gateway.example", "--proxy", proxy.url, layer="proxy")

    @needs("squid")
    def test_a_proxy_that_requires_a_password(self):
        proxy = servers.squid(self, user=("ada", "sesame"))
        self.breaks("proxy", "https://gateway.example", "--proxy", proxy.url, layer="proxy",
                    says="requires a user name")

    @needs("microsocks")
    def test_a_socks_proxy_that_cannot_reach_the_gateway(self):
        proxy = servers.microsocks(self)
        self.breaks("proxy", "https://gateway.invalid", "--proxy",
                    servers.proxy_url(proxy, "socks5"), layer="proxy")

    def test_a_port_that_accepts_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            self.breaks("http", f"http://127.0.0.1:{port}", "--timeout", 2, layer="tcp")


if __name__ == "__main__":
    real.main()
