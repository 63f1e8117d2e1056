# SPDX-License-Identifier: Apache-2.0
"""Gateways that only an example's scheme and profile know."""

import json
import shutil
import subprocess
from pathlib import Path

import real

# Where the examples' profiles are.
SOURCES = Path(__file__).resolve().parent.parent.parent / "examples"


class Live:
    """`pintle connect` in the background: lines to it, and events from it, in order."""

    def __init__(self, case, arguments):
        self.lines = []  # All that were read, as JSON.
        self.error = {}
        self.errors = case.new_path("stderr")
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [real.PINTLE, "connect", *[str(a) for a in arguments], "--json"],
                env=case.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=errors, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def next_line(self):
        text = self.process.stdout.readline()
        if not text:
            return None
        self.lines.append(json.loads(text))
        self.error = self.lines[-1].get("error", self.error)
        return self.lines[-1]

    def wait_for(self, kind, part=""):
        """Returns the next event of a kind that holds `part`. ctest's time limit ends a wait."""
        while (line := self.next_line()) is not None:
            if line.get("kind") == kind and part in json.dumps(line):
                return line
        raise AssertionError(f"it ended without {kind} {part}: {self.lines}\n"
                             f"{self.errors.read_text()}")

    def end_of_it(self):
        """Reads until it ends, and returns its exit code."""
        while self.next_line() is not None:
            pass
        return self.process.wait()


class Case(real.Case):
    """Has a plugin folder with what `plugin` of `example` needs, and nothing else."""

    example = ""

    def setUp(self):
        super().setUp()
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir(mode=0o755)
        profile = SOURCES / self.example / f"{self.example}.profile.json"
        for file in [*self.plugin_files(), profile]:
            copy = Path(shutil.copy(file, self.plugins))
            copy.chmod(copy.stat().st_mode & ~0o022)

    def plugin_files(self):
        """The library and its manifest."""
        return [real.BUILT / self.example / f"pintle-{self.example}{ending}" for ending in (".so", ".json")]

    def environment(self, **more):
        return super().environment(PINTLE_PLUGIN_PATH=str(self.plugins), **more)

    def connected(self, *arguments):
        return Live(self, arguments)

    def watched(self, *arguments):
        """The same without lines to it: not a script, so it reconnects."""
        return Live(self, [*arguments, "--no-input"])

    def called(self, *arguments):
        """The JSON of the body of a response."""
        return json.loads(self.works("call", *arguments).body)
