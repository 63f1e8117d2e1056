#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unchanged clients through `pintle serve`: curl, Python's websockets and node's ws."""

import http.client
import http.server
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
import unittest
from pathlib import Path

import real
from real import needs

HEADER = "X-Hermes-Session-Token"
MEGA = 1_000_000
SIZE = 200 * MEGA
DEBIANS_PYTHON = "/usr/bin/python3"  # Has Debian's modules; another one may be in front.
DEBIANS_NODE_MODULES = "/usr/share/nodejs"


def memory_of(pid):
    """Resident memory now and its peak, in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return [int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM")]


class Broker(real.Program):
    """`pintle serve`, signed in if the gateway needs it."""

    def __init__(self, case, url, *options, gate=""):
        if gate:
            case.works("sign-in", url, "--with", "password", "--provider", "basic", "--username",
                       "ada", "--password-file", case.secret_file("practice\n"))
        super().__init__(case, [real.PINTLE, "serve", url, "--json", *options],
                         env=case.environment(XDG_RUNTIME_DIR=""))
        self.said = json.loads(self.says('"url"'))
        self.url = self.said["url"]
        self.host, self.port = self.url.removeprefix("http://").split(":")
        self.token_file = self.said.get("token_file")
        self.token = Path(self.token_file).read_text() if self.token_file else ""
        # Of curl, which reads its header from a file.
        self.header = case.secret_file(f"{HEADER}: {self.token}\n")

    def call(self, method, path, headers=None, **more):
        one = http.client.HTTPConnection(self.host, int(self.port), timeout=20)
        one.request(method, path, headers={HEADER: self.token} if headers is None else headers,
                    **more)
        answer = one.getresponse()
        body = answer.read()
        one.close()
        return answer.status, body


class Files(http.server.BaseHTTPRequestHandler):
    """A gateway without a gate, with large bodies and an event stream."""

    protocol_version = "HTTP/1.1"
    go_on = None  # an event: the second part of the stream may be sent

    def do_GET(self):
        if self.path == "/api/status":
            return self.whole(b'{"version":"0.16.0","auth_required":false}')
        if self.path == "/api/large":
            self.head({"Content-Length": str(SIZE)})
            piece = b"x" * MEGA
            for _ in range(SIZE // MEGA):
                self.wfile.write(piece)
        elif self.path == "/api/events":
            self.head({"Content-Type": "text/event-stream", "Connection": "close"})
            self.close_connection = True
            self.wfile.write(b"data: one\n\n")
            self.go_on.wait(20)
            self.wfile.write(b"data: two\n\n")
        elif self.path == "/api/busy":
            self.send_response(429)
            self.send_header("Retry-After", "17")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.whole(b'{"detail":"Not Found"}', 404)

    def do_HEAD(self):
        self.head({"Content-Length": "12345"})

    def do_POST(self):
        size = 0
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while chunk := int(self.rfile.readline(), 16):
                size += len(self.rfile.read(chunk))
                self.rfile.readline()
            self.rfile.readline()
        else:
            left = int(self.headers["Content-Length"])
            while left:
                piece = self.rfile.read(min(left, MEGA))
                size += len(piece)
                left -= len(piece)
        self.whole(json.dumps({"size": size}).encode())

    def head(self, fields, status=200):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()

    def whole(self, body, status=200):
        self.head({"Content-Length": str(len(body)), "Content-Type": "application/json"}, status)
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@needs("curl")
class Curl(real.Case):
    """curl has nothing but the local address and token."""

    def setUp(self):
        super().setUp()
        handler = type("Handler", (Files,), {"go_on": threading.Event()})
        self.go_on = handler.go_on
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.broker = Broker(self, f"http://127.0.0.1:{server.server_port}", "--token-file",
                             self.secret_file("gateway-token-abcdefghijklmnop"))

    def curl(self, path, *options, **how):
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60",
                   "--header", f"@{self.broker.header}", *map(str, options),
                   self.broker.url + path]
        return subprocess.run(command, capture_output=True, text=True, **how)

    def test_a_download_needs_no_memory(self):
        self.curl("/api/large", "--output", "/dev/null")  # what every exchange needs
        before, _ = memory_of(self.broker.process.pid)
        out = self.new_path("large")
        done = self.curl("/api/large", "--output", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(out.stat().st_size, SIZE)
        _, peak = memory_of(self.broker.process.pid)
        self.assertLess(peak - before, 8)

    def test_an_upload_needs_no_memory(self):
        large = self.new_path("large")
        with open(large, "wb") as file:
            file.truncate(SIZE)
        self.assertEqual(self.broker.call("GET", "/none")[0], 404)
        before, _ = memory_of(self.broker.process.pid)
        for how in ([], ["--header", "Transfer-Encoding: chunked"]):
            done = self.curl("/api/upload", "--request", "POST", "--upload-file", large, *how)
            self.assertEqual(json.loads(done.stdout), {"size": SIZE}, done.stderr)
        _, peak = memory_of(self.broker.process.pid)
        self.assertLess(peak - before, 8)

    def test_events_come_one_by_one(self):
        command = ["curl", "--silent", "--no-buffer", "--noproxy", "*", "--header",
                   f"@{self.broker.header}", self.broker.url + "/api/events"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stream:
            self.assertEqual(stream.stdout.readline(), "data: one\n")
            self.go_on.set()  # the second does not exist before
            self.assertEqual(stream.stdout.read(), "\ndata: two\n\n")
        self.assertEqual(stream.returncode, 0)

    def test_status_and_fields_are_kept(self):
        head = self.curl("/api/anything", "--head")
        self.assertRegex(head.stdout, r"(?s)^HTTP/1.1 200 .*Content-Length: 12345")
        self.assertRegex(self.curl("/api/busy", "--include").stdout,
                         r"(?s)^HTTP/1.1 429 .*Retry-After: 17\n")
        self.assertRegex(self.curl("/none", "--include").stdout, r"(?s)^HTTP/1.1 404 .*Not Found")

    def test_nothing_secret_is_in_the_command_line(self):
        words = Path(f"/proc/{self.broker.process.pid}/cmdline").read_bytes()
        self.assertNotIn(self.broker.token.encode(), words)
        mode = stat.S_IMODE(os.stat(self.broker.token_file).st_mode)
        self.assertEqual(mode, 0o600)
        self.assertEqual(self.broker.end(), 0)
        self.assertFalse(os.path.exists(self.broker.token_file))


class Refused(real.Case):
    """Who may not use it."""

    def raw(self, broker, text):
        with socket.create_connection((broker.host, int(broker.port)), 10) as one:
            one.sendall(text.replace("\n", "\r\n").encode())
            one.shutdown(socket.SHUT_RDWR if not text else socket.SHUT_WR)
            received = b""
            try:
                while piece := one.recv(65536):
                    received += piece
            except ConnectionResetError:
                pass
            return received.decode()

    @unittest.skipUnless(os.geteuid() == 0, "only root can run a program as another user")
    def test_another_user_gets_nothing(self):
        gateway = self.gateway()
        for options in ([], ["--as", "open"]):
            broker = Broker(self, gateway.url, *gateway.credential, *options)
            self.assertEqual(broker.call("GET", "/api/sessions")[0], 200)
            script = ("import http.client, sys\n"
                      f"one = http.client.HTTPConnection('{broker.host}', {broker.port})\n"
                      f"one.request('GET', '/api/status', headers={{'{HEADER}': sys.stdin.read()}})\n"
                      "print(one.getresponse().status)\n")
            done = subprocess.run([DEBIANS_PYTHON, "-c", script], input=broker.token, text=True,
                                  capture_output=True, user="nobody", group="nogroup",
                                  extra_groups=[])
            self.assertEqual(done.stdout, "")
            self.assertNotEqual(done.returncode, 0)

    def test_a_head_that_could_hide_another(self):
        gateway = self.gateway()
        broker = Broker(self, gateway.url, *gateway.credential)
        host = f"Host: {broker.host}:{broker.port}\n{HEADER}: {broker.token}\n"
        hidden = f"GET /api/echo HTTP/1.1\n{host}\n"
        for fields in ("Content-Length: 4\nTransfer-Encoding: chunked\n",
                       "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n",
                       "Content-Length: 0\nContent-Length: 9\n", "A: b\n c: d\n",
                       "Content-Length : 4\n"):
            answer = self.raw(broker, f"POST /api/echo HTTP/1.1\n{host}{fields}\n0\n\n{hidden}")
            self.assertRegex(answer, r"^HTTP/1.1 (400|501) ")
            self.assertEqual(answer.count("HTTP/1.1 "), 1, answer)
        answer = self.raw(broker, f"GET /api/echo?x HTTP/1.1\n{host}Evil: a\0b\n\n")
        self.assertRegex(answer, "^HTTP/1.1 400 ")


PYTHON = """
import asyncio, json, os, sys, websockets

async def ready():
    socket = await websockets.connect(os.environ["WS_URL"])
    first = json.loads(await socket.recv())
    print(first["params"]["type"], flush=True)
    return socket

async def main():
    socket = await ready()
    print("deflate", "PerMessageDeflate" in str(socket.extensions), flush=True)
    text = "x" * 300000
    await socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "echo",
                                  "params": {"a": text}}))
    print("echo", len(json.loads(await socket.recv())["result"]["a"]), flush=True)
    await socket.close(4321)
    print("closed", socket.close_code, flush=True)
    while sys.stdin.readline():
        socket = await ready()
        try:
            await socket.recv()
        except websockets.ConnectionClosed as closed:
            print("closed", closed.code, flush=True)

asyncio.run(main())
"""

NODE = """
const { WebSocket } = require("ws");
const lines = require("readline").createInterface({ input: process.stdin });
function open(next) {
  const socket = new WebSocket(process.env.WS_URL);
  socket.once("message", (first) => {
    console.log(JSON.parse(first).params.type);
    next(socket);
  });
  socket.on("close", (code) => console.log("closed " + code));
  socket.on("error", (error) => console.log("error " + error.message));
}
open((socket) => {
  console.log("deflate " + socket.extensions.includes("permessage-deflate"));
  socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "echo",
                               params: { a: "x".repeat(300000) } }));
  socket.once("message", (reply) => {
    console.log("echo " + JSON.parse(reply).result.a.length);
    socket.close(4321);
  });
});
lines.on("line", () => open(() => {}));
"""


class Client:
    """A program that speaks WebSocket, and says on each line what happened."""

    def __init__(self, case, broker, command):
        environment = case.environment(
            WS_URL=f"ws://{broker.host}:{broker.port}/api/ws?token={broker.token}",
            NODE_PATH=DEBIANS_NODE_MODULES)
        self.process = subprocess.Popen(command, env=environment, text=True, bufsize=1,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        case.addCleanup(self.process.stdout.close)
        case.addCleanup(self.process.wait)
        case.addCleanup(self.process.kill)
        self.case = case

    def says(self, *lines):
        for wanted in lines:
            said = self.process.stdout.readline().strip()
            self.case.assertEqual(said, wanted)

    def open_again(self):
        self.process.stdin.write("again\n")

    def ends(self):
        self.process.stdin.close()
        self.case.assertEqual(self.process.wait(20), 0)


def has_websockets():
    return subprocess.run([DEBIANS_PYTHON, "-c", "import websockets"],
                          stderr=subprocess.DEVNULL).returncode == 0


def has_node_ws():
    return shutil.which("node") is not None and subprocess.run(
        ["node", "-e", "require('ws')"], stderr=subprocess.DEVNULL,
        env=os.environ | {"NODE_PATH": DEBIANS_NODE_MODULES}).returncode == 0


class WebSockets(real.Case):
    """Clients of WebSockets, to gateways of each gate, and while one is restarted."""

    def speaks(self, *command):
        for gate in ("cookie", "native"):
            with self.subTest(gate=gate):
                gateway = self.gateway("--gate", gate, "--deflate")
                broker = Broker(self, gateway.url, gate=gate)
                client = Client(self, broker, command)
                client.says("gateway.ready", "deflate True" if "-c" in command else "deflate true",
                            "echo 300000", "closed 4321")
                client.ends()

    def outlives(self, *command):
        token = self.secret_file("practice-token-abcdefghijklmnop")
        options = ["--token-file", token, "--port", real.free_port()]
        gateway = self.gateway(*options)
        broker = Broker(self, gateway.url, "--token-file", token)
        client = Client(self, broker, command)
        for _ in range(3):
            client.process.stdout.readline()
        client.says("closed 4321")
        client.open_again()
        client.says("gateway.ready")
        gateway.end(signal.SIGKILL)
        client.says("closed 1012")
        self.assertEqual(broker.call("GET", "/api/sessions")[0], 502)
        self.gateway(*options)
        client.open_again()
        client.says("gateway.ready")
        self.assertEqual(broker.call("GET", "/api/sessions")[0], 200)
        # The broker's own end is clean as well.
        broker.send(signal.SIGTERM)
        client.says("closed 1001")
        self.assertEqual(broker.process.wait(10), 0)
        client.ends()

    @unittest.skipUnless(has_websockets(), "not installed: python3-websockets")
    def test_python(self):
        self.speaks(DEBIANS_PYTHON, "-c", PYTHON)
        self.outlives(DEBIANS_PYTHON, "-c", PYTHON)

    @unittest.skipUnless(has_node_ws(), "not installed: node-ws")
    def test_node(self):
        self.speaks("node", "-e", NODE)
        self.outlives("node", "-e", NODE)


if __name__ == "__main__":
    real.main()
