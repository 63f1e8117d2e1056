# SPDX-License-Identifier: Apache-2.0
"""What the commands of a page find: a user's home, a gateway, the files that the page takes for granted.

What a page calls https://gateway.example is a practice gateway on loopback, and so on: `replace`.
"""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

CLIENT = """#!/usr/bin/env python3
# A client that knows session tokens alone.
import os, urllib.request
url, token = (os.environ["HERMES_DESKTOP_REMOTE_" + name] for name in ("URL", "TOKEN"))
urllib.request.urlopen(urllib.request.Request(url + "/api/sessions", headers={"X-Hermes-Session-Token": token}))
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
        # lib/, or Debian's lib/x86_64-linux-gnu/; a build that was configured anew may have both.
        self.plugins = max(self.build.glob("lib/**/pintle/plugins"),
                           key=lambda folder: (folder / "pintle-oauth.so").stat().st_mtime)
        self.replace = {}
        self.practice = None

    def begin(self):
        """Makes all of it; returns the name of a program that is not installed, or None."""
        programs = self.folder / "bin"
        runtime = self.folder / "run"
        for folder in (self.home, programs, runtime, self.home / ".config", self.home / ".cache"):
            folder.mkdir(mode=0o700, parents=True)
        (programs / "pintle").symlink_to(self.pintle)
        self.environment = {"HOME": str(self.home), "PATH": f"{programs}:{os.environ['PATH']}:/usr/sbin",
                            "LANG": "C.UTF-8", "TERM": "dumb", "TMPDIR": str(self.folder),
                            "XDG_RUNTIME_DIR": str(runtime)}
        for name in ("RUSTUP_HOME", "CARGO_HOME"):  # rustup looks for its own below HOME
            self.environment[name] = os.environ.get(name, f"{Path.home()}/.{name.split('_')[0].lower()}")
        if library := os.environ.get("PINTLE_LIBRARY"):
            self.environment["PINTLE_LIBRARY"] = library
        self.gateway(GATEWAYS.get(self.page, []))
        url = self.practice["url"]
        host = url.split("//")[1]
        self.replace |= {"http://127.0.0.1:PORT": url, "http://127.0.0.1:43013": url,
                         "127.0.0.1:43013": host, "/run/secrets": str(self.folder / "secrets"),
                         "/usr/local/lib/pintle": str(self.plugins.parent),
                         "/usr/local/libexec/pintle": str(self.build / "libexec/pintle")}
        if token := self.practice.get("token_file"):
            for name in (".config/home.token", ".config/gateway.token", "token"):
                self.secret(name, Path(token).read_text())
            self.secret("../secrets/gateway", Path(token).read_text())
        self.program("my-client", CLIENT)
        if self.page.startswith("examples/"):
            return self.example()
        own = getattr(self, "for_" + Path(self.page).stem.replace("-", "_"), None)
        return own() if own else None

    def end(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)

    def gateway(self, options, name="gateway.example"):
        """A practice gateway, which the page calls https://NAME; `self.practice` is what it said."""
        out = self.folder / f"practice-{len(self.processes)}.json"
        with open(out, "wb") as file:
            self.processes.append(subprocess.Popen(
                [self.pintle, "practice", "--json", *options], stdout=file, stdin=subprocess.DEVNULL,
                env={**self.environment, "HOME": str(self.folder)}))
        self.practice = json.loads(self.line_of(out))
        url = self.practice["url"]
        self.replace |= {f"https://{name}": url, name: url.split("//")[1]}

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
            if other.is_dir():
                (self.folder / other.name).symlink_to(other)
        self.built(folder.name)
        if "token_file" in self.practice:
            self.secret("key", Path(self.practice["token_file"]).read_text())
        if folder.name == "four-languages":
            self.gateway(["--gate", "cookie"], "users.example")
            (self.home / "build").mkdir(exist_ok=True)
            shutil.copy(self.build / "examples/four-languages/four-languages-c", self.home / "build")
        needs = {"scheme-node": "node", "scheme-rust": "rustc"}.get(folder.name)
        return needs if needs and not shutil.which(needs) else None

    def built(self, example, name=None):
        """build/ has the scheme of an example, by another name if one is given."""
        folder = self.home / "build"
        folder.mkdir(exist_ok=True)
        for file in (self.build / "examples" / example).glob("pintle-*.*"):
            if file.suffix in (".so", ".json"):
                shutil.copy(file, folder / (name + file.suffix if name else file.name))

    def add(self, name="home"):
        """A saved connection."""
        subprocess.run([self.pintle, "add", name, self.practice["url"], "--token-file",
                        self.home / ".config/home.token"], env=self.environment, check=True,
                       capture_output=True)

    # What a page needs beside that.

    def for_behind_an_edge(self):
        self.gateway(["--prefix", "/hermes"], "prefix.example/hermes")
        self.secret(".config/home.token", Path(self.practice["token_file"]).read_text())
        self.gateway(["--gate", "cookie", "--wall", "basic"], "basic.example")
        self.secret(".config/door", Path(self.practice["wall_password_file"]).read_text())
        self.service_door("access.example")
        self.gateway(["--gate", "cookie", "--wall", "page"], "login-wall.example")
        self.secret("cookie", Path(self.practice["wall_cookie_file"]).read_text())

    def service_door(self, name):
        self.gateway(["--gate", "none", "--wall", "service"], name)
        for file, key in (("id", "wall_client_id_file"), ("secret", "wall_client_secret_file"),
                          (".config/ci.token", "token_file")):
            self.secret(file, Path(self.practice[key]).read_text())

    def for_broker(self):
        if not shutil.which("curl"):
            return "curl"
        self.replace |= {"/run/user/1000": str(self.folder / "run"),
                         "127.0.0.1:9200": f"127.0.0.1:{free_port()}"}
        self.add()
        return None

    def for_command_line(self):
        digest = hashlib.sha256((self.plugins / "pintle-oauth.so").read_bytes()).hexdigest()
        self.replace["sha256:DIGEST"] = f"sha256:{digest}"
        self.add()

    def for_errors(self):
        self.add()
        self.gateway(["--gate", "cookie"], "users.example")
        self.gateway(["--tls"], "secure.example")
        self.secret("wrong.token", "a-wrong-token-0123\n")

    def for_fleet(self):
        """The page's Redis has a port of its own."""
        if not shutil.which("redis-server"):
            return "redis-server"
        asked = subprocess.run([self.pintle, "call", self.practice["url"], "GET", "/", "--store",
                                "redis://127.0.0.1:1", "--store-secret-env", "key=HOME"],
                               env=self.environment, capture_output=True, text=True, check=False)
        if "without Redis" in asked.stderr:
            return "hiredis"
        port = free_port()
        self.replace |= {"rediss://fleet@redis.example": f"redis://fleet@127.0.0.1:{port}",
                         "PASSWORD": "OLD", "NEW": "another",
                         "session.keys": str(self.folder / "secrets/session_keys")}
        self.secret("../secrets/redis_password", "OLD\n")
        self.wrap("redis-server", f'"$@" --port {port} --dir {self.folder}')
        # The reader types the next command later than a program does.
        self.wrap("redis-cli", f'-e -p {port} "$@"',
                  f"until {shutil.which('redis-cli')} -p {port} PING >/dev/null 2>&1; do sleep 0.05; done")
        return None

    def wrap(self, program, arguments, before=":"):
        """A program of the system, with more arguments than the page gives it."""
        file = self.folder / "bin" / program
        file.write_text(f"#!/bin/sh\n{before}\nexec {shutil.which(program)} {arguments}\n")
        file.chmod(0o755)

    def for_front(self):
        self.secret(".config/door", Path(self.practice["wall_password_file"]).read_text())
        self.service_door("ci.example")

    def for_plugin_rules(self):
        self.built("scheme-cpp", "my-scheme")
        shutil.copy(self.root / "examples/scheme-cpp/answers.json", self.home)

    def for_scheme_protocol(self):
        shutil.copytree(self.root / "examples/scheme-python", self.home, dirs_exist_ok=True)
        shutil.copy(self.root / "examples/scheme-cpp/answers.json", self.home)

    def for_start(self):
        for port in ("9119", "9120"):
            self.replace[port] = str(free_port())

    def for_write_a_scheme(self):
        self.replace["9119"] = str(free_port())
        self.for_plugin_rules()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
