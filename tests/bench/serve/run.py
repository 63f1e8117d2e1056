#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The broker beside haproxy and nginx: each in turn between one load generator and one backend.
See docs/bench.md."""

import argparse
import contextlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROXIES = ("pintle", "haproxy", "nginx")
WANTED = 0.7  # of haproxy's rate
WANTED_KB = 45  # for each WebSocket
TOKEN = "bench-token-abcdefghijklmnop"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    for _ in range(400):
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def memory_of(pid):
    """Resident memory of a process and its children now, and its peak; KiB."""
    now = peak = 0
    todo = [pid]
    while todo:
        one = todo.pop()
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                now += int(line.split()[1])
            if line.startswith("VmHWM:"):
                peak += int(line.split()[1])
        todo += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return now, peak


class Bench:
    def __init__(self, options, stack):
        self.options = options
        self.stack = stack
        self.bin = options.build / "tests/bench"
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pintle-bench-")))
        self.folder.chmod(0o755)  # nginx's workers are of another user
        self.token_file = self.folder / "token"
        self.token_file.touch(0o600)
        self.token_file.write_text(TOKEN)
        self.files_each = resource.getrlimit(resource.RLIMIT_NOFILE)[0]  # open ones
        self.pids = {}
        self.headers = {}

    def start(self, *command, **how):
        process = subprocess.Popen([str(word) for word in command], text=True, **how)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        return process

    def backend(self):
        """A server of REST and WebSockets that costs as little as possible."""
        server = subprocess.Popen([self.bin / "peers/bench-server"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.stack.callback(server.wait)
        self.stack.callback(server.stdin.close)  # it ends with its standard input
        return json.loads(server.stdout.readline())["port"]

    def nginx(self, name, locations, workers=1):
        port = free_port()
        folder = self.folder / name
        folder.mkdir()
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.folder / f"{name}.conf"
        conf.write_text(f"""
daemon off; worker_processes {workers}; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections {self.files_each - 100}; }}
http {{
  {temporary}
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000000;
  map $http_upgrade $upgrade {{ default upgrade; '' ''; }}
  {locations.replace("PORT", str(port))}
}}
""")
        process = self.start("nginx", "-p", folder, "-e", "stderr", "-c", conf)
        wait_for(port, process)
        self.pids[name] = process.pid
        return port

    def files(self):
        """A server of one large file, which is in the page cache."""
        content = self.folder / "content"
        content.mkdir()
        with open(content / "large", "wb") as large:
            for _ in range(self.options.megabytes):
                large.write(b"x" * 1_000_000)
        return self.nginx("files", f"""
  server {{ listen 127.0.0.1:PORT reuseport backlog=4096; root {content};
    location = /api/status {{ return 200 '{{"version":"0.16.0","auth_required":false}}'; }} }}""")

    def proxies(self, backend, label):
        ports = {}
        if shutil.which("nginx"):
            ports["nginx"] = self.nginx(f"nginx-{label}", f"""
  upstream backend {{ server 127.0.0.1:{backend}; keepalive 256; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:PORT backlog=4096;
    location / {{ proxy_pass http://backend; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade; }} }}""",
                                        workers=2)
            self.pids["nginx"] = self.pids.pop(f"nginx-{label}")
        if shutil.which("haproxy"):
            ports["haproxy"] = self.haproxy(backend, label)
        ports["pintle"] = self.pintle(backend)
        return ports

    def haproxy(self, backend, label):
        port = free_port()
        conf = self.folder / f"haproxy-{label}.cfg"
        conf.write_text(f"""
global
  maxconn {self.files_each // 2 - 500}
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend in
  bind 127.0.0.1:{port} backlog 4096
  default_backend backend
backend backend
  http-reuse always
  server one 127.0.0.1:{backend}
""")
        process = self.start("haproxy", "-db", "-f", conf, stdout=subprocess.DEVNULL)
        wait_for(port, process)
        self.pids["haproxy"] = process.pid
        return port

    def pintle(self, backend):
        homes = {f"XDG_{kind}_HOME": str(self.folder / "home")
                 for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("XDG_", "PINTLE_", "HERMES_"))}
        process = self.start(self.options.build / "bin/pintle", "serve",
                             f"http://127.0.0.1:{backend}", "--json", "--token-file",
                             self.token_file, stdout=subprocess.PIPE, env=kept | homes)
        said = json.loads(process.stdout.readline())
        self.pids["pintle"] = process.pid
        self.headers["pintle"] = "X-Hermes-Session-Token: " + Path(said["token_file"]).read_text()
        return int(said["url"].rsplit(":", 1)[1])

    def load(self, proxy, *arguments, **how):
        environment = os.environ | {"LOAD_HEADER": self.headers.get(proxy, "")}
        return subprocess.Popen([str(word) for word in (self.bin / "serve/serve-load", *arguments)],
                                env=environment, text=True, stdout=subprocess.PIPE, **how)

    def rate(self, proxy, port, case):
        with self.load(proxy, *case, "--port", port) as process:
            out, _ = process.communicate(timeout=300)
        if process.returncode != 0:
            raise SystemExit(f"serve-load {' '.join(map(str, case))} failed through {proxy}")
        return json.loads(out)

    def compare(self, ports, title, case, rounds):
        """Interleaved rounds, so that what else the machine does hits all alike."""
        results = {proxy: [] for proxy in ports}
        for turn in range(rounds):
            order = list(ports)
            for proxy in order[turn % len(order):] + order[:turn % len(order)]:
                results[proxy].append(self.rate(proxy, ports[proxy], case)["rate"])
        rows = []
        for proxy in PROXIES:
            if proxy not in results:
                continue
            row = {"case": title, "proxy": proxy, "rate": statistics.median(results[proxy])}
            if proxy != "pintle":
                row["ratio"] = statistics.median(
                    mine / its for mine, its in zip(results["pintle"], results[proxy]))
            if proxy == "haproxy":
                row["ok"] = row["ratio"] >= WANTED
            rows.append(row)
        return rows

    def idle(self, ports, count):
        """What each open WebSocket adds to the resident memory."""
        rows = []
        for proxy, port in ports.items():
            before, _ = memory_of(self.pids[proxy])
            process = self.load(proxy, "idle", "--path", "/idle", "--connections", count,
                                "--port", port, stdin=subprocess.PIPE)
            if not process.stdout.readline():
                raise SystemExit(f"{proxy} did not hold {count} WebSockets")
            after, _ = memory_of(self.pids[proxy])
            process.stdin.close()
            process.wait()
            row = {"case": f"{count} idle WebSockets", "proxy": proxy,
                   "kb_each": (after - before) * 1024 / 1000 / count}
            if proxy == "pintle":
                row["ok"] = row["kb_each"] < WANTED_KB
            rows.append(row)
        return rows


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, help="the build folder")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 0.5 s, 200 MB, 500 idle")
    parser.add_argument("--rounds", type=int, help="rounds of each case (7)")
    parser.add_argument("--seconds", type=float, help="of each round (1)")
    parser.add_argument("--case", default="", help="REST, echo, idle or download: only this")
    parser.add_argument("--json", action="store_true", help="one object for programs")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.5 if options.quick else 1)
    options.megabytes = 200 if options.quick else 1000
    options.idle = 500 if options.quick else 5000
    return options


def show(row):
    text = f"  {row['case']:28} {row['proxy']:8} "
    if "rate" in row:
        text += f"{row['rate']:>12,.0f}"
    else:
        text += f"{row['kb_each']:>9.1f} KB"
    if "ratio" in row:
        text += f"   pintle has {row['ratio']:.2f} of it"
    if "ok" in row:
        limit = f">= {WANTED}" if "ratio" in row else f"< {WANTED_KB} KB"
        text += f" ({limit} {'ok' if row['ok'] else 'missed'})"
    print(text, flush=True)


def main():
    options = parse()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 2 * options.idle + 200:
        options.idle = (hard - 200) // 2
        print(f"Only {options.idle} idle WebSockets: the limit of open files is {hard}.",
              file=sys.stderr)
    missing = [name for name in ("haproxy", "nginx") if not shutil.which(name)]
    if missing:
        print(f"Not installed: {', '.join(missing)}.", file=sys.stderr)
    rows = []
    with contextlib.ExitStack() as stack:
        bench = Bench(options, stack)

        def add(made):
            for row in made:
                rows.append(row)
                if not options.json:
                    show(row)

        def compare(ports, title, *case):
            if title.startswith(options.case):
                add(bench.compare(ports, title, case, options.rounds))

        ports = bench.proxies(bench.backend(), "backend")
        timed = ("--seconds", options.seconds)
        for count in (1, 32):
            compare(ports, f"REST, {count} x, 1/s", "rest", "--path", "/api/sessions",
                    "--connections", count, *timed)
        for size, name in ((64, "64 B"), (65536, "64 KiB")):
            for count in (1, 16):
                compare(ports, f"echo {name}, {count} x, 1/s", "echo", "--path", "/echo", "--size",
                        size, "--connections", count, *timed)
        if "idle".startswith(options.case):
            add(bench.idle(ports, options.idle))
        if shutil.which("nginx") and "download".startswith(options.case):
            ports = bench.proxies(bench.files(), "files")
            before, _ = memory_of(bench.pids["pintle"])
            compare(ports, f"download {options.megabytes} MB, MB/s", "download", "--path", "/large")
            _, peak = memory_of(bench.pids["pintle"])
            rows.append({"case": "download", "proxy": "pintle", "peak_kb_added": peak - before})
            if not options.json:
                print(f"  The downloads added {peak - before} KiB at most to the broker's memory.")
    if options.json:
        print(json.dumps({"rounds": options.rounds, "seconds": options.seconds,
                          "missing": missing, "figures": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
