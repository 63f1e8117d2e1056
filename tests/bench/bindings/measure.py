# SPDX-License-Identifier: Apache-2.0
"""What the Python subjects share: PROGRAM WORKLOAD URL TOKEN_FILE COUNT prints one JSON line.

echo    COUNT messages of 64 B to /echo and back, one after the other
rpc     COUNT JSON-RPC requests "echo" on /api/ws, one after the other; the result is parsed
rpc-many  the same with 64 in progress
events  COUNT events from /events?count=COUNT, each parsed
hold    COUNT connections to /idle: what they cost at rest
"""

import asyncio
import itertools
import json
import resource
import sys
import time
from pathlib import Path

MESSAGE = "x" * 64
PARAMS = {"session_id": "practice-1", "text": "A question like any other", "limit": 20}
IN_PROGRESS = 64
REST_SECONDS = 2.0


def websocket_url(url, path, token):
    return url.replace("http", "ws", 1) + path + ("&" if "?" in path else "?") + "token=" + token


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def status_of_process(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


class Laps:
    """Counts round trips, with the time of each."""

    def __init__(self):
        self.times = []
        self.cpu = cpu_seconds()
        self.begin = self.last = time.perf_counter()

    def lap(self, begin=None):
        """One more; it began at `begin`, or when the one before ended."""
        now = time.perf_counter()
        self.times.append(now - (self.last if begin is None else begin))
        self.last = now

    def result(self):
        seconds = self.last - self.begin
        cpu = cpu_seconds() - self.cpu
        ordered = sorted(self.times)
        at = lambda part: round(1e6 * ordered[min(len(ordered) - 1, int(part * len(ordered)))], 1)
        return {"count": len(ordered), "seconds": seconds, "cpu_seconds": cpu,
                "p50_us": at(0.5), "p99_us": at(0.99)}


class Arrivals:
    """Counts what comes, without the time of each."""

    def __init__(self, count):
        self.count = count
        self.cpu = cpu_seconds()
        self.begin = time.perf_counter()

    def result(self):
        return {"count": self.count, "seconds": time.perf_counter() - self.begin,
                "cpu_seconds": cpu_seconds() - self.cpu, "p50_us": None, "p99_us": None}


class Rest:
    """What connections cost: memory from here to `result`, then CPU while nothing happens."""

    def __init__(self):
        self.memory = status_of_process("VmRSS")

    async def result(self, count, sleep):
        memory = status_of_process("VmRSS") - self.memory
        cpu, begin = cpu_seconds(), time.perf_counter()
        await sleep(REST_SECONDS)
        return {"count": count, "seconds": time.perf_counter() - begin,
                "cpu_seconds": cpu_seconds() - cpu, "p50_us": None, "p99_us": None,
                "kib_each": round(memory / count, 1), "threads": status_of_process("Threads")}


class Rpc:
    """The least that a peer needs: answers matched by id, events aside. A subclass sends, and reads."""

    def __init__(self):
        self.numbers = itertools.count(1)
        self.waiting = {}
        self.events = []
        self.reader = asyncio.create_task(self.read())

    def take(self, text):
        message = json.loads(text)
        future = self.waiting.pop(message.get("id"), None)
        if future is None:
            self.events.append(message)
        elif "error" in message:
            future.set_exception(RuntimeError(message["error"]))
        else:
            future.set_result(message["result"])

    async def call(self, method, params):
        number = next(self.numbers)
        future = self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method,
                                    "params": params}))
        return await asyncio.wait_for(future, 60)


async def many(count, ask):
    """COUNT requests, with IN_PROGRESS of them at a time."""
    laps = Laps()
    turns = iter(range(count))

    async def work():
        for _ in turns:
            begin = time.perf_counter()
            assert await ask("echo", PARAMS) == PARAMS
            laps.lap(begin)

    await asyncio.gather(*(work() for _ in range(IN_PROGRESS)))
    return laps.result()


def allow_many_files():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main(workloads, run):
    if len(sys.argv) != 5 or sys.argv[1] not in workloads:
        sys.exit(__doc__)
    allow_many_files()
    _, workload, url, token_file, count = sys.argv
    print(json.dumps(run(workloads[workload](url, token_file, int(count)))))
