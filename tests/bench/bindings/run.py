#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the packages for other languages beside the clients of those languages, against one server.
See docs/bench.md. A subject is a program of this folder: pintle_LANGUAGE or PEER_LANGUAGE."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "peers"))
from bench_server import Server  # noqa: E402
ROOT = HERE.parents[2]
NODE_PACKAGE = Path(os.environ.get("PINTLE_NODE_PACKAGE", ROOT / "build/node/addon/package"))
COUNTS = {"echo": 2000, "rpc": 2000, "rpc-many": 8000, "events": 50_000, "hold": 1000}
# Pintle's ratio of rates that is wanted of a language's plain client.
WANTED = {("rpc", "websockets_python"): 2.0, ("rpc-many", "websockets_python"): 2.0,
          ("rpc", "ws_node"): 1.5, ("rpc-many", "ws_node"): 1.5}


def python_with(*modules):
    """The first one that has them: Debian's packages belong to the system's."""
    for program in (os.environ.get("PYTHON", "python3"), "/usr/bin/python3"):
        done = subprocess.run([program, "-c", "import " + ", ".join(modules)],
                              stderr=subprocess.DEVNULL)
        if done.returncode == 0:
            return program
    return None


def commands():
    """Each subject's command, by its name; those that cannot run are said on standard error."""
    found, missing = {}, []
    for path in sorted(HERE.glob("*_*.py")):
        peer = path.stem.split("_")[0]
        python = python_with("ctypes" if peer == "pintle" else peer)
        if python is None:
            missing.append(path.stem)
        else:
            found[path.stem] = [python, "-B", str(path)]
    for path in sorted(HERE.glob("*_node.mjs")) if shutil.which("node") else ():
        if path.stem == "pintle_node" and not NODE_PACKAGE.exists():
            missing.append("pintle_node (./dev node)")
        else:
            found[path.stem] = ["node", str(path)]
    if missing:
        print(f"Not installed: {', '.join(missing)}", file=sys.stderr)
    return found


def run_once(command, workload, url, token, count, environment):
    try:
        done = subprocess.run([*command, workload, url, token, str(count)], env=environment,
                              stdout=subprocess.PIPE, text=True, timeout=120)
        result = json.loads(done.stdout) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        result = None
    if result is None:
        print(f"{Path(command[-1]).name} {workload} failed", file=sys.stderr)
        return None
    result["rate"] = result["count"] / result["seconds"]
    result["cpu_us"] = 1e6 * result["cpu_seconds"] / result["count"]
    return result


def measure(workload, subjects, url, token, options, environment):
    """Rounds of all subjects, interleaved, so that what else the machine does hits all alike."""
    rounds = 1 if workload == "hold" else options.rounds
    count = COUNTS[workload] // (4 if options.quick and workload != "hold" else 1)
    results = {name: [] for name in subjects}
    names = list(subjects)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            results[name].append(run_once(subjects[name], workload, url, token, count,
                                          environment))
    return results


def median(results, metric):
    values = [one[metric] for one in results if one and one.get(metric) is not None]
    return statistics.median(values) if values else None


def figures(workload, results):
    metrics = ["cpu_seconds", "kib_each", "threads"] if workload == "hold" else [
        "rate", "cpu_us", "p50_us", "p99_us"]
    rows = []
    for name, rounds in results.items():
        row = {"workload": workload, "subject": name,
               **{metric: median(rounds, metric) for metric in metrics}}
        own = results.get("pintle_" + name.rsplit("_", 1)[1])
        pairs = [(mine, its) for mine, its in zip(own or [], rounds) if mine and its]
        if pairs and not name.startswith("pintle_") and workload != "hold":
            row["ratio"] = statistics.median(mine["rate"] / its["rate"] for mine, its in pairs)
            row["cpu_ratio"] = statistics.median(mine["cpu_us"] / its["cpu_us"]
                                                 for mine, its in pairs)
            if (workload, name) in WANTED:
                row["wanted"] = WANTED[workload, name]
                row["ok"] = row["ratio"] >= row["wanted"]
        rows.append(row)
    return rows


TITLES = {"rate": "per second", "cpu_us": "CPU µs each", "p50_us": "p50 µs", "p99_us": "p99 µs",
          "ratio": "Pintle's rate to it", "cpu_ratio": "Pintle's CPU to it",
          "cpu_seconds": "CPU s in 2 s", "kib_each": "KiB each", "threads": "threads"}


def print_table(workload, rows):
    shown = [metric for metric in TITLES if any(row.get(metric) is not None for row in rows)]
    table = [[workload, *(TITLES[metric] for metric in shown)]]
    for row in rows:
        line = [row["subject"]]
        for metric in shown:
            value = row.get(metric)
            text = "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
            if metric == "ratio" and "ok" in row:
                text += f" (>={row['wanted']} {'ok' if row['ok'] else 'below'})"
            line.append(text)
        table.append(line)
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    print()
    for line in table:
        print("  " + "   ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, help="where bench-server and libpintle were built")
    parser.add_argument("--library", type=Path, help="another libpintle.so.0")
    parser.add_argument("--quick", action="store_true", help="3 short rounds")
    parser.add_argument("--rounds", type=int, help="rounds of each workload (9)")
    parser.add_argument("--workload", action="append", choices=COUNTS)
    parser.add_argument("--subject", action="append", help="a name, or the end of one: python")
    parser.add_argument("--json", action="store_true", help="one object for programs")
    options = parser.parse_args()
    options.rounds = options.rounds or (3 if options.quick else 9)
    build = options.build.resolve()
    subjects = {name: command for name, command in commands().items()
                if not options.subject or name.endswith(tuple(options.subject))}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "host/bindings/python/src"),
                   "PINTLE_LIBRARY": str(options.library or build / "lib/libpintle.so.0")}
    report = []
    with tempfile.TemporaryDirectory() as folder, \
            Server(build / "tests/bench/peers/bench-server") as server:
        url = f"http://127.0.0.1:{server.facts['port']}"
        environment["HOME"] = folder  # nothing of this user's settings
        for name in [name for name in environment if name.startswith("XDG_")]:
            del environment[name]
        token = Path(folder) / "token"
        token.touch(mode=0o600)
        token.write_text("bench-token-abcdefghijklmnop\n")
        for workload in options.workload or COUNTS:
            rows = figures(workload, measure(workload, subjects, url, str(token), options,
                                             environment))
            report += rows
            if not options.json:
                print_table(workload, rows)
    if options.json:
        print(json.dumps({"rounds": options.rounds, "figures": report}))
    failed = any(row.get("rate", row.get("cpu_seconds")) is None for row in report)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
