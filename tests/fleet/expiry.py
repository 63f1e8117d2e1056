#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""expiry.py [--machines N] [--check]: many machines when their sessions lapse, as discrete events.

The steps and waits are those of the code, its constants are read from it, and what a step costs Redis
was measured (redis_cost.py). Redis is one queue. A machine sends one step at a time; its requests come
at random, and those that find the credential near its end, or after it, renew it. All sessions lapse
after 30 s. A table row is what the code does; "as it was first" is what made it so (FIRST).
With --check: fails if a session is refreshed more than once, or Redis is asked too often.
"""

import argparse
import heapq
import pathlib
import random
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / "host/src"


def constant(file, name):
    return float(re.search(rf"{name}\W? ?[={{] ?([\d']+)", (ROOT / file).read_text())[1]
                 .replace("'", "")) / 1000


HOLDER, HELD = "session/redis_session_holder.cpp", "session/redis_session_lease.cpp"
RENEWAL = "connection/credentials/credential_renewal.cpp"
SERVER = "redis/redis_server.cpp"
FIRST_LOOK = constant(HELD, "kFirstLookMs")
MAX_LOOK = constant(HELD, "kMaxLookMs")
LOOKS = constant(HOLDER, "kLooksPerMs") * 1e6  # that follow a message, a second
MAX_LOOK_DELAY = constant(HOLDER, "kMaxLookDelayMs")
MAX_LEAD = constant(RENEWAL, "kMaxLeadMs")
UPGRADE_LEAD = constant(RENEWAL, "kMaxUpgradeLeadMs")
PAUSE_AFTER_FAILURE = constant(RENEWAL, "kPauseAfterFailureMs")
LOCK_WAIT = constant(RENEWAL, "kMaxLockWaitMs")
FIRST_PAUSE = constant(SERVER, "kFirstPause")
MAX_PAUSE = constant(SERVER, "kMaxPause")
TIMEOUT = constant("redis/redis_link.h", "timeout")
LEASE = constant("session/redis_session_store.h", "lease_ms")
LEASE_IS_KEPT = True

# Seconds of Redis for a step, and for what else it does.
COST = {"Load": 18e-6, "Acquire": 22e-6, "Wait": 23e-6, "Renew": 17e-6, "Intent": 28e-6,
        "Save": 29e-6, "ROLE": 7e-6, "connect": 40e-6}
MESSAGE_COST = 5e-6  # for each that hears it
NETWORK = 0.0005     # to Redis and back
LIFE = 900.0         # of a credential
END = 30.0
LAST = END + 30


class Session:
    def __init__(self):
        self.fence, self.until = 1, END
        self.holder, self.lease_until = None, 0.0
        self.machines = []
        self.refreshes = 0


class Machine:
    __slots__ = ("session", "seen", "until", "lead", "renewing", "waiting", "heard", "link_free",
                 "blocked", "not_before", "down_until", "pause", "lock_since", "look")

    def __init__(self, session, lead):
        self.session, self.seen, self.until, self.lead = session, 1, END, lead
        self.renewing = False    # a flight
        self.waiting = 0         # > 0: the number of its wait for a message
        self.heard = 0
        self.link_free = 0.0
        self.blocked = []        # when each request came that waits for the flight
        self.not_before = 0.0
        self.down_until = self.pause = 0.0
        self.lock_since = 0.0
        self.look = 0


class Run:
    def __init__(self, machines, sessions, rate, gateway, seed=1, lead_to=UPGRADE_LEAD,
                 spreads=True, grows=True):
        self.random = random.Random(seed)
        self.now, self.events, self.number = 0.0, [], 0
        self.redis_free = 0.0
        self.steps = {}          # by name
        self.seconds = {}        # by the second in which they arrive
        self.busy = {}           # seconds of Redis, by the second
        self.messages = self.failures = self.timeouts = 0
        self.waits, self.max_queue = [], 0.0
        self.rate, self.gateway, self.spreads, self.grows = rate, gateway, spreads, grows
        self.sessions = [Session() for _ in range(sessions)]
        for n in range(machines):
            session = self.sessions[n % sessions]
            lead = min(LIFE / 10, MAX_LEAD)
            if lead_to:  # each has its own, up to that
                lead += self.random.random() * (min(LIFE / 10, lead_to) - lead)
            machine = Machine(session, lead)
            session.machines.append(machine)
            first = max(END - lead, 0) + self.random.expovariate(rate)
            self.at(first, self.request, machine)

    def at(self, when, what, *arguments):
        self.number += 1
        heapq.heappush(self.events, (when, self.number, what, arguments))

    def run(self):
        while self.events and self.now < LAST:
            self.now, _, what, arguments = heapq.heappop(self.events)
            what(*arguments)

    # Redis: one queue. The step acts when its turn comes; a machine that has waited too long sends it
    # again, once, and Redis has done both.
    def serve(self, name, extra=0.0):
        cost = COST[name] + extra
        self.redis_free = max(self.redis_free, self.now) + cost
        self.steps[name] = self.steps.get(name, 0) + 1
        second = int(self.now)
        self.seconds[second] = self.seconds.get(second, 0) + 1
        busy = int(self.redis_free)
        self.busy[busy] = self.busy.get(busy, 0.0) + cost
        self.max_queue = max(self.max_queue, self.redis_free - self.now)
        return self.redis_free

    def call(self, machine, name, act, then, is_first=True):
        if machine.link_free > self.now:  # another thread of the machine is in a call
            return self.at(machine.link_free, self.call, machine, name, act, then, is_first)
        if machine.down_until > self.now:
            return then(None)
        done = self.serve(name)
        if done - self.now + NETWORK <= TIMEOUT:
            machine.pause = 0.0
            machine.link_free = done + NETWORK
            self.at(done, self.act, machine, act, then)
            return None
        self.timeouts += 1
        machine.link_free = self.now + TIMEOUT
        self.at(done, act)  # Redis has it all the same
        if is_first:
            self.at(machine.link_free, self.again, machine, name, act, then)
        else:
            self.at(machine.link_free, self.fail, machine, then)
        return None

    def again(self, machine, name, act, then):
        self.serve("connect")
        machine.link_free = self.now
        self.call(machine, name, act, then, False)

    def fail(self, machine, then):
        machine.pause = min(max(machine.pause * 2, FIRST_PAUSE), MAX_PAUSE)
        machine.down_until = self.now + machine.pause * (0.5 + self.random.random())
        then(None)

    def act(self, machine, act, then):
        result = act()
        self.at(self.now + NETWORK, then, result)

    # The machine.
    def request(self, machine):
        self.at(self.now + self.random.expovariate(self.rate), self.request_if, machine)
        if self.now < machine.until - machine.lead or self.now < machine.not_before:
            self.waits.append(0.0)
            if self.now >= machine.until:
                self.failures += 1  # it was tried just now
            return
        if machine.renewing and self.now < machine.until:
            self.waits.append(0.0)  # one of them renews, the others go on
            return
        machine.blocked.append(self.now)
        if not machine.renewing:
            machine.renewing = True
            machine.lock_since = self.now
            self.acquire(machine)

    def request_if(self, machine):
        if machine.until <= END:  # until it has the new session
            self.request(machine)

    def end_flight(self, machine, failed=False):
        machine.renewing = False
        machine.look = 0
        if failed:
            machine.not_before = self.now + PAUSE_AFTER_FAILURE
            if self.now >= machine.until:
                self.failures += len(machine.blocked)
        self.waits += [self.now - begin for begin in machine.blocked]
        machine.blocked.clear()

    def acquire(self, machine):
        session, seen, heard = machine.session, machine.seen, machine.heard
        machine.waiting = 0

        def act():
            if session.fence > seen:
                return ("NEWER", 0.0)
            if LEASE_IS_KEPT and session.holder not in (None, machine) and (
                    session.lease_until > self.now):
                return ("WAIT", session.lease_until - self.now)
            session.holder, session.lease_until = machine, self.now + LEASE
            return ("LEASE", 0.0)

        def then(result):
            if result is None:
                return self.end_flight(machine, True)
            if result[0] == "NEWER":
                return self.load(machine, lambda: self.end_flight(machine))
            if result[0] == "LEASE":
                self.keep(machine)
                return self.load(machine, lambda: self.intend(machine))
            left = LOCK_WAIT - (self.now - machine.lock_since)
            if left <= 0:
                return self.end_flight(machine, True)
            if machine.heard != heard:
                return self.acquire(machine)
            self.number += 1
            machine.waiting = self.number
            pause = FIRST_LOOK
            if self.grows:
                pause = min(FIRST_LOOK * 2 ** machine.look, MAX_LOOK)
                pause *= 0.5 + self.random.random()
                machine.look += 1
            self.at(self.now + min(left, result[1] + 0.001, pause), self.look_again, machine,
                    machine.waiting)
            return None

        waits = session.fence == seen and session.holder not in (None, machine)
        self.call(machine, "Wait" if waits else "Acquire", act, then)

    def look_again(self, machine, which):
        if machine.waiting == which:
            self.acquire(machine)

    def keep(self, machine):
        session = machine.session

        def again():
            if session.holder is machine:
                self.call(machine, "Renew", renew, lambda _: None)
                self.at(self.now + LEASE / 3, again)

        def renew():
            if session.holder is machine:
                session.lease_until = self.now + LEASE

        self.at(self.now + LEASE / 3, again)

    def load(self, machine, then):
        session = machine.session

        def take(result):
            if result is not None and result[0] > machine.seen:
                machine.seen, machine.until = result
            then()

        self.call(machine, "Load", lambda: (session.fence, session.until), take)

    def intend(self, machine):
        if machine.until - self.now > min(LIFE / 2, UPGRADE_LEAD):  # no more due
            machine.session.holder = None
            return self.end_flight(machine)

        def role(result):
            if result is None:
                return self.end_flight(machine, True)
            return self.call(machine, "ROLE", lambda: True, lambda _: self.refresh(machine))

        self.call(machine, "Intent", lambda: True, role)
        return None

    def refresh(self, machine):
        machine.session.refreshes += 1
        took = self.gateway * (0.5 + self.random.random())
        self.at(self.now + took, self.save, machine, self.now + took + LIFE)

    def save(self, machine, until):
        session = machine.session

        def act():
            if session.fence != machine.seen:
                return True  # a repetition
            session.fence, session.until, session.holder = session.fence + 1, until, None
            for listener in session.machines:
                self.redis_free = max(self.redis_free, self.now) + MESSAGE_COST
                self.messages += 1
                self.at(self.redis_free + NETWORK, self.hear, listener, session.fence)
            self.busy[int(self.now)] = self.busy.get(int(self.now), 0.0) + (
                MESSAGE_COST * len(session.machines))
            return True

        def then(result):
            if result is None:
                return self.at(self.now + PAUSE_AFTER_FAILURE, self.save, machine, until)
            machine.seen, machine.until = max(machine.seen, session.fence), session.until
            return self.end_flight(machine)

        self.call(machine, "Save", act, then)

    def hear(self, machine, fence):
        machine.heard += 1
        if machine.waiting:
            self.acquire(machine)
        if fence <= machine.seen:
            return
        if not self.spreads:
            self.load(machine, lambda: None)
            return
        most = min(len(machine.session.machines) / LOOKS, MAX_LOOK_DELAY)
        self.at(self.now + self.random.random() * most, self.load_if_behind, machine, fence)

    def load_if_behind(self, machine, fence):
        if fence > machine.seen:
            self.load(machine, lambda: None)

    def row(self, name):
        waits = sorted(self.waits)
        at = lambda part: waits[min(int(part * len(waits)), len(waits) - 1)] * 1e3
        return (name, sum(s.refreshes for s in self.sessions), sum(self.steps.values()),
                max(self.seconds.values()), 100 * max(self.busy.values()), self.max_queue * 1e3,
                self.messages, at(0.5), at(0.99), waits[-1] * 1e3, self.timeouts, self.failures)


HEAD = "%-34s %9s %9s %8s %6s %8s %9s %8s %8s %8s %9s %7s" % (
    "", "refreshes", "steps", "peak /s", "busy %", "queue ms", "messages", "p50 ms", "p99 ms",
    "worst ms", "timeouts", "failed")
ROW = "%-34s %9d %9d %8d %6.0f %8.0f %9d %8.0f %8.0f %8.0f %9d %7d"
FIRST = {"lead_to": 0.0, "spreads": False, "grows": False}


def show(name, **settings):
    run = Run(**settings)
    run.run()
    print(ROW % run.row(name))
    print("  " + ", ".join("%s %d" % step for step in sorted(run.steps.items())), flush=True)
    return run


def stampede(machines, **planted):
    """Returns what is wrong, or an empty text."""
    for name, sessions in (("40 machines a session", machines // 40), ("one session", 1),
                           ("one machine a session", machines)):
        run = show(name, machines=machines, sessions=sessions, rate=1.0, gateway=0.2,
                   **planted)
        refreshes = [s.refreshes for s in run.sessions]
        if (min(refreshes), max(refreshes)) != (1, 1):
            return "%d to %d refreshes of a session" % (min(refreshes), max(refreshes))
        # Of a machine its look at the message, and of one in five a wait; of a refresh its five steps.
        if max(run.seconds.values()) > 1.2 * machines + 5 * sessions or run.timeouts or run.failures:
            return "%d steps in a second" % max(run.seconds.values())
    return ""


def check(machines):
    print(HEAD)
    found = stampede(machines)
    if found:
        sys.exit("FAILED: " + found)
    # A check that cannot fail proves nothing.
    for name, planted in (("one lead for all", FIRST), ("a lease that nobody keeps", {})):
        global LEASE_IS_KEPT
        LEASE_IS_KEPT = bool(planted)
        found = stampede(machines, **planted)
        LEASE_IS_KEPT = True
        print("planted: %s: %s" % (name, found))
        if not found:
            sys.exit("FAILED: it was not found")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--machines", type=int, default=100_000)
    arguments.add_argument("--rate", type=float, default=1.0, help="requests of a machine, a second")
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    machines = given.machines
    if given.check:
        return check(machines)
    print(HEAD)
    for gateway in (0.2, 3.0):
        for name, sessions in (("40 machines a session", machines // 40), ("one session", 1),
                               ("one machine a session", machines)):
            settings = {"machines": machines, "sessions": sessions, "rate": given.rate,
                        "gateway": gateway}
            show("%s, %.1f s" % (name, gateway), **settings)
            show("  as it was first", **settings, **FIRST)
    return None


main()
