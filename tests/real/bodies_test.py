#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bodies through real servers: compressed, cut off, huge, and slowly read."""

import ctypes
import gzip
import json
import os
import signal
import socket
import sys
from ctypes import byref
from pathlib import Path

import real
import servers
from real import needs

GZIP = "gzip on; gzip_proxied any; gzip_types *; gzip_min_length 1;"
MEGA = 1 << 20


@needs("nginx")
class Compressed(real.Case):
    """A compressed body is decoded to its text (A5)."""

    def through(self, coding, main=""):
        """Two nginx servers: the inner one compresses whatever the client accepts."""
        gateway, behind = self.gateway(), real.free_port()
        folder = self.new_folder("plain")
        text = json.dumps({"words": ["practice"] * 300_000})
        (folder / "text.json").write_text(text)
        server = servers.nginx(
            self, f"location / {{ proxy_set_header Accept-Encoding {coding}; "
                  f"client_max_body_size 0; proxy_pass http://127.0.0.1:{behind}; }}",
            http=f"{GZIP} brotli on; brotli_types *; brotli_min_length 1;" if coding == "br" else
                 GZIP, main=main)
        conf = self.folder / next(f for f in os.listdir(self.folder) if f.endswith("nginx.conf"))
        inner = (f"server {{ listen 127.0.0.1:{behind}; location / {{ client_max_body_size 0; "
                 f"proxy_pass {gateway.url}; }} location /api/text.json {{ root {folder}; "
                 f"rewrite ^ /text.json break; }} }}\n}}\n")
        conf.write_text(conf.read_text().rstrip()[:-1] + inner)
        os.kill(server.process.pid, signal.SIGHUP)
        server.until(lambda: real.accepts(behind), "the server behind")
        return gateway, server, text

    def is_read(self, gateway, server, text):
        self.assertEqual(self.works("probe", server.url).json["scheme"], "token")
        sessions = self.works("call", server.url, "GET", "/api/sessions", *gateway.credential)
        self.assertIn("Plan the garden", sessions.body)
        large = self.works("call", server.url, "GET", "/api/text.json", *gateway.credential)
        self.assertEqual(json.loads(large.body), json.loads(text))
        out = self.new_path("out")
        self.works("call", server.url, "GET", "/api/text.json", "--output", out,
                   *gateway.credential)
        self.assertEqual(out.read_text(), text)

    def test_gzip_that_nobody_asked_for(self):
        self.is_read(*self.through("gzip"))

    def test_gzip_as_the_client_asks(self):
        gateway, server, text = self.through("$http_accept_encoding")
        self.is_read(gateway, server, text)

    @real.unittest.skipUnless(
        Path("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so").exists(),
        "not installed: libnginx-mod-http-brotli-filter")
    def test_brotli_is_decoded_or_refused_by_name(self):
        gateway, server, text = self.through(
            "br", "load_module /usr/lib/nginx/modules/ngx_http_brotli_filter_module.so;")
        result = self.pintle("call", server.url, "GET", "/api/text.json", *gateway.credential)
        if result.code == 0:
            self.assertEqual(json.loads(result.body), json.loads(text))
        else:
            self.assertEqual(result.error["layer"], "protocol", result)
            self.assertIn("br", result.words.replace('"', " ").split(), result)


class CutOff(real.Case):
    """A truncated body is a failure, and leaves no file that looks complete (A3)."""

    def setUp(self):
        super().setUp()
        self.gate = self.gateway()
        self.content = self.new_folder("content")
        (self.content / "big").write_bytes(b"x" * (12 * MEGA))

    def nginx(self, more):
        return servers.nginx(
            self, f"location / {{ proxy_pass {self.gate.url}; }} location /busy {{ stub_status; }}"
                  f"location /api/big {{ root {self.content}; rewrite ^ /big break; "
                  f"limit_rate 2m; {more} }}")

    def is_no_success(self, url, end, *options, layers=("tcp", "protocol", "tls")):
        """`end` is called once part of the body was sent."""
        out = self.new_path("out")
        call = self.start(real.PINTLE, "call", url, "GET", "/api/big", "--json", *options,
                          *self.gate.credential, env=self.environment())
        end(call)
        code = call.process.wait(30)
        self.assertNotEqual(code, 0, call.text()[-500:])
        self.assertNotIn('"status":200', call.text()[:200])
        self.assertFalse(out.exists() and out.stat().st_size >= 12 * MEGA)

    @staticmethod
    def busy(server):
        """Returns true while nginx sends something besides the response to this request."""
        with socket.create_connection(("127.0.0.1", server.port)) as asked:
            asked.sendall(b"GET /busy HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: asked.recv(4096), b""))
        return int(answer.split(b"Writing: ")[1].split()[0]) > 1

    def when_busy(self, server, then):
        def end(call):
            call.until(lambda: self.busy(server), "the body under way")
            then(call)
        return end

    @needs("nginx")
    def test_nginx_is_killed_within_a_content_length(self):
        server = self.nginx("")
        self.is_no_success(server.url, self.when_busy(server, lambda _: server.end(signal.SIGKILL)))

    @needs("nginx")
    def test_nginx_is_killed_within_a_chunked_body(self):
        server = self.nginx("ssi on; ssi_types *;")
        self.is_no_success(server.url, self.when_busy(server, lambda _: server.end(signal.SIGKILL)))

    @needs("nginx")
    def test_ctrl_c_within_a_body_that_ends_with_the_connection(self):
        server = self.nginx("ssi on; ssi_types *; chunked_transfer_encoding off;")
        self.is_no_success(server.url, self.when_busy(server, lambda call: call.send(signal.SIGINT)))

    @needs("nginx")
    def test_a_time_limit_within_a_body_that_ends_with_the_connection(self):
        server = self.nginx("ssi on; ssi_types *; chunked_transfer_encoding off;")
        self.is_no_success(server.url, lambda call: None, "--timeout", "1")

    @needs("nginx")
    def test_output_to_a_file_that_is_cut_off(self):
        server, out = self.nginx(""), self.new_path("out")
        call = self.start(real.PINTLE, "call", server.url, "GET", "/api/big", "--output", out,
                          *self.gate.credential, env=self.environment())
        call.until(lambda: self.busy(server), "the body under way")
        server.end(signal.SIGKILL)
        self.assertNotEqual(call.process.wait(30), 0)
        self.assertFalse(out.exists(), "a part stands under the name of the whole")


@needs("nginx")
class Huge(real.Case):
    """A body of any size is written to and read from disk in bounded memory (C20)."""

    def setUp(self):
        super().setUp()
        self.gate = self.gateway()
        self.content = self.new_folder("content")
        with open(self.content / "big", "wb") as big:
            big.truncate(200 * MEGA)
        self.server = servers.nginx(
            self, f"location / {{ client_max_body_size 1m; proxy_pass {self.gate.url}; }}"
                  f"location /api/big {{ root {self.content}; rewrite ^ /big break; }}"
                  f"location /api/take {{ client_max_body_size 0; "
                  f"proxy_pass {self.gate.url}/api/none; }}")

    def test_down(self):
        out = self.new_path("out")
        self.works("call", self.server.url, "GET", "/api/big", "--output", out,
                   *self.gate.credential)
        self.assertEqual(out.stat().st_size, 200 * MEGA)
        self.assertLess(self.peak_mb, 60)

    def test_without_output_the_limit_names_an_option(self):
        self.fails("call", self.server.url, "GET", "/api/big", *self.gate.credential,
                   layers=("protocol",), says=("--output",), retry=False)
        self.assertLess(self.peak_mb, 120)

    def test_up_is_refused_by_name(self):
        file = self.new_path("up")
        with open(file, "wb") as up:
            up.truncate(100 * MEGA)
        result = self.pintle("call", self.server.url, "POST", "/api/echo", "--data", f"@{file}",
                             *self.gate.credential)
        self.assertNotEqual(result.code, 0, result)
        self.assertEqual(result.error.get("status", result.json.get("status")), 413, result)
        self.assertLess(self.peak_mb, 60)


STATUS = '{"version":"0.16.0","release_date":"2026.6.5","auth_required":false}'

NODE_GATEWAY = f"""require('http').createServer((q, s) => {{
  s.setHeader('Content-Type', 'application/json');
  s.end('{STATUS}');
}}).listen(+process.argv[1])"""

UVICORN_GATEWAY = f"""
async def app(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json")]}})
    await send({{"type": "http.response.body", "body": b'{STATUS}'}})
"""


class KeptAlive(real.Case):
    """A server closes an idle connection between two calls of one host: no call fails."""

    @needs("nginx")
    def test_nginx(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"keepalive_timeout 1s; "
                                     f"location / {{ proxy_pass {gateway.url}; }}")
        self.goes_on(server, gateway.credential[1])

    @needs("node")
    def test_node(self):
        port = real.free_port()
        self.goes_on(servers.Server(self, ["node", "-e", NODE_GATEWAY, port], port))

    @needs("uvicorn")
    def test_uvicorn(self):
        folder, port = self.new_folder("uvicorn"), real.free_port()
        (folder / "gateway.py").write_text(UVICORN_GATEWAY)
        self.goes_on(servers.Server(self, ["uvicorn", "--app-dir", folder, "--port", port,
                                           "gateway:app"], port))

    def goes_on(self, server, token_file=None):
        token_file = token_file or self.secret_file("any-token-will-do-here")
        library = os.environ.get("PINTLE_LIBRARY")
        if not library or not Path(library).exists():
            self.skipTest("not built: libpintle")
        sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "python-ctypes"))
        import pintle_watch as ffi
        os.environ.update(self.environment())
        pintle = ffi.Library()
        host = ctypes.c_void_p(pintle.lib.pintle_host_new(
            byref(ffi.HostOptions(flags=ffi.BUNDLED_ONLY)), byref(ffi.Error())))
        token = ffi.Source(key=ffi.view("token"), where=ffi.view(str(token_file)),
                           from_=ffi.FROM_FILE)
        connection = pintle.made("connection_open", host, byref(ffi.ConnectionOptions(
            url=ffi.view(server.url), inputs=ctypes.pointer(token), input_count=1)))
        for call in range(2):
            reply = pintle.made("connection_call", connection,
                                byref(ffi.Call(target=ffi.view("/api/sessions"))), None)
            self.assertEqual(pintle.lib.pintle_reply_status(reply), 200)
            pintle.destroy("reply", reply)
            if call == 0:
                real.wait_until(lambda: not established(server.port), "the idle connection's end",
                                10)
        pintle.destroy("connection", connection)
        pintle.destroy("host", host)


def established(port):
    """Returns true while this machine has a connection to `port` that no side has closed."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, state = line.split()[:4]
        if int(remote.split(":")[1], 16) == port and state == "01":
            return True
    return False


class SlowPeer(real.Case):
    """A gateway that does not read for a while, through a proxy with small buffers (A1)."""

    @needs("haproxy")
    def test_haproxy(self):
        gateway = self.gateway()
        server = servers.haproxy(self, gateway, main="tune.bufsize 8192")
        self.loses_nothing(server, gateway)

    @needs("nginx")
    def test_nginx(self):
        gateway = self.gateway()
        server = servers.nginx(self, f"location / {{ {servers.NGINX_UPGRADE} "
                                     f"proxy_buffer_size 4k; proxy_pass {gateway.url}; }}")
        self.loses_nothing(server, gateway)

    def loses_nothing(self, server, gateway):
        log = self.new_path("live")
        with open(log, "wb") as out:
            live = self.start(real.PINTLE, "connect", server.url, "--json", *gateway.credential,
                              env=self.environment(), stdin=real.subprocess.PIPE, stdout=out)
        real.wait_until(lambda: b'"ready"' in log.read_bytes(), "ready")
        gateway.send(signal.SIGSTOP)
        line = b'echo {"data":"' + b"x" * MEGA + b'"}\n'
        try:
            for _ in range(12):
                live.process.stdin.write(line)
                live.process.stdin.flush()
        except BrokenPipeError:
            self.fail(log.read_bytes()[-600:])
        gateway.send(signal.SIGCONT)
        live.process.stdin.close()
        self.assertEqual(live.process.wait(60), 0, log.read_bytes()[-600:])
        self.assertEqual(log.read_bytes().count(b"x" * MEGA), 12)


if __name__ == "__main__":
    real.main()
