#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""redis_cost.py PORT [CLIENTS]: measures the steps of decision 20 on a local, empty Redis.

Runs the Lua of session_scripts.cpp: how long one step takes alone, how many a second Redis does for
CLIENTS connections (50) that each wait for their reply and how much of its processor each takes; its
memory for 10,000 records and for 5,000 machines, and what a message to them costs. Needs maxclients
above 10,000 there and descriptors here (ulimit -n). Deletes what it stores."""

import pathlib
import re
import selectors
import socket
import statistics
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "host/src/session/session_scripts.cpp"
SCRIPTS = dict(re.findall(r'string_view k(\w+) = R"lua\((.*?)\)lua"', SOURCE.read_text(), re.S))
RECORDS = 10_000
SESSION = b"P1" + b"x" * 2046


def command(*words):
    parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def keys(i):
    return ["cost:{%032x}:%s" % (i, part) for part in ("record", "lease", "counter")]


def step(name, i, *arguments):
    return command("EVAL", SCRIPTS[name], 3, *keys(i), *arguments)


def channel(i):
    return keys(i)[0]


class Link:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, request, end=b"\r\n"):
        self.socket.sendall(request)
        reply = b""
        while not reply.endswith(end):
            reply += self.socket.recv(65536)
        if reply.startswith(b"-"):
            raise RuntimeError(reply.decode())
        return reply


def info(link, section, field):
    reply = link.call(command("INFO", section)).decode()
    return float(re.search(rf"^{field}:(\S+)", reply, re.M)[1])


# What a step needs to find before it, so that it does all its work; `n` counts its repetitions.
STEPS = {
    "Load": lambda i, n: step("Load", i),
    "Acquire": lambda i, n: step("Acquire", i, "me", 1, 10000),
    "Acquire (waits)": lambda i, n: step("Acquire", i, "other", 1, 10000),
    "Renew": lambda i, n: step("Renew", i, "me", 2, 10000),
    "Intent": lambda i, n: step("Intent", i, "me", 2, 1, 0),
    "Save": lambda i, n: step("Save", i, 10 + n, 0, SESSION, "origin", channel(i)),
    "ROLE": lambda i, n: command("ROLE"),
    "SignIn": lambda i, n: step("SignIn", i, 0, SESSION, "o%d" % n, channel(i), "always"),
}


def prepare(link, name, sessions):
    for i in range(sessions):
        link.call(command("DEL", *keys(i)))
        link.call(command("HSET", keys(i)[0], "version", 1, "fence", 1, "session", SESSION,
                          "origin", "0" * 32, "saved_ms", 1795873540301))
        link.call(command("SET", keys(i)[2], 1))
        if name in ("Acquire (waits)", "Renew", "Intent"):
            link.call(command("HSET", keys(i)[1], "holder", "me", "fence", 2))
            link.call(command("PEXPIRE", keys(i)[1], 600000))


def cpu(link):
    return info(link, "cpu", "used_cpu_user") + info(link, "cpu", "used_cpu_sys")


def alone(link, name, sessions):
    """Returns the median round trip of one client, in µs."""
    prepare(link, name, sessions)
    trips = []
    for n in range(3_000):
        request = STEPS[name](n % sessions, n)
        begin = time.perf_counter()
        link.call(request)
        trips.append(time.perf_counter() - begin)
    return statistics.median(trips) * 1e6


def together(port, link, name, clients, sessions, seconds=2):
    """`clients` connections that each send a step when they have the reply to the last one.
    Returns the steps a second, and the time of Redis's processor for one, in µs."""
    prepare(link, name, sessions)
    ready = selectors.DefaultSelector()
    for n in range(clients):
        ready.register(Link(port).socket, selectors.EVENT_READ, n)
    before = cpu(link)
    turn = 0
    for key in ready.get_map().values():
        key.fileobj.sendall(STEPS[name](turn % sessions, turn))
        turn += 1
    begin = time.perf_counter()
    while time.perf_counter() < begin + seconds:
        for key, _ in ready.select(1):
            key.fileobj.recv(65536)
            turn += 1
            key.fileobj.sendall(STEPS[name](turn % sessions, turn))
    took = time.perf_counter() - begin
    each = (cpu(link) - before) / turn * 1e6
    for key in list(ready.get_map().values()):
        key.fileobj.close()
    return turn / took, each


def memory_of_records(link):
    before = info(link, "memory", "used_memory")
    for i in range(RECORDS):
        link.call(step("SignIn", i, 0, SESSION, "%032x" % i, channel(i), "always"))
    each = (info(link, "memory", "used_memory") - before) / RECORDS
    for i in range(RECORDS):
        link.call(command("DEL", *keys(i)))
    return each


def connections(port, link, count):
    """A machine has two: one for its steps, one for messages, of two channels."""
    before, worked = info(link, "memory", "used_memory"), cpu(link)
    steps = [Link(port) for _ in range(count // 2)]
    for one in steps:
        one.call(command("PING"))
    waiting = [Link(port) for _ in range(count // 2)]
    for one in waiting:
        one.call(command("SUBSCRIBE", "pintle"))
        one.call(command("SUBSCRIBE", channel(7)))
    worked = cpu(link) - worked
    time.sleep(6)  # Redis shrinks the buffers of idle connections
    print("%d machines: %.1f KiB each at rest, %.0f µs each of Redis to connect and subscribe" % (
        len(steps), (info(link, "memory", "used_memory") - before) / len(steps) / 1024,
        worked / len(steps) * 1e6))
    for size in (5, 2100):
        messages, worked, begin = 20, cpu(link), time.perf_counter()
        for _ in range(messages):
            link.call(command("PUBLISH", channel(7), "x" * size))
            for one in waiting:
                one.socket.recv(8192)
        took = (time.perf_counter() - begin) / messages
        print("a message of %d bytes to %d: all have it after %.0f ms, %.1f µs of Redis each" % (
            size, len(waiting), took * 1e3, (cpu(link) - worked) / messages / len(waiting) * 1e6))


def main():
    port = int(sys.argv[1])
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    sessions = 500
    link = Link(port)
    print("%-17s %10s %10s %12s" % ("step", "alone, µs", "Redis, µs", "per second"))
    for name in STEPS:
        rate, each = together(port, link, name, clients, sessions)
        print("%-17s %10.0f %10.1f %12.0f" % (name, alone(link, name, sessions), each, rate))
    for i in range(sessions):
        link.call(command("DEL", *keys(i)))
    print("a record with its counter: %.0f bytes" % memory_of_records(link))
    connections(port, link, 10_000)


main()
