#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs Pintle beside its peers, or beside another build of itself, against one server and prints their
ratios. See docs/bench.md."""

import argparse
import json
import operator
import statistics
import subprocess
import sys
from pathlib import Path

import against
from bench_server import Server
from subjects import PEERS, subjects

LIMITS = {">=": operator.ge, "<=": operator.le}


def url_of(facts, case):
    scheme = "http" if case.mode == "rest" else "ws"
    if case.secure:
        return f"{scheme}s://127.0.0.1:{facts['tls_port']}{case.path}"
    return f"{scheme}://127.0.0.1:{facts['port']}{case.path}"


def programs_of(folder, other):
    """The peers that were built: each one's program. With the folder of another build, the two builds."""
    if other:
        found = {"pintle": folder / "peer-pintle", "before": other / "peer-pintle"}
        for program in found.values():
            if not program.exists():
                raise SystemExit(f"there is no {program}: build the target peers there")
        return found
    programs = {peer: folder / f"peer-{peer}" for peer in PEERS}
    return {peer: program for peer, program in programs.items() if program.exists()}


def modes_of(programs):
    """What each peer can do."""
    return {peer: subprocess.run([program, "modes"], capture_output=True, text=True,
                                 check=True).stdout.split() for peer, program in programs.items()}


def run_once(program, case, server, seconds):
    """One result, or None where the peer failed; it has said why on standard error then."""
    mode = case.own_mode if case.own_mode and program.name == "peer-pintle" else case.mode
    command = [program, mode, "--url", url_of(server.facts, case), "--size", str(case.size),
               "--seconds", str(seconds), "--ca", server.facts["ca_file"]]
    if case.count:
        command += ["--count", str(case.count)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=60 + 3 * seconds, text=True)
    except subprocess.TimeoutExpired:
        print(f"{program.name} {case.mode}: no result in time", file=sys.stderr)
        return None
    if done.returncode != 0:
        if server.process.poll() is not None:
            raise SystemExit(f"bench-server ended with {server.process.returncode}")
        return None
    result = json.loads(done.stdout)
    result["rate"] = result["ops"] / result["seconds"]
    return result


def measure(case, peers, programs, server, options):
    """All rounds of all peers, interleaved, so that what else the machine does hits all alike."""
    rounds = 1 if case.mode == "idle" else options.rounds
    results = {peer: [] for peer in peers}
    for turn in range(rounds):
        first = turn % len(peers)
        for peer in peers[first:] + peers[:first]:
            results[peer].append(run_once(programs[peer], case, server, options.seconds))
    return results


def middle(metric, own, other):
    """The median of Pintle's ratio in each round, so that a machine that drifts does not show."""
    pairs = [(mine[metric], its[metric]) for mine, its in zip(own, other) if mine and its]
    ratios = [mine / its for mine, its in pairs if its]
    return statistics.median(ratios) if ratios else None


def best(metric, rounds):
    values = [one[metric] for one in rounds if one]
    return (max if metric == "rate" else min)(values) if values else None


def figures(case, metric, results, by_best):
    """A row for each peer: its figure, and Pintle's ratio to it."""
    rows = []
    own = results.get("pintle", [])
    for peer, rounds in results.items():
        row = {"case": case.name, "metric": metric, "peer": peer}
        values = [one[metric] for one in rounds if one]
        if by_best:
            row["value"] = best(metric, rounds)
            mine = best(metric, own)
            ratio = mine / row["value"] if mine is not None and row["value"] else None
        else:
            row["value"] = statistics.median(values) if values else None
            ratio = middle(metric, own, rounds)
        if ratio is not None and peer != "pintle":
            row["ratio"] = ratio
        wanted = case.wanted.get((metric, peer))
        if wanted:
            row["wanted"] = wanted
            if "ratio" in row:
                sign, limit = wanted.split()
                row["ok"] = LIMITS[sign](row["ratio"], float(limit))
        rows.append(row)
    return rows


def text_of(row):
    if row is None:
        return ""
    value = row["value"]
    if value is None:
        return "failed"
    text = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
    if "ratio" in row:
        text += f"  {row['ratio']:.2f}"
    if "wanted" in row:
        verdict = {True: "ok", False: "below"}.get(row.get("ok"), "open")
        text += f" ({row['wanted'].replace(' ', '')} {verdict})"
    return text


def print_table(title, cases, rows):
    peers = [peer for peer in [*PEERS, "before"] if any(row["peer"] == peer for row in rows)]
    table = [["", *peers]]
    for case in cases:
        cells = {row["peer"]: row for row in rows if row["case"] == case.name}
        if not cells:
            continue
        table.append([case.name, *(text_of(cells.get(peer)) for peer in peers)])
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    print(f"\n{title}")
    for line in table:
        print("  " + "   ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where bench-server and the peers were built")
    parser.add_argument("--against", type=Path, metavar="FOLDER",
                        help="the same folder of another build, to compare with that alone; fails if "
                             "this one is slower by more than a tenth in the median of 25 rounds")
    parser.add_argument("--quick", action="store_true", help="3 rounds")
    parser.add_argument("--rounds", type=int, help="rounds of each case (9; --against: 25)")
    parser.add_argument("--seconds", type=float, help="how long a peer runs in a round (0.5)")
    parser.add_argument("--best", action="store_true",
                        help="compare everyone's best round instead of the median")
    parser.add_argument("--only", action="append", help="a subject: rest, echo, flood, rpc, idle")
    parser.add_argument("--json", action="store_true", help="one object for programs")
    options = parser.parse_args()
    # Many short rounds rather than few long ones: the scheduler's placement of client and server is
    # stable for a while, and affects a round trip by as much as all that the client does.
    options.rounds = options.rounds or (3 if options.quick else 25 if options.against else 9)
    options.seconds = options.seconds or (0.3 if options.quick else 0.5)
    return options


def main():
    options = parse()
    folder = options.folder.resolve()
    programs = programs_of(folder, options.against and options.against.resolve())
    modes = modes_of(programs)
    missing = [] if options.against else [peer for peer in PEERS if peer not in modes]
    if missing:
        named = ", ".join(f"{peer} ({PEERS[peer]})" for peer in missing)
        print(f"Not built: {named}. ./dev bench --peers installs them.", file=sys.stderr)
    report, slower = [], []
    failed = False
    with Server(folder / "bench-server") as server:
        for subject in subjects(idle_count=200 if options.quick else 1000):
            if options.only and subject.name.lower() not in options.only:
                continue
            measured = []
            for case in against.cases_of(subject) if options.against else subject.cases:
                peers = [peer for peer in case.peers if case.mode in modes.get(peer, ())]
                if not peers:
                    continue
                measured.append((case, measure(case, peers, programs, server, options)))
            for metric, title in subject.metrics.items():
                rows = [row for case, results in measured
                        for row in figures(case, metric, results, options.best)]
                failed |= any(row["value"] is None for row in rows)
                if options.against:
                    slower += against.classify(rows)
                report += [{"subject": subject.name, **row} for row in rows]
                if not options.json:
                    print_table(f"{subject.name}: {title}", subject.cases, rows)
                    sys.stdout.flush()
    if options.json:
        print(json.dumps({"rounds": options.rounds, "seconds": options.seconds,
                          "by": "best" if options.best else "median",
                          "missing": missing,
                          "figures": report}))
    elif options.against:
        print(f"\n{len(slower)} of {sum('ratio' in row for row in report)} figures are worse by more than "
              "a tenth.")
    elif report:
        print("\nBehind a peer's figure stands Pintle's ratio to it, and the one that is wanted.")
    return 1 if failed or slower else 0


if __name__ == "__main__":
    sys.exit(main())
