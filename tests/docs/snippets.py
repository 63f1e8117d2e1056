#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snippets.py ROOT [PAGE…]: fails unless each code block of the pages is true.

A block of shell commands is run, against a practice gateway (shell.py, fixtures.py). Any other block
names the file that it is a part of (blocks.py), which other tests compile and run. What can be neither
is in cannot_run.txt, with the reason. PINTLE is the program, and PINTLE_BUILD the folder of the build.
"""

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path

import fixtures
from blocks import SHELL, blocks, has_lines, part_of
from shell import Shell
from wrong import Wrong


def pages_of(root):
    files = [root / "README.md", *sorted(root.glob("docs/*.md")), *sorted(root.glob("examples/*/README.md"))]
    return [str(file.relative_to(root)) for file in files if file.exists()]


class Exceptions:
    """cannot_run.txt: lines of "PAGE | what the block begins with | why"."""

    def __init__(self, file):
        self.entries = {}
        for line in file.read_text().splitlines() if file.exists() else []:
            if line.strip() and not line.startswith("#"):
                page, begin, why = (part.strip() for part in (line + "  ").split(" |", 2))
                if not why:
                    raise ValueError(f"{file.name}: '{begin}' has no reason")
                self.entries[page, begin] = False

    def has(self, block):
        for page, begin in self.entries:
            if page == block.page and block.text.strip().startswith(begin):
                self.entries[page, begin] = True
                return True
        return False

    def stale(self, pages):
        return [f"cannot_run.txt: {page} has no block that begins with '{begin}'"
                for (page, begin), used in self.entries.items() if not used and pages in ([], [page])]


def check_origin(root, block):
    """A block that names its origin is the same as that."""
    name, _, part = block.comment("from").partition("#")
    file = root / name
    if not file.is_file():
        return f"{block}: there is no {name}"
    text = file.read_text()
    if not part:
        return None if has_lines(text, block.text) else f"{block}: {name} has no such lines"
    try:
        wanted = part_of(text, part)
    except ValueError as error:
        return f"{block}: {name}: {error}"
    for shown, real in zip_longest(block.text.split("\n"), wanted.split("\n"), fillvalue="(nothing)"):
        if shown != real:
            return f"{block}: differs from {name}:\n  the page  {shown}\n  the file  {real}"
    return None


def run_page(root, page, to_run):
    """Runs the blocks of a page; returns what is wrong with the first that fails."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pintle-docs-") as folder:
        fixture = fixtures.Fixture(root, page, Path(folder))
        try:
            if missing := fixture.begin():
                return [], f"{page}: not run, as {missing} is not installed"
            shell = Shell(fixture.home, fixture.environment, fixture.replace)
            try:
                for block in to_run:
                    try:
                        shell.run(block)
                    except Wrong as error:
                        return [f"{block}: {error}"], None
            finally:
                shell.end()
        finally:
            fixture.end()
            if os.environ.get("PINTLE_DOCS_TIMES"):
                print(f"{time.monotonic() - begin:6.2f} s  {page}")
    return [], None


def main(arguments):
    root = Path(arguments[0]).resolve()
    try:
        return check(root, arguments[1:])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1


def check(root, asked_for):
    exceptions = Exceptions(root / "tests/docs/cannot_run.txt")
    wrong, to_run, compared = [], {}, 0
    for page in asked_for or pages_of(root):
        for block in blocks(page, (root / page).read_text()):
            if block.comment("from"):
                compared += 1
                if why := check_origin(root, block):
                    wrong.append(why)
            elif exceptions.has(block):
                continue
            elif block.language in SHELL or block.comment("run"):
                to_run.setdefault(page, []).append(block)
            else:
                wrong.append(f"{block}: a block of '{block.language}' must name its origin: "
                             f"<!-- from FILE#NAME -->")
    wrong += exceptions.stale(asked_for)
    if os.environ.get("PINTLE"):
        with ThreadPoolExecutor(3) as executor:
            for found, note in executor.map(lambda page: run_page(root, page, to_run[page]), to_run):
                wrong += found
                if note:
                    print(note)
    for line in wrong:
        print(line, file=sys.stderr)
    ran = "were run" if os.environ.get("PINTLE") else "were not run, as PINTLE names no program"
    print(f"{compared} blocks are parts of files, {sum(map(len, to_run.values()))} {ran}, "
          f"{len(exceptions.entries)} cannot be run here; {len(wrong)} are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: snippets.py ROOT [PAGE …]")
    sys.exit(main(sys.argv[1:]))
