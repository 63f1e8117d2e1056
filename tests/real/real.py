# SPDX-License-Identifier: Apache-2.0
"""Shared by all tests here: real programs on free ports of loopback, and the real pintle."""

import functools
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PINTLE = os.environ.get("PINTLE", "pintle")
# Where the examples were built.
BUILT = Path(os.environ.get("PINTLE_EXAMPLES", "build/debug/examples"))
API_KEY = BUILT / "scheme-cpp/pintle-api-key.so"
SKIPPED = 77  # Means "not run" to ctest: SKIP_RETURN_CODE.

# Debian installs servers where only root's PATH looks.
os.environ["PATH"] += ":/usr/sbin:/usr/lib/squid"


def needs(*programs):
    """Skips the test, with a reason, unless all of these programs are installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    return unittest.skipIf(missing, "not installed: " + ", ".join(missing))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, seconds=15):
    """Returns the first true value of `condition`, which is polled."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"after {seconds} s still not so: {what}")


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Result:
    """One finished run of pintle, with --json unless --output names a file for the body."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def __str__(self):
        return f"pintle {' '.join(self.arguments)}\nexit {self.code}\n{self.out[-3000:]}\n{self.err}"

    @functools.cached_property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self):
        return self.lines[-1]

    @property
    def body(self):
        return self.json["body"]

    @property
    def error(self):
        """The error, wherever the command prints it; {} if there is none."""
        return next((line["error"] for line in reversed(self.lines) if "error" in line), {})

    @property
    def words(self):
        """The whole text of the error, in lower case."""
        return " ".join(v for v in self.error.values() if isinstance(v, str)).lower()

    def kinds(self):
        return [line.get("kind") for line in self.lines]


class Program:
    """A program in the background, in a process group of its own."""

    def __init__(self, case, arguments, **options):
        self.log = case.new_path("log")
        self.name = os.path.basename(arguments[0])
        # A server that is started as root would change its user, and then not read its own folder.
        if os.geteuid() == 0 and arguments[0] != PINTLE:
            options |= {"user": "nobody", "group": "nogroup", "extra_groups": []}
        with open(self.log, "wb") as log:
            options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log} | options
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments], start_new_session=True, **options)
        case.addCleanup(self.end, signal.SIGKILL)

    def text(self):
        return self.log.read_text(errors="replace")

    def send(self, number):
        os.killpg(self.process.pid, number)

    def end(self, number=signal.SIGTERM):
        """Ends the whole group, waits for it, and returns its exit code."""
        try:
            self.send(number)
        except ProcessLookupError:
            pass
        code = self.process.wait(15)
        try:
            self.send(signal.SIGKILL)  # A worker that outlives its master.
        except ProcessLookupError:
            pass
        return code

    def until(self, condition, what):
        def checked():
            value = condition()
            if not value and self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended, {what} missing:\n{self.text()}")
            return value
        try:
            return wait_until(checked, what)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{self.text()}") from None

    def says(self, *parts, times=1):
        """Waits for the line of the log that is the `times`-th to hold all `parts`."""
        def matching():
            lines = [line for line in self.text().splitlines()
                     if all(part in line for part in parts)]
            return lines[times - 1] if len(lines) >= times else None
        return self.until(matching, f"{times} x {' and '.join(parts)}")


class Gateway(Program):
    """`pintle practice`."""

    def __init__(self, case, *options, faults=()):
        arguments = [PINTLE, "practice", "--json", *options]
        if faults:
            file = case.file("faults.json", json.dumps(list(faults)))
            arguments += ["--faults", file]
        super().__init__(case, arguments, env=case.environment())
        said = json.loads(self.says('"url"'))
        self.url = said["url"]
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])
        self.credential = []
        if "api-key" in options:
            self.credential = ["--secret-file", f"api_key={said['token_file']}"]
        elif "token_file" in said:
            self.credential = ["--token-file", said["token_file"]]
        self.ca_file = said.get("ca_file")
        self.client_file = said.get("client_file")


class Case(unittest.TestCase):
    """A test with its own folder; it and its programs write nowhere else."""

    maxDiff = 1000

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pintle-real-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o711)  # A server of another user can open its file.
        self.count = 0

    def new_path(self, name):
        self.count += 1
        return self.folder / f"{self.count}-{name}"

    def new_folder(self, name):
        folder = self.new_path(name)
        folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        return folder

    def file(self, name, content):
        path = self.new_path(name)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def secret_file(self, content):
        path = self.file("secret", content)
        path.chmod(0o600)
        return path

    def environment(self, **more):
        """Nothing of this machine's user: no settings, no session, no proxy."""
        kept = {name: value for name, value in os.environ.items()
                if not name.lower().endswith("_proxy")}
        xdg = {f"XDG_{kind}_HOME": str(self.folder / "home")
               for kind in ("CONFIG", "STATE", "CACHE", "DATA")}
        return kept | xdg | more

    def start(self, *arguments, port=None, **options):
        """Starts a server; with `port`, waits until it accepts connections there."""
        program = Program(self, arguments, **options)
        if port:
            program.until(lambda: accepts(port), f"port {port}")
        return program

    def gateway(self, *options, faults=()):
        if "api-key" in options:
            self.install_api_key()
        return Gateway(self, *options, faults=faults)

    def install_api_key(self):
        """The example's scheme, which is nobody's own: its library runs in the cage."""
        if not API_KEY.exists():
            self.skipTest("the examples are not built")
        plugins = self.folder / "home/pintle/plugins"
        plugins.mkdir(parents=True, mode=0o755)
        for file in (API_KEY, API_KEY.with_suffix(".json")):
            copy = Path(shutil.copy(file, plugins))
            copy.chmod(copy.stat().st_mode & ~0o022)

    def pintle(self, *arguments, env=None, text=None, timeout=60):
        """Runs pintle to its end. Sets `peak_mb` to its peak memory."""
        arguments = [str(argument) for argument in arguments]
        if "--output" not in arguments:  # the body is written to a file: there is no JSON
            arguments.append("--json")
        with subprocess.Popen([PINTLE, *arguments], env=self.environment(**(env or {})),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            try:
                out, err = process.communicate(text or "", timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                self.fail(f"pintle {' '.join(arguments)} did not end in {timeout} s\n{out}\n{err}")
        self.peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return Result(arguments, process.returncode, out, err)

    def works(self, *arguments, **options):
        """Runs pintle, which must exit with 0."""
        result = self.pintle(*arguments, **options)
        self.assertEqual(result.code, 0, result)
        return result

    def listen(self, url, *options):
        """`pintle connect` in the background, ready."""
        program = self.start(PINTLE, "connect", url, "--no-input", "--json", *options,
                             env=self.environment())
        program.says('"ready"')
        return program

    def fails(self, *arguments, layers, says=(), never=(), retry=None, status=None,
              **options):
        """Runs pintle, which must fail in one of `layers`, with the words `says` in its error.

        No error may ask for a sign-in."""
        result = self.pintle(*arguments, **options)
        self.assertNotEqual(result.code, 0, result)
        self.assertIn(result.error.get("layer"), layers, result)
        self.assertFalse(result.error.get("sign_in", False), result)
        for part in says:
            self.assertIn(part.lower(), result.words, result)
        for part in never:
            self.assertNotIn(part.lower(), result.words, result)
        if status is not None:
            self.assertEqual(result.error.get("status"), status, result)
        if retry is not None:
            self.assertEqual(result.error["retry"], retry, result)
        return result


def main():
    """Runs the tests that the arguments name; exits with 77 if not one of them could run."""
    program = unittest.main("__main__", exit=False, verbosity=2, argv=sys.argv)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun == len(result.skipped) else 0)
