#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The configurations of examples/behind-nginx, which docs/behind-an-edge.md shows, as they are."""

import base64
import hashlib
import http.server
import threading
from pathlib import Path

import real
import servers
from real import needs

FOLDER = Path(__file__).resolve().parents[2] / "examples/behind-nginx"


class LoginPage(http.server.BaseHTTPRequestHandler):
    """What nginx asks whether a cookie is good."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        good = "_oauth2_proxy=good" in self.headers.get("Cookie", "")
        self.send_response(202 if self.path == "/oauth2/auth" and good else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()


@needs("nginx")
class BehindNginx(real.Case):
    def served(self, name, gateway, *replaced):
        """nginx with that file, where only its addresses and paths are replaced."""
        conf = (FOLDER / f"{name}.conf").read_text()
        for old, new in (("127.0.0.1:9119", f"127.0.0.1:{gateway.port}"), *replaced):
            self.assertIn(old, conf)
            conf = conf.replace(old, str(new))
        # servers.nginx has the map of map.conf.
        return servers.nginx(self, conf)

    def works_whole(self, url, *credential):
        self.assertEqual(self.works("call", url, "GET", "/api/sessions", *credential)
                         .json["status"], 200)
        self.assertIn("ready", self.works("connect", url, "--once", "--no-input", *credential).kinds())
        self.works("rpc", url, "session.list", *credential)

    def test_the_map_is_that_of_these_tests(self):
        words = (FOLDER / "map.conf").read_text().split("\n", 2)[2].split()
        self.assertIn(" ".join(words), " ".join(Path(servers.__file__).read_text()
                                                .replace("{{", "{").replace("}}", "}").split()))

    def test_plain(self):
        gateway = self.gateway()
        self.works_whole(self.served("plain", gateway).url, *gateway.credential)

    def test_under_a_prefix(self):
        gateway = self.gateway("--prefix", "/hermes")
        self.works_whole(self.served("prefix", gateway).url + "/hermes", *gateway.credential)

    def test_with_a_password(self):
        gateway = self.gateway()
        hashed = base64.b64encode(hashlib.sha1(b"sesame").digest()).decode()
        users = self.file("users", f"ada:{{SHA}}{hashed}\n")
        server = self.served("basic", gateway, ("/etc/nginx/gateway.users", users))
        self.fails("call", server.url, "GET", "/api/sessions", *gateway.credential,
                   layers=("access-proxy",), says=("Basic",))
        self.works_whole(server.url, *gateway.credential, "--front-username", "ada",
                         "--front-password-file", self.secret_file("sesame\n"))

    def test_with_a_login_page(self):
        login = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LoginPage)
        threading.Thread(target=login.serve_forever, daemon=True).start()
        self.addCleanup(login.server_close)
        self.addCleanup(login.shutdown)
        gateway = self.gateway("--gate", "cookie")
        server = self.served("login", gateway, ("127.0.0.1:4180", f"127.0.0.1:{login.server_address[1]}"))
        self.fails("probe", server.url, layers=("access-proxy",), says=("login.example",))
        front = ["--front-secret-file", f"cookie={self.secret_file('_oauth2_proxy=good')}"]
        self.works("sign-in", server.url, "--with", "password", "--provider", "basic", "--username",
                   "ada", "--password-file", self.secret_file("practice\n"), *front)
        self.works_whole(server.url, *front)


if __name__ == "__main__":
    real.main()
