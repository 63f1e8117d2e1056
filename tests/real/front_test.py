#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gateway behind nginx as an access proxy: Basic, a door for service accounts, a login wall."""

import base64
import hashlib
import http.server
import os
import signal
import threading
from pathlib import Path

import real
import servers
from real import needs

USER = ["--with", "password", "--provider", "basic", "--username", "ada"]
PASS = "proxy_set_header Host $http_host;"


def to(gateway):
    return f"{servers.NGINX_UPGRADE} {PASS} proxy_pass {gateway.url};"


class Walled(real.Case):
    def both_work(self, server, gateway, front):
        """Signs in to both, calls and connects; the front is told by its name."""
        probe = self.works("probe", server.url, *front)
        self.assertEqual(probe.json["front"], self.front)
        if not gateway.credential:
            password = self.secret_file("practice\n")
            self.works("sign-in", server.url, *USER, "--password-file", password, *front)
        both = [*gateway.credential, *front]
        self.assertEqual(self.works("call", server.url, "GET", "/api/sessions", *both)
                         .json["status"], 200)
        once = self.works("connect", server.url, "--once", "--no-input", *both)
        self.assertIn("ready", once.kinds())
        self.works("rpc", server.url, "session.list", *both)
        return both

    def is_refused(self, server, both):
        """By the front, never as a session of the gateway."""
        result = self.pintle("call", server.url, "GET", "/api/sessions", *both)
        self.assertNotEqual(result.code, 0, result)
        self.assertEqual(result.error["layer"], "access-proxy", result)


@needs("nginx")
class Basic(Walled):
    front = "basic"

    def users(self, password):
        hashed = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
        return f"staff:{{SHA}}{hashed}\n"

    def through(self, *gate):
        gateway = self.gateway(*gate)
        users = self.file("users", self.users("first"))
        server = servers.nginx(self, f"location / {{ auth_basic 'staff only'; "
                                     f"auth_basic_user_file {users}; {to(gateway)} }}")
        password = self.secret_file("first\n")
        front = ["--front-username", "staff", "--front-password-file", password]
        both = self.both_work(server, gateway, front)
        users.write_text(self.users("second"))  # nginx reads it at each request
        self.is_refused(server, both)
        password.write_text("second\n")
        self.works("call", server.url, "GET", "/api/sessions", *both)

    def test_before_a_token(self):
        self.through()

    def test_before_cookies(self):
        self.through("--gate", "cookie")

    def test_before_an_api_key(self):
        self.through("--gate", "api-key")

    def test_the_live_connection_takes_the_new_password(self):
        gateway = self.gateway()
        users = self.file("users", self.users("first"))
        server = servers.nginx(self, f"location / {{ auth_basic x; auth_basic_user_file {users}; "
                                     f"{to(gateway)} }}")
        password = self.secret_file("first\n")
        live = self.listen(server.url, *gateway.credential, "--front-username", "staff",
                           "--front-password-file", password)
        users.write_text(self.users("second"))
        password.write_text("second\n")
        server.end(signal.SIGKILL)
        live.says('"waiting"')
        server.again()
        live.says('"ready"', times=2)


@needs("nginx")
class ServiceDoor(Walled):
    front = "service"

    def door(self, gateway, secret):
        # As Cloudflare Access: 403 with its page and its header.
        return (f"location @door {{ add_header CF-Access-Domain gateway.example always; "
                f"default_type text/html; return 403 '<html>Forbidden. Cloudflare Access</html>'; }}"
                f"error_page 418 = @door;"
                f"location / {{ if ($http_cf_access_client_id != 'ci.access') {{ return 418; }} "
                f"if ($http_cf_access_client_secret != '{secret}') {{ return 418; }} "
                f"{to(gateway)} }}")

    def workers(self, server):
        pid = server.process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def through(self, *gate):
        gateway = self.gateway(*gate)
        doors = self.file("door.conf", self.door(gateway, "first"))
        server = servers.nginx(self, f"include {doors};")
        secret = self.secret_file("first\n")
        front = ["--front-secret-file", f"client_id={self.secret_file('ci.access')}",
                 "--front-secret-file", f"client_secret={secret}"]
        both = self.both_work(server, gateway, front)
        doors.write_text(self.door(gateway, "second"))
        # Until they end, workers with the old secret accept connections, too.
        old = self.workers(server)
        os.kill(server.process.pid, signal.SIGHUP)
        real.wait_until(lambda: not old & self.workers(server), "nginx has the new secret")
        self.is_refused(server, both)
        secret.write_text("second\n")
        self.works("call", server.url, "GET", "/api/sessions", *both)

    def test_before_a_token(self):
        self.through()

    def test_before_cookies(self):
        self.through("--gate", "cookie")

    def test_before_an_api_key(self):
        self.through("--gate", "api-key")


class Login(http.server.BaseHTTPRequestHandler):
    """The login page on another host, and what nginx' auth_request asks it."""

    sessions = set()

    def log_message(self, *_):
        pass

    def cookie(self, name):
        pairs = [pair.strip().partition("=") for pair in self.headers.get("Cookie", "").split(";")]
        return next((value for key, _, value in pairs if key == name), "")

    def do_GET(self):
        if self.path.startswith("/check"):
            whole = self.cookie("_door_0") + self.cookie("_door_1")
            self.send_response(200 if whole in self.sessions else 401)
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


@needs("nginx")
class LoginWall(Walled):
    front = "browser"

    def through(self, *gate):
        Login.sessions = {"abcdefgh"}
        login = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Login)
        threading.Thread(target=login.serve_forever, daemon=True).start()
        self.addCleanup(login.server_close)
        self.addCleanup(login.shutdown)
        port = login.server_address[1]
        gateway = self.gateway(*gate)
        server = servers.nginx(
            self, f"location = /check {{ internal; proxy_pass http://127.0.0.1:{port}; "
                  f"proxy_pass_request_body off; proxy_set_header Content-Length ''; }}"
                  f"location @login {{ return 302 http://localhost:{port}/login?to=$request_uri; }}"
                  f"location / {{ auth_request /check; error_page 401 = @login; {to(gateway)} }}")
        cookie = self.secret_file("_door_0=abcd; _door_1=efgh\n")
        front = ["--front-secret-file", f"cookie={cookie}"]
        both = self.both_work(server, gateway, front)
        Login.sessions = {"ijklmnop"}
        self.is_refused(server, both)
        cookie.write_text("_door_0=ijkl; _door_1=mnop\n")
        self.works("call", server.url, "GET", "/api/sessions", *both)
        # Kept beside the gateway's own session: another process needs no file for it.
        without_front = both[:-2]
        self.works("call", server.url, "GET", "/api/sessions", *without_front)

    def test_before_a_token(self):
        self.through()

    def test_before_cookies(self):
        self.through("--gate", "cookie")

    def test_before_an_api_key(self):
        self.through("--gate", "api-key")


if __name__ == "__main__":
    real.main()
