# SPDX-License-Identifier: Apache-2.0
"""A practice gateway, and Python programs in processes of their own."""

import asyncio
import contextlib
import functools
import json
import os
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINTLE = os.environ["PINTLE"]
TOKEN = "practice-token-of-the-tests-0123456789"


class Gateway:
    def __init__(self, folder, *arguments):
        self.token_file = folder / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(TOKEN)
        command = [PINTLE, "practice", "--json", *arguments]
        if "--gate" not in arguments:
            command += ["--token-file", str(self.token_file)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.facts = json.loads(self.process.stdout.readline())
        self.url = self.facts["url"]

    def post(self, path, body=b"{}"):
        request = urllib.request.Request(self.url + "/practice/" + path, data=body, method="POST",
                                         headers={"X-Hermes-Session-Token": TOKEN})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            return response.read()

    def fault(self, **fault):
        self.post("faults", json.dumps([fault] if fault else []).encode())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@contextlib.contextmanager
def gateway(folder, *arguments):
    made = Gateway(folder, *arguments)
    try:
        yield made
    finally:
        made.stop()


def in_loop(test):
    """Runs a test that is a coroutine; half a minute at most, and every warning of asyncio."""
    @functools.wraps(test)
    def run(*arguments, **named):
        async def limited():
            await asyncio.wait_for(test(*arguments, **named), 30)
        asyncio.run(limited(), debug=True)
    return run


def run_program(text, *arguments, timeout=20, code=0, **more):
    """Runs a Python program with warnings shown; returns its standard output and error."""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", textwrap.dedent(text),
                           *map(str, arguments)],
                          capture_output=True, text=True, timeout=timeout, **more)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def threads():
    return len(os.listdir("/proc/self/task"))
