# SPDX-License-Identifier: Apache-2.0
"""The way of each holder to Redis and to the gateway, on which faults happen at named points.

A point is (step, "request" or "reply"): the step of docs/decisions/0020 whose command is about to
arrive at Redis, or whose reply at its holder; "refresh" is the request to the gateway.
"""

import asyncio
import contextlib
import hashlib
import os
import random
import re

# A text of each script of session_scripts.cpp that no other one has.
STEPS = ((b"'LEASE'", "acquire"), (b"{'KEPT'}", "renew"), (b"{'SEND'}", "intent"),
         (b"'REFUSED'", "save"), (b"'CLEARED'", "clear"), (b"{'ENDED'}", "end"),
         (b"unless_newer", "sign-in"), (b"'RELEASED'", "release"),
         (b"'saved_ms',\n", "load"))
REFRESH_COOKIE = re.compile(rb"hermes_session_rt=([^;\r\n]+)")


class Cut(Exception):
    """The connection ends here."""


def step_of(command):
    if command[:1] != [b"EVAL"]:
        return command[0].decode().lower() if command else ""
    return next((name for mark, name in STEPS if mark in command[1]), "eval")


async def read_command(reader):
    """Reads one command of RESP. Returns (its bytes, its words)."""
    head = await reader.readuntil(b"\r\n")
    raw, words = head, []
    for _ in range(int(head[1:])):
        size = await reader.readuntil(b"\r\n")
        word = await reader.readexactly(int(size[1:]) + 2)
        raw += size + word
        words.append(word[:-2])
    return raw, words


async def read_reply(reader):
    """Reads the bytes of one reply of RESP."""
    line = await reader.readuntil(b"\r\n")
    kind, rest = line[:1], line[1:]
    if kind == b"$" and int(rest) >= 0:
        return line + await reader.readexactly(int(rest) + 2)
    if kind == b"*":
        for _ in range(int(rest)):
            line += await read_reply(reader)
    return line


async def read_message(reader):
    """Reads an HTTP message with a Content-Length or none."""
    head = await reader.readuntil(b"\r\n\r\n")
    size = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return head, await reader.readexactly(int(size[1])) if size else b""


def holder_of_port(port, to, pids):
    """Returns which of the processes `pids` has this connection of loopback to the port `to`."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        wanted = [f"0100007F:{port:04X}", f"0100007F:{to:04X}"]
        inode = next((row.split()[9] for row in table if row.split()[1:3] == wanted), None)
    for pid in pids:
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{name}") == f"socket:[{inode}]":
                        return pid
    return None


class Route:
    """Listens for one or all holders, and passes on to `where()`."""

    def __init__(self, where, at, holder=None):
        self.where, self.at, self.holder = where, at, holder
        self.server, self.port, self.host = None, 0, "127.0.0.1"
        self.open, self.silent = set(), {}

    async def listen(self, host="127.0.0.1"):
        """On a port that no outgoing connection gets, so that it is free after `refuse`."""
        self.host = host
        for left in reversed(range(100)):
            port = self.port or random.randint(12000, 31000)
            try:
                self.server = await asyncio.start_server(self.accepted, host, port, limit=1 << 20)
                self.port = port
                return
            except OSError:
                if self.port or not left:
                    raise

    def refuse(self):
        """Until `listen`, connections are refused."""
        self.server.close()
        self.cut_all()

    def cut_all(self):
        for writer in list(self.open):
            writer.transport.abort()

    async def accepted(self, reader, writer):
        self.open.add(writer)
        out = None
        since = asyncio.get_running_loop().time()
        try:
            holder = self.holder or self.who(writer.get_extra_info("peername"))
            await self.wait_while_silent(holder)
            back, out = await asyncio.open_connection(*self.where(), limit=1 << 20)
            self.open.add(out)
            await self.serve(holder, since, reader, writer, back, out)
        except (Cut, OSError, asyncio.IncompleteReadError, ValueError, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, out):
                if end is not None:
                    self.open.discard(end)
                    end.transport.abort()

    async def wait_while_silent(self, holder):
        while holder is not None and holder.silent.get(self.kind, 0) > asyncio.get_running_loop().time():
            await asyncio.sleep(0.02)


class RedisRoute(Route):
    kind = "redis"

    async def serve(self, holder, _since, reader, writer, back, out):
        while True:
            raw, words = await read_command(reader)
            if words[0] == b"SUBSCRIBE":
                return await self.follow(holder, raw, reader, writer, back, out)
            step = step_of(words)
            await self.at(holder, step, "request", words)
            await self.wait_while_silent(holder)
            out.write(raw)
            reply = await read_reply(back)
            await self.at(holder, step, "reply", reply)
            await self.wait_while_silent(holder)
            writer.write(reply)

    async def follow(self, holder, raw, reader, writer, back, out):
        """Messages: both directions at once, until one ends."""
        out.write(raw)

        async def pump(source, to):
            while data := await source.read(65536):
                await self.wait_while_silent(holder)
                to.write(data)
        pumps = [asyncio.ensure_future(pump(reader, out)), asyncio.ensure_future(pump(back, writer))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in pumps:
                one.cancel()


class GatewayRoute(Route):
    """All holders have the same URL of the gateway, so its port tells whose a connection is."""

    kind = "gateway"
    who = None  # (host, port) to holder

    async def serve(self, holder, since, reader, writer, back, out):
        while True:
            head, body = await read_message(reader)
            cookie = REFRESH_COOKIE.search(head)
            send = None
            if cookie:
                send = await self.at(holder, "refresh", "request",
                                     (since, hashlib.sha256(cookie[1]).hexdigest()[:8]))
            await self.wait_while_silent(holder)
            if send:
                send.forwarded = asyncio.get_running_loop().time()
            if self.host != "127.0.0.1":  # the practice gateway has no other name
                head = re.sub(rb"(?i)\r\nhost: [^\r]*", b"\r\nHost: 127.0.0.1:%d" % self.where()[1],
                              head)
            out.write(head + body)
            head, body = await read_message(back)
            if send:
                send.status = int(head.split(b" ", 2)[1])
                await self.at(holder, "refresh", "reply", send)
            await self.wait_while_silent(holder)
            writer.write(head + body)
            if send:
                await writer.drain()
                if writer.is_closing() or reader.at_eof():
                    raise Cut
                send.delivered = asyncio.get_running_loop().time()
