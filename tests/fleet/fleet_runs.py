#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fleet_runs.py --seed S --runs N [--workers W] [--namespaces] [--verbose]

Runs a fleet N times, each with a fresh session, holders and faults that the seed selects, and checks
what docs/decisions/0020 promises. Prints the seed and what happened of a run that breaks it, and
exits with 1. A run of its own: --seed SEED --runs 1.
"""

import argparse
import asyncio
import collections
import json
import random
import shutil
import subprocess
import sys
import time

from faults import Faults, draw
from lab import Lab, now, until
from namespaces import NamespaceLab, can_make
from history import History

SKIPPED = 77


class Run:
    def __init__(self, lab, seed):
        self.lab, self.seed, self.random = lab, seed, random.Random(seed)
        self.history = History(lab.lease_ms)
        self.faults = draw(self.random, isinstance(lab, NamespaceLab))
        self.begin, self.lost, self.why = 0.0, False, ""

    async def whole(self):
        lab = self.lab
        try:
            lab.faults = None
            if any(fault.kind == "failover" for fault in self.faults):
                await lab.new_replica()
            clocks_ms = [self.random.randint(-300_000, 300_000) for _ in range(5)]
            await lab.begin(self.random.randint(3, 5), clocks_ms)
            self.begin = now()
            control = lab.faults = Faults(lab, self.history, self.faults)
            callers = [asyncio.ensure_future(self.keep_calling(one)) for one in lab.holders]
            for _ in range(self.random.randint(2, 3)):
                await self.lapse()
                await asyncio.sleep(self.random.uniform(0.3, 0.9))
            await control.heal()
            await self.agree()
            self.check_agreement()
            if not self.lost:
                await self.calm_lapse()
            await self.sign_in_again()
            for one in callers:
                one.cancel()
            counters = await lab.counters()
        finally:
            for task in lab.faults.tasks if lab.faults else ():
                task.cancel()  # of a run that failed: it would start what nobody ends
            await lab.end()
            lab.faults = None
        return self.result(counters)

    async def keep_calling(self, holder):
        while True:
            if holder.lives:
                await holder.call()
            await asyncio.sleep(0.05)

    async def lapse(self):
        self.history.note(now(), "the access token lapses")
        await self.lab.steer("expire-access")

    async def agree(self):
        """Every holder gets an answer again: all are let in, or all must sign in, for good."""
        since = now()
        settled = since  # when they last agreed on something else

        def last_words():
            return [next((word for when, word in reversed(one.answers) if when > since + 0.3), "")
                    for one in self.lab.holders]

        def all_agree():
            nonlocal settled
            words = set(last_words())
            if words != {"sign-in"}:  # which is not final: somebody may be about to store another
                settled = now()
            return words == {"ok"} or now() - settled > 2.5
        try:
            await until(all_agree, "all agree", 15)
        except AssertionError:
            self.history.broken.append(f"15 s after the last fault: {last_words()}")
        self.lost = last_words()[0] == "sign-in"

    def check_agreement(self):
        causes = self.history.causes()
        self.history.note(now(), f"sent again after: {causes}")
        if self.lost:
            self.why = self.why_lost(causes)
            if not self.why:
                self.history.broken.append("the session is lost, and no fault explains it")

    def why_lost(self, causes):
        """As the table of decision 20 has it."""
        order = ("death", "response lost", "lease lapsed", "failover")
        by_pair = next((cause for cause in order if cause in causes), "")
        lasting = sum(2 if one.kind in ("silence", "stop", "delay", "redis-stop", "unplug") else 1
                      for one in self.faults if one.happened)
        if not by_pair and self.history.open_intents >= 2 and lasting >= 2:
            return "two unknown outcomes"
        kept = [one for one in self.faults if one.kind in ("failover", "refuse") or
                (one.kind == "cut" and one.point[0] != "refresh")]
        return "" if kept == self.faults else by_pair

    async def calm_lapse(self):
        """Without a fault there is exactly one refresh a lapse."""
        before = (await self.lab.counters())["refreshes"]
        await self.lapse()
        since = now()
        await asyncio.sleep(0.3)
        await self.agree()
        after = (await self.lab.counters())["refreshes"]
        if self.lost or after - before != 1:
            self.history.broken.append(f"a lapse without a fault: {after - before} refreshes, "
                                       f"lost: {self.lost}, {now() - since:.1f} s")

    async def sign_in_again(self):
        await self.lab.sign_in()
        since = now()
        try:
            await until(lambda: all(any(when > since and word == "ok" for when, word in one.answers)
                                    for one in self.lab.holders), "a new sign-in", 10)
        except AssertionError:
            self.history.broken.append(
                f"a new sign-in is not used: {[one.answers[-1] for one in self.lab.holders]}")

    def result(self, counters):
        return {"seed": self.seed, "holders": len(self.lab.holders), "broken": self.history.broken,
                "lost": self.why if self.lost else "", "faults": [
                    f"{one.kind} {'/'.join(one.point)}" for one in self.faults if one.happened],
                "sent": len(self.history.sends), "refreshes": counters["refreshes"],
                "reuse": counters["reuse_detections"], "seconds": now() - self.begin,
                "calls": sum(len(one.answers) for one in self.lab.holders),
                "timeline": self.timeline()}

    def timeline(self):
        lines = list(self.history.lines)
        for holder in self.lab.holders:
            before = None
            for when, word in holder.answers:
                if word != before:
                    lines.append((when, f"{holder.name} gets: {word}"))
                before = word
        return [f"{when - self.begin:7.3f} {text}" for when, text in sorted(lines)]


async def work(seeds, make):
    lab = make()
    try:
        await lab.open()
        for seed in seeds:
            run = Run(lab, seed)
            try:
                result = await asyncio.wait_for(run.whole(), 90)
            except Exception as error:  # pylint: disable=broad-except  # the harness's own
                result = {"seed": seed, "broken": [f"{type(error).__name__}: {error}"], "lost": "",
                          "faults": [str(one) for one in run.faults], "timeline": run.timeline()}
                await lab.close()
                lab = make()
                await lab.open()
            print(json.dumps(result), flush=True)
    finally:
        await lab.close()


def gather(seed, runs, workers, more):
    """Yields the results of all workers, each a process of its own."""
    processes = [subprocess.Popen(
        [sys.executable, "-B", __file__, "--worker", ",".join(
            str(one) for one in range(seed + number, seed + runs, workers)), *more],
        stdout=subprocess.PIPE, text=True) for number in range(min(workers, runs))]
    lines = asyncio.Queue()

    async def read(process):
        while line := await asyncio.to_thread(process.stdout.readline):
            await lines.put(json.loads(line))
        await lines.put(None)

    async def collect():
        readers = [asyncio.ensure_future(read(one)) for one in processes]
        results, open_ends = [], len(processes)
        while open_ends:
            one = await lines.get()
            if one is None:
                open_ends -= 1
                continue
            results.append(one)
            report(one)
        await asyncio.gather(*readers)
        return results
    return asyncio.run(collect())


def report(result, verbose=False):
    if result["broken"] or verbose:
        print(f"BROKEN with --seed {result['seed']} --runs 1:" if result["broken"] else
              f"run {result['seed']}:")
        print("  " + "\n  ".join(result["broken"] + result["timeline"][-120:]), flush=True)
    elif result["lost"]:
        print(f"lost, as it must be: seed {result['seed']}, {result['lost']}: "
              f"{', '.join(result['faults'])}", flush=True)


def summary(results, seconds):
    total = collections.Counter()
    faults, lost = collections.Counter(), collections.Counter()
    for one in results:
        for name in ("holders", "calls", "sent", "refreshes", "reuse"):
            total[name] += one.get(name, 0)
        faults.update(name.split()[0] for name in one["faults"])
        if one["lost"]:
            lost[one["lost"]] += 1
    print(f"{len(results)} runs in {seconds:.0f} s: {dict(total)}")
    print(f"faults: {dict(faults)}")
    print(f"sessions lost: {sum(lost.values())} {dict(lost)}")
    print(f"broken: {sum(bool(one['broken']) for one in results)}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--runs", type=int, default=1000)
    options.add_argument("--workers", type=int, default=8)
    options.add_argument("--namespaces", action="store_true",
                         help="each holder in a network of its own; needs root")
    options.add_argument("--verbose", action="store_true")
    options.add_argument("--worker", help=argparse.SUPPRESS)
    given = options.parse_args()
    missing = [name for name in ("redis-server",) if shutil.which(name) is None]
    if missing:
        print("skipped: not installed:", ", ".join(missing))
        return SKIPPED
    if given.namespaces and not can_make():
        print("skipped: network namespaces need root and ip")
        return SKIPPED
    if given.worker:
        asyncio.run(work([int(seed) for seed in given.worker.split(",")],
                         NamespaceLab if given.namespaces else Lab))
        return 0
    begin = time.monotonic()
    results = gather(given.seed, given.runs, given.workers,
                     ["--namespaces"] if given.namespaces else [])
    if given.verbose:
        for one in results:
            report(one, True)
    summary(results, time.monotonic() - begin)
    whole = len(results) == given.runs
    return 0 if whole and not any(one["broken"] for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
