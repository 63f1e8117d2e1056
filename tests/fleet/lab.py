# SPDX-License-Identifier: Apache-2.0
"""A practice gateway, a Redis, and holders: each is a `pintle serve` with ways of its own to both."""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from routes import GatewayRoute, RedisRoute, holder_of_port

PINTLE = os.environ.get("PINTLE", "pintle")
# holder.cpp; without it, clocks are right.
HOLDER = os.environ.get("PINTLE_FLEET_HOLDER", "")
CALL = b"GET /api/sessions HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


def now():
    return asyncio.get_running_loop().time()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until(condition, what, seconds=15):
    """Returns the first true value of `condition`, which may be a coroutine function."""
    deadline = now() + seconds
    while True:
        value = condition()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return value
        if now() > deadline:
            raise AssertionError(f"after {seconds} s still not so: {what}")
        await asyncio.sleep(0.02)


async def exchange(port, data, host="127.0.0.1", timeout=20):
    """Sends `data` and reads to the end; returns (status, body)."""
    return await asyncio.wait_for(talk(asyncio.open_connection(host, port), data), timeout)


async def exchange_unix(path, data, timeout=20):
    return await asyncio.wait_for(talk(asyncio.open_unix_connection(path), data), timeout)


async def talk(connecting, data):
    reader, writer = await connecting
    try:
        writer.write(data)
        answer = await reader.read()
    finally:
        writer.transport.abort()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


class Redis:
    """A redis-server that writes every command to disk before it replies."""

    def __init__(self, folder, *options):
        self.folder, self.options, self.port = Path(folder), options, free_port()
        self.folder.mkdir(exist_ok=True)
        self.process = None

    async def start(self, *more):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always",
             "--repl-diskless-sync-delay", "0", "--logfile", str(self.folder / "log"),
             "--enable-debug-command", "no", *self.options, *more],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await until(self.answers, "redis answers")
        return self

    async def answers(self):
        with contextlib.suppress(OSError, AssertionError, asyncio.TimeoutError):
            return (await self.call("PING", timeout=1)).startswith("+PONG")
        return False

    async def call(self, *words, timeout=5):
        """Returns the raw reply."""
        async def ask():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                coded = [word.encode() for word in words]
                writer.write(b"*%d\r\n" % len(coded) +
                             b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in coded))
                return (await reader.read(65536)).decode(errors="replace")
            finally:
                writer.transport.abort()
        return await asyncio.wait_for(ask(), timeout)

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Holder:
    """One machine: a process that makes a call again and again."""

    def __init__(self, lab, number):
        self.lab, self.number, self.name = lab, number, f"h{number}"
        self.process, self.port, self.life = None, 0, 0
        self.silent = {}  # which way is silent, and until when
        self.redis_route = RedisRoute(lab.redis_address, lab.at, self)
        self.clock_ms = 0  # how far it is ahead
        self.answers = []  # (when, "ok", "sign-in" or another word)

    @property
    def store(self):
        return f"redis://{self.redis_route.host}:{self.redis_route.port}"

    async def start(self):
        self.life += 1
        log = self.lab.folder / f"{self.name}.log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [str(word) for word in self.lab.command_of(self)], stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, env=self.lab.environment)
        deadline = now() + 15
        while b"}" not in log.read_bytes():
            if self.process.poll() is not None or now() > deadline:
                return False
            await asyncio.sleep(0.02)
        with contextlib.suppress(ValueError):  # of a socket with a name
            self.port = int(json.loads(log.read_bytes().split(b"\n")[0])["url"].rsplit(":", 1)[1])
        return True

    @property
    def lives(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    async def call(self):
        """Makes a call: "ok", "sign-in", or why it failed."""
        try:
            status, body = await self.lab.exchange_with(self, CALL % b"127.0.0.1:%d" % self.port)
        except (OSError, IndexError, ValueError, asyncio.TimeoutError) as error:
            word = type(error).__name__
        else:
            if status == 200:
                word = "ok"
            else:
                said = json.loads(body or b"{}")
                word = "sign-in" if said.get("sign_in") else f"{status} {said.get('detail', '')}"
        self.answers.append((now(), word))
        return word


class Lab:
    """What one run after another uses; a run sets `at` to its faults."""

    def __init__(self, lease_ms=1500):
        self.folder = Path(tempfile.mkdtemp(prefix="pintle-fleet-"))
        self.lease_ms = lease_ms
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.lower().endswith("_proxy")}
        self.environment |= {f"XDG_{kind}_HOME": str(self.folder / "home")
                             for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
        self.key, self.password = self.folder / "key", self.folder / "password"
        for path, text in ((self.key, base64.b64encode(os.urandom(32))),
                           (self.password, b"practice\n")):
            path.touch(0o600)
            path.write_bytes(text)
        self.redis = self.replica = self.gateway = None
        self.count, self.run, self.holders, self.faults = 0, 0, [], None
        self.gateway_route = GatewayRoute(lambda: ("127.0.0.1", self.gateway_port), self.at)
        self.gateway_route.who = self.who

    def redis_address(self):
        return "127.0.0.1", self.redis.port

    def serve(self, holder):
        return [PINTLE, "serve", self.url, "--as", "open", "--json", "--timeout", "3",
                *self.store_options, "--store", holder.store]

    def command_of(self, holder):
        if not HOLDER:
            return self.serve(holder)
        return [HOLDER, self.url, holder.store, self.key, self.lease_ms, f"run{self.run}",
                holder.clock_ms]

    async def exchange_with(self, holder, data):
        return await exchange(holder.port, data)

    async def at(self, holder, step, when, what):
        return await self.faults(holder, step, when, what) if self.faults else None

    def who(self, peer):
        pids = {one.process.pid: one for one in self.holders if one.lives}
        return pids.get(holder_of_port(peer[1], self.gateway_route.port, pids))

    async def start_gateway(self):
        """A new one: it lets nobody sign in often."""
        if self.gateway:
            self.gateway.kill()
            self.gateway.wait()
        log = self.folder / "gateway.log"
        with open(log, "wb") as out:
            self.gateway = subprocess.Popen(
                [PINTLE, "practice", "--gate", "cookie", "--json"], env=self.environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        await until(lambda: b'"url"' in log.read_bytes(), "the gateway starts")
        url = json.loads(log.read_bytes().split(b"\n")[0])["url"]
        self.gateway_port = int(url.rsplit(":", 1)[1])

    async def open(self, host="127.0.0.1"):
        await self.gateway_route.listen(host)
        self.url = f"http://{host}:{self.gateway_route.port}"
        self.redis = await self.new_redis()

    async def new_redis(self):
        self.count += 1
        return await Redis(self.folder / f"redis-{self.count}").start()

    async def new_replica(self):
        self.count += 1
        self.replica = await Redis(self.folder / f"redis-{self.count}").start(
            "--replicaof", "127.0.0.1", str(self.redis.port))

        async def follows():  # the link is up before the master sends anything on it
            reader, writer = await asyncio.open_connection(*self.redis_address())
            writer.write(b"SET followed 1\r\nWAIT 1 1000\r\n")
            try:
                return await reader.readuntil(b"\n") and await reader.readline() == b":1\r\n"
            finally:
                writer.transport.abort()
        await until(follows, "the replica follows")

    async def begin(self, holders, clocks_ms=(0,) * 9):
        """A new record, sign-in and holders."""
        self.run += 1
        self.store_options = [
            "--store-secret-file", f"key={self.key}", "--store-set", f"lease_ms={self.lease_ms}",
            "--store-set", f"prefix=run{self.run}", "--store-set", "plain=allowed",
            "--allow-plain-http"]
        self.holders = [Holder(self, number) for number in range(holders)]
        for holder, clock_ms in zip(self.holders, clocks_ms):
            holder.clock_ms = clock_ms
            await holder.redis_route.listen(self.gateway_route.host)
        await self.start_gateway()
        await self.sign_in()
        self.started = await asyncio.gather(*(holder.start() for holder in self.holders))
        assert all(self.started), "a holder does not start"

    async def sign_in(self):
        process = await asyncio.create_subprocess_exec(
            PINTLE, "sign-in", self.url, "--with", "password", "--provider", "basic", "--username",
            "ada", "--password-file", self.password, *self.store_options, "--store",
            f"redis://127.0.0.1:{self.redis.port}", env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()

    async def steer(self, what, body=b"{}", method=b"POST"):
        return await exchange(self.gateway_port, method + b" /practice/%s HTTP/1.1\r\nHost: "
                              b"127.0.0.1:%d\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" %
                              (what.encode(), self.gateway_port, len(body)) + body)

    async def counters(self):
        _, body = await self.steer("request-log", b"", b"GET")
        return json.loads(body)["counters"]

    async def end(self):
        """Ends the holders of a run, and what it did to the others."""
        for holder in self.holders:
            holder.kill()
            holder.redis_route.refuse()
        if self.replica:
            self.replica.kill()
            self.replica = None

    async def close(self):
        await self.end()
        for one in (self.redis, self.replica):
            if one:
                one.kill()
        if self.gateway:
            self.gateway.kill()
            self.gateway.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
