#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""snippets_test.py ROOT: plants one fault at a time in a page; snippets.py and links.py must find it."""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = """//! [good]
int answer() {
  return 42;
}
//! [good]
"""
GOOD = """# Page

    pintle --version

<!-- run: exits 3 -->

    exit 3

<!-- from source.cpp#good -->
```cpp
int answer() {
  return 42;
}
```

<!-- from source.cpp -->
```cpp
return 42;
```

```console
$ pintle call https://gateway.example GET /api/sessions --token-file token
{"sessions":[…],"total":3,"live":0}
$ printf 'one\\ntwo\\nthree\\n'
one
…
```

<!-- run: types me -->
```sh
read -r -p "Name: " name && test "$name" = me
```

<!-- run: stays -->
```console
$ echo ready && sleep 60
ready
```

<!-- run: writes file.json -->
```json
{"event": "e", "a": 1, "b": 2}
```

    test "$name" = me && echo '{"event": "e", "a": 2}' > lines

<!-- run: like lines -->
```json
{"event": "e", "a": 1}
```

<!-- practice gateway.example faults [{"kind": "status", "path": "/api/sessions", "value": 500}] -->
<!-- run: exits 22 -->

    pintle call https://gateway.example GET /api/sessions --token-file token

and

    needs what is not here

[A heading](#page)
"""
EXCEPTIONS = "docs/page.md | needs what | there is no such program\n"

PLANTED = {  # what is added to the page: what must be said of it
    "a block without a class": ("```cpp\nint x;\n```", "must name its origin"),
    "a text without a class": ("```\nwhatever\n```", "must name its origin"),
    "a command that fails": ("    false", "exit code 1"),
    "a command that is not there": ("    no-such-program", "exit code 127"),
    "one that fails before &&": ("    false && true\n    true", "exit code 1"),
    "one that fails before |": ("    false | cat", "exit code 1"),
    "another exit code": ("<!-- run: exits 4 -->\n\n    exit 5", "exit code 5, not 4"),
    "one that does not fail": ("<!-- run: exits 4 -->\n\n    true", "exit code 0, not 4"),
    "another output": ("```console\n$ echo one\ntwo\n```", "the page shows"),
    "more output": ("```console\n$ printf 'one\\ntwo\\n'\none\n```", "the page shows"),
    "less output": ("```console\n$ echo one\none\ntwo\n```", "the page shows"),
    "a server that ends": ("<!-- run: stays -->\n```console\n$ true\nready\n```", "it ended with 0"),
    "a question that is not asked": ("<!-- run: types me -->\n\n    true", "did not ask"),
    "a part that differs": ("<!-- from source.cpp#good -->\n```cpp\nint answer() {\n```", "differs"),
    "a part that is not there": ("<!-- from source.cpp#bad -->\n```cpp\nx\n```", "0 markers"),
    "lines that are not there": ("<!-- from source.cpp -->\n```cpp\nreturn 43;\n```", "no such lines"),
    "a file that is not there": ("<!-- from no.cpp -->\n```cpp\nx\n```", "there is no no.cpp"),
    "a key that is not shown": ('<!-- run: like lines -->\n```json\n{"event": "e"}\n```', "does not show"),
    "a fence without an end": ("```sh\ntrue", "has no end"),
}


def run(program, *arguments):
    done = subprocess.run([sys.executable, "-B", HERE / program, *arguments], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def main():
    missed = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "docs").mkdir()
        (root / "examples").mkdir()
        (root / "tests/docs").mkdir(parents=True)
        (root / "source.cpp").write_text(SOURCE)
        page, exceptions = root / "docs/page.md", root / "tests/docs/cannot_run.txt"
        exceptions.write_text(EXCEPTIONS)
        (root / "README.md").write_text("# Nothing\n")
        (root / "CHANGELOG.md").write_text("# Nothing\n")

        def expect(what, program, code, said, *arguments):
            got, printed = run(program, root, *arguments)
            if got != code or said not in printed:
                missed.append(f"{what}: {got}\n{printed}")

        page.write_text(GOOD)
        expect("the good page", "snippets.py", 0, "0 are wrong", "docs/page.md")
        expect("its link", "links.py", 0, "")
        for what, (planted, said) in PLANTED.items():
            page.write_text(GOOD + "\n" + planted + "\n")
            expect(what, "snippets.py", 1, said, "docs/page.md")
        page.write_text(GOOD)
        exceptions.write_text(EXCEPTIONS + "docs/page.md | pintle nothing | a reason\n")
        expect("a stale exception", "snippets.py", 1, "no block that begins with", "docs/page.md")
        exceptions.write_text(EXCEPTIONS + "docs/gone.md | pintle | a reason\n")
        expect("an exception for a page that is gone", "snippets.py", 1, "docs/gone.md has no block")
        exceptions.write_text(EXCEPTIONS + "docs/page.md | pintle --version |\n")
        expect("an exception without a reason", "snippets.py", 1, "has no reason", "docs/page.md")
        exceptions.write_text(EXCEPTIONS)
        for link, said in (("nowhere.md", "there is no"), ("page.md#nowhere", "no heading")):
            page.write_text(GOOD + f"\n[A link]({link})\n")
            expect(f"a link to {link}", "links.py", 1, said)
    for what in missed:
        print("FAILED:", what)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
