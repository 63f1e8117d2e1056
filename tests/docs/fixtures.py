# SPDX-License-Identifier: Apache-2.0
"""What the commands of a page find: a user's home, a gateway, the files that the page takes for granted.

What a page calls https://gateway.example is a practice gateway on loopback, and so on: `replace`.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

CLIENT = """#!/bin/sh
# A client that knows session tokens alone.
exec curl -fsS -H "X-Hermes-Session-Token: $HERMES_DESKTOP_REMOTE_TOKEN" \\
  "$HERMES_DESKTOP_REMOTE_URL/api/sessions"
"""
# The practice gateway of a page; {} begins one as it is.
GATEWAYS = {
    "docs/front.md": ["--gate", "cookie", "--wall", "basic"],
    "docs/fleet.md": ["--gate", "cookie"],
    "examples/scheme-cpp/README.md": ["--gate", "api-key"],
    "examples/scheme-node/README.md": ["--gate", "api-key"],
    "examples/scheme-python/README.md": ["--gate", "api-key"],
}


class Fixture:
    def __init__(self, root, page, folder):
        self.root, self.page, self.folder = root, page, folder
        self.home, self.processes = folder / "home", []
        self.build = Path(os.environ.get("PINTLE_BUILD", root / "build/whole"))
        self.pintle = Path(os.environ["PINTLE"])
        self.replace = {}

    def begin(self):
        """Makes all of it; returns the name of a program that is not installed, or None."""
        programs = self.folder / "bin"
        for folder in (self.home, programs, self.home / ".config", self.home / ".cache"):
            folder.mkdir(mode=0o700, parents=True)
        (programs / "pintle").symlink_to(self.pintle)
        self.environment = {"HOME": str(self.home), "PATH": f"{programs}:{os.environ['PATH']}:/usr/sbin",
                            "LANG": "C.UTF-8", "TERM": "dumb", "TMPDIR": str(self.folder)}
        if library := os.environ.get("PINTLE_LIBRARY"):
            self.environment["PINTLE_LIBRARY"] = library
        self.gateway(GATEWAYS.get(self.page, []))
        self.program("my-client", CLIENT)
        if self.page.startswith("examples/"):
            self.example()
        own = getattr(self, Path(self.page).stem.replace("-", "_").lower(), None)
        return own() if own and self.page.startswith("docs/") else None

    def end(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)

    def gateway(self, options):
        """A practice gateway, which is https://gateway.example."""
        out = self.folder / "practice.json"
        with open(out, "wb") as file:
            self.processes.append(subprocess.Popen(
                [self.pintle, "practice", "--json", *options], stdout=file, stdin=subprocess.DEVNULL,
                env={**self.environment, "HOME": str(self.folder)}))
        self.practice = json.loads(self.line_of(out))
        url = self.practice["url"]
        self.replace = {"https://gateway.example": url, "http://127.0.0.1:PORT": url,
                        "gateway.example": url.split("//")[1], "/run/secrets": str(self.folder / "secrets")}
        if token := self.practice.get("token_file"):
            self.secret(".config/home.token", Path(token).read_text())
            self.secret("../secrets/gateway", Path(token).read_text())
        return url

    def line_of(self, file):
        end = time.monotonic() + 10
        while not file.read_bytes().endswith(b"\n"):
            if self.processes[-1].poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.page}: the server did not start: {file.read_text()}")
            time.sleep(0.01)
        return file.read_text()

    def secret(self, name, text):
        file = self.home / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_text(text)

    def program(self, name, text):
        file = self.home / name
        file.write_text(text)
        file.chmod(0o755)

    def example(self):
        """The folder of an example is the home folder, with what its build has made."""
        folder = (self.root / self.page).parent
        shutil.copytree(folder, self.home, dirs_exist_ok=True)
        for other in (self.root / "examples").iterdir():
            if other.is_dir() and not (self.folder / other.name).exists():
                (self.folder / other.name).symlink_to(other)
        built = self.build / "examples" / folder.name
        if built.is_dir():
            (self.home / "build").mkdir(exist_ok=True)
            for file in [*built.glob("*.so"), *built.glob("*.json")]:
                shutil.copy(file, self.home / "build")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
