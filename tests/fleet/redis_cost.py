#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""redis_cost.py PORT [CLIENTS]: measures the steps of decision 20 on a local, empty Redis.

Runs the Lua of session_scripts.cpp: how long one step takes alone, how many a second Redis does for
CLIENTS connections (50) that each wait for their reply, its memory for 10,000 records, and for 10,000
subscribed connections. Uses the records of the prefix "cost" and deletes them."""

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


def cost_of(link, name, repetitions=20_000, clients=50, sessions=500):
    """Returns the round trip in µs of one client, what Redis says of its CPU, and steps a second."""
    prepare(link, name, sessions)
    make = STEPS[name]
    turns = iter(range(10**9))
    trips = []
    for n in range(3_000):
        request = make(n % sessions, next(turns))
        begin = time.perf_counter()
        link.call(request)
        trips.append(time.perf_counter() - begin)
    # Pipelined, so that the client is not what is measured.
    begin_cpu = info(link, "cpu", "used_cpu_user") + info(link, "cpu", "used_cpu_sys")
    begin = time.perf_counter()
    batch = 100
    for at in range(0, repetitions, batch):
        requests = [make(n % sessions, next(turns)) for n in range(at, at + batch)]
        link.call(b"".join(requests) + command("PING"), b"+PONG\r\n")
    took = time.perf_counter() - begin
    cpu = info(link, "cpu", "used_cpu_user") + info(link, "cpu", "used_cpu_sys") - begin_cpu
    return statistics.median(trips) * 1e6, cpu / repetitions * 1e6, repetitions / took


def rate_of_waiting_clients(port, name, clients, sessions=500, seconds=3):
    """`clients` connections that each send a step when they have the reply to the last one."""
    link = Link(port)
    prepare(link, name, sessions)
    ready = selectors.DefaultSelector()
    for n in range(clients):
        one = Link(port).socket
        ready.register(one, selectors.EVENT_READ, STEPS[name](n % sessions, n))
        one.sendall(STEPS[name](n % sessions, n))
    done = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in ready.select(1):
            key.fileobj.recv(65536)
            key.fileobj.sendall(key.data)
            done += 1
    for key in list(ready.get_map().values()):
        key.fileobj.close()
    return done / seconds


def memory_of_records(link):
    before = info(link, "memory", "used_memory")
    for i in range(RECORDS):
        link.call(step("SignIn", i, 0, SESSION, "%032x" % i, channel(i), "always"))
    each = (info(link, "memory", "used_memory") - before) / RECORDS
    for i in range(RECORDS):
        link.call(command("DEL", *keys(i)))
    return each


def memory_of_subscriptions(port, link, count):
    """Each machine has two connections: for its steps, and for messages, of two channels."""
    before = info(link, "memory", "used_memory")
    steps = [Link(port) for _ in range(count // 2)]
    for one in steps:
        one.call(command("PING"))
    between = info(link, "memory", "used_memory")
    waiting = [Link(port) for _ in range(count - count // 2)]
    for one in waiting:
        one.call(command("SUBSCRIBE", "pintle"))
        one.call(command("SUBSCRIBE", channel(7)))
    after = info(link, "memory", "used_memory")
    begin = time.perf_counter()
    link.call(command("PUBLISH", channel(7), "12345"))
    published = time.perf_counter()
    waiting[-1].socket.recv(4096)
    heard = time.perf_counter()
    return ((between - before) / len(steps), (after - between) / len(waiting), len(waiting),
            published - begin, heard - begin)


def main():
    port = int(sys.argv[1])
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    link = Link(port)
    print("%-17s %12s %12s %14s" % ("step", "alone, µs", "Redis, µs", "pipelined/s"))
    for name in STEPS:
        print("%-17s %12.0f %12.1f %14.0f" % (name, *cost_of(link, name)))
    for name in ("Load", "Acquire (waits)"):
        print("%s by %d clients that wait: %.0f/s" % (
            name, clients, rate_of_waiting_clients(port, name, clients)))
    for i in range(500):
        link.call(command("DEL", *keys(i)))
    print("a record with its counter: %.0f bytes" % memory_of_records(link))
    idle, subscribed, count, published, heard = memory_of_subscriptions(port, link, 10_000)
    print("a connection: %.0f bytes, a subscribed one: %.0f bytes" % (idle, subscribed))
    print("a message to %d: published in %.1f ms, heard by the last after %.1f ms" % (
        count, published * 1e3, heard * 1e3))


main()
