# SPDX-License-Identifier: Apache-2.0
"""Blocks of JSON that are compared with what a program writes."""

import json
import re
import subprocess

from wrong import Wrong

HELLO = {"id": 1, "method": "hello", "params": {"protocol": 1, "host": "docs"}}


def is_like(text, lines):
    """A line has the same `event` as the object, and no key that the object has not."""
    shown = json.loads(text)
    found = [line for line in map(json.loads, lines.splitlines()) if line["event"] == shown["event"]]
    if not found:
        raise Wrong(f"there was no {shown['event']}")
    if unknown := set(found[0]) - set(shown):
        raise Wrong(f"the page does not show {unknown}")


def has(real, shown):
    """Whether all that is shown is real; "…" stands for any text."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(key in real and has(real[key], value)
                                              for key, value in shown.items())
    if isinstance(shown, list):
        return isinstance(real, list) and len(real) == len(shown) and all(map(has, real, shown))
    if isinstance(shown, str) and isinstance(real, str):
        return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), real, re.S) is not None
    return real == shown


def speak(text, program, environment):
    """Lines of "> JSON", which the host writes, and "< JSON", which the program answers."""
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=environment) as process:
        def write(line):
            process.stdin.write(line + "\n")
            process.stdin.flush()

        try:
            write(json.dumps(HELLO))
            process.stdout.readline()
            for line in text.split("\n"):
                if line.startswith("> "):
                    write(line[2:].replace("…", "practice-key-0123"))
                    continue
                real = process.stdout.readline()
                if not real or not has(json.loads(real), json.loads(line[2:])):
                    raise Wrong(f"the page shows\n{line[2:]}\nbut it answered\n{real}")
        finally:
            process.stdin.close()
            process.kill()
