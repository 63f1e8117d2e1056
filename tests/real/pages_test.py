#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pages instead of a gateway's responses: of a one-page app, and of servers that are no gateway."""

import real
import servers
from real import needs


@needs("nginx")
class AppPages(real.Case):
    """`try_files … /index.html`: every unknown path is the app's page (C16)."""

    def site(self, locations):
        folder = self.new_folder("site")
        (folder / "index.html").write_text("<!doctype html><title>The app</title><div id=root>")
        return servers.nginx(
            self, f"root {folder}; location / {{ try_files $uri /index.html; }}" + locations)

    def under_a_prefix(self):
        gateway = self.gateway("--prefix", "/hermes")
        server = self.site(f"location ^~ /hermes/api/ {{ {servers.NGINX_UPGRADE} "
                           f"proxy_pass http://127.0.0.1:{gateway.port}; }}")
        return gateway, server, server.url + "/hermes"

    def base_is_found(self, pasted, base, gateway):
        """The URL is used or reported: either will do, at `probe` and at `add`."""
        probe = self.pintle("probe", pasted)
        if probe.code == 0:
            self.assertEqual(probe.json["probe"]["url"].rstrip("/"), base, probe)
        else:
            self.assertIn(base, probe.error["message"] + probe.error.get("hint", ""), probe)
            self.assertFalse(probe.error.get("sign_in", False), probe)
        added = self.pintle("add", "home", pasted, *gateway.credential)
        if added.code == 0:
            self.assertEqual(self.works("probe", "home").json["probe"]["url"].rstrip("/"), base)
        else:
            self.assertIn(base, added.words, added)

    def test_the_gateway_itself_works_under_a_prefix(self):
        gateway, _, base = self.under_a_prefix()
        self.works("call", base, "GET", "/api/sessions", *gateway.credential)
        self.works("connect", base, "--once", "--no-input", *gateway.credential)

    def test_a_page_under_a_prefix(self):
        gateway, _, base = self.under_a_prefix()
        self.base_is_found(base + "/sessions/abc", base, gateway)

    def test_a_login_page_under_a_prefix(self):
        gateway, _, base = self.under_a_prefix()
        self.base_is_found(base + "/login?next=/hermes/chat", base, gateway)

    def test_a_page_at_the_root(self):
        gateway = self.gateway()
        server = self.site(f"location ^~ /api/ {{ {servers.NGINX_UPGRADE} "
                           f"proxy_pass {gateway.url}; }}")
        self.base_is_found(server.url + "/chat/x", server.url, gateway)

    def test_the_root_when_the_gateway_is_under_a_prefix(self):
        _, server, _ = self.under_a_prefix()
        self.fails("probe", server.url, layers=("access-proxy", "config", "protocol"), retry=False)


class NoGateway(real.Case):
    """A file server is not a gateway, and has no sign-in."""

    @needs("/usr/bin/python3")
    def test_python(self):
        folder, port = self.new_folder("files"), real.free_port()
        server = servers.Server(self, ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1",
                                       "--directory", folder, port], port)
        self.fails("probe", server.url, layers=("config", "protocol", "access-proxy"), retry=False)

    @needs("node")
    def test_node(self):
        port = real.free_port()
        script = "require('http').createServer((q, s) => s.end('hello')).listen(+process.argv[1])"
        server = servers.Server(self, ["node", "-e", script, port], port)
        self.fails("probe", server.url, layers=("config", "protocol", "access-proxy"), retry=False)


if __name__ == "__main__":
    real.main()
