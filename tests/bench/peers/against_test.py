#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The proof that `run.py --against` can fail: builds are stood in for by programs that know their figures."""

import subprocess
import sys
import tempfile
from pathlib import Path

SERVER = """#!/usr/bin/env python3
import json, sys
print(json.dumps({"port": 1, "tls_port": 2, "ca_file": "-"}), flush=True)
sys.stdin.read()
"""
PEER = """#!/usr/bin/env python3
import json, sys
if sys.argv[1] == "modes":
    print("rest echo")
else:
    print(json.dumps({"ops": %(ops)d, "seconds": 1.0, "p99_us": %(p99)d, "cpu_ns_per_op": %(cpu)d}))
"""


def build(folder, ops=1000, p99=100, cpu=5000):
    folder.mkdir()
    for name, text in (("bench-server", SERVER), ("peer-pintle", PEER % locals())):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def main():
    run = Path(__file__).with_name("run.py")
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        before = build(work / "before")
        for name, figures, code, says in (
                ("same", {}, 0, "\n0 of "),
                ("noise", {"ops": 920, "p99": 108, "cpu": 5400}, 0, "\n0 of "),
                ("faster", {"ops": 3000, "p99": 20, "cpu": 900}, 0, "\n0 of "),
                ("slower", {"ops": 850}, 1, "(>=0.9 below)"),
                ("late", {"p99": 130}, 1, "(<=1.11 below)"),
                ("costly", {"cpu": 6000}, 1, "(<=1.11 below)")):
            done = subprocess.run([sys.executable, run, build(work / name, **figures), "--against", before,
                                   "--rounds", "3"], capture_output=True, text=True, check=False)
            if done.returncode != code or says not in done.stdout:
                sys.exit(f"{name}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        done = subprocess.run([sys.executable, run, before, "--against", work / "nothing"],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0 or "build the target peers there" not in done.stderr:
            sys.exit(f"a folder without a build: {done.returncode}\n{done.stderr}")


main()
